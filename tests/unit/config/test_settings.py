from pathlib import Path

import pytest

from candor.adapters.cache import MemoryCacheConfig, RedisCacheConfig
from candor.adapters.vlm import OpenAICompatibleConfig
from candor.domain.errors import ConfigError
from candor.domain.verdict import Action
from candor.settings import load

DEBATE = """
models:
  judge: {base_url: "http://vllm:8000/v1", model: qwen-vl}
policies:
  default:
    tiers:
      - {kind: screen}
      - {kind: debate, affirmer: judge, negator: judge, judge: judge, rounds: 2}
    on_inconclusive: block
"""


@pytest.fixture(autouse=True)
def _a_clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CANDOR_CONFIG", raising=False)


def written(folder: Path, text: str) -> Path:
    path = folder / "candor.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_without_a_file_the_embedded_defaults_are_in_force() -> None:
    settings = load()
    policy = settings.policies["default"]
    assert [tier.kind for tier in policy.tiers] == ["screen", "debate"]
    assert isinstance(settings.cache, MemoryCacheConfig)
    assert not policy.models()


def test_a_file_is_read(tmp_path: Path) -> None:
    settings = load(written(tmp_path, DEBATE))
    assert settings.policies["default"].on_inconclusive is Action.BLOCK
    assert settings.policies["default"].models() == {"judge"}


def test_the_environment_names_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CANDOR_CONFIG", str(written(tmp_path, "server: {port: 9123}")))
    assert load().server.port == 9123


def test_the_environment_overrides_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CANDOR_MODELS__JUDGE__API_KEY", "s3cret")
    monkeypatch.setenv("CANDOR_SERVER__PORT", "9001")
    settings = load(written(tmp_path, DEBATE + "\nserver: {port: 9000}"))
    assert settings.server.port == 9001
    judge = settings.models["judge"]
    assert isinstance(judge, OpenAICompatibleConfig)
    key = judge.api_key
    assert key is not None
    assert key.get_secret_value() == "s3cret"
    assert judge.model == "qwen-vl", "the rest of the file still holds"


def test_a_secret_is_never_printed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CANDOR_MODELS__JUDGE__API_KEY", "s3cret")
    settings = load(written(tmp_path, DEBATE))
    assert "s3cret" not in settings.model_dump_json()
    assert "s3cret" not in repr(settings)


def test_a_secret_does_not_show_in_a_mistake(tmp_path: Path) -> None:
    text = 'cache: {kind: redis, url: "redis://u:hunter2@r:6379/0", ttl: 5}'
    with pytest.raises(ConfigError) as caught:
        load(written(tmp_path, text))
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("sever: {port: 1}", "sever: unknown key; known: admission, audit_log, auth, "),
        ("server: {prot: 1}", "server.prot: unknown key; known: "),
        ("server: {port: many}", "server.port: "),
        ("policies: {strict: {tiers: [{kind: screen}]}}", "must contain 'default'"),
        ("policies: {default: {tiers: [{kind: scren}]}}", "'screen'"),
        ("policies: {default: {tiers: [{kind: screen, bnad: {}}]}}", "known: band,"),
        ("policies: {default: {tiers: []}}", "policies.default.tiers: "),
        ("policies: {default: {tiers: [{kind: screen}, {kind: screen}]}}", "stand once"),
        ("- a\n- b", "must hold a mapping"),
        ("a: [", "is not valid YAML"),
        ("models: {Judge Model: {base_url: http://x/v1, model: m}}", "models.Judge Model"),
    ],
)
def test_a_mistake_is_named_with_what_is_known(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load(written(tmp_path, text))
    assert said in str(caught.value)


def test_every_mistake_is_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"has 2 mistake\(s\)"):
        load(written(tmp_path, "server: {port: x}\nwork: {threads: 0}"))


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"cannot read .*nowhere\.yaml"):
        load(tmp_path / "nowhere.yaml")


def test_a_misspelt_section_in_the_environment_stops_the_start(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("CANDOR_SEVER__PORT", "9000")
    with pytest.raises(ConfigError, match="no section 'sever'; known: admission"):
        load()


def test_what_kubernetes_puts_into_the_environment_does_no_harm(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("CANDOR_PORT_8080_TCP_ADDR", "10.0.0.1")
    monkeypatch.setenv("CANDOR_SERVICE_HOST", "10.0.0.1")
    assert load().server.port == 8080


def test_redis_is_chosen_by_its_kind(tmp_path: Path) -> None:
    settings = load(written(tmp_path, 'cache: {kind: redis, url: "redis://redis:6379/0"}'))
    assert isinstance(settings.cache, RedisCacheConfig)
