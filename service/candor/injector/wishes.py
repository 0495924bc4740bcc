"""What a pod's annotations ask for."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Self

from candor.injector.pod import INJECT, INJECTED, NOT_INJECTED, Pod
from candor.injector.quantity import amount
from candor.injector.refusals import BadAnnotation

_PREFIX = "candor.dev/"
_LEVELS = ("debug", "info", "warning", "error")
# RFC 1123, as the API server demands of the names of objects.
_LABEL = r"[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?"
_OBJECT = re.compile(rf"{_LABEL}(?:\.{_LABEL})*")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,127}")
_POLICY = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")
_IMAGE = re.compile(
    r"(?:[A-Za-z0-9.-]+(?::\d{1,5})?/)?[a-z0-9]+(?:[._/-]+[a-z0-9]+)*"
    r"(?::[A-Za-z0-9_][A-Za-z0-9_.-]{0,127})?(?:@sha256:[0-9a-f]{64})?"
)
_AMOUNTS = {
    f"{_PREFIX}{resource}-{kind}": (f"{kind}s", resource)
    for resource in ("cpu", "memory")
    for kind in ("request", "limit")
}
_OURS = {INJECT, INJECTED, NOT_INJECTED, f"{_PREFIX}config-checksum"}


@dataclass(frozen=True, slots=True)
class Wishes:
    """None is what the template says. `resources` maps `requests` and `limits` to what of them
    is asked for otherwise. `url_env` is the app's variable with Candor's address; empty: none."""

    config: str | None = None
    secrets: tuple[str, ...] = ()
    port: int | None = None
    image: str | None = None
    log_level: str | None = None
    policy: str | None = None
    url_env: str = "CANDOR_URL"
    resources: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    @classmethod
    def of(cls, annotations: Mapping[str, str]) -> Self:
        """Raises: BadAnnotation, with all mistakes at once."""
        reading = _Reading(annotations)
        wishes = cls(
            config=reading.text("config", _is_object, "the name of a ConfigMap"),
            secrets=reading.names("secret"),
            port=reading.port("port"),
            image=reading.text("image", _is_image, "an image such as registry.example/candor:1.2"),
            log_level=reading.text("log-level", _LEVELS.__contains__, f"one of {list(_LEVELS)}"),
            policy=reading.text("policy", _matches(_POLICY), "the name of a policy"),
            url_env=reading.variable("url-env"),
            resources=reading.resources(),
        )
        reading.done()
        return wishes


def asks(pod: Pod) -> bool:
    """Annotation or label; "false" is what opts out. Raises: BadAnnotation."""
    meta = pod.metadata
    said = {where[INJECT] for where in (meta.annotations, meta.labels) if INJECT in where}
    if said <= {"true"} or said <= {"false"}:
        return said == {"true"}
    if said <= {"true", "false"}:
        raise BadAnnotation([f"annotation and label {INJECT} contradict each other"])
    wrong = min(said - {"true", "false"})
    raise BadAnnotation([f'{INJECT} is {_quoted(wrong)}, and must be "true" or "false"'])


def stray(annotations: Mapping[str, str]) -> tuple[str, ...]:
    """Annotations that mean nothing without the one that asks."""
    return tuple(
        sorted(key for key in annotations if key.startswith(_PREFIX) and key not in _OURS)
    )


class _Reading:
    """Takes annotations one by one and remembers what was wrong."""

    def __init__(self, annotations: Mapping[str, str]) -> None:
        self._left = {key: annotations[key] for key in stray(annotations)}
        self._mistakes: list[str] = []

    def text(self, name: str, fits: Callable[[str], bool], what: str) -> str | None:
        value = self._left.pop(_PREFIX + name, None)
        if value is None or fits(value):
            return value
        self._wrong(_PREFIX + name, value, what)
        return None

    def names(self, name: str) -> tuple[str, ...]:
        value = self.text(name, _are_objects, "names of Secrets with commas between them")
        return tuple(part.strip() for part in value.split(",")) if value else ()

    def port(self, name: str) -> int | None:
        # Below 1024 nobody but root may listen.
        value = self.text(name, _is_port, "a port from 1024 to 65535")
        return int(value) if value else None

    def variable(self, name: str) -> str:
        what = 'the name of a variable, or "none"'
        value = self.text(name, _matches(_VARIABLE), what)
        return {None: "CANDOR_URL", "none": ""}.get(value, value or "")

    def resources(self) -> dict[str, dict[str, str]]:
        found: dict[str, dict[str, str]] = {}
        for key, (kind, resource) in _AMOUNTS.items():
            value = self.text(
                key.removeprefix(_PREFIX), _is_amount, "an amount such as 500m or 1Gi"
            )
            if value is not None:
                found.setdefault(kind, {})[resource] = value
        return found

    def done(self) -> None:
        """Raises: BadAnnotation."""
        known = "config, secret, port, image, log-level, policy, url-env and " + ", ".join(
            key.removeprefix(_PREFIX) for key in _AMOUNTS
        )
        self._mistakes += [f"{key} is not known; known: {known}" for key in self._left]
        if self._mistakes:
            raise BadAnnotation(self._mistakes)

    def _wrong(self, key: str, value: str, what: str) -> None:
        self._mistakes.append(f"{key} is {_quoted(value)}, and must be {what}")


def _quoted(value: str) -> str:
    return repr(value if len(value) <= 60 else value[:59] + "…")


def _matches(pattern: re.Pattern[str]) -> Callable[[str], bool]:
    return lambda value: pattern.fullmatch(value) is not None


def _is_object(value: str) -> bool:
    return len(value) <= 253 and _OBJECT.fullmatch(value) is not None


def _are_objects(value: str) -> bool:
    return all(_is_object(part.strip()) for part in value.split(","))


def _is_image(value: str) -> bool:
    return len(value) <= 512 and _IMAGE.fullmatch(value) is not None


def _is_port(value: str) -> bool:
    return re.fullmatch(r"[0-9]{4,5}", value) is not None and 1024 <= int(value) <= 65535


def _is_amount(value: str) -> bool:
    return amount(value) is not None
