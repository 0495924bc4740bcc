"""No ledger: nothing of a verdict outlives its answer, the cache and the log."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Literal, NoReturn

from pydantic import BaseModel, ConfigDict

from candor.adapters.ledger.tally import Tally
from candor.domain.errors import LedgerOff
from candor.domain.ledger import Audited, Cursor, Filters, Page, Review, VerdictRecord


class NoLedgerConfig(BaseModel):
    """Keeps no verdicts."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["none"] = "none"

    @property
    def group_salt(self) -> str:
        return ""

    def check(self) -> None:
        """Nothing can be missing."""

    @asynccontextmanager
    async def open(self, tally: Tally = Tally()) -> AsyncIterator["NoLedger"]:  # noqa: ARG002, B008 # frozen; nothing is counted
        yield NoLedger()

    async def migrate(self) -> str:
        """Raises: LedgerOff."""
        _off()


class NoLedger:
    """Says that it is off to whoever asks."""

    keeps = False

    def record(self, record: VerdictRecord) -> None:  # noqa: ARG002
        return

    def audited(self, audit: Audited) -> None:  # noqa: ARG002
        return

    async def page(self, filters: Filters, limit: int, after: Cursor | None = None) -> Page:  # noqa: ARG002
        _off()

    async def verdict(self, verdict_id: str) -> VerdictRecord:  # noqa: ARG002
        _off()

    async def review(self, verdict_id: str, review: Review) -> None:  # noqa: ARG002
        _off()

    async def records(self, filters: Filters) -> AsyncIterator[VerdictRecord]:  # noqa: ARG002
        _off()
        yield

    async def purge(self, older_than: datetime) -> int:  # noqa: ARG002
        _off()

    async def purge_expired(self) -> int:
        _off()

    async def ping(self) -> None:
        """It cannot be away."""


def _off() -> NoReturn:
    raise LedgerOff(
        "this deployment keeps no ledger: set `ledger: {kind: sql, path: ...}` to keep one"
    )
