"""What the response says in its headers, for gateways that do not read bodies."""

from dataclasses import dataclass

from candor.api.v1.wire import milliseconds
from candor.domain.verdict import CacheResult, Report

_KNOWN = (CacheResult.HIT, CacheResult.JOINED)


@dataclass(frozen=True, slots=True)
class Times:
    """Seconds: until the request was read, then until the verdict, then until the answer."""

    parse: float
    judge: float
    total: float


def of(report: Report, times: Times) -> dict[str, str]:
    return {**fixed(report), "server-timing": server_timing(report, times)}


def fixed(report: Report) -> dict[str, str]:
    """Those that are the same for every answer with this report."""
    told = {
        "x-candor-outcome": report.verdict.outcome.value,
        "x-candor-cache": report.cache.value,
    }
    if report.lacks:
        told["x-candor-degraded"] = ",".join(report.lacks)
    if report.posture is not None:
        told["x-candor-posture"] = str(report.posture)
    return told


def server_timing(report: Report, times: Times) -> str:
    """W3C Server Timing: milliseconds by name."""
    said = [f"parse;dur={milliseconds(times.parse)}"]
    if report.cache in _KNOWN:
        # The steps in the report are those of the time when the verdict was worked out.
        said.append(f"cache;desc={report.cache.value};dur={milliseconds(times.judge)}")
    else:
        said.append(f"cache;desc={report.cache.value}")
        said += [f"{step.tier};dur={milliseconds(step.elapsed_seconds)}" for step in report.steps]
    said.append(f"total;dur={milliseconds(times.total)}")
    return ", ".join(said)
