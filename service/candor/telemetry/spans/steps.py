"""A span for each step of a cascade, from the events that the domain tells of."""

from contextvars import Token
from dataclasses import dataclass, field

from opentelemetry.context import Context, attach, detach
from opentelemetry.trace import Span, Tracer, set_span_in_context

from candor.domain.events import Event, Listener, StepEnded, StepStarted, TurnSpoken
from candor.domain.verdict import Step
from candor.telemetry.spans.opening import Value, failed, started


@dataclass(slots=True)
class Steps:
    """A listener. Events of a step are told in the task that takes it, so that what the step does
    is below its span."""

    tracer: Tracer
    listener: Listener
    _open: tuple[Span, Token[Context]] | None = field(init=False, default=None)
    _over: bool = field(init=False, default=False)

    def told(self, event: Event) -> None:
        match event:
            case StepStarted(tier):
                self._begin(tier)
            case TurnSpoken(turn):
                about = {"candor.role": turn.role.value, "candor.round": turn.round}
                self._note({**about, "candor.endpoint": turn.model})
            case StepEnded(step):
                self._end(step)
        self.listener.told(event)

    def close(self) -> None:
        """Nobody waits any more. The step that runs is in another task, or it was cancelled."""
        self._over = True
        if self._open is not None:
            span, _ = self._open
            self._open = None
            failed(span, "cancelled")
            span.end()

    def _begin(self, tier: str) -> None:
        if not self._over:
            span = started(self.tracer, f"tier {tier}", {"candor.tier": tier})
            self._open = (span, attach(set_span_in_context(span)))

    def _note(self, about: dict[str, Value]) -> None:
        if self._open is not None:
            self._open[0].add_event("candor.turn", about)

    def _end(self, step: Step) -> None:
        if self._open is None:
            return
        (span, token), self._open = self._open, None
        detach(token)
        if step.score is not None:
            span.set_attribute("candor.score", step.score)
        span.set_attribute("candor.settled", step.settled)
        if step.usage.model_calls:
            span.set_attribute("candor.model_calls", step.usage.model_calls)
        if step.error is not None:
            failed(span, step.error)
        span.end()
