"""HTTP as uvicorn speaks it, with the head of an answer and its body in one system call."""

import asyncio
from typing import Any, cast

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

_HEAD = b"HTTP/1.1 "
# Longer bodies are not copied behind their head.
_SMALL = 2**16


class WholeAnswers(HttpToolsProtocol):
    """uvicorn writes head and body one by one, and uvloop sends each at once: the second costs
    as much as all that Candor does for a known verdict."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as there
        super().connection_made(transport)
        self.transport = cast(asyncio.Transport, _HeadWaits(transport, self.loop))


class _HeadWaits:
    """A transport that holds a head back until the body comes, or until the event loop turns:
    the head of a stream is not kept waiting."""

    __slots__ = ("_head", "_loop", "_transport", "_write")

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._transport = transport
        self._write = transport.write
        self._loop = loop
        self._head = b""

    def write(self, data: bytes) -> None:
        head = self._head
        if not head and data.startswith(_HEAD):
            self._head = data
            self._loop.call_soon(self._flush)
            return
        self._head = b""
        if len(data) <= _SMALL:
            self._write(head + data)
        else:
            self._transport.writelines([head, data])

    def close(self) -> None:
        self._flush()
        self._transport.close()

    def write_eof(self) -> None:
        self._flush()
        self._transport.write_eof()

    def _flush(self) -> None:
        head, self._head = self._head, b""
        # The caller may be gone by the next turn.
        if head and not self._transport.is_closing():
            self._write(head)

    def __getattr__(self, name: str) -> Any:
        """All else is the transport's own."""
        return getattr(self._transport, name)
