"""Who asks: decided once for each request, from what it presents."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

DEFAULT_TENANT = "default"


class Scope(StrEnum):
    """What a key may be used for."""

    MONITOR = "monitor"
    JOBS = "jobs"
    REVIEW = "review"
    ADMIN = "admin"
    METRICS = "metrics"


@dataclass(frozen=True, slots=True)
class Caller:
    """`key_id` names the key or the token's subject, for logs: it opens nothing."""

    tenant: str
    key_id: str
    scopes: frozenset[Scope]


ANYONE = Caller(DEFAULT_TENANT, "anonymous", frozenset(Scope))
"""Everybody, where callers are not told apart."""


class Identity(Protocol):
    """Tells callers apart."""

    @property
    def required(self) -> bool:
        """False: nothing needs to be presented, and everybody is ANYONE."""
        ...

    async def caller(self, presented: str) -> Caller:
        """`presented` is a key or a token as it came; empty where none came.

        Raises: Unidentified, IdentityUnavailable.
        """
        ...

    async def ping(self) -> None:
        """Raises: IdentityUnavailable when keys or tokens cannot be checked as configured."""
        ...


@dataclass(frozen=True, slots=True)
class Everybody:
    """Nobody is asked for a key."""

    required: bool = False

    async def caller(self, presented: str) -> Caller:  # noqa: ARG002 # whatever it is
        return ANYONE

    async def ping(self) -> None:
        """There is nothing that could be away."""
