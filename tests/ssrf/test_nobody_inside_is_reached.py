"""The table of addresses, over the socket of the real API, in all four ways to name an image."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from candor.adapters.images import RemoteImagesConfig
from candor.api.app import create_app
from tests.client import Parts, server_for
from tests.ssrf.addresses import LEAD_ASTRAY, SENT_ASTRAY, TURN, WRITTEN_ASTRAY
from tests.ssrf.world import OUTSIDE, Names, Outside, Trap, fetcher


@dataclass
class World:
    client: httpx.Client
    outside: Outside
    trap: Trap
    names: Names

    def filled(self, url: str) -> str:
        ports = {"{trap}": str(self.trap.ports[0]), "{out}": str(self.outside.port)}
        for name, port in ports.items():
            url = url.replace(name, port)
        return url

    def by_way_of(self, host: str, location: str) -> str:
        return (
            f"https://{host}.world.example:{self.outside.port}/to?url={quote(location, safe='')}"
        )


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    outside = Outside(tmp_path_factory.mktemp("papers"))
    with outside.open(), Trap().open() as trap:
        ports = (443, outside.port, *trap.ports)
        config = RemoteImagesConfig(hosts=tuple(f"*.world.example:{port}" for port in ports))
        names = Names(
            {
                "pictures.world.example": [[OUTSIDE]],
                **{f"{name}.world.example": [found] for name, found in LEAD_ASTRAY.items()},
                **{f"{name}.world.example": found for name, found in TURN.items()},
                "turns-now.world.example": [["127.0.0.1"]],
            }
        )
        app = create_app(Parts(images=lambda: fetcher(outside, names, config, [])).open_state())
        with (
            server_for(app) as port,
            httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False) as client,
        ):
            yield World(client, outside, trap, names)


def _ways(url: str) -> list[tuple[str, dict[str, Any]]]:
    said = {"response": "Three.", "prompt": "How many?"}
    part = {"type": "image_url", "image_url": {"url": url}}
    listed = {**said, "images": [{"url": url}]}
    spoken = {**said, "messages": [{"role": "user", "content": [part]}]}
    place = "messages[0].content[0].image_url.url"
    return [
        ("images[0].url", {"json": listed}),
        (place, {"json": spoken}),
        ("images[0].url", {"files": {"request": (None, json.dumps(listed))}}),
        (place, {"files": {"request": (None, json.dumps(spoken))}}),
    ]


def _assert_refused(world: World, url: str, why: str) -> None:
    for place, body in _ways(url):
        answer = world.client.post("/v1/monitor", **body)
        problem = answer.json()
        assert answer.status_code == 422, problem
        assert problem["type"].startswith("urn:candor:problem:remote-image-"), problem
        assert problem["field"] == place
        assert why in problem["detail"], problem
        assert "127.0.0" not in answer.text
    assert world.trap.reached == 0


@pytest.mark.parametrize(("url", "why"), WRITTEN_ASTRAY.values(), ids=WRITTEN_ASTRAY)
def test_a_url_that_is_written_to_mislead(world: World, url: str, why: str) -> None:
    _assert_refused(world, world.filled(url), why)


@pytest.mark.parametrize("name", LEAD_ASTRAY)
def test_a_name_that_leads_to_what_is_not_public(world: World, name: str) -> None:
    for url in ("https://{name}.world.example/", "https://{name}.world.example:{trap}/a.png"):
        _assert_refused(world, world.filled(url.replace("{name}", name)), "not a public address")


@pytest.mark.parametrize(("location", "why"), SENT_ASTRAY.values(), ids=SENT_ASTRAY)
def test_a_redirect_that_leads_astray(world: World, location: str, why: str) -> None:
    _assert_refused(world, world.by_way_of("pictures", world.filled(location)), why)


@pytest.mark.parametrize("name", TURN)
def test_a_name_that_leads_elsewhere_the_second_time(world: World, name: str) -> None:
    back = f"https://{name}.world.example:{world.trap.ports[0]}/"
    _assert_refused(world, world.by_way_of(name, back), "not a public address")
    assert f"{name}.world.example" in world.names.asked


def test_the_traps_would_have_caught_us_and_the_host_outside_can_be_asked(world: World) -> None:
    good = world.filled("https://pictures.world.example:{out}/picture.png")
    for _, body in _ways(good):
        answer = world.client.post("/v1/monitor", **body)
        assert answer.status_code == 200, answer.text
    with Trap().open() as trap:
        for host in ("127.0.0.1", "[::1]"):
            assert httpx.get(f"http://{host}:{trap.ports[0]}/", trust_env=False).is_success
        assert trap.reached == 2
