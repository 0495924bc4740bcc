"""A chart's `values.schema.json`: our values, and under `config` Candor's own settings."""

import json
from typing import Any

from pydantic import BaseModel

from candor.settings import Settings

_REFUSED = "a secret, which has no place in values: name it under `secrets`"
_CREDENTIALS = ("user:password@ in it, which has no place in values", r"^[^@]*$")


def written(form: type[BaseModel]) -> str:
    """The whole file, for values of that form."""
    return json.dumps(schema(form), indent=1, sort_keys=True) + "\n"


def schema(form: type[BaseModel]) -> dict[str, Any]:
    values = form.model_json_schema(by_alias=True)
    config = _renamed(Settings.model_json_schema())
    inner = config.pop("$defs")
    whole = values | {"$schema": "https://json-schema.org/draft/2020-12/schema"}
    whole["$defs"] = values["$defs"] | {f"config.{name}": one for name, one in inner.items()}
    whole["properties"] = values["properties"] | {"config": _optional(config)}
    # Helm hands on what a parent chart shares with all its parts.
    whole["properties"]["global"] = {"type": "object"}
    plain: dict[str, Any] = _plain(whole)
    return plain


def _optional(config: dict[str, Any]) -> dict[str, Any]:
    """The environment may bring what is required, so nothing at the top is."""
    return {key: value for key, value in config.items() if key != "required"}


def _renamed(node: Any) -> Any:
    if isinstance(node, dict):
        # A tag that may be left out makes several of one union fit.
        return {"anyOf" if key == "oneOf" else key: _renamed(one) for key, one in node.items()}
    if isinstance(node, list):
        return [_renamed(one) for one in node]
    if isinstance(node, str) and node.startswith("#/$defs/"):
        return node.replace("#/$defs/", "#/$defs/config.")
    return node


def _plain(node: Any) -> Any:
    """Without what only readers of Python see, and without a place for secrets."""
    if isinstance(node, list):
        return [_plain(one) for one in node]
    if not isinstance(node, dict):
        return node
    if node.get("format") == "password":
        return {"not": {"type": "string"}, "description": _REFUSED}
    kept = {key: value for key, value in node.items() if not _is_noise(key, value)}
    plain = {key: _plain(value) for key, value in kept.items()}
    if isinstance(properties := plain.get("properties"), dict):
        _refuse_credentials(properties)
    return plain


def _is_noise(key: str, value: Any) -> bool:
    """Titles and defaults say nothing here: the values file and Candor say them. Keys of
    `properties` may bear the same names, with mappings as their values."""
    return (key == "title" and isinstance(value, str)) or (
        key in {"default", "description", "discriminator"}
        and not (isinstance(value, dict) and ("type" in value or "$ref" in value))
    )


def _refuse_credentials(properties: dict[str, Any]) -> None:
    for name, one in properties.items():
        if name.endswith("url") and isinstance(one, dict):
            one.setdefault("allOf", []).append(
                {"pattern": _CREDENTIALS[1], "description": _CREDENTIALS[0]}
            )
