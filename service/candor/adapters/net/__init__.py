"""The guarded way to hosts outside: only listed ones, only at public addresses. The client comes
with aiohttp, which takes 0.1 s to import: only who asks for it pays."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from candor.adapters.net.hosts import HostList
from candor.adapters.net.refusal import NotReached, Refused

if TYPE_CHECKING:
    from candor.adapters.net.client import Answer, GuardedHttp, NoRoom, Room, open_guarded_http
    from candor.adapters.net.target import Target

__all__ = [
    "Answer",
    "GuardedHttp",
    "HostList",
    "NoRoom",
    "NotReached",
    "Refused",
    "Room",
    "Target",
    "open_guarded_http",
]


def __getattr__(name: str) -> Any:
    if name in __all__:
        return getattr(import_module("candor.adapters.net.client"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
