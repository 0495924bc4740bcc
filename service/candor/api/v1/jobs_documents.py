"""What the OpenAPI document says of jobs and batches that FastAPI cannot read from types."""

from typing import Any

from candor.api.v1.documents import EXAMPLE
from candor.api.v1.documents import REQUEST_BODY as MONITOR_BODY
from candor.api.v1.parameters import REF

ABOUT_SUBMIT = """\
The same exchange as for `POST /v1/monitor`, judged later: the answer comes at once, with the
job's name and its address. In a form, `webhook` and `priority` go into the field `request`.

Where no Redis is configured, jobs are kept in the process and do not survive its end: `durable`
and the header `x-candor-durable` say so.
"""
ABOUT_BATCH = """\
Up to 50,000 exchanges in one request (`jobs.limits.max_batch_items`), one a line or as a JSON
array; each as for `POST /v1/monitor`. A batch is taken whole or not at all: a line that cannot be
judged is named by its number, with 422, and nothing of the batch is queued.
"""
ABOUT_RESULTS = """\
One line for each exchange, in the order of the upload, up to the first that has not ended yet. Go
on from there with `cursor`: one more than the last `index` that was read.
"""
IDEMPOTENCY: dict[str, Any] = {
    "name": "idempotency-key",
    "in": "header",
    "required": False,
    "description": "With the same key and request the answer is the job that was made first; "
    "the same key with another request is 409.",
    "schema": {"type": "string", "maxLength": 255},
    "example": "9f0c2f7e-7c53-4a3b-8a2e-2f1f0a6d1f0b",
}
HEADERS: dict[str, Any] = {
    "location": {
        "description": "Where it can be looked up.",
        "schema": {"type": "string"},
        "example": "/v1/monitor/jobs/job_4f1c9a0b7e2d4c6f8a1b3c5d7e9f0a1b",
    },
    "x-candor-durable": {
        "description": "Whether it survives a restart of the service.",
        "schema": {"type": "string", "enum": ["true", "false"]},
        "example": "true",
    },
}
JOB_BODY: dict[str, Any] = {
    "required": True,
    "description": "The exchange to judge, and whom to tell.",
    "content": {
        "application/json": {
            "schema": {"$ref": REF.format(model="JobRequest")},
            "example": {**EXAMPLE, "webhook": {"url": "https://hooks.example.com/candor"}},
        },
        "multipart/form-data": MONITOR_BODY["content"]["multipart/form-data"],
    },
}
BATCH_BODY: dict[str, Any] = {
    "required": True,
    "description": "Exchanges, one a line, or an array of them.",
    "content": {
        "application/x-ndjson": {
            "schema": {"type": "string", "description": "MonitorRequest as JSON, one a line."},
            "example": '{"prompt": "How much?", "response": "12.40"}\n',
        },
        "application/json": {
            "schema": {"type": "array", "items": {"$ref": REF.format(model="MonitorRequest")}},
            "example": [EXAMPLE],
        },
    },
}
RESULTS: dict[str, Any] = {
    "description": "One ResultLine a line.",
    "content": {"application/x-ndjson": {"schema": {"$ref": REF.format(model="ResultLine")}}},
}
