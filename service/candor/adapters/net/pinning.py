"""From a name to addresses that were looked at, and to sockets that lead nowhere else."""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass

from aiohttp import AddrInfoType
from aiohttp.abc import AbstractResolver, ResolveResult

from candor.adapters.net.addresses import Acceptable, parsed
from candor.adapters.net.refusal import NotReached, Refused

Resolve = Callable[[str], Awaitable[Sequence[str]]]
"""From a name to its addresses as text. Raises: OSError."""

_OPENING: ContextVar[list[socket.socket] | None] = ContextVar("opening", default=None)
_NOT_PUBLIC = "the host's name leads to what is not a public address"


async def resolved_by_the_system(name: str) -> Sequence[str]:
    found = await asyncio.get_running_loop().getaddrinfo(name, None, type=socket.SOCK_STREAM)
    return [str(address[0]) for *_, address in found]


@dataclass(frozen=True, slots=True)
class Addresses:
    """Asks once; what it gives is what is connected to.

    One answer that is not acceptable refuses the name as a whole: names that lead to both sides
    of the fence are not set up by accident.
    """

    resolve: Resolve
    acceptable: Acceptable

    async def of(self, name: str) -> list[str]:
        """Raises: Refused, NotReached."""
        try:
            found = await self.resolve(name)
        except (OSError, UnicodeError) as exc:
            raise NotReached("the host's name is not known", heard=False) from exc
        if not found:
            raise NotReached("the host's name is not known", heard=False)
        for address in found:
            self.check(address)
        return list(dict.fromkeys(found))

    def check(self, text: str) -> None:
        """Raises: Refused."""
        address = parsed(text)
        if address is None or not self.acceptable(address):
            raise Refused(_NOT_PUBLIC)


class PinnedResolver(AbstractResolver):
    """Gives aiohttp numbers, so that nothing is resolved behind it."""

    def __init__(self, addresses: Addresses) -> None:
        self._addresses = addresses

    async def resolve(
        self,
        host: str,
        port: int = 0,
        family: socket.AddressFamily = socket.AF_INET,  # noqa: ARG002 - given by the library
    ) -> list[ResolveResult]:
        numeric = socket.AI_NUMERICHOST | socket.AI_NUMERICSERV
        return [
            ResolveResult(
                hostname=host,
                host=address,
                port=port,
                family=socket.AF_INET6 if ":" in address else socket.AF_INET,
                proto=0,
                flags=numeric,
            )
            for address in await self._addresses.of(host)
        ]

    async def close(self) -> None: ...


def checked_sockets(addresses: Addresses) -> Callable[[AddrInfoType], socket.socket]:
    """The last look: no socket is made for an address that is not acceptable, whoever named it."""

    def opened(info: AddrInfoType) -> socket.socket:
        family, kind, protocol, _, address = info
        addresses.check(str(address[0]))
        made = socket.socket(family, kind, protocol)
        made.setblocking(False)
        if (opening := _OPENING.get()) is not None:
            opening.append(made)
        return made

    return opened


@contextmanager
def none_left_open() -> Iterator[None]:
    """Sockets that are made inside lead nowhere any more when it fails.

    An event loop that is told in the wrong moment to stop opening a TLS connection forgets it and
    leaves it open (seen with asyncio of Python 3.11 and uvloop 0.23): its other end would decide
    for how long.
    """
    made: list[socket.socket] = []
    before = _OPENING.set(made)
    try:
        yield
    except BaseException:
        for one in made:
            # The loop closes it when it finds that the other end is gone, and may have.
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
        raise
    finally:
        _OPENING.reset(before)
