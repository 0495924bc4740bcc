"""Every setting as Markdown, from the models that read them."""

import builtins
import types
import typing
from collections.abc import Iterator, Mapping
from enum import Enum
from typing import get_args, get_origin

from pydantic import BaseModel, SecretStr
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from candor.settings import Settings

_HEAD = """# Configuration

One YAML file, named by the environment variable `CANDOR_CONFIG` or by `--config`. Each setting
can be overridden from the environment: `CANDOR_` and its path, joined by two underscores
(`CANDOR_SERVER__PORT=9000`, `CANDOR_MODELS__JUDGE__API_KEY=...`). Unknown keys stop the start with
a message that lists the known ones. `candor config validate FILE` checks a file,
`candor config show` prints what is in force with secrets masked.

This page is written by `candor config reference`.
"""


def markdown() -> str:
    sections = [_HEAD, *(_section(name, f) for name, f in Settings.model_fields.items())]
    return "\n".join(sections)


def _section(name: str, field: FieldInfo) -> str:
    models = list(_models(field.annotation))
    named = get_origin(field.annotation) is dict
    path = f"{name}.<name>" if named else name
    lines = [f"## `{name}`", ""]
    for model in models:
        lines += _table(path, model, alone=len(models) == 1)
    return "\n".join(lines)


def _table(path: str, model: type[BaseModel], *, alone: bool) -> list[str]:
    tag = next((str(f.default) for n, f in model.model_fields.items() if n in _TAGS), None)
    title = [] if alone or tag is None else [f"### `{path}` of kind `{tag}`", ""]
    doc = " ".join((model.__doc__ or "").strip().partition("\n\n")[0].split())
    rows = ["| setting | type | default | |", "| --- | --- | --- | --- |"]
    nested: list[str] = []
    for name, field in model.model_fields.items():
        inner = [m for m in _models(field.annotation) if m is not model]
        rows.append(_row(f"{path}.{name}", field))
        many = get_origin(field.annotation) is tuple
        for one in inner:
            nested += _table(f"{path}.{name}{'[]' if many else ''}", one, alone=len(inner) == 1)
    heading = [] if not title and "." not in path else title or [f"### `{path}`", ""]
    return [*heading, doc, "", *rows, "", *nested]


_TAGS = ("kind", "provider")


def _row(path: str, field: FieldInfo) -> str:
    words = (field.description or "").replace("|", "\\|").replace("\n", " ")
    return f"| `{path}` | {_type(field.annotation)} | {_default(field)} | {words} |"


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "required"
    default = field.get_default(call_default_factory=False)
    if default is PydanticUndefined or default is None or isinstance(default, BaseModel | dict):
        return ""
    if isinstance(default, tuple | list):
        return ", ".join(f"`{one}`" for one in default)
    return f"`{default}`"


def _type(annotation: object) -> str:
    arguments = get_args(annotation)
    match get_origin(annotation):
        case typing.Literal:
            said = " \\| ".join(f"`{one}`" for one in arguments)
        case typing.Annotated:
            said = _type(arguments[0])
        case typing.Union | types.UnionType:
            named = [_type(one) for one in arguments if one is not type(None)]
            said = " or ".join(dict.fromkeys(named))
        case builtins.tuple:
            said = f"list of {_type(arguments[0])}"
        case builtins.dict:
            said = "section"
        case _:
            said = _plain_type(annotation)
    return said


_NAMES: Mapping[type, str] = {
    int: "whole number",
    float: "number",
    bool: "yes/no",
    SecretStr: "secret",
}


def _plain_type(annotation: object) -> str:
    if isinstance(annotation, type):
        if issubclass(annotation, Enum):
            return " \\| ".join(f"`{one.value}`" for one in annotation)
        if issubclass(annotation, BaseModel):
            return "section"
        return _NAMES.get(annotation, "text")
    return "text"


def _models(annotation: object) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
        return
    for inner in get_args(annotation):
        yield from _models(inner)
