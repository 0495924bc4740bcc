"""What `candor worker` answers on its port for probes."""

from typing import Any

import httpx
from starlette.types import Receive, Scope, Send

from candor.api.entrance import Entrance
from candor.cli.worker import _probes
from candor.domain.callers import Caller
from candor.domain.errors import Unidentified
from candor.settings import Settings
from tests.client import Parts


class AsksForKeys:
    required = True

    async def caller(self, presented: str) -> Caller:
        raise Unidentified("nobody is known", presented=bool(presented))

    async def ping(self) -> None: ...


async def test_the_metrics_of_a_worker_have_the_same_door_as_those_of_the_service() -> None:
    entrance = Entrance(AsksForKeys(), protect_metrics=True)

    assert await _statuses(entrance) == {"/metrics": 401, "/healthz": 200, "/readyz": 200}


async def test_unprotected_metrics_of_a_worker_are_for_everybody() -> None:
    assert (await _statuses(Entrance(AsksForKeys())))["/metrics"] == 200


async def _statuses(entrance: Entrance) -> dict[str, int]:
    async with Parts(entrance=entrance).open_state()() as state:
        app: Any = _probes(Settings(), state).config.app

        async def with_state(scope: Scope, receive: Receive, send: Send) -> None:
            await app({**scope, "state": dict(state)}, receive, send)

        transport = httpx.ASGITransport(app=with_state)
        async with httpx.AsyncClient(transport=transport, base_url="http://worker") as client:
            paths = ("/metrics", "/healthz", "/readyz")
            return {path: (await client.get(path)).status_code for path in paths}
