"""HTTP requests over raw sockets: client libraries cost more than servers.

In a closed loop (`block`) each connection sends its next request once the last is answered, so a
slow server is asked less. In an open loop (`steady`) requests come at a constant rate whatever
the server does, and each is timed from when it was due: what had to wait behind a slow one counts
as slow too.
"""

import asyncio
import itertools
import re
import time
from collections.abc import Callable, Coroutine, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from tests.bench.processes import Server
from tests.bench.rows import quantile

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_SHOWN = 600
_MOST_CONNECTIONS = 256
"""Of an open loop. Beyond that requests wait for one, and the wait counts."""
_FIRST_CONNECTIONS = 8


@dataclass(frozen=True, slots=True)
class Block:
    """What one stretch of load took; `latencies` in seconds, one per request."""

    latencies: Sequence[float]
    wall_seconds: float
    cpu_seconds: float

    @property
    def cpu_micros(self) -> float:
        """The server's CPU time per request."""
        return self.cpu_seconds / len(self.latencies) * 1e6

    @property
    def per_second(self) -> float:
        return len(self.latencies) / self.wall_seconds

    def millis(self, share: float) -> float:
        """The quantile of the latencies."""
        return quantile(self.latencies, share) * 1e3


def for_seconds(request: bytes, seconds: float) -> Iterator[bytes]:
    stop = time.perf_counter() + seconds
    return itertools.takewhile(lambda _: time.perf_counter() < stop, itertools.repeat(request))


async def block(
    server: Server, requests: Iterator[bytes], *, concurrency: int, expect: bytes = b""
) -> Block:
    """A closed loop, until there are no more requests.

    Raises: RuntimeError for an answer that is not a 200 or does not contain `expect`.
    """
    busy, crowd = concurrency, _Crowd(server.port, expect)

    def go_on(connection: _Connection) -> None:
        nonlocal busy
        request = next(requests, None)
        if request is not None:
            connection.send(request, time.perf_counter())
            return
        busy -= 1
        if not busy and not crowd.over.done():
            crowd.over.set_result(None)

    connections = [await crowd.connect(go_on) for _ in range(concurrency)]
    before, started = server.cpu_seconds(), time.perf_counter()
    try:
        for connection in connections:
            go_on(connection)
        await crowd.over
        wall, cpu = time.perf_counter() - started, server.cpu_seconds() - before
    finally:
        crowd.close()
    return Block(crowd.latencies, wall, cpu)


async def steady(
    server: Server,
    requests: Iterator[bytes],
    *,
    per_second: float,
    seconds: float,
    expect: bytes = b"",
) -> Block:
    """An open loop. `requests` must not end before the time does.

    Raises: as `block`.
    """
    crowd, idle = _Crowd(server.port, expect), asyncio.Queue[_Connection]()
    for _ in range(_FIRST_CONNECTIONS):
        idle.put_nowait(await crowd.connect(idle.put_nowait))
    count = max(1, round(per_second * seconds))
    before, start = server.cpu_seconds(), time.perf_counter()
    try:
        for number in range(count):
            due = start + number / per_second
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            (await crowd.free(idle)).send(next(requests), due)
        while len(crowd.latencies) < count:
            await crowd.wait(idle.get())
        wall, cpu = time.perf_counter() - start, server.cpu_seconds() - before
    finally:
        crowd.close()
    return Block(crowd.latencies, wall, cpu)


def latency_details(blocks: Sequence[Block]) -> dict[str, float]:
    """Over all requests of the blocks: milliseconds, and the middle block's pace."""
    taken = [seconds * 1e3 for block in blocks for seconds in block.latencies]
    pace = quantile([block.per_second for block in blocks], 0.5)
    return {"p50 ms": quantile(taken, 0.5), "p99 ms": quantile(taken, 0.99), "req/s": pace}


class _Crowd:
    """The connections of one stretch of load, and what they measured. `over` ends with the error
    of the first that fails."""

    def __init__(self, port: int, expect: bytes) -> None:
        self.over: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.latencies: list[float] = []
        self.expect = expect
        self._port = port
        self._connections: list[_Connection] = []

    async def connect(self, answered: "Callable[[_Connection], None]") -> "_Connection":
        """`answered` is told each time that the connection is free again."""
        transport, connection = await asyncio.get_running_loop().create_connection(
            lambda: _Connection(self, answered), "127.0.0.1", self._port
        )
        connection.transport = transport
        self._connections.append(connection)
        return connection

    async def free(self, idle: "asyncio.Queue[_Connection]") -> "_Connection":
        if not idle.empty():
            return idle.get_nowait()
        if len(self._connections) < _MOST_CONNECTIONS:
            return await self.connect(idle.put_nowait)
        return await self.wait(idle.get())

    async def wait(self, something: "Coroutine[Any, Any, _Connection]") -> "_Connection":
        """Raises: what ended `over`."""
        waiting = asyncio.ensure_future(something)
        either: set[asyncio.Future[Any]] = {waiting, self.over}
        await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        if self.over.done():
            waiting.cancel()
            self.over.result()
        return waiting.result()

    def fail(self, why: str) -> None:
        if not self.over.done():
            self.over.set_exception(RuntimeError(why))

    def close(self) -> None:
        # Nobody needs to hear of what ends now.
        self.over.cancel()
        for connection in self._connections:
            connection.transport.close()


class _Connection(asyncio.Protocol):
    transport: asyncio.Transport

    def __init__(self, crowd: _Crowd, answered: "Callable[[_Connection], None]") -> None:
        self._crowd = crowd
        self._answered = answered
        self._answer = b""
        self._since = 0.0

    def send(self, request: bytes, since: float) -> None:
        """It is timed from `since`."""
        self._answer = b""
        self._since = since
        self.transport.write(request)

    def data_received(self, data: bytes) -> None:
        self._answer += data
        if not _whole(self._answer):
            return
        crowd = self._crowd
        crowd.latencies.append(time.perf_counter() - self._since)
        if self._answer.startswith(b"HTTP/1.1 200") and crowd.expect in self._answer:
            self._answered(self)
        else:
            crowd.fail(f"expected a 200 with {crowd.expect!r}, got {self._answer[:_SHOWN]!r}")

    def connection_lost(self, exc: Exception | None) -> None:
        self._crowd.fail(f"the server closed the connection ({exc})")


def _whole(answer: bytes) -> bool:
    end = answer.find(b"\r\n\r\n")
    if end < 0:
        return False
    length = _LENGTH.search(answer, 0, end)
    assert length, "answers without a length are not read"
    return len(answer) >= end + 4 + int(length[1])
