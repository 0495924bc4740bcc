"""The injector's series, in a registry of its own: it is not the service."""

from prometheus_client import CollectorRegistry, Counter, Gauge, generate_latest

from candor.injector.injector import RESULTS

NOT_READABLE = ("malformed", "too_large", "too_slow")


class Counts:
    def __init__(self, registry: CollectorRegistry) -> None:
        self._registry = registry
        self._injections = Counter(
            "candor_injections", "Pods asked about, by result.", ["result"], registry=registry
        )
        for result in (*RESULTS, *NOT_READABLE):
            self._injections.labels(result)
        self._expires = Gauge(
            "candor_injector_certificate_expires_timestamp_seconds",
            "When the certificate that is served ends, in Unix time.",
            registry=registry,
        )

    def asked(self, result: str) -> None:
        self._injections.labels(result).inc()

    def serving_until(self, timestamp: float) -> None:
        self._expires.set(timestamp)

    def shown(self) -> bytes:
        return generate_latest(self._registry)
