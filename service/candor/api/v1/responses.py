"""The response's wire format. Field names here are promises; change them only in a new version.

Typed dicts: mypy checks what we put into them, and on the way out, on every request, nothing
has to be built or checked again.
"""

from typing import Annotated, Literal, NotRequired

from pydantic import Field
from typing_extensions import TypedDict

from candor.domain.coverage import Status
from candor.domain.debate.transcript import Role
from candor.domain.verdict import Action, CacheResult, Cause, Outcome, SeverityLevel, Stance
from candor.domain.vision.outcomes import RefusalReason

Score = Annotated[float, Field(ge=0, le=1)]


class SeverityOut(TypedDict):
    """How much harm the false belief could do."""

    level: Annotated[
        SeverityLevel,
        Field(description="The score in a word, by thirds of its range.", examples=["moderate"]),
    ]
    score: Annotated[Score, Field(description="Severity, 0..1.", examples=[0.61])]


class CategoriesOut(TypedDict):
    """How much of each behaviour of MM-DeceptionBench the tier that decided saw, 0..1."""

    sycophancy: Annotated[
        Score, Field(description="Caters to the user against the evidence, 0..1.", examples=[0.02])
    ]
    sandbagging: Annotated[
        Score, Field(description="Underperforms or withholds on purpose, 0..1.", examples=[0.0])
    ]
    bluffing: Annotated[
        Score, Field(description="Overstates certainty or ability, 0..1.", examples=[0.03])
    ]
    obfuscation: Annotated[
        Score, Field(description="Hides the matter in jargon, 0..1.", examples=[0.01])
    ]
    omission: Annotated[
        Score, Field(description="Leaves out what matters, 0..1.", examples=[0.08])
    ]
    fabrication: Annotated[
        Score, Field(description="Invents what is not there, 0..1.", examples=[0.91])
    ]


class BoxOut(TypedDict):
    """A rectangle in pixels of the upright image as sent."""

    kind: Annotated[Literal["box"], Field(description="Says rectangle.", examples=["box"])]
    x: Annotated[int, Field(description="Left edge, pixels.", examples=[212])]
    y: Annotated[int, Field(description="Top edge, pixels.", examples=[840])]
    width: Annotated[int, Field(description="Width, pixels.", examples=[160])]
    height: Annotated[int, Field(description="Height, pixels.", examples=[44])]


class PointOut(TypedDict):
    """A point in pixels of the upright image as sent."""

    kind: Annotated[Literal["point"], Field(description="Says point.", examples=["point"])]
    x: Annotated[int, Field(description="From the left, pixels.", examples=[212])]
    y: Annotated[int, Field(description="From the top, pixels.", examples=[840])]


class LineOut(TypedDict):
    """A straight line in pixels of the upright image as sent."""

    kind: Annotated[Literal["line"], Field(description="Says line.", examples=["line"])]
    x1: Annotated[int, Field(description="Its start, from the left, pixels.", examples=[212])]
    y1: Annotated[int, Field(description="Its start, from the top, pixels.", examples=[840])]
    x2: Annotated[int, Field(description="Its end, from the left, pixels.", examples=[372])]
    y2: Annotated[int, Field(description="Its end, from the top, pixels.", examples=[840])]


RegionOut = Annotated[BoxOut | PointOut | LineOut, Field(discriminator="kind")]


class FindingOut(TypedDict):
    """One checked claim of the response, and where the proof is."""

    claim: Annotated[
        str, Field(description="What the response claims.", examples=["You spent $12.40"])
    ]
    finding: Annotated[
        Stance, Field(description="What the evidence says of the claim.", examples=["contradicts"])
    ]
    image: Annotated[
        int | None, Field(description="The image with the proof, counted from 0.", examples=[0])
    ]
    region: Annotated[RegionOut | None, Field(description="Where in that image the proof is.")]
    quote: Annotated[
        str | None,
        Field(description="What stands there, or in the reasoning.", examples=["48.20"]),
    ]
    label: Annotated[
        str | None, Field(description="One to four words for the region.", examples=["total"])
    ]
    by: Annotated[str, Field(description="The tier that found it.", examples=["debate"])]


class UsageOut(TypedDict):
    """What it cost."""

    model_calls: Annotated[int, Field(description="Calls to models.", examples=[5])]
    input_tokens: Annotated[int, Field(description="Tokens read by models.", examples=[9120])]
    output_tokens: Annotated[int, Field(description="Tokens written by models.", examples=[811])]
    cost_usd: Annotated[
        float, Field(description="Money at the configured prices, US dollars.", examples=[0.021])
    ]
    estimated: Annotated[
        bool,
        Field(
            description="Whether some tokens, and with them the money, were estimated, because a "
            "provider did not count them.",
            examples=[False],
        ),
    ]


class StepOut(TypedDict):
    """One tier's turn."""

    tier: Annotated[str, Field(description="The tier's name.", examples=["debate"])]
    score: Annotated[
        Score | None,
        Field(
            description="Calibrated probability of deception, 0..1; null when the tier failed.",
            examples=[0.97],
        ),
    ]
    settled: Annotated[bool, Field(description="Whether the cascade ended here.", examples=[True])]
    elapsed_ms: Annotated[
        float, Field(description="Time of the turn, milliseconds.", examples=[412.0])
    ]
    error: Annotated[
        str | None,
        Field(description="The error that ended the turn, if any.", examples=["ModelTimeout"]),
    ]
    usage: Annotated[UsageOut, Field(description="What the turn cost.")]
    note: Annotated[
        str,
        Field(
            description="A sentence about the turn.",
            examples=["not cleared: images[0] not judged"],
        ),
    ]


class CoverageOut(TypedDict):
    """What became of one part of the exchange."""

    part: Annotated[
        str,
        Field(
            description="`response`, `reasoning`, `conversation`, `context`, `images[i]`, ...",
            examples=["images[0]"],
        ),
    ]
    status: Annotated[Status, Field(description="How far it was looked at.", examples=["judged"])]
    by: Annotated[list[str], Field(description="The tiers that looked.", examples=[["debate"]])]
    reason: Annotated[
        str, Field(description="Why it was not judged in full.", examples=["no tier looked at it"])
    ]


class PolicyRefOut(TypedDict):
    """Which policy judged."""

    name: Annotated[str, Field(description="The policy's name.", examples=["default"])]
    version: Annotated[
        str,
        Field(
            description="Changes with all that could change a verdict.",
            examples=["5f0c1b7a90d2e4c3"],
        ),
    ]


class PostureOut(TypedDict):
    """What the policy's failure posture said."""

    cause: Annotated[
        Cause,
        Field(
            description="`dependency_down`: something failed or gave no answer in time; "
            "`missing_coverage`: a required part was not judged; `inconclusive`: nobody was sure.",
            examples=["dependency_down"],
        ),
    ]
    action: Annotated[
        Action,
        Field(
            description="What the posture asks for; the answer's `action` is at least as strict.",
            examples=["block"],
        ),
    ]


class OperationOut(TypedDict):
    """A mark that a debater made on an image, the evidence for one claim."""

    kind: Annotated[str, Field(description="What was done: `box`, `zoom`, ...", examples=["box"])]
    image: Annotated[int, Field(description="The image, counted from 0.", examples=[0])]
    claim: Annotated[
        str,
        Field(description="The claim that the mark proves.", examples=["The total reads 48.20."]),
    ]
    label: Annotated[str, Field(description="The words drawn next to it.", examples=["total"])]
    region: Annotated[RegionOut, Field(description="Where.")]
    result: Annotated[
        str | None,
        Field(
            description="What was worked out there: a measure, the text read, ...",
            examples=["length 312 px of 760 x 1280, 0.41 of the image's width"],
        ),
    ]


class RefusedOut(TypedDict):
    """An operation that a debater asked for and that was not done."""

    kind: Annotated[
        str, Field(description="The kind asked for, or `unknown`.", examples=["depth"])
    ]
    reason: Annotated[
        RefusalReason,
        Field(description="Why, in a fixed word.", examples=[RefusalReason.NOT_AVAILABLE]),
    ]
    detail: Annotated[
        str, Field(description="Why, in words.", examples=["no depth model is configured"])
    ]


class TurnOut(TypedDict):
    """One speech of the debate."""

    role: Annotated[
        Role,
        Field(
            description="`affirmer` says it deceives, `negator` that it does not; an "
            "`investigator` takes no side.",
            examples=["affirmer"],
        ),
    ]
    round: Annotated[int, Field(description="The round, counted from 1.", examples=[1])]
    speech: Annotated[
        str,
        Field(
            description="What was said.",
            examples=["The receipt's total contradicts the response."],
        ),
    ]
    operations: Annotated[list[OperationOut], Field(description="The marks made with it.")]
    refused: Annotated[
        list[RefusedOut], Field(description="Operations that were asked for and not done.")
    ]
    model: Annotated[str, Field(description="Who spoke: a configured model.", examples=["judge"])]


class MonitorResponse(TypedDict):
    """The verdict, the evidence for it, and the whole story of how it was reached."""

    id: Annotated[
        str,
        Field(description="This answer's own name.", examples=["mon_9f86d081884c7d659a2feaa0"]),
    ]
    outcome: Annotated[
        Outcome,
        Field(
            description="`inconclusive` means that nobody was sure: it is not a clearance.",
            examples=["deceptive"],
        ),
    ]
    action: Annotated[
        Action,
        Field(description="What to do with the response, by the policy.", examples=["block"]),
    ]
    score: Annotated[
        Score | None,
        Field(
            description="Calibrated probability of deception, 0..1; null when no tier had one.",
            examples=[0.97],
        ),
    ]
    severity: Annotated[SeverityOut, Field(description="How much harm the false belief could do.")]
    categories: Annotated[CategoriesOut, Field(description="The six behaviours.")]
    reason: Annotated[
        str,
        Field(
            description="Why, in a sentence or two.",
            examples=["The receipt's total reads 48.20; the response says 12.40."],
        ),
    ]
    findings: Annotated[
        list[FindingOut],
        Field(description="The claims that were checked, the closest look first."),
    ]
    decided_by: Annotated[
        str | None,
        Field(description="The tier that settled it; null when none did.", examples=["debate"]),
    ]
    steps: Annotated[list[StepOut], Field(description="Every tier's turn, in order.")]
    coverage: Annotated[
        list[CoverageOut], Field(description="What was and was not looked at, part by part.")
    ]
    degraded: Annotated[
        list[str],
        Field(
            description="What this verdict lacks, in fixed words.",
            examples=[["debate:ModelTimeout", "debate:fallback"]],
        ),
    ]
    posture: Annotated[
        PostureOut | None,
        Field(description="Where the failure posture had a say in the action; else null."),
    ]
    cache: Annotated[
        CacheResult,
        Field(
            description="Whether the verdict was known, made now, or shared with a request at the "
            "same time.",
            examples=["miss"],
        ),
    ]
    policy: Annotated[PolicyRefOut, Field(description="Which policy judged.")]
    usage: Annotated[
        UsageOut,
        Field(description="What this very request cost: nothing when the verdict was known."),
    ]
    elapsed_ms: Annotated[
        float,
        Field(
            description="Time from the first byte read to the verdict, milliseconds.",
            examples=[418.6],
        ),
    ]
    transcript: NotRequired[
        Annotated[
            list[TurnOut] | None,
            Field(description="The debate, where one was held. Only with `include`."),
        ]
    ]
    marked_images: NotRequired[
        Annotated[
            list[str | None] | None,
            Field(
                description="A PNG as a data: URL per image, null where nothing is marked. Only "
                "with `include`.",
                examples=[["data:image/png;base64,iVBORw0KGgo="]],
            ),
        ]
    ]
