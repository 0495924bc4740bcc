"""Which certificate the replicas serve, and which is next.

A new authority is trusted by the API server before its certificate is served, and the old one
still after: `current` serves, `next` waits for its turn in the trusted bundle, and what came
before `current` stays there until it ends.
"""

import base64
import binascii
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Self

from cryptography import x509

from candor.injector.papers import SKEW, Papers, is_valid, issue


@dataclass(frozen=True, slots=True)
class Plan:
    """`settle`: for how long a new authority is in the bundle before it counts, so that each API
    server and each replica has seen it. A new pair is made when a third of `lifetime` is left."""

    names: Sequence[str]
    lifetime: timedelta = timedelta(days=90)
    settle: timedelta = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Kept:
    """What lies in the Secret."""

    current: Papers
    upcoming: Papers | None = None
    former: bytes = b""

    @property
    def bundle(self) -> bytes:
        upcoming = self.upcoming.authority if self.upcoming else b""
        return self.current.authority + upcoming + self.former

    def moved_on(self, plan: Plan, now: datetime, trusted: bytes) -> Self:
        """`trusted` is the bundle that the API server has. Raises: ValueError."""
        kept = self
        if kept.former and not is_valid(kept.former, now):
            kept = replace(kept, former=b"")
        upcoming = kept.upcoming
        if upcoming is None and kept.current.ends - now < plan.lifetime / 3:
            return replace(kept, upcoming=issue(plan.names, now, plan.lifetime))
        if (
            upcoming is not None
            and upcoming.authority in trusted
            and now - (upcoming.begins + SKEW) >= plan.settle
        ):
            return replace(kept, current=upcoming, upcoming=None, former=kept.current.authority)
        return kept

    def to_secret(self) -> dict[str, str]:
        upcoming = self.upcoming or Papers(b"", b"")
        parts = {
            "tls.crt": self.current.certificate,
            "tls.key": self.current.key,
            "ca.crt": self.current.authority,
            "next.crt": upcoming.certificate,
            "next.key": upcoming.key,
            "next-ca.crt": upcoming.authority,
            "former-ca.crt": self.former,
        }
        return {name: base64.b64encode(part).decode("ascii") for name, part in parts.items()}

    @classmethod
    def from_secret(cls, data: Mapping[str, str]) -> Self | None:
        """None where nothing is kept yet, or nothing that can be read."""
        try:
            part = {name: base64.b64decode(text, validate=True) for name, text in data.items()}
            current = Papers(part["tls.crt"], part["tls.key"], part["ca.crt"])
            upcoming = None
            if part.get("next.crt"):
                upcoming = Papers(part["next.crt"], part["next.key"], part["next-ca.crt"])
            return cls(current, upcoming, part.get("former-ca.crt", b""))
        except (KeyError, binascii.Error):
            return None


def agreed(kept: Kept | None, plan: Plan, now: datetime, trusted: bytes) -> Kept:
    """What the Secret should hold now. What is missing, ended, unreadable or for other names is
    made anew at once: then nothing that worked is lost."""
    if kept is None or not _serves(kept.current, plan, now):
        return Kept(issue(plan.names, now, plan.lifetime))
    try:
        return kept.moved_on(plan, now, trusted)
    except ValueError:
        return Kept(kept.current)


def _serves(papers: Papers, plan: Plan, now: datetime) -> bool:
    try:
        return papers.ends > now and papers.names() >= set(plan.names) and bool(papers.authority)
    except (ValueError, x509.ExtensionNotFound):
        return False
