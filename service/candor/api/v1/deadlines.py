"""How long the caller will wait, as gateways and clients say it in headers."""

import re
from collections.abc import Callable, Iterable, Mapping

from candor.domain.errors import InvalidExchange

MILLISECONDS = "x-request-timeout-ms"
GRPC = "grpc-timeout"

_WHOLE = re.compile(r"[0-9]{1,9}", re.ASCII)
# gRPC over HTTP/2, "Timeout": at most eight digits and a unit.
_GRPC = re.compile(r"([0-9]{1,8})([HMSmun])", re.ASCII)
_UNITS: Mapping[str, float] = {
    "H": 3_600_000,
    "M": 60_000,
    "S": 1000,
    "m": 1,
    "u": 1e-3,
    "n": 1e-6,
}


def _plain(said: str) -> int | None:
    return int(said) if _WHOLE.fullmatch(said) and int(said) else None


def _of_grpc(said: str) -> int | None:
    found = _GRPC.fullmatch(said)
    if found is None or not int(found[1]):
        return None
    # Less than a millisecond is still a time, and not no limit.
    return max(1, int(int(found[1]) * _UNITS[found[2]]))


_READ: Mapping[str, tuple[Callable[[str], int | None], str]] = {
    MILLISECONDS: (_plain, "send whole milliseconds above 0, such as 8000"),
    GRPC: (_of_grpc, "send 1 to 8 digits above 0 and one of H M S m u n, such as 8S"),
}
NAMES = frozenset(name.encode() for name in _READ)


def asked(headers: Iterable[tuple[bytes, bytes]]) -> int | None:
    """In milliseconds, the shortest of what is said; None where nothing is.

    Raises: InvalidExchange for what is no time.
    """
    said = [(name, value) for name, value in headers if name in NAMES]
    return min(
        (_read(name.decode(), value.decode("latin-1")) for name, value in said), default=None
    )


def readable(headers: Iterable[tuple[bytes, bytes]]) -> bool:
    try:
        asked(headers)
    except InvalidExchange:
        return False
    return True


def _read(name: str, value: str) -> int:
    read, hint = _READ[name]
    found = read(value.strip())
    if found is None:
        raise InvalidExchange(
            f"the header {name} is not a time", field=name, kind="invalid-request", hint=hint
        )
    return found


def sooner(one: int | None, other: int | None) -> int | None:
    """None is no limit."""
    return min((limit for limit in (one, other) if limit is not None), default=None)
