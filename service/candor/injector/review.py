"""AdmissionReview, `admission.k8s.io/v1`: what the API server asks and what it is told."""

import base64
from dataclasses import dataclass, field
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue, ValidationError
from pydantic.alias_generators import to_camel
from pydantic_core import to_json

from candor.injector.pod import Pod
from candor.injector.refusals import Unreadable

API_VERSION = "admission.k8s.io/v1"
# The API server cuts what is longer, of all warnings together after 4096.
_LONGEST_WARNING = 256

Operation = dict[str, JsonValue]
"""One of RFC 6902."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, alias_generator=to_camel)


class Kind(_Part):
    group: str = ""
    version: str
    kind: str


class Request(_Part):
    """`object` stays as it came: it is read only where it is a pod that is being made."""

    uid: str = Field(min_length=1, max_length=128)
    kind: Kind
    operation: str
    sub_resource: str = ""
    namespace: str = ""
    dry_run: bool | None = None
    made: JsonValue = Field(None, alias="object")

    @property
    def makes_a_pod(self) -> bool:
        asked = (self.kind.group, self.kind.version, self.kind.kind, self.operation)
        return asked == ("", "v1", "Pod", "CREATE") and not self.sub_resource

    @property
    def pod(self) -> Pod:
        """Raises: Unreadable."""
        try:
            return Pod.model_validate(self.made)
        except ValidationError as exc:
            raise Unreadable(f"request.object is not a pod: {_places(exc)}") from exc


class _Review(_Part):
    api_version: Literal["admission.k8s.io/v1"]
    kind: Literal["AdmissionReview"]
    request: Request


@dataclass(frozen=True, slots=True)
class Answer:
    """`denied` is the reason for the user; else the pod is let in, changed by `patch`."""

    result: str
    patch: tuple[Operation, ...] = ()
    warnings: tuple[str, ...] = ()
    denied: str = ""
    audit: dict[str, str] = field(default_factory=dict)


def read(body: bytes) -> Request:
    """Raises: Unreadable."""
    try:
        return _Review.model_validate_json(body).request
    except ValidationError as exc:
        raise Unreadable(f"this is no AdmissionReview of {API_VERSION}: {_places(exc)}") from exc


def written(uid: str, answer: Answer) -> bytes:
    response: dict[str, object] = {"uid": uid, "allowed": not answer.denied}
    if answer.denied:
        response["status"] = {"code": 422, "reason": "Invalid", "message": answer.denied}
    if answer.patch:
        response |= {"patchType": "JSONPatch"}
        response |= {"patch": base64.b64encode(to_json(answer.patch)).decode("ascii")}
    if answer.warnings:
        response["warnings"] = [_short(words) for words in answer.warnings]
    if answer.audit:
        response["auditAnnotations"] = answer.audit
    return to_json({"apiVersion": API_VERSION, "kind": "AdmissionReview", "response": response})


def _short(words: str) -> str:
    return words if len(words) <= _LONGEST_WARNING else words[: _LONGEST_WARNING - 1] + "…"


def _places(exc: ValidationError) -> str:
    """Where and what, never the value: a pod can hold secrets in the clear."""
    mistakes = exc.errors(include_input=False, include_url=False, include_context=False)
    return "; ".join(
        f"{'.'.join(map(str, mistake['loc'])) or 'body'}: {mistake['type']}"
        for mistake in mistakes[:5]
    )
