"""All settings in one frozen tree. Each part declares its own next to its code.

Read once, in this order of strength: environment (`CANDOR_SERVER__PORT`), then the YAML file
that `CANDOR_CONFIG` names, then the defaults.
"""

import os
from importlib.util import find_spec
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Any, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    SettingsError,
)

from candor.adapters.auditlog import AuditLogConfig
from candor.adapters.cache import CacheConfig, MemoryCacheConfig, RedisCacheConfig
from candor.adapters.cache.sealing import PrivacyConfig
from candor.adapters.classifier import ClassifierConfig
from candor.adapters.identity import AuthConfig
from candor.adapters.images import RemoteImagesConfig
from candor.adapters.leases import FleetConfig
from candor.adapters.ledger import LedgerConfig, NoLedgerConfig
from candor.adapters.limits import RateLimitsConfig
from candor.adapters.ocr import NoOcrConfig, OcrConfig, RapidOcrConfig
from candor.adapters.queue import JobsConfig
from candor.adapters.redis import RedisConfig
from candor.adapters.vision import VisionConfig
from candor.adapters.vlm import EndpointConfig
from candor.api.limits import Limits
from candor.domain.admission import AdmissionConfig
from candor.domain.errors import ConfigError
from candor.domain.policy import PolicyConfig
from candor.domain.posture import PostureOverride
from candor.domain.tenants import TenantConfig
from candor.domain.tiers import DebateConfig, ScreenConfig
from candor.telemetry.logs import LogConfig
from candor.telemetry.tracing import TracingConfig

FILE_VARIABLE = "CANDOR_CONFIG"
_PREFIX = "CANDOR_"
_DELIMITER = "__"

Name = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,62}$")]


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ServerConfig(_Section):
    """Where the service listens."""

    host: str = Field("127.0.0.1", description="Address to listen on.")
    port: int = Field(8080, ge=0, le=65535, description="TCP port; 0 takes a free one.")
    shutdown_seconds: int = Field(
        30, ge=0, description="Time for requests in flight to finish after SIGTERM."
    )
    max_connections: int = Field(
        1024, gt=0, description="Connections at once; beyond that new ones get 503."
    )
    max_header_bytes: int = Field(
        32 * 2**10,
        ge=1024,
        description="Bytes of a request's address and headers together; more get 431.",
    )
    max_headers: int = Field(100, ge=8, description="Headers of one request; more get 431.")
    header_seconds: float = Field(
        10, gt=0, le=600, description="Time for a request's headers to come; later gets 408."
    )
    body_seconds: float = Field(
        30,
        gt=0,
        le=3600,
        description="Time for a request's body to come; later gets 408. What has come earns more "
        "time, at body_bytes_per_second.",
    )
    body_bytes_per_second: int = Field(
        16 * 2**10,
        gt=0,
        description="Slowest pace of a long body: each so many bytes that came give it one more "
        "second beyond body_seconds.",
    )
    send_seconds: float = Field(
        60,
        gt=0,
        le=3600,
        description="Time in which a client must take what was sent to it before its connection "
        "is cut.",
    )
    docs: bool | None = Field(
        None,
        description="Whether /docs and /openapi.json are answered. Without a word they are where "
        "`host` is a loopback address, and are not where others can reach the service.",
    )
    workers: int = Field(
        1,
        gt=0,
        le=64,
        description="Processes that answer, on one address. Each has the memory and the pools of "
        "a service of its own; limits per process count for each of them.",
    )
    drain_seconds: float = Field(
        0.5,
        ge=0,
        le=300,
        description="After SIGTERM, how long requests are still taken while /readyz already says "
        "503, so that whoever sends them can look elsewhere. Then come the shutdown_seconds.",
    )
    watch_seconds: float = Field(
        2.0,
        ge=0,
        le=3600,
        description="How often the configuration file is looked at for a change, which is then "
        "loaded; 0: only SIGHUP and POST /v1/admin/reload do that.",
    )
    memo_entries: int = Field(
        4096,
        ge=0,
        description="Requests whose bytes are recognised, so that they are not parsed again as "
        "long as their verdict is remembered in the process; about 8 kB each. 0 turns it off.",
    )

    @property
    def shows_docs(self) -> bool:
        return _is_loopback(self.host) if self.docs is None else self.docs


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


class WorkConfig(_Section):
    """The bounded pool in which images are decoded, read and drawn on."""

    threads: int = Field(2, gt=0, le=64, description="Threads.")
    max_waiting: int = Field(256, ge=0, description="Calls in line; beyond that requests get 503.")


class MetricsConfig(_Section):
    """What the series tell apart."""

    models: tuple[str, ...] = Field(
        (),
        max_length=64,
        description="Names of monitored models to label; any other name counts as `other`.",
    )


def embedded_policy() -> PolicyConfig:
    """What runs with no model configured: the classifier, then the grounded debate."""
    return PolicyConfig(tiers=(ScreenConfig(), DebateConfig()))


def default_reader() -> RapidOcrConfig | NoOcrConfig:
    """The embedded reader where its extra is installed."""
    return RapidOcrConfig() if find_spec("rapidocr") else NoOcrConfig()


class Settings(BaseSettings):
    """The whole configuration."""

    model_config = SettingsConfigDict(
        env_prefix=_PREFIX,
        env_nested_delimiter=_DELIMITER,
        frozen=True,
        extra="forbid",
        hide_input_in_errors=True,
    )

    server: ServerConfig = ServerConfig()
    auth: AuthConfig = AuthConfig()
    tenants: dict[Name, TenantConfig] = Field({}, max_length=1000)
    rate_limits: RateLimitsConfig = RateLimitsConfig()
    admission: AdmissionConfig = AdmissionConfig()
    limits: Limits = Limits()
    remote_images: RemoteImagesConfig = RemoteImagesConfig()
    work: WorkConfig = WorkConfig()
    redis: RedisConfig | None = None
    cache: CacheConfig = MemoryCacheConfig()
    fleet: FleetConfig = FleetConfig()
    privacy: PrivacyConfig = PrivacyConfig()
    audit_log: AuditLogConfig = AuditLogConfig()
    ledger: LedgerConfig = NoLedgerConfig()
    jobs: JobsConfig = JobsConfig()
    ocr: OcrConfig = Field(default_factory=default_reader)
    vision: VisionConfig = VisionConfig()
    models: dict[Name, EndpointConfig] = {}
    classifiers: dict[Name, ClassifierConfig] = {}
    policies: dict[Name, PolicyConfig] = Field(
        default_factory=lambda: {"default": embedded_policy()}, min_length=1
    )
    posture: PostureOverride = PostureOverride()
    metrics: MetricsConfig = MetricsConfig()
    logs: LogConfig = LogConfig()
    tracing: TracingConfig = TracingConfig()

    @model_validator(mode="after")
    def _has_a_default_policy(self) -> Self:
        if "default" not in self.policies:
            raise ValueError(
                "policies must contain 'default', which judges requests that name no policy; "
                f"known: {sorted(self.policies)}"
            )
        return self

    @model_validator(mode="after")
    def _tenants_name_policies(self) -> Self:
        for name, tenant in self.tenants.items():
            allowed = tenant.policies or (tenant.falls_to,)
            unknown = [policy for policy in allowed if policy not in self.policies]
            if unknown:
                raise ValueError(
                    f"tenants.{name}: {unknown[0]!r} is not a policy; known: "
                    f"{sorted(self.policies)}"
                )
            if tenant.falls_to not in allowed:
                raise ValueError(f"tenants.{name}: default_policy must be one of {list(allowed)}")
        return self

    @property
    def tenant_names(self) -> frozenset[str]:
        """Of all that can be told apart."""
        return frozenset(self.tenants) | {key.tenant for key in self.auth.keys}

    @model_validator(mode="after")
    def _one_redis(self) -> Self:
        self.shared_redis()
        return self

    def shared_redis(self) -> RedisConfig | None:
        """The one Redis of the deployment, if there is one.

        Raises: ValueError when the cache needs one and none, or another one, is named.
        """
        if not isinstance(self.cache, RedisCacheConfig):
            return self.redis
        return self.cache.redis(self.redis)

    def policy(self, name: str) -> PolicyConfig:
        """Raises: ConfigError."""
        if name not in self.policies:
            known = sorted(self.policies)
            raise ConfigError(f"there is no policy {name!r}; known: {known}")
        return self.policies[name]

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003 - given by the library
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - given by the library
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - given by the library
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        # The file comes in through `load` as init arguments, so the environment goes first.
        return env_settings, init_settings


def load(path: Path | None = None) -> Settings:
    """`path` defaults to what `CANDOR_CONFIG` names; without both, defaults are used.

    Raises: ConfigError with one line per mistake.
    """
    named = os.environ.get(FILE_VARIABLE)
    path = path or (Path(named) if named else None)
    _refuse_unknown_variables()
    try:
        return Settings(**(_read(path) if path else {}))
    except ValidationError as exc:
        raise ConfigError(_in_words(exc, path)) from exc
    except SettingsError as exc:
        raise ConfigError(f"environment: {exc}: {exc.__cause__}") from exc


def _read(path: Path) -> dict[str, Any]:
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as exc:
        raise ConfigError(f"cannot read {path}: {exc}") from exc
    except yaml.YAMLError as exc:
        raise ConfigError(f"{path} is not valid YAML: {exc}") from exc
    if content is None:
        return {}
    if not isinstance(content, dict) or not all(isinstance(key, str) for key in content):
        raise ConfigError(f"{path} must hold a mapping of sections: {_known(Settings)}")
    return content


def _refuse_unknown_variables() -> None:
    """A misspelt section must not pass in silence. Without the delimiter a variable may be one
    that Kubernetes made for a service called candor."""
    for name in os.environ:
        if not name.startswith(_PREFIX) or _DELIMITER not in name:
            continue
        section = name.removeprefix(_PREFIX).split(_DELIMITER)[0].lower()
        if section not in Settings.model_fields:
            known = _known(Settings)
            raise ConfigError(f"{name}: there is no section {section!r}; known: {known}")


def _in_words(exc: ValidationError, path: Path | None) -> str:
    """Never the values: they may be secrets."""
    source = f"{path} and environment" if path else "environment"
    lines = [f"the configuration ({source}) has {exc.error_count()} mistake(s):"]
    for error in exc.errors(include_url=False, include_context=False, include_input=False):
        place = ".".join(str(part) for part in error["loc"]) or "(whole)"
        message = error["msg"]
        if error["type"] == "extra_forbidden":
            message = f"unknown key{_neighbours(error['loc'])}"
        lines.append(f"  {place}: {message}")
    return "\n".join(lines)


def _neighbours(loc: tuple[int | str, ...]) -> str:
    """The names known where an unknown one stood, as far as the path leads to a model."""
    model: object = Settings
    for part in loc[:-1]:
        model = _step_into(model, part)
    known = _known(model)
    return f"; known: {known}" if known else ""


def _step_into(model: object, part: int | str) -> object:
    """The model behind one step of an error's path, or None."""
    for candidate in _models_in(model):
        field = candidate.model_fields.get(str(part))
        if field is not None:
            return field.annotation
        kinds = {str(f.default) for n, f in candidate.model_fields.items() if n in _TAGS}
        if str(part) in kinds:
            return candidate
    # A name or a position in a collection: stay with the collection's models.
    return model


_TAGS = ("kind", "provider")


def _models_in(annotation: object) -> list[type[BaseModel]]:
    """Every model named somewhere in an annotation."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    inner = getattr(annotation, "__args__", ())
    return [model for one in inner for model in _models_in(one)]


def _known(annotation: object) -> str:
    names = {name for model in _models_in(annotation) for name in model.model_fields}
    return ", ".join(sorted(names))
