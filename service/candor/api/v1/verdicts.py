"""GET /v1/verdicts, GET /v1/verdicts/{id}, POST /v1/verdicts/{id}/review."""

import re
from dataclasses import replace
from datetime import UTC, datetime

from fastapi import Request, Response

from candor.api import dependencies, strict_json
from candor.api.auth import caller_in, listed_for
from candor.api.v1 import receive, verdict_answers
from candor.api.v1.direct import answered, query_of
from candor.api.v1.verdict_requests import ReviewRequest, VerdictQuery
from candor.domain.errors import InvalidExchange, UnknownVerdict
from candor.domain.ledger import Cursor, Ledger, Review, VerdictRecord
from candor.domain.trail import Happening, Noted

# What we call verdicts; nothing else needs to be looked for.
_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")


async def verdicts(request: Request) -> Response:
    """Raises: InvalidExchange, LedgerUnavailable, LedgerOff."""
    asked = query_of(request, VerdictQuery)
    after = _cursor(asked.cursor) if asked.cursor else None
    filters = replace(asked.filters, tenant=listed_for(request))
    page = await _ledger(request).page(filters, asked.limit, after)
    return answered(verdict_answers.page(page))


async def verdict(request: Request) -> Response:
    """Raises: UnknownVerdict, LedgerUnavailable, LedgerOff."""
    return answered(verdict_answers.verdict(await _mine(request)))


async def review(request: Request) -> Response:
    """Raises: InvalidExchange, UnknownVerdict, LedgerUnavailable, LedgerOff."""
    said = await _said(request)
    given = Review(said.label, datetime.now(UTC), said.category, said.note, said.reviewer)
    trail = dependencies.state_of(request)["trail"]
    trail.admit()
    if listed_for(request) is not None:
        await _mine(request)
    await _ledger(request).review(_id(request), given)
    facts = {"id": _id(request), "label": given.label.value}
    caller, name = caller_in(request.scope), dependencies.request_id(request)
    await trail.keep(Noted(Happening.REVIEW, caller, name, facts))
    return answered(verdict_answers.review(given), status=201)


async def _mine(request: Request) -> VerdictRecord:
    """Another tenant's is told apart from one that is not there by nobody.

    Raises: UnknownVerdict, LedgerUnavailable, LedgerOff.
    """
    found = await _ledger(request).verdict(_id(request))
    if listed_for(request) not in (None, found.tenant):
        raise UnknownVerdict("it belongs to another tenant")
    return found


def _ledger(request: Request) -> Ledger:
    return dependencies.state_of(request)["ledger"]


def _id(request: Request) -> str:
    name = str(request.path_params["id"])
    if not _ID.fullmatch(name):
        raise UnknownVerdict("there are no verdicts of such a name")
    return name


def _cursor(text: str) -> Cursor:
    try:
        return Cursor.read(text)
    except ValueError:
        raise InvalidExchange(
            "the cursor is not one that was given out",
            field="cursor",
            hint="send `next` of the answer before, or leave it out to begin with the newest",
        ) from None


async def _said(request: Request) -> ReviewRequest:
    receive.check_is_json(request)
    return strict_json.read(ReviewRequest, await request.body())
