"""Builds what judges, from settings and from what is opened once per process."""

import hashlib
from collections.abc import Container, Mapping
from dataclasses import dataclass
from typing import Protocol

import httpx
from pydantic import BaseModel

from candor import __version__
from candor.adapters.classifier import ClassifierConfig, EmbeddedClassifierConfig
from candor.adapters.vlm import Chain, Endpoint, EndpointConfig, RecordedConfig, chains
from candor.adapters.vlm.breaker import Breaker
from candor.adapters.vlm.endpoint_config import OPERATIONAL
from candor.adapters.vlm.recording import Recorder
from candor.domain.admission import Admission
from candor.domain.auditor import Auditor
from candor.domain.case import OpenCase, open_case, open_repeatable_case
from candor.domain.debate import prompts
from candor.domain.errors import ConfigError
from candor.domain.fleet import Leases
from candor.domain.joins import Joins
from candor.domain.monitor import Charge, Monitor, Spent, uncharged, uncounted
from candor.domain.policy import Policy, PolicyConfig
from candor.domain.ports import (
    Classifier,
    Instruments,
    NearCache,
    Replaceable,
    TextReader,
    Toolbox,
    VerdictCache,
    VisionModel,
)
from candor.domain.shadowing import Shadows
from candor.domain.verdict import PolicyRef, Report
from candor.domain.vision.pool import Pool
from candor.readiness import Dependency, Look
from candor.settings import Settings
from candor.telemetry.tracing import Callee, Tracing, Untraced


@dataclass(frozen=True, slots=True)
class Ground:
    """What is opened once and outlives every reload. `looks` are of it."""

    http: httpx.AsyncClient
    pool: Pool
    cache: VerdictCache
    reader: TextReader
    instruments: Instruments
    leases: Leases
    looks: tuple[Dependency, ...] = ()
    recorder: Recorder | None = None
    """Put around every model."""
    spent: Spent = uncounted
    """Hears of the calls that were made."""
    charge: Charge = uncharged
    admission: Admission = Admission()
    """Who is let in when there is much to do; without slots, everybody is."""
    tracing: Tracing = Untraced()


class ProbedClassifier(Classifier, Protocol):
    async def probe(self) -> object: ...


class ProbedModel(VisionModel, Protocol):
    async def probe(self) -> object: ...


@dataclass(frozen=True, slots=True)
class Built:
    """A monitor and what it is made of. `looks` are those of its own parts, `fresh` the names of
    those of them that the one before did not have."""

    settings: Settings
    monitor: Monitor
    classifiers: Mapping[str, ProbedClassifier]
    endpoints: Mapping[str, ProbedModel]
    looks: tuple[Dependency, ...]
    fresh: frozenset[str]

    @property
    def breakers(self) -> Mapping[str, Breaker]:
        """By the name of their endpoint."""
        return {n: e.breaker for n, e in self.endpoints.items() if isinstance(e, Endpoint)}

    @property
    def versions(self) -> Mapping[str, str]:
        """Fingerprints by policy."""
        return {name: policy.ref.version for name, policy in self.monitor.policies.items()}


def build(settings: Settings, ground: Ground, before: Built | None = None) -> Built:
    """Parts whose configuration is that of `before` are taken from there as they are: breakers
    stay open, watches of the traffic go on, nothing is read or opened again.

    Raises: ConfigError.
    """
    old = before.settings if before else None
    classifiers: dict[str, ProbedClassifier] = {}
    kept = _same(classifier_configs(settings), classifier_configs(old) if old else {})
    for name, config in classifier_configs(settings).items():
        reused = before.classifiers[name] if before and name in kept else None
        classifiers[name] = reused or config.build(name, ground.http)
    endpoints: dict[str, ProbedModel] = {}
    kept_models = _same(settings.models, old.models if old else {})
    for name, model in settings.models.items():
        known = before.endpoints[name] if before and name in kept_models else None
        endpoints[name] = known or model.build(name, ground.http)
    chained = _chains(settings, endpoints)
    _tell_of_the_trace(settings, endpoints, ground.tracing)
    recorded = _recorded({**endpoints, **chained}, ground.recorder)
    callees = {name: _callee(name, config) for name, config in settings.models.items()}
    models = {name: ground.tracing.model(m, callees) for name, m in recorded.items()}
    slots = ground.admission.debates
    tools = Toolbox(models, classifiers, ground.reader, ground.instruments, slots)
    vital = {name for policy in settings.policies.values() for name in policy.vital_models()}
    looks = (
        *(_of("classifiers", n, one.probe) for n, one in classifiers.items()),
        # Of a chain, any link will do.
        *(_of("models", n, one.probe, vital - chained.keys()) for n, one in endpoints.items()),
        *(_of("chains", n, one.probe, vital) for n, one in chained.items()),
    )
    stay = {f"classifiers.{n}" for n in kept} | {f"models.{n}" for n in kept_models}
    return Built(
        settings,
        _monitor(settings, ground, policies_of(settings, tools), before),
        classifiers,
        endpoints,
        looks,
        frozenset(look.name for look in looks) - stay,
    )


def _same(configs: Mapping[str, BaseModel], before: Mapping[str, BaseModel]) -> frozenset[str]:
    """Names of what need not be built again. What is read from a file may have changed there."""
    return frozenset(
        name
        for name, config in configs.items()
        if before.get(name) == config and not _reads_a_file(config)
    )


def _reads_a_file(config: BaseModel) -> bool:
    """When it is built, and never again."""
    if isinstance(config, EmbeddedClassifierConfig):
        return config.path is not None
    return isinstance(config, RecordedConfig)


def _monitor(
    settings: Settings, ground: Ground, policies: Mapping[str, Policy], before: Built | None
) -> Monitor:
    auditor = before.monitor.auditor.successor() if before else Auditor()
    joins: Joins[Report] = Joins()
    cache = ground.cache
    return Monitor(
        policies,
        cache,
        ground.pool,
        settings.limits,
        joins,
        _opening(settings, ground.recorder),
        ground.spent,
        auditor,
        ground.leases,
        cache if isinstance(cache, NearCache) else None,
        Shadows(policies, lambda: ground.pool.busy),
        ground.admission.judging,
        ground.charge,
        cache if settings.cache.kind == "redis" else None,
    )


def _of(section: str, name: str, look: Look, vital: Container[str] = ()) -> Dependency:
    return Dependency(f"{section}.{name}", look, vital=name in vital)


def classifier_configs(settings: Settings) -> Mapping[str, ClassifierConfig]:
    """The embedded one is always there, and may be replaced under its name."""
    return {"embedded": EmbeddedClassifierConfig(), **settings.classifiers}


def _chains(settings: Settings, endpoints: Mapping[str, VisionModel]) -> Mapping[str, Chain]:
    fallbacks = {name: getattr(c, "fallback", None) for name, c in settings.models.items()}
    return chains({n: e for n, e in endpoints.items() if isinstance(e, Endpoint)}, fallbacks)


def _recorded(
    models: Mapping[str, VisionModel], recorder: Recorder | None
) -> Mapping[str, VisionModel]:
    return {name: recorder.around(m) for name, m in models.items()} if recorder else models


def _tell_of_the_trace(
    settings: Settings, endpoints: Mapping[str, VisionModel], tracing: Tracing
) -> None:
    told = settings.tracing.propagate_to
    for endpoint in endpoints.values():
        if tracing.on and isinstance(endpoint, Endpoint):
            wanted = told == "all" or (told == "own" and endpoint.is_own)
            endpoint.carry(tracing.outgoing if wanted else dict)


def _callee(name: str, config: EndpointConfig) -> Callee:
    if isinstance(config, RecordedConfig):
        return Callee(name, config.provider, name)
    url = httpx.URL(config.url)
    port = url.port or (443 if url.scheme == "https" else 80)
    return Callee(name, config.provider, config.model, url.host, port)


def _opening(settings: Settings, recorder: Recorder | None) -> OpenCase:
    """With recordings, prompts must come out the same every time."""
    replays = any(isinstance(config, RecordedConfig) for config in settings.models.values())
    return open_repeatable_case if recorder or replays else open_case


def policies_of(settings: Settings, tools: Toolbox) -> dict[str, Policy]:
    """Raises: ConfigError."""
    configs = {n: c.under(settings.posture) for n, c in settings.policies.items()}
    for name, config in configs.items():
        if config.shadow is not None and config.shadow.policy not in configs:
            raise ConfigError(
                f"policies.{name}.shadow: {config.shadow.policy!r} is not configured; known: "
                f"{sorted(configs)}"
            )
    return {
        name: config.build(PolicyRef(name, _fingerprint(config, settings, tools)), tools)
        for name, config in configs.items()
    }


# Of a policy, what changes nothing in what is said of an exchange.
_BESIDE = ("retention", "audit", "audit_rate", "shadow", "when_full")


def _fingerprint(config: PolicyConfig, settings: Settings, tools: Toolbox) -> str:
    """Changes with everything that can change a verdict: 16 hex digits."""
    used = [settings.models[name] for name in config.models() if name in settings.models]
    used_to_read = [c for n, c in tools.classifiers.items() if n in config.classifiers()]
    # The policy itself adds the version of one that may be replaced while it runs.
    read_by = [c.version for c in used_to_read if not isinstance(c, Replaceable)]
    decides = [
        __version__,
        # What is kept of an exchange does not change what is said of it, nor audits, nor shadows.
        config.model_dump_json(exclude=set(_BESIDE)),
        # Neither money nor how patiently we ask changes what a model says.
        *(model.model_dump_json(exclude=set(OPERATIONAL)) for model in used),
        *(model.contents() for model in used if isinstance(model, RecordedConfig)),
        *read_by,
        tools.reader.name,
        *tools.instruments.names,
        prompts.digest(),
    ]
    return hashlib.sha256("\n".join(decides).encode()).hexdigest()[:16]
