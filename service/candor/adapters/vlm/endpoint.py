"""A model endpoint: one format behind limits, retries, a breaker and a price."""

import asyncio
import math
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from itertools import count
from typing import TYPE_CHECKING

import httpx
from pydantic import BaseModel, ValidationError

from candor.adapters.vlm import estimate
from candor.adapters.vlm.breaker import Breaker
from candor.adapters.vlm.dialect import Answer, Dialect, Question
from candor.adapters.vlm.endpoint_config import ModelEndpointConfig
from candor.adapters.vlm.hedging import Race
from candor.adapters.vlm.patience import Patience
from candor.adapters.vlm.statuses import Failure, error_for
from candor.domain.budget import Budget, Spending
from candor.domain.errors import ModelError, ModelRefused, ModelTimeout, ModelUnavailable
from candor.domain.ports import Message, Reply
from candor.domain.turns import Turns
from candor.domain.vision.image import ModelImage

if TYPE_CHECKING:
    from candor.adapters.vlm.http_calls import HttpCalls

# Seconds, so that of two limits at the same instant the budget's comes first.
_AFTER_THE_BUDGET = 0.01
# Seconds: so close to the deadline, a call that is cancelled was too slow.
_LATE = 0.001
# Seconds: a caller in more of a hurry has not shown that the endpoint is down for all others.
_FAIR = 1.0


@dataclass(frozen=True, slots=True)
class _Sending:
    """A call's body, for as many attempts as it takes."""

    messages: Sequence[Message]
    pieces: Sequence[bytes]


class Endpoint:
    """A VisionModel behind HTTP."""

    def __init__(
        self,
        config: ModelEndpointConfig,
        dialect: Dialect,
        calls: "HttpCalls",
        *,
        breaker: Breaker,
        patience: Patience,
        probe_path: str | None = None,
        fair_seconds: float = _FAIR,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.name = calls.name
        self.breaker = breaker
        self.passes_refusals_on = config.fallback_on_refusal
        self._config = config
        self._dialect = dialect
        self._calls = calls
        self._patience = patience
        self._probe_path = probe_path
        self._fair_seconds = fair_seconds
        self._sleep = sleep
        self._clock = clock
        self._places = asyncio.Semaphore(config.max_concurrency)
        self._turns = Turns()

    @property
    def max_image_side(self) -> int:
        return self._config.image_side

    @property
    def is_own(self) -> bool:
        """Whether it is taken for a server of those who run Candor."""
        return self._config.profile.is_own

    def carry(self, context: Callable[[], Mapping[str, str]]) -> None:
        """`context` gives headers that go with every call from now on."""
        self._calls = replace(self._calls, carried=context)

    async def complete(
        self,
        messages: Sequence[Message],
        form: type[BaseModel],
        call: Spending | None = None,
        temperature: float | None = None,
    ) -> Reply:
        """An empty answer comes back as empty text: it has cost tokens all the same.

        Raises: ModelError.
        """
        question = Question(messages, form, temperature)
        return await self.ask(question, call or unheard(self.name), math.inf)

    async def ask(self, question: Question, call: Spending, seconds: float) -> Reply:
        """As `complete`, in at most `seconds` for all attempts and the waiting between them.

        Raises: ModelError.
        """
        self._check_images(question.messages)
        until = self._clock() + seconds
        await self._turns.mine()
        sending = _Sending(question.messages, self._dialect.pieces(question))
        for attempt in count(1):
            try:
                return await self._hedged(sending, call, until)
            except ModelError as exc:
                left = min(call.remaining_seconds, until - self._clock())
                pause = self._patience.pause(exc, attempt, left)
                if pause is None:
                    raise
                call.again(exc)
            await self._sleep(pause)
        raise AssertionError("counting has no end")

    async def probe(self) -> None:
        """Raises: ModelError when the endpoint does not answer, or not with success, and while
        it is left alone. Not any longer: a service that is not ready is sent nothing, and so
        would never make the call that closes the breaker."""
        if self.breaker.leaves_alone:
            raise self.breaker.error(self.name)
        if self._probe_path is not None:
            await self._calls.get(self._probe_path)

    async def _hedged(self, sending: _Sending, call: Spending, until: float) -> Reply:
        """After `hedge_after_ms` the same is asked once more, beside; whoever answers first."""
        after = self._config.hedge_after_ms
        if after is None:
            return await self._attempt(sending, call, until)
        race = Race(call, self.name, after / 1000, lambda lost: self._charge(sending, lost))
        return await race.run(lambda spending: self._attempt(sending, spending, until))

    def _charge(self, sending: _Sending, lost: Spending) -> None:
        """A call that is cancelled is paid for all the same: what was sent, by our estimate."""
        tokens = estimate.input_tokens(sending.messages, self._config.profile.pixels_per_token)
        lost.tokens(tokens, 0, self._config.price.of(tokens, 0), estimated=True)

    async def _attempt(self, sending: _Sending, call: Spending, until: float) -> Reply:
        async with self._place(until), self._watched(call, until):
            ours = min(self._config.timeout_seconds, until - self._clock())
            left = call.remaining_seconds
            # The budget ends what would take longer than it has: that is no fault of the model.
            seconds = ours if ours < left else left + _AFTER_THE_BUDGET
            told = min(ours, left)
            body = await self._calls.post(self._dialect.path, sending.pieces, seconds, told)
            await self._turns.mine()
            return self._reply(sending, self._read(body), call)

    @asynccontextmanager
    async def _place(self, until: float) -> AsyncIterator[None]:
        """Waits for one of the calls at once that are allowed."""
        if self._places.locked():
            await self._place_by(until)
        else:
            await self._places.acquire()
        try:
            yield
        finally:
            self._places.release()

    async def _place_by(self, until: float) -> None:
        seconds = until - self._clock()
        try:
            async with asyncio.timeout(None if math.isinf(seconds) else seconds):
                await self._places.acquire()
        except TimeoutError as exc:
            told = "no place among max_concurrency calls became free in time"
            raise ModelTimeout(told, model=self.name) from exc

    @asynccontextmanager
    async def _watched(self, call: Spending, until: float) -> AsyncIterator[None]:
        """The breaker sees what comes of it."""
        number = self.breaker.enter(self.name)
        fair = min(call.remaining_seconds, until - self._clock()) >= self._fair_seconds
        try:
            yield
        except ModelError as exc:
            if isinstance(exc, ModelTimeout) and not fair:
                self.breaker.let_go(number)
            elif _has_no_answer(exc):
                self.breaker.failed(number)
            else:
                self.breaker.answered()
            raise
        except BaseException:
            if fair and call.remaining_seconds <= _LATE:
                self.breaker.failed(number)
            else:
                self.breaker.let_go(number)
            raise
        self.breaker.answered()

    def _check_images(self, messages: Sequence[Message]) -> None:
        """An image is never left out in silence: the call fails before it is made."""
        images = [p for m in messages for p in m.parts if isinstance(p, ModelImage)]
        most, heaviest = self._config.image_count, self._config.profile.max_image_bytes
        if most is not None and len(images) > most:
            raise self._unfit(
                f"{len(images)} images are more than the {most} it takes in one call: lower "
                "limits.max_images or the number of rounds, or raise max_images of the endpoint"
            )
        if heaviest is not None and any(len(image.data) > heaviest for image in images):
            raise self._unfit(
                f"an image has more than the {heaviest} bytes it takes: lower max_image_side"
            )

    def _unfit(self, why: str) -> ModelUnavailable:
        return ModelUnavailable(why, model=self.name, again=False)

    def _read(self, body: bytes) -> Answer:
        try:
            return self._dialect.read(body)
        except ValidationError as exc:
            # The cause quotes the answer: it must not travel with the error.
            kind = exc.errors(include_input=False)[0]["type"]
            raise self._calls.unreadable(f"is not what was asked for ({kind})") from None

    def _reply(self, sending: _Sending, answer: Answer, call: Spending) -> Reply:
        reply = self._priced(sending, answer)
        # Told at once, because a refusal has cost tokens too.
        call.tokens(
            reply.input_tokens, reply.output_tokens, reply.cost_usd, estimated=reply.estimated
        )
        if answer.error_status is not None:
            raise error_for(Failure(answer.error_status), self._config.profile, self.name)
        if answer.refused:
            raise ModelRefused("the model declined to answer", model=self.name)
        return reply

    def _priced(self, sending: _Sending, answer: Answer) -> Reply:
        counts = answer.counts
        estimated = counts.input is None or counts.output is None
        input_tokens, output_tokens = counts.input, counts.output
        if input_tokens is None:
            per = self._config.profile.pixels_per_token
            input_tokens = estimate.input_tokens(sending.messages, per)
        if output_tokens is None:
            output_tokens = estimate.output_tokens(answer)
        cost = self._config.price.of(
            input_tokens,
            output_tokens,
            cached_tokens=counts.cached,
            written_tokens=counts.written,
        )
        return Reply(
            answer.text,
            input_tokens,
            output_tokens,
            cost,
            answer.cut,
            estimated,
            answer.reasoning,
        )


def unheard(endpoint: str) -> Spending:
    """For calls outside of any request: nobody counts them, nothing bounds them."""
    return Spending(endpoint, "", Budget(math.inf, 1))


def _has_no_answer(error: ModelError) -> bool:
    """A call that was refused for what it holds says nothing against the endpoint."""
    return isinstance(error, ModelTimeout) or (isinstance(error, ModelUnavailable) and error.again)


def assemble(
    name: str,
    config: ModelEndpointConfig,
    dialect: Dialect,
    http: httpx.AsyncClient,
    *,
    probe_path: str | None,
) -> Endpoint:
    """The endpoint with its own breaker."""
    # Not loaded where there are no models.
    from candor.adapters.vlm.http_calls import HttpCalls  # noqa: PLC0415

    calls = HttpCalls(
        name, config.url, config.auth(), config.profile, config.connect_seconds, http
    )
    breaker = Breaker(config.breaker.failures, config.breaker.cool_down_seconds)
    patience = Patience(config.max_retries)
    return Endpoint(
        config, dialect, calls, breaker=breaker, patience=patience, probe_path=probe_path
    )
