"""From a request to a job: checked as `POST /v1/monitor` would check it, and kept as JSON."""

import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import pybase64
from fastapi import Request

from candor.api import dependencies, strict_json
from candor.api.auth import tenant_of
from candor.api.limits import Limits
from candor.api.v1 import intake, receive
from candor.api.v1.jobs_requests import TENANT, JobRequest, WebhookIn
from candor.api.v1.multipart import Form
from candor.api.v1.requests import ImageIn, MonitorRequest
from candor.domain.errors import InvalidExchange
from candor.domain.jobs.ports import Destinations
from candor.domain.jobs.values import Idempotency, NewJob
from candor.domain.policy import Policy, unknown_policy
from candor.domain.ports import ImageSource
from candor.domain.tenants import Tenant

_OURS = frozenset({"webhook", "priority"})
_LONGEST_KEY = 255
_TENANT = re.compile(TENANT)


@dataclass(frozen=True, slots=True)
class JobIntake:
    """What one caller hands in is checked here. Its methods take CPU time for large images."""

    limits: Limits
    policies: Mapping[str, Policy]
    destinations: Destinations
    caller: str
    """Who asks, where callers are told apart; empty without."""
    images: ImageSource | None = None
    """Asked whether it would fetch; it does when the job is judged."""
    tenant: Tenant = field(default_factory=Tenant)
    labelled: Callable[[bytes], bytes] = bytes
    """Puts on a job which request it came with."""

    def job(self, form: Form, key: str | None) -> NewJob:
        """Raises: InvalidExchange, TooLarge."""
        request = strict_json.read(JobRequest, form.json)
        self._check(request, form)
        self.check_webhook(request.webhook)
        body = _kept(request, form)
        return NewJob(
            tenant=self.tenant_of(request),
            body=self.labelled(body),
            priority=request.priority,
            webhook=request.webhook.value if request.webhook else None,
            idempotency=Idempotency(key, _print(request, body)) if key else None,
        )

    def item(self, line: bytes) -> bytes:
        """One exchange of a batch. Raises: InvalidExchange, TooLarge."""
        drafted = receive.drafted(Form(line, ()), self.limits, self.images)
        self._check_policy(drafted.request)
        return self.labelled(line)

    def check_webhook(self, webhook: WebhookIn | None) -> None:
        """Raises: InvalidExchange."""
        if webhook is not None:
            self.destinations.check(webhook.url)

    def tenant_of(self, request: MonitorRequest) -> str:
        """Raises: InvalidExchange."""
        return self.caller or checked_tenant(request.metadata.get("tenant", "default"))

    def _check(self, request: MonitorRequest, form: Form) -> None:
        intake.draft(request, len(form.json), form.files, self.limits, self.images)
        self._check_policy(request)

    def _check_policy(self, request: MonitorRequest) -> None:
        named = "policy" in request.model_fields_set
        policy = self.tenant.wishes(intake.wishes(request), named).policy
        if policy not in self.policies:
            raise unknown_policy(policy, self.policies)


def of(request: Request) -> JobIntake:
    state = dependencies.state_of(request)
    return JobIntake(
        state["config"].limits,
        tenant_of(request).of(state["monitor"].policies),
        state["desk"].destinations,
        dependencies.tenant_in(request.scope),
        state["images"],
        tenant_of(request),
        state["tracing"].labelled,
    )


def checked_tenant(name: object) -> str:
    """Raises: InvalidExchange."""
    if isinstance(name, str) and _TENANT.fullmatch(name):
        return name
    raise InvalidExchange(
        "the tenant's name is not one that can be used",
        field="metadata.tenant",
        hint="letters, digits, `.`, `_` and `-`, at most 64 of them",
    )


def key_of(request: Request) -> str | None:
    """Raises: InvalidExchange."""
    key = request.headers.get("idempotency-key")
    if key is None or (0 < len(key) <= _LONGEST_KEY and key.isprintable()):
        return key
    raise InvalidExchange(
        "the Idempotency-Key is empty or too long",
        field="idempotency-key",
        hint=f"send 1 to {_LONGEST_KEY} characters, such as a UUID",
    )


def _kept(request: JobRequest, form: Form) -> bytes:
    """As a MonitorRequest in JSON, with files as base64."""
    if form.files:
        images = tuple(ImageIn(data=pybase64.b64encode_as_string(f.data)) for f in form.files)
        request = request.model_copy(update={"images": images})
    return request.model_dump_json(exclude=set(_OURS), exclude_unset=True).encode()


def _print(request: JobRequest, body: bytes) -> str:
    ours = request.model_dump_json(include=set(_OURS)).encode()
    return hashlib.sha256(ours + b"\0" + body).hexdigest()
