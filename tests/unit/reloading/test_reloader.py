"""From settings that are read again to a new generation, with what `serve` is made of."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest

from candor.api.dependencies import State
from candor.api.reloads import ReloadResult
from candor.domain.errors import ConfigError
from candor.settings import Settings
from candor.wiring import open_state

SCREEN: dict[str, Any] = {"kind": "screen"}
NOBODY = "http://127.0.0.1:1/v1"


def settings(**changed: Any) -> Settings:
    return Settings.model_validate({"ocr": {"kind": "none"}, **changed})


def judged_by(model: str = "m", url: str = NOBODY) -> dict[str, Any]:
    """A debate whose last word needs the model."""
    debate = {"kind": "debate", "affirmer": "judge", "negator": "judge", "judge": "judge"}
    return {
        "models": {"judge": {"base_url": url, "model": model}},
        "policies": {"default": {"tiers": [SCREEN, {**debate, "fallback": "none"}]}},
    }


@asynccontextmanager
async def running(
    started: Settings, read: Callable[[], Settings] | None = None
) -> AsyncIterator[State]:
    async with open_state(started, read=read or (lambda: started)) as state:
        yield state


def count(state: State, result: str) -> float:
    registry = state["metrics"].registry
    return registry.get_sample_value("candor_reloads_total", {"result": result}) or 0.0


async def test_what_was_read_takes_the_place_of_what_was() -> None:
    after = settings(policies={"default": {"tiers": [SCREEN], "on_inconclusive": "block"}})
    async with running(settings(), lambda: after) as state:
        before = state["generations"].current.monitor
        done = await state["reloads"].reload()
        current = state["generations"].current
        assert (done.result, done.generation, current.number) == (ReloadResult.REPLACED, 2, 2)
        assert current.monitor.policies["default"].config.on_inconclusive == "block"
        assert current.monitor is not before
        assert count(state, "replaced") == 1


async def test_what_is_shared_and_what_is_the_same_is_not_opened_again() -> None:
    before = settings(models={"judge": {"base_url": NOBODY, "model": "m"}})
    after = before.model_copy(
        update={
            "policies": settings(
                policies={"default": {"tiers": [SCREEN], "deadline_ms": 1000}}
            ).policies
        }
    )
    async with running(before, lambda: after) as state:
        old = state["generations"].current.monitor
        reloads = state["reloads"]
        endpoint = reloads.built.endpoints["judge"]  # type: ignore[attr-defined]
        await reloads.reload()
        new = state["generations"].current.monitor
        assert (new.cache, new.pool, new.leases) == (old.cache, old.pool, old.leases)
        assert reloads.built.endpoints["judge"] is endpoint  # type: ignore[attr-defined]


async def test_the_same_again_changes_nothing() -> None:
    async with running(settings()) as state:
        done = await state["reloads"].reload()
        assert (done.result, done.generation) == (ReloadResult.UNCHANGED, 1)


async def test_what_needs_a_restart_is_named_each_time_and_left_as_it_was() -> None:
    after = settings(server={"port": 1234}, cache={"kind": "memory", "ttl_seconds": 5})
    async with running(settings(), lambda: after) as state:
        for _ in range(2):
            done = await state["reloads"].reload()
            assert done.result is ReloadResult.UNCHANGED
            assert done.needs_restart == ("cache.ttl_seconds", "server.port")


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (ConfigError("policies.default: unknown key"), "policies.default: unknown key"),
        (FileNotFoundError("candor.yaml"), "candor.yaml"),
        (RuntimeError("hunter2"), "an unexpected error (RuntimeError); see the log"),
    ],
)
async def test_what_cannot_be_read_leaves_everything_as_it_was_and_says_so(
    error: Exception, said: str
) -> None:
    def read() -> Settings:
        raise error

    async with running(settings(), read) as state:
        done = await state["reloads"].reload()
        assert (done.result, done.problem, done.generation) == (ReloadResult.REFUSED, said, 1)
        assert state["reloads"].note == f"the last reload was refused: {said}"
        assert count(state, "refused") == 1


async def test_a_name_that_is_not_configured_is_refused() -> None:
    shadow = {"default": {"tiers": [SCREEN], "shadow": {"policy": "strikt"}}}
    async with running(settings(), lambda: settings(policies=shadow)) as state:
        done = await state["reloads"].reload()
    assert "policies.default.shadow: 'strikt' is not configured" in done.problem


async def test_a_new_model_without_which_no_verdict_can_be_given_has_to_answer() -> None:
    async with running(settings(), lambda: settings(**judged_by())) as state:
        done = await state["reloads"].reload()
        assert "what it needs does not answer: models.judge" in done.problem
        assert state["generations"].current.number == 1


async def test_a_note_goes_when_a_reload_goes_well() -> None:
    reads: list[Settings | Exception] = [ConfigError("no"), settings()]

    def read() -> Settings:
        one = reads.pop(0)
        if isinstance(one, Exception):
            raise one
        return one

    async with running(settings(), read) as state:
        await state["reloads"].reload()
        assert state["reloads"].note
        await state["reloads"].reload()
        assert not state["reloads"].note
