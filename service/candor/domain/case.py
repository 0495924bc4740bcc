"""An exchange on the table: what every tier is handed."""

import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field

from candor.domain.callers import DEFAULT_TENANT
from candor.domain.events import Listener, Nobody
from candor.domain.exchange import Exchange
from candor.domain.verdict import Finding
from candor.domain.vision.pictures import Pictures


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class Case:
    """One per request. Its pictures are decoded at most once, whoever asks for them.

    `fence` marks where quoted content starts and ends in prompts; what is judged cannot
    guess it. `listener` hears what happens to the case. `swap_check`: a debate about it is
    held in both orders of the sides. `noted` are findings that stand whatever becomes of the
    tier that made them.
    """

    exchange: Exchange
    pictures: Pictures
    fence: str = field(default_factory=lambda: secrets.token_hex(6))
    listener: Listener = Nobody()
    swap_check: bool = False
    noted: list[Finding] = field(default_factory=list)
    tenant: str = DEFAULT_TENANT


OpenCase = Callable[[Exchange, Pictures, Listener], Case]


def open_case(exchange: Exchange, pictures: Pictures, listener: Listener) -> Case:
    return Case(exchange, pictures, listener=listener)


def open_repeatable_case(exchange: Exchange, pictures: Pictures, listener: Listener) -> Case:
    """As `open_case`, but the same exchange has the same prompts every time, so that recorded
    replies can be found again. Content cannot hold a digest of itself."""
    fence = hashlib.sha256(f"fence:{exchange.digest()}".encode()).hexdigest()[:12]
    return Case(exchange, pictures, fence, listener)
