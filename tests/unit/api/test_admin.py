import httpx

from candor.api.app import create_app
from candor.api.reloads import Reloaded, ReloadResult
from tests.client import Parts, client_for
from tests.fakes import FakeReloads

DONE = Reloaded(
    ReloadResult.REPLACED, 3, {"default": "abc"}, ("policies.default.require",), ("server.port",)
)
REFUSED = Reloaded(ReloadResult.REFUSED, 2, problem="policies.default: unknown key")


async def reloaded(reloads: FakeReloads, client_at: str = "127.0.0.1") -> httpx.Response:
    app = create_app(Parts(reloads=reloads).open_state())
    async with client_for(app, client_at) as client:
        return await client.post("/v1/admin/reload")


async def test_a_reload_tells_what_changed_and_what_did_not_and_tells_the_others() -> None:
    reloads = FakeReloads(DONE)
    answer = await reloaded(reloads)
    assert answer.json() == {
        "result": "replaced",
        "generation": 3,
        "changed": ["policies.default.require"],
        "needs_restart": ["server.port"],
        "policies": {"default": "abc"},
    }
    assert (reloads.asked, reloads.told) == (1, 1)


async def test_a_refused_reload_is_a_problem_with_the_reason_and_nobody_else_is_told() -> None:
    reloads = FakeReloads(REFUSED)
    answer = await reloaded(reloads)
    assert answer.status_code == 409
    assert answer.json()["type"] == "urn:candor:problem:reload-refused"
    assert answer.json()["detail"] == "policies.default: unknown key"
    assert reloads.told == 0


async def test_without_keys_only_callers_on_this_machine_may_reload() -> None:
    for near in ("127.0.0.1", "127.8.8.8", "::1", "::ffff:127.0.0.1"):
        assert (await reloaded(FakeReloads(DONE), near)).is_success
    for far in ("10.0.0.7", "::ffff:10.0.0.7", "testclient", ""):
        reloads = FakeReloads(DONE)
        answer = await reloaded(reloads, far)
        assert (answer.status_code, reloads.asked) == (403, 0)
        assert answer.json()["type"] == "urn:candor:problem:not-allowed"


async def test_readiness_tells_of_a_refused_reload_and_stays_ready() -> None:
    app = create_app(Parts(reloads=FakeReloads(note="the last reload was refused")).open_state())
    async with client_for(app) as client:
        answer = await client.get("/readyz")
        listed = await client.get("/v1/policies")
    assert answer.status_code == 200
    assert answer.json()["status"] == "ready"
    assert answer.json()["notes"] == ["the last reload was refused"]
    assert answer.json()["generation"] == listed.json()["generation"] == 1
