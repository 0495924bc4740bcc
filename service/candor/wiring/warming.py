"""Models that are loaded while the service already answers."""

import asyncio
import gc
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from typing import Any

from candor.domain.beside import beside
from candor.domain.errors import ReaderUnavailable
from candor.readiness import Look


@asynccontextmanager
async def warming(warm: Coroutine[Any, Any, None], at_once: bool) -> AsyncIterator[Look]:
    """`at_once`: before it answers. Yields the look that says whether it is done."""
    async with beside(warm) as task:
        # As at start-up (cli/serve.py): what was loaded stays, so garbage is not looked for in it.
        task.add_done_callback(lambda _: gc.freeze())

        async def look() -> None:
            if not task.done():
                raise ReaderUnavailable("its models are still being loaded")
            await task

        if at_once:
            # Of several workers any may be asked, and it cannot be told which one said ready.
            await asyncio.wait([task])
        yield look
