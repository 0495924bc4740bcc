"""HTTP of the injector: /mutate for the API server, probes and metrics for everybody else."""

import asyncio
from dataclasses import dataclass

import structlog
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from candor.injector import review
from candor.injector.counts import Counts
from candor.injector.injector import Injector
from candor.injector.minding import Standing
from candor.injector.refusals import Unreadable
from candor.injector.review import Answer

_LOG = structlog.get_logger("candor.injector")


@dataclass(frozen=True, slots=True)
class Limits:
    """The API server takes no object above 3 MiB; escaped and twice in a review it is more."""

    body_bytes: int = 8 * 1024 * 1024
    read_seconds: float = 5.0


def create_app(
    injector: Injector, standing: Standing, counts: Counts, limits: Limits
) -> Starlette:
    desk = _Desk(injector, standing, counts, limits)
    return Starlette(
        routes=[
            Route("/mutate", desk.mutate, methods=["POST"]),
            Route("/healthz", desk.healthy),
            Route("/readyz", desk.ready),
            Route("/metrics", desk.metrics),
        ]
    )


class _TooLarge(Exception):
    pass


@dataclass(frozen=True, slots=True)
class _Desk:
    injector: Injector
    standing: Standing
    counts: Counts
    limits: Limits

    async def mutate(self, request: Request) -> Response:
        native = self.standing.native
        if native is None:
            return PlainTextResponse(self.standing.problem, 503)
        try:
            async with asyncio.timeout(self.limits.read_seconds):
                body = await self._body(request)
            asked = review.read(body)
            # A pod is at most a few megabytes, which are read in milliseconds.
            answer = self.injector.answer(asked, native=native)
        except (_TooLarge, TimeoutError, Unreadable, ClientDisconnect) as exc:
            return self._refused(exc)
        self.counts.asked(answer.result)
        _tell(asked, answer)
        return Response(review.written(asked.uid, answer), media_type="application/json")

    async def healthy(self, _: Request) -> Response:
        return PlainTextResponse("ok")

    async def ready(self, _: Request) -> Response:
        problem = self.standing.problem
        return PlainTextResponse(problem or "ok", 503 if problem else 200)

    async def metrics(self, _: Request) -> Response:
        return Response(self.counts.shown(), media_type="text/plain; version=0.0.4; charset=utf-8")

    async def _body(self, request: Request) -> bytes:
        """Raises: _TooLarge, ClientDisconnect."""
        body = bytearray()
        async for chunk in request.stream():
            body += chunk
            if len(body) > self.limits.body_bytes:
                raise _TooLarge
        return bytes(body)

    def _refused(self, exc: Exception) -> Response:
        if isinstance(exc, _TooLarge):
            self.counts.asked("too_large")
            words = f"a review may have {self.limits.body_bytes} bytes (--max-body-bytes)"
            return PlainTextResponse(words, 413, headers={"connection": "close"})
        if isinstance(exc, Unreadable):
            self.counts.asked("malformed")
            return PlainTextResponse(str(exc), 400)
        self.counts.asked("too_slow")
        words = f"the review did not come within {self.limits.read_seconds:g} s (--read-seconds)"
        return PlainTextResponse(words, 408, headers={"connection": "close"})


def _tell(asked: review.Request, answer: Answer) -> None:
    if answer.result in ("ignored", "not_asked", "opted_out"):
        return
    _LOG.info(
        "pod",
        uid=asked.uid,
        namespace=asked.namespace,
        result=answer.result,
        dry_run=bool(asked.dry_run),
        reason=answer.denied or "; ".join(answer.warnings),
    )
