"""No setting holds a secret as plain text."""

from collections.abc import Iterator
from types import UnionType
from typing import Any, get_args

from pydantic import BaseModel, SecretBytes, SecretStr

from candor.settings import Settings

# Words that make a field a secret, where they end its name.
SECRET = ("key", "keys", "secret", "secrets", "password", "token", "credential", "credentials")


def models_in(kind: Any) -> Iterator[type[BaseModel]]:
    """All models that a type mentions, and theirs."""
    if isinstance(kind, type) and not isinstance(kind, UnionType) and not get_args(kind):
        if issubclass(kind, BaseModel):
            yield kind
        return
    for inner in get_args(kind):
        yield from models_in(inner)


def every_model() -> set[type[BaseModel]]:
    found: set[type[BaseModel]] = set()
    waiting: list[type[BaseModel]] = [Settings]
    while waiting:
        model = waiting.pop()
        if model not in found:
            found.add(model)
            for field in model.model_fields.values():
                waiting.extend(models_in(field.annotation))
    return found


def is_guarded(kind: Any) -> bool:
    return kind in (SecretStr, SecretBytes) or any(is_guarded(one) for one in get_args(kind))


def test_every_setting_that_is_called_a_secret_is_one() -> None:
    open_ones = {
        f"{model.__name__}.{name}"
        for model in every_model()
        for name, field in model.model_fields.items()
        if name.rpartition("_")[2] in SECRET
        and not is_guarded(field.annotation)
        and not list(models_in(field.annotation))
    }
    assert open_ones == set()


def test_the_walk_reaches_what_is_nested() -> None:
    names = {model.__name__ for model in every_model()}
    assert {"WebhooksConfig", "RedisConfig", "AuthConfig"} <= names
    assert len(names) > 30
