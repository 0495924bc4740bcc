"""A host of remote images that fails: see docs/failures.md. `candor serve` fetches from public
addresses alone, so that here its application is served with a world of its own."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from candor.adapters.images import RemoteImagesConfig
from candor.api.app import create_app
from tests.chaos.dependencies import other_cells
from tests.chaos.dependencies.cells import Cell
from tests.chaos.dependencies.line import Line, Loop, line
from tests.client import Parts, server_for
from tests.ssrf.world import OUTSIDE, Names, Outside, fetcher

HOST = "pictures.world.example"


@pytest.fixture(scope="module")
def host(
    tmp_path_factory: pytest.TempPathFactory, loop: Loop
) -> Iterator[tuple[str, Line, list[str]]]:
    told: list[str] = []
    folder: Path = tmp_path_factory.mktemp("images")
    with Outside(folder).open() as outside, line(loop, outside.port, OUTSIDE, delay=2) as way:
        config = RemoteImagesConfig(hosts=(f"{HOST}:{way.port}",), seconds=0.5, max_bytes=2**20)
        parts = Parts(images=lambda: fetcher(outside, Names({HOST: [[OUTSIDE]]}), config, told))
        with server_for(create_app(parts.open_state())) as port:
            yield f"http://127.0.0.1:{port}", way, told


def asked(host: tuple[str, Line, list[str]], path: str) -> httpx.Response:
    url, way, _ = host
    images = [{"url": f"https://{HOST}:{way.port}/{path}"}]
    body = {"prompt": "How many?", "response": "Three.", "images": images}
    return httpx.post(f"{url}/v1/monitor", json=body, trust_env=False, timeout=20)


@pytest.mark.parametrize("cell", other_cells.CELLS["picture.png"], ids=str)
def test_an_image_that_does_not_come_is_never_left_out(
    host: tuple[str, Line, list[str]], cell: Cell
) -> None:
    _, way, told = host
    with way.spoilt(cell.fault):
        answer = asked(host, cell.place)
    kind = answer.json()["type"].rpartition(":")[2]
    assert (answer.status_code, kind) == (cell.told.status, cell.told.problem), answer.text
    assert told[-1] in {"failed", "timeout", "too_large", "fetched"}
    well = asked(host, "picture.png")
    assert (well.status_code, told[-1]) == (200, "fetched"), well.text
