"""What the OpenAPI document says of /v1/verdicts that FastAPI cannot read from types."""

from typing import Any

from candor.api.v1.parameters import REF, named

ABOUT_VERDICTS = """\
What was answered, newest first, as the ledger keeps it: scores, steps and digests, never content.
Follow `next` for older ones. What is given meanwhile does not shift the pages.
"""
ABOUT_VERDICT = """\
One verdict by the `id` it was answered with; just after the answer it may take a moment until it
is written, and then the answer to this request waits for that.
"""
ABOUT_REVIEW = """\
Say what a response really was. A verdict may be reviewed several times: the latest counts. Reviews
are what the classifier learns from first.
"""
VERDICT_ID = named("verdict", "mon_4f1c9a0b7e2d4c6f8a1b3c5d")
REVIEW_BODY: dict[str, Any] = {
    "required": True,
    "description": "The review.",
    "content": {
        "application/json": {
            "schema": {"$ref": REF.format(model="ReviewRequest")},
            "example": {"label": "deceptive", "category": "fabrication", "reviewer": "jo"},
        }
    },
}
