"""A TCP proxy that does to a connection what networks and servers do."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from enum import StrEnum, auto

_CHUNK = 65536


class Mode(StrEnum):
    PASS = auto()
    REFUSE = auto()
    """Closes each connection at once."""
    HANG = auto()
    """Accepts, and never answers."""
    SLOW = auto()
    """Answers after `FaultyProxy.delay` seconds."""
    CUT = auto()
    """Answers half, then closes."""
    GARBAGE = auto()
    LIE = auto()
    """Answers what `FaultyProxy.lie` makes of the true answer."""
    DRIP = auto()
    """Answers byte by byte, 50 of them a second."""
    FLOOD = auto()
    """As LIE, and then goes on for ever with `FaultyProxy.flood`."""


@dataclass
class FaultyProxy:
    """`mode` counts from the next bytes on, also for connections that are open."""

    target: int
    mode: Mode = Mode.PASS
    delay: float = 0.2
    lie: Callable[[bytes], bytes] = bytes
    flood: bytes = b" "
    hangs_up: bool = True
    """After a LIE."""
    host: str = "127.0.0.1"
    """Of the target."""
    port: int = 0
    accepted: int = 0
    """Connections so far."""
    _open: set[asyncio.StreamWriter] = field(default_factory=set)

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.accepted += 1
        self._open.add(writer)
        try:
            if self.mode is not Mode.REFUSE:
                await self._relay(reader, writer)
        except (OSError, EOFError, asyncio.CancelledError):
            # Clients hang up, and the proxy ends, in the middle of things.
            pass
        finally:
            self._open.discard(writer)
            writer.close()

    async def _relay(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        back, forth = await asyncio.open_connection(self.host, self.target)
        asking = asyncio.create_task(self._pump(reader, forth))
        try:
            while heard := await back.read(_CHUNK):
                if not await self._answered(heard, writer):
                    return
        finally:
            asking.cancel()
            forth.close()

    async def _pump(self, reader: asyncio.StreamReader, forth: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while heard := await reader.read(_CHUNK):
                forth.write(heard)
                await forth.drain()
        forth.close()

    async def _answered(self, heard: bytes, writer: asyncio.StreamWriter) -> bool:
        """False to close the connection."""
        match self.mode:
            case Mode.REFUSE:
                return False
            case Mode.HANG:
                return True
            case Mode.SLOW:
                await asyncio.sleep(self.delay)
            case Mode.GARBAGE:
                heard = b"\x00\xff nothing of the kind\r\n"
            case Mode.CUT:
                heard = heard[: len(heard) // 2]
            case Mode.LIE | Mode.FLOOD:
                heard = self.lie(heard)
            case Mode.DRIP:
                return await self._dripped(heard, writer)
        writer.write(heard)
        await writer.drain()
        if self.mode is Mode.FLOOD:
            await self._flooded(writer)
        return self.mode is not Mode.CUT and not (self.mode is Mode.LIE and self.hangs_up)

    async def _dripped(self, heard: bytes, writer: asyncio.StreamWriter) -> bool:
        for byte in heard:
            if self.mode is not Mode.DRIP:
                return False
            writer.write(bytes([byte]))
            await writer.drain()
            await asyncio.sleep(0.02)
        return True

    async def _flooded(self, writer: asyncio.StreamWriter) -> None:
        """Until whoever asked has gone."""
        chunk = self.flood * (_CHUNK // len(self.flood))
        while self.mode is Mode.FLOOD and not writer.is_closing():
            writer.write(chunk)
            await writer.drain()
            await asyncio.sleep(0.001)

    def cut_all(self) -> None:
        for writer in self._open:
            writer.close()


@asynccontextmanager
async def faulty_proxy(target: int) -> AsyncIterator[FaultyProxy]:
    """In front of `target`, a port of this machine."""
    proxy = FaultyProxy(target)
    server = await asyncio.start_server(proxy.talk, "127.0.0.1", 0)
    proxy.port = server.sockets[0].getsockname()[1]
    try:
        yield proxy
    finally:
        server.close()
        proxy.cut_all()
        await asyncio.sleep(0)
