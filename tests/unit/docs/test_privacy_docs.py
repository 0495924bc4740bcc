"""The table of what is kept names settings that exist, with their defaults."""

import re
from pathlib import Path
from typing import Any, get_args

import pytest
from pydantic import BaseModel

from candor.adapters.cache import RedisCacheConfig
from candor.settings import Settings

PAGE = (Path(__file__).parents[3] / "docs" / "privacy.md").read_text(encoding="utf-8")
ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in PAGE.partition("## What is kept, where")[2].splitlines()
    if line.startswith("|")
][2:]
STORES = {
    *("verdict cache", "leases", "jobs that wait", "results of jobs and batches", "ledger"),
    *("audit log", "recordings", "logs", "metrics"),
}


def models_in(annotation: object) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for inner in get_args(annotation) for model in models_in(inner)]


def defaults_of(name: str) -> list[Any]:
    """Of every setting that is called so; `*` stands for any name."""
    models: list[type[BaseModel]] = [Settings]
    *sections, last = name.split(".")
    for section in sections:
        if section != "*":
            fields = [m.model_fields[section] for m in models if section in m.model_fields]
            models = [inner for field in fields for inner in models_in(field.annotation)]
    return [model.model_fields[last].default for model in models if last in model.model_fields]


def test_everything_that_is_stored_has_a_row() -> None:
    assert {row[0] for row in ROWS} >= STORES
    assert all(len(row) == 6 for row in ROWS)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row[0]} {row[1]}")
def test_a_row_names_a_setting_that_exists_and_its_default(row: list[str]) -> None:
    name = re.findall(r"`([a-z_.*]+)`", row[4])[0]
    found = defaults_of(name)
    assert found, name
    stated = re.match(r"\d+", row[5])
    if stated and "entries" not in row[5]:
        assert all(float(default) == float(stated[0]) for default in found), name


def test_a_setting_that_does_not_exist_is_noticed() -> None:
    assert defaults_of("cache.ttl_minutes") == []
    assert defaults_of("policies.*.retention.days") == [30]
    assert RedisCacheConfig.model_fields["ttl_seconds"].default in defaults_of("cache.ttl_seconds")
