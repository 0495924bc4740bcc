"""Takes secrets and personal data out of what a report says.

Once, where the report is made: what the cache, the other replicas, the ledger and the caller get
is the same. Places in pictures are never touched, nor what the exchange itself said.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, is_dataclass, replace
from typing import Any, TypeVar

from pydantic import BaseModel

from candor.domain.events import Event, Listener, TurnSpoken
from candor.domain.privacy import contacts, numbers, secret_patterns
from candor.domain.privacy.kinds import RedactionKind
from candor.domain.privacy.spans import Find, replaced
from candor.domain.verdict import Report

T = TypeVar("T")

# In this order: what is longer and surer first, so that no piece of it passes for something else.
_FINDERS: Mapping[RedactionKind, Find] = {
    RedactionKind.SECRETS: secret_patterns.secrets,
    RedactionKind.EMAILS: contacts.emails,
    RedactionKind.IBANS: numbers.ibans,
    RedactionKind.PAYMENT_CARDS: numbers.payment_cards,
    RedactionKind.IP_ADDRESSES: contacts.ip_addresses,
    RedactionKind.PHONE_NUMBERS: contacts.phone_numbers,
}


@dataclass(frozen=True, slots=True)
class Redactor:
    kinds: Sequence[RedactionKind] = ()

    def report(self, report: Report) -> Report:
        """With `redactions` that say how much was taken out."""
        if not self.kinds:
            return report
        pass_ = _Pass(self)
        verdict = pass_.over(report.verdict)
        transcript = pass_.over(report.transcript)
        steps = pass_.over(report.steps)
        return replace(
            report,
            verdict=verdict,
            transcript=transcript,
            steps=steps,
            redactions=dict(pass_.counts),
        )

    def listener(self, listener: Listener) -> Listener:
        """One that passes on turns as the report will show them."""
        return RedactedListener(self, listener) if self.kinds else listener

    def text(self, text: str) -> str:
        return _Pass(self).text(text)


@dataclass(frozen=True, slots=True)
class RedactedListener:
    redactor: Redactor
    listener: Listener

    def told(self, event: Event) -> None:
        if isinstance(event, TurnSpoken):
            # Its pictures are those of the exchange.
            event = replace(event, turn=_Pass(self.redactor).over(event.turn))
        self.listener.told(event)


@dataclass(frozen=True, slots=True)
class _Pass:
    """One walk, and what it took out."""

    redactor: Redactor
    counts: Counter[str] = field(default_factory=Counter)

    def text(self, text: str) -> str:
        for kind, find in _FINDERS.items():
            if kind in self.redactor.kinds:
                done = replaced(text, find(text), kind.placeholder)
                text = done.text
                if done.count:
                    self.counts[kind.value] += done.count
        return text

    def over(self, thing: T) -> T:
        """Every text in it, however deep; words of fixed lists are no texts."""
        return self._over(thing)  # type: ignore[no-any-return] # of the same type as it came

    def _over(self, thing: Any) -> Any:
        if type(thing) is str:
            return self.text(thing)
        if isinstance(thing, tuple):
            after = tuple(map(self._over, thing))
            return after if any(a is not b for a, b in zip(after, thing, strict=True)) else thing
        if isinstance(thing, BaseModel):
            changed = self._changed(thing, type(thing).model_fields)
            return thing.model_copy(update=changed) if changed else thing
        if is_dataclass(thing) and not isinstance(thing, type):
            changed = self._changed(thing, [f.name for f in fields(thing) if f.init])
            return replace(thing, **changed) if changed else thing
        return thing

    def _changed(self, thing: Any, names: Any) -> dict[str, Any]:
        known = {name: getattr(thing, name) for name in names}
        after = {name: self._over(value) for name, value in known.items()}
        return {name: value for name, value in after.items() if value is not known[name]}
