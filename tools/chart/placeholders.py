"""Thresholds that write themselves as pieces of a Helm template.

The rules are made from these as from numbers, so whatever a rule works out of one (a product, a
number in a summary) follows the chart's value too.
"""

import re
from collections.abc import Collection
from typing import Self, TypeVar
from urllib.parse import quote, unquote

from pydantic import BaseModel

from tools.rules.thresholds import Burn, Thresholds

VALUES = ".Values.metrics.prometheusRule"
# Who changes windows changes what is recorded, not from where on an alert fires.
_KEPT = frozenset({"interval", "windows"})
_MARK = re.compile(r"<<(\S+?)>>")
_Part = TypeVar("_Part", bound=BaseModel)


def _marked(expr: str) -> str:
    """Without a space or a quote, which YAML would fold or escape."""
    return f"<<{quote(expr, safe='')}>>"


def template(text: str) -> str:
    """A rules file made from placeholders, as the template that Helm's `tpl` renders."""
    own = text.replace("{{", '{{ "{{" }}')
    return _MARK.sub(lambda found: f"{{{{ {unquote(found.group(1))} }}}}", own)


class Number(float):
    """`expr` is what Helm works it out by."""

    expr: str

    def __new__(cls, value: float, expr: str) -> Self:
        one = super().__new__(cls, value)
        one.expr = expr
        return one

    def __mul__(self, other: float, /) -> "Number":
        return Number(float(self) * other, f"(mulf {self.expr} {_written(other)})")

    def __truediv__(self, other: float, /) -> "Number":
        return Number(float(self) / other, f"(divf {self.expr} {_written(other)})")

    def __rsub__(self, other: float, /) -> "Number":
        return Number(other - float(self), f"(subf {_written(other)} {self.expr})")

    def __format__(self, how: str, /) -> str:
        """Python's `g` is six digits; without words it always has a point."""
        if not how:
            return _marked(f'include "candor.decimal" {self.expr}')
        digits = how if "." in how else f".6{how}"
        return _marked(f'printf "%{digits}" (float64 {self.expr})')


def _written(number: float) -> str:
    return number.expr if isinstance(number, Number) else repr(number)


class Text(str):
    """`expr` is what Helm takes it from."""

    __slots__ = ("expr",)
    expr: str

    def __new__(cls, value: str, expr: str) -> Self:
        one = super().__new__(cls, value)
        one.expr = expr
        return one

    def __format__(self, how: str, /) -> str:
        return _marked(self.expr)

    def __str__(self) -> str:
        return _marked(self.expr)


def placed(values: Thresholds) -> Thresholds:
    """The same with placeholders in place of what is a value of the chart."""
    links = {name: _link(name, link) for name, link in values.links}
    burns = tuple(_burn(one) for one in values.objectives.burn)
    numbers = _placed(values, f"{VALUES}.thresholds", _KEPT | {"links"})
    goals = numbers.objectives.model_copy(update={"burn": burns})
    return numbers.model_copy(
        update={"links": values.links.model_copy(update=links), "objectives": goals}
    )


def _placed(part: _Part, above: str, kept: Collection[str] = ()) -> _Part:
    found: dict[str, object] = {}
    for name, one in part:
        path = f"{above}.{_key(part, name)}"
        match one:
            case BaseModel() if name not in kept:
                found[name] = _placed(one, path)
            case float() | int():
                found[name] = Number(one, path)
            case str() if name not in kept:
                found[name] = Text(one, path)
    return part.model_copy(update=found)


def _key(part: BaseModel, name: str) -> str:
    """As in the values."""
    field = type(part).model_fields[name]
    return field.serialization_alias or field.alias or name


def _link(name: str, link: str) -> Text:
    return Text(link, f'default "{link}" {VALUES}.links.{name}')


def _burn(burn: Burn) -> Burn:
    path = f"{VALUES}.thresholds.objectives.burn.{burn.name}"
    return burn.model_copy(update={"factor": Number(burn.factor, path)})
