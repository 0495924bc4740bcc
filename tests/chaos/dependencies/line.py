"""A connection to a dependency that can be spoilt, and is well again, while a service uses it."""

import asyncio
import threading
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from tests.chaos.dependencies.faults import Fault
from tests.faulty_proxy import FaultyProxy, Mode

T = TypeVar("T")


class Loop:
    """An event loop in a thread, for proxies beside tests that wait for answers."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(20)

    @contextmanager
    def running(self) -> Iterator["Loop"]:
        self._thread.start()
        try:
            yield self
        finally:
            self.run(self._rest_ended())
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(10)
            self._loop.close()

    async def _rest_ended(self) -> None:
        rest = asyncio.all_tasks() - {asyncio.current_task()}
        for task in rest:
            task.cancel()
        await asyncio.gather(*rest, return_exceptions=True)


class Line:
    """What is asked at `port` reaches `target`, both of `host`, unless it is spoilt."""

    def __init__(self, loop: Loop, target: int, host: str = "127.0.0.1", delay: float = 5) -> None:
        self._loop = loop
        self._host = host
        self._proxy = FaultyProxy(target, delay=delay, host=host)
        self._server: asyncio.Server | None = None
        loop.run(self._listen())
        self.port = self._proxy.port

    @property
    def url(self) -> str:
        return f"http://{self._host}:{self.port}"

    @contextmanager
    def spoilt(self, fault: Fault) -> Iterator[None]:
        self._loop.run(self._turn(fault))
        try:
            yield
        finally:
            self._loop.run(self._turn(Fault("", Mode.PASS)))

    async def _turn(self, fault: Fault) -> None:
        proxy = self._proxy
        was_well = proxy.mode is Mode.PASS
        proxy.lie, proxy.flood, proxy.hangs_up = fault.lie, fault.flood, fault.hangs_up
        proxy.mode = fault.mode
        if not was_well or fault.mode is Mode.REFUSE:
            # What hangs in a connection that was spoilt must not be heard later.
            proxy.cut_all()
        if fault.mode is Mode.REFUSE:
            await self._stop_listening()
        elif self._server is None:
            await self._listen()

    async def _listen(self) -> None:
        self._server = await asyncio.start_server(self._proxy.talk, self._host, self._proxy.port)
        self._proxy.port = self._server.sockets[0].getsockname()[1]

    async def _stop_listening(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None
        await asyncio.sleep(0)

    def close(self) -> None:
        self._loop.run(self._closed())

    async def _closed(self) -> None:
        await self._stop_listening()
        self._proxy.cut_all()


@contextmanager
def line(loop: Loop, target: int, host: str = "127.0.0.1", delay: float = 5) -> Iterator[Line]:
    opened = Line(loop, target, host, delay)
    try:
        yield opened
    finally:
        opened.close()
