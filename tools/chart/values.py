"""What the chart's values look like, closed at every level: a misspelt one stops `helm install`.

`config` is not here: it is Candor's own configuration, taken from `candor.settings`.
"""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue
from pydantic.alias_generators import to_camel

from tools.chart.thresholds import Thresholds

Free = dict[str, JsonValue]
"""A piece of Kubernetes' own API, which checks it."""
DnsName = Annotated[str, Field(pattern=r"^([a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?)?$")]
Words = dict[str, str]
Whole = Annotated[int, Field(ge=0)]
Some = Annotated[int, Field(gt=0)]
Port = Annotated[int, Field(ge=1, le=65535)]
_SECRETS = "(PASSWORD|KEYS?|SECRETS?|TOKEN|SALT|HEADERS)$"
Plain = Annotated[
    Words, Field(json_schema_extra={"propertyNames": {"not": {"pattern": _SECRETS}}})
]
"""Variables of the environment that hold no secret, going by their names."""
Variable = Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9_]*$")]
Address = Annotated[str, Field(pattern=r"^(https?://[^@\s]+)?$")]
Path = Annotated[str, Field(pattern=r"^/")]
Quantity = str | int | float
Amounts = dict[str, Quantity]


class Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", alias_generator=to_camel)


class Resources(Part):
    requests: Amounts
    limits: Amounts


class SidecarImage(Part):
    repository: Annotated[str, Field(min_length=1)]
    tag: str
    digest: Annotated[str, Field(pattern=r"^(sha256:[0-9a-f]{64})?$")]
    pull_policy: Literal["Always", "IfNotPresent", "Never"]


class Image(SidecarImage):
    pull_secrets: list[DnsName]


class SecretKey(Part):
    """Where a secret lies; never the secret."""

    name: DnsName
    key: Annotated[str, Field(min_length=1)]


class SecretVariable(Part):
    name: Annotated[DnsName, Field(min_length=1)]
    key: Annotated[str, Field(min_length=1)]
    optional: bool = False


class Mount(Part):
    """Exactly one of the three."""

    model_config = ConfigDict(
        json_schema_extra={
            "oneOf": [{"required": [one]} for one in ("configMap", "secret", "claim")]
        }
    )

    path: Path
    config_map: Annotated[DnsName, Field(min_length=1)] | None = None
    secret: Annotated[DnsName, Field(min_length=1)] | None = None
    claim: Annotated[DnsName, Field(min_length=1)] | None = None
    read_only: bool = True


class Service(Part):
    type: Literal["ClusterIP", "NodePort", "LoadBalancer"]
    port: Port
    annotations: Words


class Ingress(Part):
    enabled: bool
    class_name: str
    annotations: Words
    host: DnsName
    tls_secret: DnsName


class PodsMetric(Part):
    metric: str
    target: Whole


class Autoscaling(Part):
    enabled: bool
    min: Some
    max: Some
    cpu: Annotated[int, Field(ge=0, le=100)]
    in_flight: PodsMetric
    waiting: PodsMetric
    scale_down_seconds: Annotated[int, Field(ge=0, le=3600)]


class Disruption(Part):
    enabled: bool
    max_unavailable: Some | Annotated[str, Field(pattern=r"^[0-9]{1,2}%$")]


class Spread(Part):
    when_unsatisfiable: Literal["ScheduleAnyway", "DoNotSchedule"]
    keys: list[str]


class OwnRedis(Part):
    image: Annotated[str, Field(min_length=1)]
    storage: str
    storage_class: str
    fsync: Literal["everysec", "always", "no"]
    max_memory: str
    user: Some
    resources: Resources


class Redis(Part):
    kind: Literal["none", "external", "own"]
    url: Annotated[str, Field(pattern=r"^(rediss?://[^@\s]+)?$")]
    password_secret: SecretKey
    own: OwnRedis


class Keda(Part):
    enabled: bool
    min: Whole
    max: Some
    jobs_per_replica: Some
    prometheus: Address
    query: str
    authentication: DnsName
    polling_seconds: Some
    cooldown_seconds: Whole


class Worker(Part):
    enabled: bool
    replicas: Whole | None = None
    port: Port
    resources: Resources
    keda: Keda


class ScreenReview(Part):
    enabled: bool
    schedule: Annotated[str, Field(pattern=r"^(@\w+|\S+ \S+ \S+ \S+ \S+)$")]
    policy: str
    promote_if_safe: bool
    deadline_seconds: Some
    image: str
    resources: Resources


class NetworkPolicy(Part):
    enabled: bool
    sources: list[Free]
    metrics_sources: list[Free]
    dns: bool
    egress: list[Free]


class ServiceAccount(Part):
    create: bool
    name: DnsName
    annotations: Words


class Monitor(Part):
    enabled: bool
    interval: Annotated[str, Field(pattern=r"^[0-9]+(ms|s|m)$")]
    labels: Words


class Dashboards(Part):
    enabled: bool
    labels: Words
    annotations: Words


class Links(Part):
    grafana: Address
    candor: Address
    runbook: Address


class Rules(Dashboards):
    links: Links
    skip: list[str]
    thresholds: Thresholds


class Metrics(Part):
    service_monitor: Monitor
    pod_monitor: Monitor
    bearer_token: SecretKey
    prometheus_rule: Rules
    dashboards: Dashboards


class Probe(Part):
    period_seconds: Some
    timeout_seconds: Some
    failure_threshold: Some


class Probes(Part):
    startup: Probe
    readiness: Probe
    liveness: Probe


class Security(Part):
    user: Some
    group: Some


class Pod(Part):
    annotations: Words
    labels: Words
    node_selector: Words
    tolerations: list[Free]
    affinity: Free
    priority_class_name: str


class Issuer(Part):
    name: DnsName
    kind: Literal["Issuer", "ClusterIssuer"]


class Certificates(Part):
    kind: Literal["self-signed", "cert-manager"]
    issuer: Issuer


class Selected(Part):
    key: Annotated[str, Field(min_length=1)]
    value: Annotated[str, Field(min_length=1)]


class Selector(Part):
    match_labels: Words
    match_expressions: list[Free]


class Injected(Part):
    native: Literal["auto", "always", "never"]
    port: Port
    resources: Resources


class Sidecar(Part):
    replicas: Some
    port: Port
    certificates: Certificates
    failure_policy: Literal["Ignore", "Fail"]
    reinvocation_policy: Literal["Never", "IfNeeded"]
    timeout_seconds: Annotated[int, Field(ge=1, le=30)]
    namespace_label: Selected
    object_selector: Selector
    resources: Resources
    injected: Injected


class Tests(Part):
    api_key: SecretKey


class Values(Part):
    """Of `helm/candor/values.yaml`, whose comments say what each is for."""

    mode: Literal["deployment", "sidecar"]
    name_override: DnsName
    fullname_override: DnsName
    image: Image
    secrets: dict[Variable, SecretVariable]
    env: Plain
    mounts: dict[DnsName, Mount]
    reload: Literal["hot", "restart"]
    replicas: Some | None = None
    resources: Resources
    service: Service
    ingress: Ingress
    autoscaling: Autoscaling
    pod_disruption_budget: Disruption
    spread: Spread
    redis: Redis
    worker: Worker
    screen_review: ScreenReview
    network_policy: NetworkPolicy
    service_account: ServiceAccount
    metrics: Metrics
    probes: Probes
    security: Security
    pod: Pod
    sidecar: Sidecar
    tests: Tests


class LibraryValues(Part):
    """Of `helm/candor-sidecar/values.yaml`."""

    image: SidecarImage
    native: bool
    port: Port
    secrets: dict[Variable, SecretVariable]
    env: Plain
    resources: Resources
    security: Security
