"""Work of many that is ready at once, one piece in each turn of the event loop."""

import asyncio
from collections import deque


class Turns:
    """Twenty answers that come together would hold up everybody else for as long as all twenty
    take. First come, first served; who comes alone does not wait."""

    def __init__(self) -> None:
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._taken = False

    async def mine(self) -> None:
        """Returns when nobody else has been let on in this turn."""
        loop = asyncio.get_running_loop()
        if self._taken:
            self._waiting.append(place := loop.create_future())
            await place
        else:
            self._taken = True
            loop.call_soon(self._pass_on)

    def _pass_on(self) -> None:
        while self._waiting:
            place = self._waiting.popleft()
            # Whoever gave up has taken their place with them.
            if not place.done():
                place.set_result(None)
                asyncio.get_running_loop().call_soon(self._pass_on)
                return
        self._taken = False
