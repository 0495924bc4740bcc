"""What is written down of a verdict, so that the screen can learn from it and people can look
it up again. Content only where the policy says so, and for as long as it says."""

import base64
import binascii
import hashlib
import hmac
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Literal, Protocol

from pydantic import BaseModel, ConfigDict, Field

from candor.domain.callers import DEFAULT_TENANT
from candor.domain.coverage import Coverage
from candor.domain.exchange import Exchange
from candor.domain.usage import Usage
from candor.domain.verdict import Action, CacheResult, Category, Outcome, PolicyRef, Step

MOST_PER_PAGE = 500


class Retention(BaseModel):
    """What the ledger keeps of the exchanges that a policy judges."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    content: Literal["none", "text", "text_and_images"] = Field(
        "none",
        description="Content that the ledger keeps beside the verdict; `none`: scores, digests "
        "and the screen's feature vector only.",
    )
    days: int = Field(30, gt=0, le=3650, description="How long content is kept, days.")

    def of(self, exchange: Exchange, at: datetime) -> "Content | None":
        """What may be kept of an exchange that was judged at that time."""
        if self.content == "none":
            return None
        missing = len(exchange.images) if self.content == "text" else 0
        kept = Exchange(
            exchange.conversation,
            exchange.response,
            () if missing else exchange.images,
            exchange.reasoning,
            exchange.context,
        )
        return Content(kept, at + timedelta(days=self.days), missing)


@dataclass(frozen=True, slots=True)
class Content:
    """An exchange until it `expires`. `missing`: images it had that are not kept; its
    conversation still says where they stood."""

    exchange: Exchange = field(repr=False)
    expires: datetime
    missing: int = 0

    @property
    def size(self) -> int:
        """Bytes, roughly."""
        exchange = self.exchange
        texts = [exchange.response, exchange.reasoning or "", *exchange.context.texts()]
        texts += [utterance.text for utterance in exchange.conversation]
        return sum(map(len, texts)) + sum(len(image.data) for image in exchange.images)


class Label(StrEnum):
    """What a reviewer can say of a response."""

    DECEPTIVE = "deceptive"
    NON_DECEPTIVE = "non_deceptive"


@dataclass(frozen=True, slots=True)
class Review:
    """A person's word on a verdict; of several the latest counts. `at` is in UTC."""

    label: Label
    at: datetime
    category: Category | None = None
    note: str = field(default="", repr=False)
    reviewer: str = ""


@dataclass(frozen=True, slots=True)
class Audited:
    """What the tiers after `tier` made of a verdict on which it had settled, and which was drawn
    for an audit (`domain.auditing`). `decided_by` is the one of them that decided.

    `ticket` is also on the record of the verdict. `weight`: one over the probability of being
    drawn, at least 1; so many verdicts of its kind does this one stand for. `at` is in UTC.
    """

    ticket: str
    at: datetime
    tier: str
    outcome: Outcome
    score: float | None
    decided_by: str | None
    weight: float

    @property
    def id(self) -> str:
        return self.ticket

    @property
    def size(self) -> int:
        """Bytes it takes while it waits to be written, roughly."""
        return _PER_AUDIT


@dataclass(frozen=True, slots=True)
class VerdictRecord:
    """One answer that was given. `at` is in UTC, `model` the monitored model's label,
    `features` the screen's feature vector (`domain.screening.vector`).

    `groups` are digests of what this answer has in common with others: the user and the session
    where they are known, and the prompt. Records that share one belong on the same side of a
    split.
    """

    id: str
    at: datetime
    policy: PolicyRef
    model: str
    outcome: Outcome
    action: Action
    score: float | None
    decided_by: str | None
    digest: str
    groups: tuple[str, ...]
    cache: CacheResult = CacheResult.MISS
    categories: Mapping[Category, float] = field(default_factory=dict)
    steps: tuple[Step, ...] = ()
    coverage: tuple[Coverage, ...] = ()
    degraded: tuple[str, ...] = ()
    usage: Usage = field(default_factory=Usage)
    features: bytes | None = field(default=None, repr=False)
    content: Content | None = None
    review: Review | None = None
    tenant: str = DEFAULT_TENANT
    ticket: str | None = None
    """Names the audit for which this verdict was drawn."""
    audit: Audited | None = None
    """What came of that, once it has ended."""

    @property
    def group(self) -> str:
        """The widest of the groups."""
        return self.groups[0] if self.groups else ""

    @property
    def size(self) -> int:
        """Bytes it takes while it waits to be written, roughly."""
        content = self.content.size if self.content else 0
        return _PER_RECORD + len(self.features or b"") + content


# Ids, steps and coverage as objects, rounded up.
_PER_RECORD = 4096
_PER_AUDIT = 512


@dataclass(frozen=True, slots=True)
class Cursor:
    """A place in the list of verdicts: behind the one with this time and id."""

    at: datetime
    id: str

    def __str__(self) -> str:
        return base64.urlsafe_b64encode(f"{self.at.isoformat()} {self.id}".encode()).decode()

    @classmethod
    def read(cls, text: str) -> "Cursor":
        """Raises: ValueError for what `str` of a cursor did not make."""
        try:
            at, _, name = base64.b64decode(text, b"-_", validate=True).decode().partition(" ")
        except (binascii.Error, UnicodeDecodeError) as exc:
            raise ValueError("this is no cursor") from exc
        when = datetime.fromisoformat(at)
        if when.tzinfo is None or not name:
            raise ValueError("this is no cursor")
        return cls(when, name)


@dataclass(frozen=True, slots=True)
class Filters:
    """Which verdicts; None: any. `since` is within, `until` is not; scores are within."""

    policy: str | None = None
    model: str | None = None
    outcome: Outcome | None = None
    action: Action | None = None
    decided_by: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    reviewed: bool | None = None
    min_score: float | None = None
    max_score: float | None = None
    tenant: str | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """Verdicts, newest first, without content; `after` leads to the next page where there is
    one."""

    records: Sequence[VerdictRecord]
    after: Cursor | None = None


class Ledger(Protocol):
    """Keeps verdicts. Whatever happens to it, verdicts are given."""

    @property
    def keeps(self) -> bool:
        """False: nothing is kept, so that nothing needs to be put together for it."""
        ...

    def record(self, record: VerdictRecord) -> None:
        """Takes note, to be written soon. Never waits and never fails; what cannot be written
        is counted."""
        ...

    def audited(self, audit: Audited) -> None:
        """The same for what came of an audit; it may come before its verdict or after it."""
        ...

    async def page(self, filters: Filters, limit: int, after: Cursor | None = None) -> Page:
        """Raises: LedgerUnavailable, LedgerOff."""
        ...

    async def verdict(self, verdict_id: str) -> VerdictRecord:
        """With its features, without content. Raises: UnknownVerdict, LedgerUnavailable,
        LedgerOff."""
        ...

    async def review(self, verdict_id: str, review: Review) -> None:
        """Raises: UnknownVerdict, LedgerUnavailable, LedgerOff."""
        ...

    def records(self, filters: Filters) -> AsyncIterator[VerdictRecord]:
        """All of them, newest first, with features and with content that has not expired.

        Raises: LedgerUnavailable, LedgerOff.
        """
        ...

    async def purge(self, older_than: datetime) -> int:
        """Forgets verdicts from before then with all that belongs to them; returns how many.

        Raises: LedgerUnavailable, LedgerOff.
        """
        ...

    async def purge_expired(self) -> int:
        """Forgets content whose time is over; returns of how many verdicts.

        Raises: LedgerUnavailable, LedgerOff.
        """
        ...

    async def ping(self) -> None:
        """Raises: LedgerUnavailable when it cannot be reached now, or has another schema."""
        ...


def groups_of(exchange: Exchange, known: Mapping[str, object], salt: str) -> tuple[str, ...]:
    """`known` is what the caller says of the request (metadata): of its `user` and `session`
    only keyed hashes are kept, and nothing without a salt, for names are easily guessed."""
    named = [(name, known.get(name)) for name in ("user", "session")] if salt else []
    keyed = [f"{name}:{_keyed(str(value), salt)}" for name, value in named if value]
    return (*keyed, prompt_group(exchange))


def prompt_group(exchange: Exchange) -> str:
    """Answers to the same prompt hang together; without any words, those to the same images."""
    key = exchange.prompt or "\n".join(image.digest for image in exchange.images)
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def _keyed(value: str, salt: str) -> str:
    raw = value.encode("utf-8", "surrogatepass")
    return hmac.new(salt.encode(), raw, hashlib.sha256).hexdigest()[:16]


def joined_groups(records: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """From each record's id and groups to the one group it belongs to: those that share any
    group, directly or through others, end up in the same."""
    leader: dict[str, str] = {}

    def lead(name: str) -> str:
        while leader.setdefault(name, name) != name:
            leader[name] = leader[leader[name]]
            name = leader[name]
        return name

    for groups in records.values():
        for other in groups[1:]:
            leader[lead(other)] = lead(groups[0])
    return {name: lead(groups[0]) if groups else name for name, groups in records.items()}
