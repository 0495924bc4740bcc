"""Read a request's body, in whichever of its two forms it came."""

import time
from dataclasses import dataclass, field, replace

from fastapi import Request

from candor.api import strict_json
from candor.api.dependencies import State
from candor.api.limits import Limits
from candor.api.problems import UnsupportedMediaType
from candor.api.v1 import deadlines, intake, multipart
from candor.api.v1.connection import while_connected
from candor.api.v1.draft import Draft
from candor.api.v1.multipart import Form
from candor.api.v1.requests import MonitorRequest
from candor.domain.exchange import Exchange, SourceImage
from candor.domain.monitor import CacheUse, Wishes
from candor.domain.ports import ImageSource
from candor.domain.tenants import Tenant

JSON = "application/json"
MULTIPART = "multipart/form-data"
# Bytes from which parsing and hashing would hold up everyone else on the event loop, and from
# which they would do so where many come at once.
_LARGE, _LONG = 2**20, 2**16


@dataclass(frozen=True, slots=True)
class Received:
    """A request that was read in full."""

    request: MonitorRequest
    exchange: Exchange
    left_ms: int | None = None
    """Of the deadline, where images were fetched: the same request may bring others tomorrow."""
    tenant: Tenant = field(default_factory=Tenant)

    @property
    def wishes(self) -> Wishes:
        """Raises: InvalidExchange where the tenant may not ask for this."""
        named = "policy" in self.request.model_fields_set
        wishes = self.tenant.wishes(intake.wishes(self.request), named)
        return wishes if self.left_ms is None else replace(wishes, deadline_ms=self.left_ms)

    @property
    def is_plain(self) -> bool:
        """Whether these bytes may be answered with this verdict again: nothing but a verdict is
        asked for, old or new, and nothing was fetched, which may be another image by then."""
        options = self.request.options
        plain = options.cache is CacheUse.USE and not options.include
        return plain and self.left_ms is None


@dataclass(frozen=True, slots=True)
class Drafted:
    """A request that was read as far as it goes without asking anybody else."""

    request: MonitorRequest
    draft: Draft


async def read(request: Request, state: State) -> Received:
    """Raises: InvalidExchange, TooLarge, Overloaded, ClientDisconnect."""
    patience = deadlines.asked(request.headers.raw)
    drafted = await _drafted(await sent(request, state["config"].limits), state)
    if patience is not None:
        drafted = replace(drafted, request=within(drafted.request, patience))
    if not drafted.draft.wanted:
        return _complete(drafted)
    async with while_connected(request.receive):
        return await _fetched(drafted, state)


def within(request: MonitorRequest, patience_ms: int) -> MonitorRequest:
    """Whichever is sooner: its own deadline, or what its headers say."""
    soonest = deadlines.sooner(request.options.deadline_ms, patience_ms)
    options = request.options.model_copy(update={"deadline_ms": soonest})
    return request.model_copy(update={"options": options})


async def whole(form: Form, state: State) -> Received:
    """As `read`, for what nobody waits for.

    Raises: InvalidExchange, TooLarge, Overloaded.
    """
    drafted = await _drafted(form, state)
    return await _fetched(drafted, state) if drafted.draft.wanted else _complete(drafted)


async def _drafted(form: Form, state: State) -> Drafted:
    limits, source = state["config"].limits, state["images"]
    if len(form.json) >= _LONG:
        await state["turns"].mine()
    if len(form.json) < _LARGE:
        return drafted(form, limits, source)
    return await state["monitor"].pool.run(drafted, form, limits, source)


def _complete(drafted: Drafted) -> Received:
    return Received(drafted.request, drafted.draft.exchange())


async def _fetched(drafted: Drafted, state: State) -> Received:
    """Fetching takes from the time that the request has."""
    started, source, pool = time.perf_counter(), state["images"], state["monitor"].pool
    assert source is not None  # noqa: S101 - for the types: without one, none are wanted
    seconds = state["monitor"].seconds(intake.wishes(drafted.request))
    fetched = await source.fetch(drafted.draft.wanted, seconds)
    # Digests are taken of them, which would hold up everyone else.
    images = [await pool.run(SourceImage, data) for data in fetched]
    exchange = drafted.draft.exchange(images)
    left = seconds - (time.perf_counter() - started)
    return Received(drafted.request, exchange, max(1, round(left * 1000)))


async def sent(request: Request, limits: Limits) -> Form:
    """Raises: UnsupportedMediaType, InvalidExchange, TooLarge."""
    if _form_of(request) == JSON:
        return Form(await request.body(), ())
    return await multipart.read(request.headers, request.stream(), limits)


def media_type(request: Request) -> str:
    """Of the body; empty where nobody says.

    Raises: UnsupportedMediaType where it is compressed.
    """
    if request.headers.get("content-encoding", "identity") != "identity":
        raise UnsupportedMediaType(
            "compressed bodies are not read",
            field="content-encoding",
            kind="unsupported-media-type",
            hint="send the body as it is",
        )
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


def _form_of(request: Request) -> str:
    form = media_type(request)
    if form not in (JSON, MULTIPART):
        raise UnsupportedMediaType(
            "the content-type is not one that is read",
            field="content-type",
            kind="unsupported-media-type",
            hint=f"send {JSON} or {MULTIPART}",
        )
    return form


def check_is_json(request: Request) -> None:
    """Raises: UnsupportedMediaType."""
    if _form_of(request) != JSON:
        raise UnsupportedMediaType(
            "this is read as JSON only",
            field="content-type",
            kind="unsupported-media-type",
            hint=f"send {JSON}",
        )


def parsed(sent: Form, limits: Limits) -> Received:
    """Where nothing is fetched. Raises: InvalidExchange, TooLarge."""
    return _complete(drafted(sent, limits, None))


def drafted(sent: Form, limits: Limits, source: ImageSource | None) -> Drafted:
    """Raises: InvalidExchange, TooLarge."""
    request = strict_json.read(MonitorRequest, sent.json)
    draft = intake.draft(request, len(sent.json), sent.files, limits, source)
    return Drafted(request, draft)
