"""The wire format of POST /v1/monitor/stream. Names here are promises, as in `responses.py`.

An event on the wire is three lines, `id`, `event` and `data`; `data` is JSON on one line. For
who reads a stream all three are text, and so they are in the schemas of events.
"""

from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import Field, GetJsonSchemaHandler
from pydantic_core import CoreSchema, to_json
from typing_extensions import TypedDict

from candor.api.problems import Problem
from candor.api.v1.responses import MonitorResponse, StepOut, TurnOut

Number = Annotated[
    str,
    Field(
        description="Counts the events of a stream, from 1.",
        examples=["1"],
        pattern="^[1-9][0-9]*$",
    ),
]


@dataclass(frozen=True, slots=True)
class Packed:
    """Marks what is sent as a text that holds it in JSON."""

    description: str
    example: str

    def __get_pydantic_json_schema__(
        self, core: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        return {
            "type": "string",
            "contentMediaType": "application/json",
            "contentSchema": handler(core),
            "description": self.description,
            "examples": [self.example],
        }


class StepStartedOut(TypedDict):
    """A tier is asked now."""

    tier: Annotated[
        str,
        Field(
            description="The tier's name; again when its fallback is asked.", examples=["debate"]
        ),
    ]


class TurnSpokenOut(TurnOut):
    """One speech of the debate, as soon as it was made."""

    marked_images: Annotated[
        list[str | None] | None,
        Field(
            description="The images with this turn's marks: a PNG as a data: URL per image, null "
            "where the turn marks nothing; null as a whole when there was no capacity to draw.",
            examples=[["data:image/png;base64,iVBORw0KGgo="]],
        ),
    ]


class StepStartedEvent(TypedDict):
    """A tier is asked."""

    id: Number
    event: Annotated[
        Literal["step_started"],
        Field(description="Says what `data` is.", examples=["step_started"]),
    ]
    data: Annotated[StepStartedOut, Packed("Which tier.", '{"tier":"debate"}')]


class TurnEvent(TypedDict):
    """A debater has spoken in the step that started last."""

    id: Number
    event: Annotated[Literal["turn"], Field(description="Says what `data` is.", examples=["turn"])]
    data: Annotated[TurnSpokenOut, Packed("What was said and shown.", '{"role":"affirmer", ...}')]


class StepEndedEvent(TypedDict):
    """A tier has said what it thinks, or failed."""

    id: Number
    event: Annotated[
        Literal["step_ended"], Field(description="Says what `data` is.", examples=["step_ended"])
    ]
    data: Annotated[
        StepOut,
        Packed(
            "The step as in `steps` of the report, which has the last word on `settled`: a "
            "conviction that was held may be the one that stands.",
            '{"tier":"debate", ...}',
        ),
    ]


class ReportEvent(TypedDict):
    """The verdict. The stream ends here."""

    id: Number
    event: Annotated[
        Literal["report"], Field(description="Says what `data` is.", examples=["report"])
    ]
    data: Annotated[
        MonitorResponse, Packed("The answer of POST /v1/monitor.", '{"outcome":"deceptive", ...}')
    ]


class ProblemEvent(TypedDict):
    """The request turned out to be one that cannot be answered. The stream ends here."""

    id: Number
    event: Annotated[
        Literal["problem"], Field(description="Says what `data` is.", examples=["problem"])
    ]
    data: Annotated[
        Problem, Packed("What POST /v1/monitor would have answered.", '{"status":503, ...}')
    ]


StreamEvent = Annotated[
    StepStartedEvent | TurnEvent | StepEndedEvent | ReportEvent | ProblemEvent,
    Field(discriminator="event"),
]
Name = Literal["step_started", "turn", "step_ended", "report", "problem"]
KEEP_ALIVE = b": still at work\n\n"
EXAMPLE = """\
id: 1
event: step_started
data: {"tier":"debate"}

: still at work

id: 2
event: turn
data: {"role":"affirmer","round":1,"speech":"The total reads 48.20.", ...}

id: 3
event: step_ended
data: {"tier":"debate","score":0.97,"settled":true, ...}

id: 4
event: report
data: {"id":"mon_9f86d081884c7d659a2feaa0","outcome":"deceptive", ...}

"""


def encoded(number: int, name: Name, data: bytes) -> bytes:
    """`data` is JSON without line breaks, as all that we write is."""
    return b"id: %d\nevent: %b\ndata: %b\n\n" % (number, name.encode(), data)


def as_json(data: StepStartedOut | TurnSpokenOut | StepOut) -> bytes:
    return to_json(data)
