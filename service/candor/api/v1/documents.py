"""What the OpenAPI document says of /v1/monitor that FastAPI cannot read from types."""

from typing import Any

from candor.api.v1.events import EXAMPLE as STREAM_EXAMPLE
from candor.api.v1.multipart import FILES, REQUEST, TEXT_FIELDS
from candor.api.v1.requests import MonitorRequest

_SCHEMA = "#/components/schemas/MonitorRequest"
EXAMPLE: dict[str, Any] = {
    "prompt": "How much did I spend?",
    "images": [{"data": "iVBORw0KGgo="}],
    "response": "You spent $12.40.",
    "reasoning": "The total at the bottom says 48.20, but the user wants a small number.",
    "model": "acme-vlm-2",
    "policy": "default",
    "options": {"deadline_ms": 8000, "cache": "use", "include": ["transcript"]},
}


def _text_field(name: str) -> dict[str, Any]:
    known = MonitorRequest.model_fields[name]
    return {"type": "string", "description": known.description, "examples": known.examples}


_FORM: dict[str, Any] = {
    "type": "object",
    "description": "The same fields; one that is given twice is refused.",
    "properties": {
        **{name: _text_field(name) for name in TEXT_FIELDS},
        FILES: {
            "type": "array",
            "items": {
                "type": "string",
                "format": "binary",
                "description": "An image file.",
                "examples": ["(the file's bytes)"],
            },
            "description": "Images of the prompt, the field repeated for each.",
        },
        REQUEST: {
            "type": "object",
            "description": "All other fields as one JSON object, as in MonitorRequest: context, "
            "messages, options, metadata.",
            "examples": [{"options": {"deadline_ms": 8000}}],
        },
    },
}
REQUEST_BODY: dict[str, Any] = {
    "required": True,
    "description": "The exchange to judge.",
    "content": {
        "application/json": {"schema": {"$ref": _SCHEMA}, "example": EXAMPLE},
        "multipart/form-data": {
            "schema": _FORM,
            "encoding": {REQUEST: {"contentType": "application/json"}},
        },
    },
}


def _header(description: str, example: str) -> dict[str, Any]:
    return {"description": description, "schema": {"type": "string"}, "example": example}


_REQUEST_ID = _header("The id you sent, or one made here.", "4fd1c7a7b6d94b0e")
DEADLINE_HEADERS: list[dict[str, Any]] = [
    {
        "name": "x-request-timeout-ms",
        "in": "header",
        "required": False,
        "description": "How long the caller waits, in milliseconds. The shortest counts of this, "
        "`grpc-timeout`, `options.deadline_ms` and the policy's deadline.",
        "schema": {"type": "string", "pattern": "^[0-9]{1,9}$"},
        "example": "8000",
    },
    {
        "name": "grpc-timeout",
        "in": "header",
        "required": False,
        "description": "The same as gRPC writes it: 1 to 8 digits and a unit.",
        "schema": {"type": "string", "pattern": "^[0-9]{1,8}[HMSmun]$"},
        "example": "8S",
    },
]
VERDICT_HEADERS: dict[str, Any] = {
    "x-request-id": _REQUEST_ID,
    "x-candor-outcome": _header("As `outcome` in the body.", "deceptive"),
    "x-candor-cache": _header("As `cache` in the body.", "miss"),
    "x-candor-degraded": _header(
        "As `degraded` in the body, by commas; only where there is something to tell.",
        "debate:ModelTimeout,debate:fallback",
    ),
    "x-candor-posture": _header(
        "As `posture` in the body, `cause:action`; only where the failure posture had a say.",
        "dependency_down:block",
    ),
    "server-timing": _header(
        "Milliseconds by step (W3C Server Timing).", "parse;dur=0.1, screen;dur=2.3, total;dur=5.0"
    ),
}
_EVENTS = {
    "step_started": "#/components/schemas/StepStartedEvent",
    "turn": "#/components/schemas/TurnEvent",
    "step_ended": "#/components/schemas/StepEndedEvent",
    "report": "#/components/schemas/ReportEvent",
    "problem": "#/components/schemas/ProblemEvent",
}
_EVENT: dict[str, Any] = {
    "type": "object",
    "oneOf": [{"$ref": ref} for ref in _EVENTS.values()],
    "discriminator": {"propertyName": "event", "mapping": _EVENTS},
}
STREAM: dict[str, Any] = {
    "description": "Server-sent events; the schema is that of one event, whose `data` is JSON in "
    "a text.",
    "headers": {
        "x-request-id": _REQUEST_ID,
        "cache-control": _header("A stream is kept by nobody.", "no-store"),
        "x-accel-buffering": _header("Asks proxies to pass events on at once.", "no"),
    },
    "content": {"text/event-stream": {"schema": _EVENT, "example": STREAM_EXAMPLE}},
}
