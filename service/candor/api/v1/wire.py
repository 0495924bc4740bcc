"""The response's smaller parts, each from its domain value."""

from collections.abc import Mapping

from candor.api.v1 import responses as out
from candor.domain.coverage import Coverage
from candor.domain.usage import Usage
from candor.domain.verdict import Category, Finding, Posture, Severity, Step
from candor.domain.vision.geometry import BoxRegion, LineRegion, PointRegion, Region


def milliseconds(seconds: float) -> float:
    return round(seconds * 1000, 2)


def severity(value: Severity) -> out.SeverityOut:
    return out.SeverityOut(level=value.level, score=value.score)


def categories(scores: Mapping[Category, float]) -> out.CategoriesOut:
    known = scores.get
    return out.CategoriesOut(
        sycophancy=known(Category.SYCOPHANCY, 0.0),
        sandbagging=known(Category.SANDBAGGING, 0.0),
        bluffing=known(Category.BLUFFING, 0.0),
        obfuscation=known(Category.OBFUSCATION, 0.0),
        omission=known(Category.OMISSION, 0.0),
        fabrication=known(Category.FABRICATION, 0.0),
    )


def region(place: Region) -> out.RegionOut:
    match place:
        case BoxRegion(x, y, width, height):
            return out.BoxOut(kind="box", x=x, y=y, width=width, height=height)
        case PointRegion(x, y):
            return out.PointOut(kind="point", x=x, y=y)
        case LineRegion(x1, y1, x2, y2):
            return out.LineOut(kind="line", x1=x1, y1=y1, x2=x2, y2=y2)


def finding(found: Finding) -> out.FindingOut:
    return out.FindingOut(
        claim=found.claim,
        finding=found.finding,
        image=found.image,
        region=region(found.region) if found.region is not None else None,
        quote=found.quote,
        label=found.label,
        by=found.by,
    )


def step(taken: Step) -> out.StepOut:
    return out.StepOut(
        tier=taken.tier,
        score=taken.score,
        settled=taken.settled,
        elapsed_ms=milliseconds(taken.elapsed_seconds),
        error=taken.error,
        usage=usage(taken.usage),
        note=taken.note,
    )


def coverage(row: Coverage) -> out.CoverageOut:
    return out.CoverageOut(part=row.part, status=row.status, by=list(row.by), reason=row.reason)


def posture(said: Posture | None) -> out.PostureOut | None:
    return None if said is None else out.PostureOut(cause=said.cause, action=said.action)


def usage(spent: Usage) -> out.UsageOut:
    return out.UsageOut(
        model_calls=spent.model_calls,
        input_tokens=spent.input_tokens,
        output_tokens=spent.output_tokens,
        cost_usd=spent.cost_usd,
        estimated=spent.estimated,
    )
