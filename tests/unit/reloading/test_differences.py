from typing import Any

import pytest
from pydantic import SecretStr

from candor.domain.errors import ConfigError
from candor.reloading.differences import between, reloadable
from candor.settings import Settings


def settings(**changed: Any) -> Settings:
    model = {"base_url": "http://me:hunter2@vllm/v1", "model": "m", "api_key": "sk-one"}
    return Settings.model_validate({"models": {"judge": model}, **changed})


def test_the_same_settings_do_not_differ() -> None:
    assert between(settings(), settings()) == ()


def test_a_secret_that_changed_is_named_and_never_shown() -> None:
    other = {"base_url": "http://me:hunter3@vllm/v1", "model": "m", "api_key": "sk-two"}
    found = between(settings(), settings(models={"judge": other}))
    assert [one.name for one in found] == ["models.judge.api_key", "models.judge.base_url"]
    assert not any(word in repr(found) for word in ("sk-", "hunter"))


def test_a_new_section_with_a_secret_in_it_does_not_show_it_either() -> None:
    other = settings().model_copy(update={"models": {}})
    (found,) = between(other, settings())
    assert (found.name, found.before) == ("models.judge", "(not set)")
    assert "sk-one" not in found.after
    assert isinstance(settings().models["judge"].api_key, SecretStr)  # type: ignore[union-attr]


def test_a_policy_that_a_tenant_needs_until_a_restart_cannot_go() -> None:
    strict = {
        "default": {"tiers": [{"kind": "screen"}]},
        "strict": {"tiers": [{"kind": "screen"}]},
    }
    running = settings(policies=strict, tenants={"acme": {"policies": ["default", "strict"]}})
    with pytest.raises(ConfigError, match=r"'strict' is gone, and tenants\.acme needs it"):
        reloadable(running, settings())


def test_what_needs_a_restart_is_left_as_it_was() -> None:
    running, read = (
        settings(),
        settings(server={"port": 9}, work={"threads": 3}, posture={"inconclusive": "block"}),
    )
    found = {one.name: one.needs_restart for one in between(running, read)}
    assert found == {"posture.inconclusive": False, "server.port": True, "work.threads": True}
    merged = reloadable(running, read)
    assert (merged.server.port, merged.posture.inconclusive) == (8080, "block")
