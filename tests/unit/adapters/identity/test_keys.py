from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import yaml

from candor.adapters.identity import AuthConfig, new_key
from candor.adapters.identity.config import KeyConfig
from candor.adapters.identity.identities import KnownCallers
from candor.adapters.identity.key_file import KeyFile
from candor.adapters.identity.keys import KeyTable, NewKey
from candor.domain.callers import Caller, Scope
from candor.domain.errors import ConfigError, IdentityUnavailable, Unidentified

MONITOR = frozenset({Scope.MONITOR})


def a_key(tenant: str = "acme", expires: datetime | None = None) -> NewKey:
    return new_key(tenant, MONITOR, expires)


def as_file(*keys: KeyConfig) -> str:
    return yaml.safe_dump([key.model_dump(mode="json") for key in keys])


@dataclass
class Clock:
    now: float = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_key_is_known_by_its_digest_and_the_digest_opens_nothing() -> None:
    made = a_key()
    table = KeyTable.of([a_key("globex").config, made.config])
    assert table.caller(made.secret) == Caller("acme", made.config.id, MONITOR)
    assert made.secret not in made.config.model_dump_json()
    for wrong in (made.config.digest, made.config.id, made.secret[:-1], "", "x" * 10_000):
        with pytest.raises(Unidentified):
            table.caller(wrong)


def test_a_tenant_may_have_several_keys_and_each_is_256_bits_of_chance() -> None:
    made = [a_key() for _ in range(50)]
    table = KeyTable.of([one.config for one in made])
    assert {table.caller(one.secret).key_id for one in made} == {one.config.id for one in made}
    assert all(one.secret.startswith("cdr_") and len(one.secret) == 47 for one in made)


def test_a_key_opens_nothing_from_the_moment_it_expires() -> None:
    over = datetime(2030, 1, 1, tzinfo=UTC)
    made = a_key(expires=over)
    moments = iter([over - timedelta(seconds=1), over])
    table = KeyTable.of([made.config], lambda: next(moments))
    assert table.caller(made.secret).tenant == "acme"
    with pytest.raises(Unidentified, match="expired"):
        table.caller(made.secret)


def test_two_keys_of_one_name_stop_the_start() -> None:
    made = a_key()
    twin = made.config.model_copy(update={"tenant": "globex"})
    with pytest.raises(ConfigError, match="the same id"):
        KeyTable.of([made.config, twin])


def test_a_key_in_the_place_of_its_digest_is_refused_and_not_repeated() -> None:
    made = a_key()
    with pytest.raises(ValueError, match="digest") as told:
        AuthConfig.model_validate({"keys": [{"id": "k", "tenant": "acme", "digest": made.secret}]})
    assert made.secret not in str(told.value)


async def test_keys_come_and_go_with_their_file(tmp_path: Path) -> None:
    clock, file = Clock(), tmp_path / "keys.yaml"
    old, new = a_key(), a_key("globex")
    file.write_text(as_file(old.config))
    known = KnownCallers(AuthConfig(keys_file=file), KeyFile(file, clock))
    assert (await known.caller(old.secret)).tenant == "acme"

    file.write_text(as_file(new.config))
    clock.now += 1.1
    assert (await known.caller(new.secret)).tenant == "globex"
    with pytest.raises(Unidentified):
        await known.caller(old.secret)


async def test_a_broken_file_of_keys_leaves_those_from_before_and_is_told(tmp_path: Path) -> None:
    clock, file = Clock(), tmp_path / "keys.yaml"
    made = a_key()
    file.write_text(as_file(made.config))
    known = KnownCallers(AuthConfig(keys_file=file), KeyFile(file, clock))
    file.write_text("- {id: [")
    clock.now += 1.1
    assert (await known.caller(made.secret)).tenant == "acme"
    with pytest.raises(IdentityUnavailable, match="still hold"):
        await known.ping()
    file.write_text(as_file(made.config))
    clock.now += 1.1
    await known.ping()


def test_without_its_file_of_keys_the_service_does_not_start(tmp_path: Path) -> None:
    file = tmp_path / "missing.yaml"
    with pytest.raises(ConfigError, match="keys_file"):
        KnownCallers(AuthConfig(keys_file=file), KeyFile(file))


async def test_nothing_presented_is_told_from_something_wrong() -> None:
    known = KnownCallers(AuthConfig(keys=(a_key().config,)))
    with pytest.raises(Unidentified) as told:
        await known.caller("")
    assert not told.value.presented
    with pytest.raises(Unidentified) as told:
        await known.caller("cdr_wrong")
    assert told.value.presented
