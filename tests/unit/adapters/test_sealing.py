"""What is sealed opens for its own name and its own keys alone."""

import base64
import secrets

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr, ValidationError

from candor.adapters.cache.sealing import NOT_SEALED, AesSealer, Area, PrivacyConfig, Sealer

OLD, NEW = secrets.token_bytes(32), secrets.token_bytes(32)


class Counted:
    def __init__(self) -> None:
        self.areas: list[Area] = []

    def sealer(self, *keys: bytes) -> Sealer:
        return AesSealer(keys, self.areas.append)


def text(key: bytes) -> SecretStr:
    return SecretStr(base64.b64encode(key).decode())


@given(st.binary(max_size=200), st.text(max_size=20))
def test_what_was_sealed_opens_again(clear: bytes, about: str) -> None:
    sealer = Counted().sealer(NEW)
    about = about.encode(errors="ignore").decode()
    sealed = sealer.seal(Area.CACHE, about, clear)
    assert sealer.open(Area.CACHE, about, sealed) == clear
    assert len(sealed) == len(clear) + 33
    assert len(clear) < 8 or clear not in sealed


def test_the_same_is_sealed_otherwise_each_time() -> None:
    sealer = Counted().sealer(NEW)
    assert sealer.seal(Area.JOB, "a", b"x") != sealer.seal(Area.JOB, "a", b"x")


def test_after_a_rotation_the_older_key_still_opens_and_seals_no_more() -> None:
    counted = Counted()
    before, between, after = (
        counted.sealer(OLD),
        counted.sealer(NEW, OLD),
        counted.sealer(NEW),
    )
    old = before.seal(Area.CACHE, "k", b"verdict")
    assert between.open(Area.CACHE, "k", old) == b"verdict"
    new = between.seal(Area.CACHE, "k", b"verdict")
    assert after.open(Area.CACHE, "k", new) == b"verdict"
    assert counted.areas == []
    assert after.open(Area.CACHE, "k", old) is None
    assert counted.areas == [Area.CACHE]


def test_an_entry_opens_under_no_other_name_and_in_no_other_place() -> None:
    counted = Counted()
    sealer = counted.sealer(NEW)
    sealed = sealer.seal(Area.CACHE, "k", b"honest")
    assert sealer.open(Area.CACHE, "l", sealed) is None
    assert sealer.open(Area.LEASE, "k", sealed) is None
    assert counted.areas == [Area.CACHE, Area.LEASE]


@given(st.integers(0, 36), st.integers(1, 255))
def test_a_changed_byte_closes_it(place: int, change: int) -> None:
    counted = Counted()
    sealer = counted.sealer(NEW)
    sealed = bytearray(sealer.seal(Area.CACHE, "k", b"abcd"))
    sealed[place] ^= change
    assert sealer.open(Area.CACHE, "k", bytes(sealed)) is None
    assert counted.areas == [Area.CACHE]


@given(st.binary(max_size=80))
def test_whatever_lies_there_is_read_without_an_error(raw: bytes) -> None:
    assert Counted().sealer(NEW).open(Area.CACHE, "k", raw) is None


def test_without_keys_nothing_is_sealed() -> None:
    sealer = PrivacyConfig().sealer()
    assert sealer is NOT_SEALED
    assert sealer.open(Area.JOB, "k", sealer.seal(Area.JOB, "k", b"x")) == b"x"


def test_keys_come_from_the_settings_and_are_never_shown() -> None:
    config = PrivacyConfig(cache_keys=(text(NEW), text(OLD)))
    sealed = Counted().sealer(OLD).seal(Area.CACHE, "k", b"x")
    assert config.sealer().open(Area.CACHE, "k", sealed) == b"x"
    assert text(NEW).get_secret_value() not in repr(config) + config.model_dump_json()


@pytest.mark.parametrize("wrong", ["", "hunter2", "aGk=", "é", "A" * 43, "*" * 44])
def test_what_is_no_key_is_refused_and_not_repeated(wrong: str) -> None:
    with pytest.raises(ValidationError, match="32 random bytes in base64") as refused:
        PrivacyConfig(cache_keys=(SecretStr(wrong),))
    assert len(wrong) < 5 or wrong not in str(refused.value)


def test_the_same_key_twice_is_a_mistake() -> None:
    with pytest.raises(ValidationError, match="twice"):
        PrivacyConfig(cache_keys=(text(NEW), text(NEW)))
