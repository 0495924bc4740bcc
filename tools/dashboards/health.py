"""Service health: requests, errors, durations, and what they lean on."""

from tools.dashboards.frame import Page, Section
from tools.dashboards.panels import (
    PER_SECOND,
    SECONDS,
    SHARE,
    About,
    Query,
    graph,
    number,
)

_W = "$__rate_interval"
_T = 'tenant=~"$tenant"'


def health() -> Page:
    return Page(
        "candor-health",
        "Service health",
        "Whether Candor answers, how fast, how full it is, and whether what it leans on is there.",
        ("tenant",),
        (_now(), _requests(), _saturation(), _dependencies(), _whole(), _injector()),
    )


def _now() -> Section:
    return Section(
        "Now",
        (
            number(
                About(
                    "Processes",
                    "Services that Prometheus sees.",
                    runbook="CandorAbsent",
                    nothing="none is seen",
                ),
                Query("count(candor_build_info)"),
            ),
            number(
                About(
                    "Without an answer",
                    "Share of the requests of the last minutes that failed or were shed.",
                    SHARE,
                    "CandorErrorBudgetPage",
                ),
                Query("candor:error_share:page_short"),
                warn=0.01,
                bad=0.1,
            ),
            number(
                About(
                    "Slow",
                    "Share of the answers of the last minutes above the latency objective.",
                    SHARE,
                    "CandorLatencyBudgetPage",
                ),
                Query("candor:slow_share:page_short"),
                warn=0.05,
                bad=0.3,
            ),
            number(
                About("In flight", "Requests that are being answered.", runbook="CandorLoopLag"),
                Query("sum(candor_in_flight)"),
            ),
            number(
                About(
                    "Redis left alone",
                    "Processes that do not ask Redis because it did not answer.",
                    runbook="CandorCacheFailing",
                    nothing="no Redis",
                ),
                Query("sum(candor_redis_breaker_open)"),
                warn=1,
                bad=1,
            ),
            number(
                About(
                    "Endpoints left alone",
                    "Model endpoints that some process does not ask.",
                    runbook="CandorEndpointBreakerOpen",
                    nothing="no model endpoint",
                ),
                Query(
                    "count(max by (endpoint) (candor_breaker_open) > 0) or "
                    "count(candor_breaker_open) * 0"
                ),
                warn=1,
                bad=1,
            ),
        ),
    )


def _requests() -> Section:
    return Section(
        "Requests, errors, durations",
        (
            graph(
                About(
                    "Requests by what became of them",
                    "Per second, of the chosen tenants. "
                    "`refused` and `limited` are the caller's doing, `shed` and `failed` ours.",
                    PER_SECOND,
                    "CandorErrorBudgetPage",
                ),
                Query(
                    f"sum by (outcome) (rate(candor_tenant_requests_total{{{_T}}}[{_W}]))",
                    "{{outcome}}",
                ),
                stacked=True,
            ),
            graph(
                About(
                    "Requests by tenant",
                    "Requests per second of the chosen tenants.",
                    PER_SECOND,
                    "CandorNoTraffic",
                ),
                Query(
                    f"sum by (tenant) (rate(candor_tenant_requests_total{{{_T}}}[{_W}]))",
                    "{{tenant}}",
                ),
            ),
            graph(
                About(
                    "Time of an answer",
                    "Median, 95th and 99th percentile of all answers.",
                    SECONDS,
                    "CandorLatencyBudgetPage",
                ),
                *(
                    Query(
                        "histogram_quantile("
                        f"{q}, sum by (le) "
                        f"(rate(candor_request_seconds_bucket[{_W}]))) >= 0",
                        str(q),
                    )
                    for q in (0.5, 0.95, 0.99)
                ),
            ),
            graph(
                About(
                    "Time of an answer by who decided",
                    "95th percentile.",
                    SECONDS,
                    "CandorLatencyBudgetPage",
                ),
                Query(
                    "histogram_quantile(0.95, sum by (decided_by, le) "
                    f"(rate(candor_request_seconds_bucket[{_W}]))) >= 0",
                    "{{decided_by}}",
                ),
            ),
            graph(
                About(
                    "Turned away",
                    "Requests per second: shed, over a tenant's limit, without a "
                    "right, or given up by the caller.",
                    PER_SECOND,
                    "CandorErrorBudgetUrgent",
                ),
                Query(f"sum by (reason) (rate(candor_shed_total[{_W}]))", "shed: {{reason}}"),
                Query(
                    f"sum by (measure) (rate(candor_rate_limited_total{{{_T}}}[{_W}]))",
                    "limited: {{measure}}",
                ),
                Query(
                    f"sum by (reason) (rate(candor_auth_refused_total[{_W}]))",
                    "no right: {{reason}}",
                ),
                Query(f"sum(rate(candor_cancelled_total[{_W}]))", "caller hung up"),
                Query(
                    f"sum by (reason) (rate(candor_connections_refused_total[{_W}]))",
                    "no request: {{reason}}",
                ),
            ),
            graph(
                About(
                    "Error budget",
                    "How many times faster than allowed the budget goes: "
                    "1 uses it up exactly by the end of the objective's time.",
                    runbook="CandorErrorBudgetTicket",
                ),
                Query("candor:error_burn:page_long", "errors, an hour"),
                Query("candor:error_burn:urgent_long", "errors, six hours"),
                Query("candor:slow_burn:page_long", "slow, an hour"),
                Query("candor:slow_burn:urgent_long", "slow, six hours"),
            ),
        ),
    )


def _saturation() -> Section:
    return Section(
        "Saturation",
        (
            graph(
                About(
                    "Lag of the event loop",
                    "How much later than asked it came back.",
                    SECONDS,
                    "CandorLoopLag",
                ),
                *(
                    Query(
                        f"histogram_quantile({q}, sum by (instance, le) "
                        f"(rate(candor_loop_lag_seconds_bucket[{_W}]))) >= 0",
                        f"{{{{instance}}}} {q}",
                    )
                    for q in (0.5, 0.99)
                ),
            ),
            graph(
                About(
                    "In flight and in line",
                    "Requests being answered, and slots of each pool.",
                    runbook="CandorErrorBudgetPage",
                ),
                Query("sum(candor_in_flight)", "in flight"),
                Query("sum by (pool) (candor_slots_taken)", "{{pool}} taken"),
                Query("sum by (pool) (candor_slots_waiting)", "{{pool}} waiting"),
            ),
            graph(
                About(
                    "Jobs in line",
                    "Every process of a queue shows the same number.",
                    runbook="CandorDeadLetters",
                    nothing="no jobs",
                ),
                Query("max by (priority) (candor_jobs_waiting)", "{{priority}}"),
            ),
            graph(
                About(
                    "Jobs that ended",
                    "Per second, and sends of webhooks.",
                    PER_SECOND,
                    "CandorDeadLetters",
                ),
                Query(f"sum by (state) (rate(candor_jobs_total[{_W}]))", "{{state}}"),
                Query(
                    f"sum by (result) (rate(candor_webhook_deliveries_total[{_W}]))",
                    "webhook {{result}}",
                ),
            ),
            graph(
                About(
                    "Time of a job",
                    "How long a worker took, median and 95th percentile.",
                    SECONDS,
                    "CandorDeadLetters",
                    nothing="no jobs",
                ),
                *(
                    Query(
                        f"histogram_quantile({q}, sum by (le) "
                        f"(rate(candor_job_seconds_bucket[{_W}]))) >= 0",
                        str(q),
                    )
                    for q in (0.5, 0.95)
                ),
            ),
        ),
    )


def _dependencies() -> Section:
    return Section(
        "Dependencies",
        (
            graph(
                About(
                    "Redis",
                    "Answers without the cache, and operations that failed or were not "
                    "tried, per second.",
                    PER_SECOND,
                    "CandorCacheFailing",
                ),
                Query(f"sum(rate(candor_cache_errors_total[{_W}]))", "answers without the cache"),
                Query(f"sum by (reason) (rate(candor_redis_errors_total[{_W}]))", "{{reason}}"),
                Query(
                    f"sum by (reason) (rate(candor_fleet_errors_total[{_W}]))",
                    "replicas: {{reason}}",
                ),
                Query(
                    f"sum(rate(candor_rate_limits_alone_total[{_W}]))",
                    "limits counted without the others",
                ),
            ),
            graph(
                About(
                    "Entries in Redis that cannot be read",
                    "Per second: written by another version, or sealed with a key that is not "
                    "configured any more. Verdicts are worked out anew, jobs are lost.",
                    PER_SECOND,
                    "CandorCacheFailing",
                ),
                Query(f"sum(rate(candor_cache_unreadable_total[{_W}]))", "of another version"),
                Query(f"sum by (area) (rate(candor_unopened_total[{_W}]))", "no key: {{area}}"),
            ),
            graph(
                About(
                    "Endpoints left alone",
                    "1 while an endpoint is not asked because it did not "
                    "answer; more where several processes do so.",
                    runbook="CandorEndpointBreakerOpen",
                    nothing="no model endpoint",
                ),
                Query("sum by (endpoint) (candor_breaker_open)", "{{endpoint}}"),
            ),
            graph(
                About(
                    "Ledger",
                    "Verdicts written and lost per second, and those in line.",
                    runbook="CandorLedgerDrops",
                ),
                Query(f"sum(rate(candor_ledger_written_total[{_W}]))", "written a second"),
                Query(
                    f"sum by (reason) (rate(candor_ledger_dropped_total[{_W}]))",
                    "lost: {{reason}}",
                ),
                Query(f"sum(rate(candor_ledger_failures_total[{_W}]))", "failed writes"),
                Query("sum(candor_ledger_waiting)", "in line"),
            ),
            graph(
                About(
                    "Audit log",
                    "Lines written and lost per second, and those in line.",
                    runbook="CandorAuditLogLost",
                ),
                Query(f"sum(rate(candor_audit_log_written_total[{_W}]))", "written a second"),
                Query(
                    f"sum by (reason) (rate(candor_audit_log_lost_total[{_W}]))",
                    "lost: {{reason}}",
                ),
                Query(
                    f"sum by (reason) (rate(candor_audit_log_failures_total[{_W}]))",
                    "failed writes: {{reason}}",
                ),
                Query("sum(candor_audit_log_waiting)", "in line"),
            ),
            graph(
                About(
                    "Traces",
                    "Spans per second that never got to the collector.",
                    PER_SECOND,
                    "CandorErrorBudgetTicket",
                ),
                Query(
                    f"sum by (reason) (rate(candor_trace_export_failures_total[{_W}]))",
                    "{{reason}}",
                ),
            ),
            graph(
                About(
                    "Images by URL",
                    "Per second, by what became of them.",
                    PER_SECOND,
                    "CandorCoverageBelowTarget",
                ),
                Query(f"sum by (result) (rate(candor_remote_images_total[{_W}]))", "{{result}}"),
            ),
            graph(
                About(
                    "Configuration",
                    "Reloads in the last hour by result, and which "
                    "configuration each service has.",
                    runbook="CandorReloadFailed",
                ),
                Query("sum by (result) (increase(candor_reloads_total[1h]))", "{{result}}"),
                Query("candor_config_generation", "in force: {{instance}}"),
            ),
            graph(
                About(
                    "Age of the configuration",
                    "How long each service has had the one in force: replicas that are far apart "
                    "have not all taken over a change.",
                    SECONDS,
                    "CandorReloadFailed",
                ),
                Query(
                    "time() - (candor_config_loaded_timestamp_seconds > 0)",
                    "{{instance}}",
                ),
            ),
        ),
    )


def _whole() -> Section:
    return Section(
        "Whole answers",
        (
            graph(
                About(
                    "Coverage",
                    "Share of each part of the exchanges that was judged.",
                    SHARE,
                    "CandorCoverageBelowTarget",
                ),
                Query("candor:coverage_share:fast", "{{part}}"),
                top=1,
            ),
            graph(
                About(
                    "Parts that were not judged",
                    "Per second, by what became of them.",
                    PER_SECOND,
                    "CandorCoverageBelowTarget",
                    nothing="all parts were judged",
                ),
                Query(
                    "sum by (part, status) (rate(candor_coverage_parts_total"
                    f'{{status!="judged"}}[{_W}]))',
                    "{{part}}: {{status}}",
                ),
            ),
            graph(
                About(
                    "Degraded",
                    "Share of the answers that lacked something, by what.",
                    SHARE,
                    "CandorDegraded",
                    nothing="no answer lacked anything",
                ),
                Query("candor:degraded_share:fast", "{{reason}}"),
            ),
            graph(
                About(
                    "Redactions",
                    "Secrets and personal data taken out of reports, per second.",
                    PER_SECOND,
                    "CandorAuditLogLost",
                    nothing="nothing was taken out",
                ),
                Query(f"sum by (kind) (rate(candor_redactions_total[{_W}]))", "{{kind}}"),
            ),
        ),
    )


def _injector() -> Section:
    return Section(
        "Injector",
        (
            graph(
                About(
                    "Pods by what became of them",
                    "Reviews in the last hour. `injected` is well; `not_asked` and `opted_out` "
                    "are the owner's wish.",
                    runbook="CandorInjectionFailed",
                    nothing="no injector",
                ),
                Query("sum by (result) (increase(candor_injections_total[1h]))", "{{result}}"),
            ),
            graph(
                About(
                    "The certificate ends in",
                    "What is left of the one that each replica serves.",
                    SECONDS,
                    "CandorInjectorCertificateEnds",
                    nothing="no injector",
                ),
                Query(
                    "candor_injector_certificate_expires_timestamp_seconds - time()",
                    "{{instance}}",
                ),
            ),
        ),
    )
