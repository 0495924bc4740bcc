import asyncio
import json
import logging
import re
from collections.abc import Iterator
from dataclasses import replace
from io import StringIO
from typing import Any

import pytest
import structlog

from candor.domain.verdict import Degradation
from candor.telemetry.logs import Journal, LogConfig, Told, VerdictLine, configure, journal
from tests.reports import a_report

TOLD = Told(id="mon_1", request_id="req-1", model="other", elapsed_ms=4.2)


@pytest.fixture(autouse=True)
def logging_as_before() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


def lines(stream: StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def fail() -> None:
    try:
        structlog.get_config()["SECRET 1"]
    except KeyError as exc:
        raise ValueError("SECRET 2") from exc


def configured(config: LogConfig | None = None) -> StringIO:
    stream = StringIO()
    configure(config or LogConfig(), stream)
    return stream


def test_a_verdict_is_one_line_of_json() -> None:
    stream = configured()
    Journal().verdict(replace(a_report(), degraded=(Degradation("x:y"),)), TOLD)

    [line] = lines(stream)
    assert line.pop("timestamp").endswith("Z")
    assert line == {
        "event": "verdict",
        "level": "info",
        "id": "mon_1",
        "request_id": "req-1",
        "policy": "default",
        "version": "5f0c",
        "model": "other",
        "outcome": "deceptive",
        "action": "block",
        "score": 0.97,
        "decided_by": "debate",
        "cache": "miss",
        "degraded": ["x:y"],
        "tiers": [{"tier": "debate", "elapsed_ms": 412.0}],
        "elapsed_ms": 4.2,
    }


def test_a_problem_is_one_line() -> None:
    stream = configured()
    Journal().problem("too-large", 413, "req-1")

    [line] = lines(stream)
    assert (line["event"], line["kind"], line["status"]) == ("problem", "too-large", 413)


def test_a_crash_names_classes_and_places_but_no_words() -> None:
    stream = configured()
    try:
        fail()
    except ValueError as exc:
        Journal().crash(exc, "req-1")

    [line] = lines(stream)
    assert (line["error"], line["caused_by"]) == ("ValueError", ["KeyError"])
    assert "test_logs.py" in line["where"][-1]
    assert "SECRET" not in stream.getvalue()


def test_the_standard_library_speaks_the_same_way_and_keeps_its_secrets() -> None:
    stream = configured()
    try:
        fail()
    except ValueError:
        logging.getLogger("uvicorn.error").exception("it broke")

    [line] = lines(stream)
    assert (line["event"], line["level"], line["error"]) == ("it broke", "error", "ValueError")
    assert "SECRET" not in stream.getvalue()


def test_the_access_log_is_off_unless_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    # A server that some test before ran in this process may have turned it off.
    monkeypatch.setattr(logging.getLogger("uvicorn.access"), "propagate", True)
    stream = configured()
    logging.getLogger("uvicorn.access").info("GET /v1/policies?q=words")
    assert stream.getvalue() == ""

    stream = configured(LogConfig(access=True))
    logging.getLogger("uvicorn.access").info("GET /v1/policies")
    assert len(lines(stream)) == 1
    logging.getLogger("uvicorn.access").disabled = False


def test_a_higher_level_is_quiet() -> None:
    stream = configured(LogConfig(level="warning"))
    Journal().verdict(a_report(), TOLD)
    logging.getLogger("uvicorn.error").info("started")

    assert stream.getvalue() == ""


def test_people_get_something_to_read() -> None:
    stream = configured(LogConfig(format="console"))
    Journal().problem("too-large", 413, "req-1")

    assert "problem" in stream.getvalue()
    assert not stream.getvalue().startswith("{")


async def test_verdicts_are_written_as_structlog_would() -> None:
    stream = configured()
    report = replace(a_report(), degraded=(Degradation('"x":\\é'),))
    Journal().verdict(report, TOLD)
    fast = journal(LogConfig(), stream)
    fast.verdict(report, TOLD)
    fast.repeat(VerdictLine.of(report, TOLD.model), TOLD)
    await asyncio.sleep(0)

    now = re.compile(r'"timestamp":"[-0-9]{10}T[:.0-9]{15}Z"')
    slow, *others = [now.sub("NOW", line) for line in stream.getvalue().splitlines()]
    assert "NOW" in slow
    assert others == [slow, slow]


async def test_verdicts_keep_to_the_level_and_to_the_form_for_people() -> None:
    quiet, console = StringIO(), StringIO()
    line = VerdictLine.of(a_report(), TOLD.model)
    for config, stream in (
        (LogConfig(level="warning"), quiet),
        (LogConfig(format="console"), console),
    ):
        configure(config, stream)
        told = journal(config, stream)
        told.repeat(line, TOLD)
        told.verdict(a_report(), TOLD)
    await asyncio.sleep(0)

    assert quiet.getvalue() == ""
    assert "verdict" in console.getvalue()
    assert "{" not in console.getvalue().splitlines()[0][:1]
