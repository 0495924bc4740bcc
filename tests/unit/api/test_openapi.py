import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from candor.api.app import create_app
from candor.api.openapi import schema
from candor.api.problems import TITLES
from tests.client import Parts, client_for

DOCUMENT = schema(create_app(Parts().open_state()))
SCHEMAS: dict[str, Any] = DOCUMENT["components"]["schemas"]
WRITTEN = Path(__file__).parents[3] / "openapi" / "candor.v1.json"


def properties() -> Iterator[tuple[str, dict[str, Any]]]:
    for name, model in SCHEMAS.items():
        for field, told in model.get("properties", {}).items():
            yield f"{name}.{field}", told
    form = DOCUMENT["paths"]["/v1/monitor"]["post"]["requestBody"]["content"]
    for field, told in form["multipart/form-data"]["schema"]["properties"].items():
        yield f"form.{field}", told


def is_scalar(told: dict[str, Any]) -> bool:
    arms = told.get("anyOf", [told])
    return all(_plain(arm) for arm in arms)


def _plain(arm: dict[str, Any]) -> bool:
    if "$ref" in arm:
        return "enum" in SCHEMAS[arm["$ref"].rpartition("/")[2]]
    return arm.get("type") not in ("array", "object") and "oneOf" not in arm


def description(told: dict[str, Any]) -> str:
    """Of the field; pydantic leaves it out where the model it refers to says the very same."""
    referred = SCHEMAS.get(told.get("$ref", "").rpartition("/")[2], {})
    return told.get("description") or referred.get("description") or ""


def test_every_field_has_a_description() -> None:
    assert [name for name, told in properties() if not description(told)] == []


def test_every_scalar_field_has_an_example() -> None:
    scalars = [(name, told) for name, told in properties() if is_scalar(told)]

    assert len(scalars) > 60
    assert [name for name, told in scalars if not told.get("examples")] == []


def test_every_number_says_its_unit_or_range() -> None:
    def is_number(told: dict[str, Any]) -> bool:
        arms = told.get("anyOf", [told])
        return any(arm.get("type") == "number" for arm in arms)

    units = ("0..1", "1 or more", "milliseconds", "US dollars")
    numbers = [(name, told["description"]) for name, told in properties() if is_number(told)]
    assert [name for name, told in numbers if not any(unit in told for unit in units)] == []


def test_operations_have_stable_names() -> None:
    named = {
        f"{method.upper()} {path}": operation["operationId"]
        for path, methods in DOCUMENT["paths"].items()
        for method, operation in methods.items()
    }
    assert named == {
        "POST /v1/monitor": "monitor",
        "POST /v1/monitor/stream": "monitor_stream",
        "POST /v1/monitor/jobs": "submit_job",
        "GET /v1/monitor/jobs": "jobs",
        "GET /v1/monitor/jobs/{id}": "job",
        "DELETE /v1/monitor/jobs/{id}": "cancel_job",
        "POST /v1/monitor/batches": "submit_batch",
        "GET /v1/monitor/batches": "batches",
        "GET /v1/monitor/batches/{id}": "batch",
        "DELETE /v1/monitor/batches/{id}": "cancel_batch",
        "GET /v1/monitor/batches/{id}/results": "batch_results",
        "GET /v1/monitor/dead-letters": "dead_letters",
        "GET /v1/policies": "policies",
        "POST /v1/admin/reload": "reload",
        "GET /v1/verdicts": "verdicts",
        "GET /v1/verdicts/{id}": "verdict",
        "POST /v1/verdicts/{id}/review": "review",
        "GET /healthz": "healthz",
        "GET /readyz": "readyz",
        "GET /metrics": "metrics",
    }


def test_both_forms_of_the_request_are_documented_and_so_is_every_failure() -> None:
    monitor = DOCUMENT["paths"]["/v1/monitor"]["post"]

    assert set(monitor["requestBody"]["content"]) == {"application/json", "multipart/form-data"}
    problems = {"401", "403", "413", "415", "422", "429", "500", "503"}
    assert set(monitor["responses"]) == {"200", *problems}
    for status in problems:
        assert "application/problem+json" in monitor["responses"][status]["content"]


def test_every_problem_type_is_named() -> None:
    told = SCHEMAS["Problem"]["properties"]["type"]["description"]

    assert [kind for kind in TITLES if f"`urn:candor:problem:{kind}`" not in told] == []


def test_every_reference_leads_somewhere() -> None:
    def references(value: Any) -> Iterator[str]:
        if isinstance(value, dict):
            if isinstance(value.get("$ref"), str):
                yield value["$ref"]
            for inner in value.values():
                yield from references(inner)
        elif isinstance(value, list):
            for inner in value:
                yield from references(inner)

    known = {f"#/components/schemas/{name}" for name in SCHEMAS}
    assert set(references(DOCUMENT)) <= known


def test_the_document_in_the_repository_is_this_one() -> None:
    assert json.loads(WRITTEN.read_text()) == DOCUMENT, "run `candor openapi` to write it anew"


async def test_the_page_for_people_tells_all_and_loads_nothing_from_elsewhere() -> None:
    async with client_for(create_app(Parts().open_state())) as client:
        page = (await client.get("/docs")).text
    for told in ("POST /v1/monitor/stream", "deadline_ms", "MonitorRequest", "openapi.json"):
        assert told in page
    for loads in ("<script", "<link", "<img", "@import", "src="):
        assert loads not in page
