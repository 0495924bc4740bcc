"""What the OpenAPI document says of parameters that routes read by themselves."""

from typing import Any

from pydantic import BaseModel

REF = "#/components/schemas/{model}"
_SHAPE = ("$ref", "type", "format", "pattern", "minimum", "maximum", "maxLength", "default")


def named(what: str, example: str) -> dict[str, Any]:
    """The `id` in the path."""
    return {
        "name": "id",
        "in": "path",
        "required": True,
        "description": f"The {what}'s `id`.",
        "schema": {"type": "string"},
        "example": example,
    }


def query(form: type[BaseModel]) -> list[dict[str, Any]]:
    fields = form.model_json_schema(ref_template=REF)["properties"]
    return [_parameter(name, told) for name, told in fields.items()]


def _parameter(name: str, told: dict[str, Any]) -> dict[str, Any]:
    # In a query there is no null: what is not given is left out.
    shape = told["anyOf"][0] if "anyOf" in told else told
    return {
        "name": name,
        "in": "query",
        "required": False,
        "description": told["description"],
        "schema": {key: shape[key] for key in _SHAPE if key in shape},
        "example": told["examples"][0],
    }
