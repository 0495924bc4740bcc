"""Labels for the thresholds of a trained screen's own file."""

import asyncio
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from candor.domain.errors import InvalidExchange
from candor.domain.ledger import Filters
from candor.learning.evidence import Evidence, gather
from candor.learning.labelled import read_labelled
from candor.learning.rows import Row, rows_of
from candor.settings import Settings

_HINT = "give --data FILE or --ledger-since TIME, one of them"


@dataclass(frozen=True, slots=True)
class Read:
    """`name` says where they come from, `digest` is the SHA-256 of what was read, in hex."""

    name: str
    digest: str
    rows: Sequence[Row]


@dataclass(frozen=True, slots=True)
class Labels:
    """Exchanges in a file, or the ledger's verdicts of a policy from `since` on."""

    data: Path | None
    since: datetime | None
    settings: Settings
    policy: str

    def read(self) -> Read:
        """Raises: InvalidExchange, LedgerUnavailable, LedgerOff."""
        if self.data is not None and self.since is None:
            digest = hashlib.sha256(self.data.read_bytes()).hexdigest()
            rows = list(rows_of(read_labelled(self.data, self.settings.limits)))
            return Read(self.data.name, digest, rows)
        if self.since is None or self.data is not None:
            raise InvalidExchange("--into needs labels of one kind", field="", hint=_HINT)
        evidence = asyncio.run(recorded(self.settings, {self.policy}, self.since))
        sample = evidence.sample()
        return Read(f"ledger, {evidence.rate:.3g} of it", _digest(sample), sample)


async def recorded(
    settings: Settings, policies: set[str], since: datetime | None = None
) -> Evidence:
    """Raises: LedgerUnavailable, LedgerOff."""
    filters = Filters(since=None if since is None else _utc(since))
    async with settings.ledger.open() as ledger:
        # Their content is not needed, and may be many images.
        every = [replace(one, content=None) async for one in ledger.records(filters)]
    return gather(every, policies)


def _utc(at: datetime) -> datetime:
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at


def _digest(rows: Sequence[Row]) -> str:
    told = "\n".join(f"{row.id} {row.group} {row.deceptive}" for row in rows)
    return hashlib.sha256(told.encode()).hexdigest()
