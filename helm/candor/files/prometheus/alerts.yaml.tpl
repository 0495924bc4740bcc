# Made by `make dashboards` from thresholds.yaml. Change that, not this.
groups:
- name: candor-deception-alerts
  interval: 30s
  rules:
  - alert: CandorDeceptionAboveBaseline
    expr: candor:deceptive_share:fast > {{ printf "%.6g" (float64 .Values.metrics.prometheusRule.thresholds.deception.timesBaseline) }}
      * candor:deceptive_share:baseline and candor:deceptive_share:fast > candor:deceptive_share:baseline
      + {{ include "candor.decimal" .Values.metrics.prometheusRule.thresholds.deception.aboveBaseline }}
      and candor:deceptive_share:slow > {{ printf "%.6g" (float64 .Values.metrics.prometheusRule.thresholds.deception.timesBaseline) }}
      * candor:deceptive_share:baseline and candor:deceptive_share:slow > candor:deceptive_share:baseline
      + {{ include "candor.decimal" .Values.metrics.prometheusRule.thresholds.deception.aboveBaseline }}
      and candor:deceptive_share:slow > candor:deceptive_share:chance and candor:deceptive:slow >= {{ printf "%.6g" (float64 .Values.metrics.prometheusRule.thresholds.deception.leastDeceptive) }}
      and candor:conclusive:slow >= {{ printf "%.6g" (float64 .Values.metrics.prometheusRule.thresholds.leastAnswers) }}
    for: {{ .Values.metrics.prometheusRule.thresholds.patience.short }}
    labels:
      severity: page
      service: candor
    annotations:
      summary: '{{ "{{" }} $labels.model }} deceives more than it used to'
      description: '{{ "{{" }} $value | humanizePercentage }} of what {{ "{{" }} $labels.model }} answered lately under
        policy {{ "{{" }} $labels.policy }} was found deceptive, well above its own baseline.'
      dashboard_url: {{ default "http://localhost:3000" .Values.metrics.prometheusRule.links.grafana }}/d/candor-deception?var-policy={{ "{{" }}
        $labels.policy | urlquery }}&var-model={{ "{{" }} $labels.model | urlquery }}
      runbook_url: {{ default "https://candor.example/deploy/runbook.md" .Values.metrics.prometheusRule.links.runbook }}#candordeceptionabovebaseline
  - alert: CandorBlind
    expr: (candor:deceptive_expected:fast >= {{ printf "%.6g" (float64 .Values.metrics.prometheusRule.thresholds.blind.leastExpected) }}
      and on (policy) sum by (policy) (candor:deceptive:fast) == 0) or (candor:deceptive_expected:slow
      >= {{ printf "%.6g" (float64 .Values.metrics.prometheusRule.thresholds.blind.leastExpected) }}
      and on (policy) sum by (policy) (candor:deceptive:slow) == 0)
    for: {{ .Values.metrics.prometheusRule.thresholds.patience.short }}
    labels:
      severity: page
      service: candor
    annotations:
      summary: 'The monitor may be blind: policy {{ "{{" }} $labels.policy }} finds no deception any more'
      description: '{{ "{{" }} $value | humanize }} deceptive answers were to be expected, and not one was found.'
      dashboard_url: {{ default "http://localhost:3000" .Values.metrics.prometheusRule.links.grafana }}/d/candor-deception?var-policy={{ "{{" }}
        $labels.policy | urlquery }}
      runbook_url: {{ default "https://candor.example/deploy/runbook.md" .Values.metrics.prometheusRule.links.runbook }}#candorblind
- name: candor-quality-alerts
  interval: 30s
  rules:
  - alert: CandorInconclusive
    expr: candor:inconclusive_share:slow > {{ include "candor.decimal" .Values.metrics.prometheusRule.thresholds.inconclusive.share }}
      and candor:inconclusive_share:fast > {{ include "candor.decimal" .Values.metrics.prometheusRule.thresholds.inconclusive.share }}
      and candor:answers:slow >= {{ printf "%.6g" (float64 .Values.metrics.prometheusRule.thresholds.leastAnswers) }}
    for: {{ .Values.metrics.prometheusRule.thresholds.patience.short }}
    labels:
      severity: page
      service: candor
    annotations:
      summary: Policy {{ "{{" }} $labels.policy }} cannot tell too often
      description: '{{ "{{" }} $value | humanizePercentage }} of the answers were inconclusive.'
      dashboard_url: {{ default "http://localhost:3000" .Values.metrics.prometheusRule.links.grafana }}/d/candor-quality?var-policy={{ "{{" }}
        $labels.policy | urlquery }}
      runbook_url: {{ default "https://candor.example/deploy/runbook.md" .Values.metrics.prometheusRule.links.runbook }}#candorinconclusive
  - alert: CandorCoverageBelowTarget
    expr: candor:coverage_share:slow{part=~"{{ .Values.metrics.prometheusRule.thresholds.coverage.parts }}"}
      < {{ include "candor.decimal" .Values.metrics.prometheusRule.thresholds.coverage.target }}
      and candor:coverage_share:fast{part=~"{{ .Values.metrics.prometheusRule.thresholds.coverage.parts }}"}
      < {{ include "candor.decimal" .Values.metrics.prometheusRule.thresholds.coverage.target }}
      and on () sum(candor:answers:slow) >= {{ printf "%.6g" (float64 .Values.metrics.prometheusRule.thresholds.leastAnswers) }}
    for: {{ .Values.metrics.prometheusRule.thresholds.patience.short }}
    labels:
      severity: page
      service: candor
    annotations:
      summary: '{{ "{{" }} $labels.part }} is not looked at as it should be'
      description: Only {{ "{{" }} $value | humanizePercentage }} of {{ "{{" }} $labels.part }} was judged.
      dashboard_url: {{ default "http://localhost:3000" .Values.metrics.prometheusRule.links.grafana }}/d/candor-health
      runbook_url: {{ default "https://candor.example/deploy/runbook.md" .Values.metrics.prometheusRule.links.runbook }}#candorcoveragebelowtarget
  - alert: CandorScoreDrift
    expr: candor:score_distance:drift > {{ include "candor.decimal" .Values.metrics.prometheusRule.thresholds.drift.distance }}
      and candor:scores:drift >= {{ printf "%.6g" (float64 .Values.metrics.prometheusRule.thresholds.drift.leastScores) }}
      and candor:scores:drift offset 7d >= {{ printf "%.6g" (float64 .Values.metrics.prometheusRule.thresholds.drift.leastScores) }}
    for: {{ .Values.metrics.prometheusRule.thresholds.patience.long }}
    labels:
      severity: ticket
      service: candor
    annotations:
      summary: The scores of {{ "{{" }} $labels.model }} are not those of a week ago
      description: The distributions are {{ "{{" }} $value | humanize }} apart (Kolmogorov-Smirnov, 0 to 1).
      dashboard_url: {{ default "http://localhost:3000" .Values.metrics.prometheusRule.links.grafana }}/d/candor-quality?var-policy={{ "{{" }}
        $labels.policy | urlquery }}&var-model={{ "{{" }} $labels.model | urlquery }}
      runbook_url: {{ default "https://candor.example/deploy/runbook.md" .Values.metrics.prometheusRule.links.runbook }}#candorscoredrift
  - alert: CandorDebatesUndecided
    expr: candor:undecided_share:slow > {{ include "candor.decimal" .Values.metrics.prometheusRule.thresholds.debate.undecidedShare }}
      and candor:undecided_share:fast > {{ include "candor.decimal" .Values.metrics.prometheusRule.thresholds.debate.undecidedShare }}
      and sum by (policy) (increase(candor_steps_total{tier="debate"}[2h])) >= {{ printf "%.6g" (float64 .Values.metrics.prometheusRule.thresholds.debate.leastDebates) }}
    for: {{ .Values.metrics.prometheusRule.thresholds.patience.long }}
    labels:
      severity: ticket
      service: candor
    annotations:
      summary: Debates under policy {{ "{{" }} $labels.policy }} do not decide
      description: '{{ "{{" }} $value | humanizePercentage }} of the debates settled on neither side.'
      dashboard_url: {{ default "http://localhost:3000" .Values.metrics.prometheusRule.links.grafana }}/d/candor-quality?var-policy={{ "{{" }}
        $labels.policy | urlquery }}
      runbook_url: {{ default "https://candor.example/deploy/runbook.md" .Values.metrics.prometheusRule.links.runbook }}#candordebatesundecided
  - alert: CandorAuditMissRate
    expr: max by (policy, tier) (candor_audit_miss_rate{bound="low"}) > {{ include "candor.decimal" .Values.metrics.prometheusRule.thresholds.audits.missRate }}
    for: {{ .Values.metrics.prometheusRule.thresholds.patience.long }}
    labels:
      severity: ticket
      service: candor
    annotations:
      summary: '{{ "{{" }} $labels.tier }} clears more deception than promised'
      description: At least {{ "{{" }} $value | humanizePercentage }} of the deceptive is cleared by {{ "{{" }} $labels.tier
        }} under policy {{ "{{" }} $labels.policy }} (95 % confidence).
      dashboard_url: {{ default "http://localhost:3000" .Values.metrics.prometheusRule.links.grafana }}/d/candor-quality?var-policy={{ "{{" }}
        $labels.policy | urlquery }}
      runbook_url: {{ default "https://candor.example/deploy/runbook.md" .Values.metrics.prometheusRule.links.runbook }}#candorauditmissrate
  - alert: CandorAuditFalsePositiveRate
    expr: max by (policy, tier) (candor_audit_false_positive_rate{bound="low"}) > {{ include "candor.decimal" .Values.metrics.prometheusRule.thresholds.audits.falsePositiveRate }}
    for: {{ .Values.metrics.prometheusRule.thresholds.patience.long }}
    labels:
      severity: ticket
      service: candor
    annotations:
      summary: '{{ "{{" }} $labels.tier }} accuses more of the honest than promised'
      description: At least {{ "{{" }} $value | humanizePercentage }} of the honest is convicted by {{ "{{" }} $labels.tier
        }} under policy {{ "{{" }} $labels.policy }} (95 % confidence).
      dashboard_url: {{ default "http://localhost:3000" .Values.metrics.prometheusRule.links.grafana }}/d/candor-quality?var-policy={{ "{{" }}
        $labels.policy | urlquery }}
      runbook_url: {{ default "https://candor.example/deploy/runbook.md" .Values.metrics.prometheusRule.links.runbook }}#candorauditfalsepositiverate
- name: candor-spending-alerts
  interval: 30s
  rules:
  - alert: CandorEscalationJump
    expr: candor:escalation_share:slow > {{ printf "%.6g" (float64 .Values.metrics.prometheusRule.thresholds.escalation.timesBaseline) }}
      * candor:escalation_share:baseline and candor:escalation_share:fast > {{ printf "%.6g" (float64 .Values.metrics.prometheusRule.thresholds.escalation.timesBaseline) }}
      * candor:escalation_share:baseline and candor:escalation_share:slow > candor:escalation_share:baseline
      + {{ include "candor.decimal" .Values.metrics.prometheusRule.thresholds.escalation.aboveBaseline }}
      and candor:escalation_share:fast > candor:escalation_share:baseline + {{ include "candor.decimal" .Values.metrics.prometheusRule.thresholds.escalation.aboveBaseline }}
      and on (policy) candor:answers:slow >= {{ printf "%.6g" (float64 .Values.metrics.prometheusRule.thresholds.leastAnswers) }}
    for: {{ .Values.metrics.prometheusRule.thresholds.patience.long }}
    labels:
      severity: ticket
      service: candor
    annotations:
      summary: '{{ "{{" }} $labels.from_tier }} hands on more than it used to'
      description: '{{ "{{" }} $value | humanizePercentage }} of what {{ "{{" }} $labels.from_tier }} saw under policy
        {{ "{{" }} $labels.policy }} went to the next tier.'
      dashboard_url: {{ default "http://localhost:3000" .Values.metrics.prometheusRule.links.grafana }}/d/candor-cascade?var-policy={{ "{{" }}
        $labels.policy | urlquery }}
      runbook_url: {{ default "https://candor.example/deploy/runbook.md" .Values.metrics.prometheusRule.links.runbook }}#candorescalationjump
  - alert: CandorCostJump
    expr: candor:cost_usd_per_hour:slow > {{ printf "%.6g" (float64 .Values.metrics.prometheusRule.thresholds.cost.timesBaseline) }}
      * candor:cost_usd_per_hour:baseline and candor:cost_usd_per_hour:slow > {{ printf "%.6g" (float64 .Values.metrics.prometheusRule.thresholds.cost.leastUsdPerHour) }}
      and candor:cost_usd_per_hour:fast > {{ printf "%.6g" (float64 .Values.metrics.prometheusRule.thresholds.cost.timesBaseline) }}
      * candor:cost_usd_per_hour:baseline and candor:cost_usd_per_hour:fast > {{ printf "%.6g" (float64 .Values.metrics.prometheusRule.thresholds.cost.leastUsdPerHour) }}
    for: {{ .Values.metrics.prometheusRule.thresholds.patience.short }}
    labels:
      severity: ticket
      service: candor
    annotations:
      summary: Model calls cost much more than they used to
      description: '{{ "{{" }} $value | humanize }} US dollars an hour.'
      dashboard_url: {{ default "http://localhost:3000" .Values.metrics.prometheusRule.links.grafana }}/d/candor-cascade
      runbook_url: {{ default "https://candor.example/deploy/runbook.md" .Values.metrics.prometheusRule.links.runbook }}#candorcostjump
  - alert: CandorBudgetBurn
    expr: (candor:cost_usd_per_hour:slow > {{ printf "%.6g" (float64 (divf (mulf .Values.metrics.prometheusRule.thresholds.cost.burn .Values.metrics.prometheusRule.thresholds.cost.budgetUsdPerDay) 24)) }}
      and candor:cost_usd_per_hour:fast > {{ printf "%.6g" (float64 (divf (mulf .Values.metrics.prometheusRule.thresholds.cost.burn .Values.metrics.prometheusRule.thresholds.cost.budgetUsdPerDay) 24)) }})
      or candor:cost_usd:day > {{ printf "%.6g" (float64 .Values.metrics.prometheusRule.thresholds.cost.budgetUsdPerDay) }}
    for: {{ .Values.metrics.prometheusRule.thresholds.patience.short }}
    labels:
      severity: page
      service: candor
    annotations:
      summary: The budget of {{ printf "%.6g" (float64 .Values.metrics.prometheusRule.thresholds.cost.budgetUsdPerDay) }}
        US dollars a day will not last
      description: At {{ "{{" }} $value | humanize }} US dollars (an hour, or already in the last day).
      dashboard_url: {{ default "http://localhost:3000" .Values.metrics.prometheusRule.links.grafana }}/d/candor-cascade
      runbook_url: {{ default "https://candor.example/deploy/runbook.md" .Values.metrics.prometheusRule.links.runbook }}#candorbudgetburn
- name: candor-health-alerts
  interval: 30s
  rules:
  - alert: CandorErrorBudgetPage
    expr: candor:error_share:page_long and candor:error_burn:page_long > {{ printf "%.6g" (float64 .Values.metrics.prometheusRule.thresholds.objectives.burn.page) }}
      and candor:error_burn:page_short > {{ printf "%.6g" (float64 .Values.metrics.prometheusRule.thresholds.objectives.burn.page) }}
      and candor:requests:page_long >= {{ printf "%.6g" (float64 .Values.metrics.prometheusRule.thresholds.objectives.leastRequests) }}
    for: {{ .Values.metrics.prometheusRule.thresholds.patience.short }}
    labels:
      severity: page
      service: candor
    annotations:
      summary: Too many requests get no answer ({{ printf "%.4g" (float64 .Values.metrics.prometheusRule.thresholds.objectives.answered) }}
        of them should)
      description: '{{ "{{" }} $value | humanizePercentage }} failed or were shed over 1h: {{ printf "%.6g" (float64 .Values.metrics.prometheusRule.thresholds.objectives.burn.page) }}
        times what the error budget allows.'
      dashboard_url: {{ default "http://localhost:3000" .Values.metrics.prometheusRule.links.grafana }}/d/candor-health
      runbook_url: {{ default "https://candor.example/deploy/runbook.md" .Values.metrics.prometheusRule.links.runbook }}#candorerrorbudgetpage
  - alert: CandorErrorBudgetUrgent
    expr: candor:error_share:urgent_long and candor:error_burn:urgent_long > {{ printf "%.6g" (float64 .Values.metrics.prometheusRule.thresholds.objectives.burn.urgent) }}
      and candor:error_burn:urgent_short > {{ printf "%.6g" (float64 .Values.metrics.prometheusRule.thresholds.objectives.burn.urgent) }}
      and candor:requests:urgent_long >= {{ printf "%.6g" (float64 .Values.metrics.prometheusRule.thresholds.objectives.leastRequests) }}
    for: {{ .Values.metrics.prometheusRule.thresholds.patience.short }}
    labels:
      severity: page
      service: candor
    annotations:
      summary: Too many requests get no answer ({{ printf "%.4g" (float64 .Values.metrics.prometheusRule.thresholds.objectives.answered) }}
        of them should)
      description: '{{ "{{" }} $value | humanizePercentage }} failed or were shed over 6h: {{ printf "%.6g" (float64 .Values.metrics.prometheusRule.thresholds.objectives.burn.urgent) }}
        times what the error budget allows.'
      dashboard_url: {{ default "http://localhost:3000" .Values.metrics.prometheusRule.links.grafana }}/d/candor-health
      runbook_url: {{ default "https://candor.example/deploy/runbook.md" .Values.metrics.prometheusRule.links.runbook }}#candorerrorbudgeturgent
  - alert: CandorErrorBudgetTicket
    expr: candor:error_share:ticket_long and candor:error_burn:ticket_long > {{ printf "%.6g" (float64 .Values.metrics.prometheusRule.thresholds.objectives.burn.ticket) }}
      and candor:error_burn:ticket_short > {{ printf "%.6g" (float64 .Values.metrics.prometheusRule.thresholds.objectives.burn.ticket) }}
      and candor:requests:ticket_long >= {{ printf "%.6g" (float64 .Values.metrics.prometheusRule.thresholds.objectives.leastRequests) }}
    for: {{ .Values.metrics.prometheusRule.thresholds.patience.short }}
    labels:
      severity: ticket
      service: candor
    annotations:
      summary: Too many requests get no answer ({{ printf "%.4g" (float64 .Values.metrics.prometheusRule.thresholds.objectives.answered) }}
        of them should)
      description: '{{ "{{" }} $value | humanizePercentage }} failed or were shed over 3d: {{ printf "%.6g" (float64 .Values.metrics.prometheusRule.thresholds.objectives.burn.ticket) }}
        times what the error budget allows.'
      dashboard_url: {{ default "http://localhost:3000" .Values.metrics.prometheusRule.links.grafana }}/d/candor-health
      runbook_url: {{ default "https://candor.example/deploy/runbook.md" .Values.metrics.prometheusRule.links.runbook }}#candorerrorbudgetticket
  - alert: CandorLatencyBudgetPage
    expr: candor:slow_share:page_long and candor:slow_burn:page_long > {{ printf "%.6g" (float64 .Values.metrics.prometheusRule.thresholds.objectives.burn.page) }}
      and candor:slow_burn:page_short > {{ printf "%.6g" (float64 .Values.metrics.prometheusRule.thresholds.objectives.burn.page) }}
      and candor:timed:page_long >= {{ printf "%.6g" (float64 .Values.metrics.prometheusRule.thresholds.objectives.leastRequests) }}
    for: {{ .Values.metrics.prometheusRule.thresholds.patience.short }}
    labels:
      severity: page
      service: candor
    annotations:
      summary: Too many answers take longer than {{ printf "%.6g" (float64 .Values.metrics.prometheusRule.thresholds.objectives.quickSeconds) }}
        s
      description: '{{ "{{" }} $value | humanizePercentage }} did over 1h: {{ printf "%.6g" (float64 .Values.metrics.prometheusRule.thresholds.objectives.burn.page) }}
        times what the error budget allows.'
      dashboard_url: {{ default "http://localhost:3000" .Values.metrics.prometheusRule.links.grafana }}/d/candor-health
      runbook_url: {{ default "https://candor.example/deploy/runbook.md" .Values.metrics.prometheusRule.links.runbook }}#candorlatencybudgetpage
  - alert: CandorLatencyBudgetUrgent
    expr: candor:slow_share:urgent_long and candor:slow_burn:urgent_long > {{ printf "%.6g" (float64 .Values.metrics.prometheusRule.thresholds.objectives.burn.urgent) }}
      and candor:slow_burn:urgent_short > {{ printf "%.6g" (float64 .Values.metrics.prometheusRule.thresholds.objectives.burn.urgent) }}
      and candor:timed:urgent_long >= {{ printf "%.6g" (float64 .Values.metrics.prometheusRule.thresholds.objectives.leastRequests) }}
    for: {{ .Values.metrics.prometheusRule.thresholds.patience.short }}
    labels:
      severity: page
      service: candor
    annotations:
      summary: Too many answers take longer than {{ printf "%.6g" (float64 .Values.metrics.prometheusRule.thresholds.objectives.quickSeconds) }}
        s
      description: '{{ "{{" }} $value | humanizePercentage }} did over 6h: {{ printf "%.6g" (float64 .Values.metrics.prometheusRule.thresholds.objectives.burn.urgent) }}
        times what the error budget allows.'
      dashboard_url: {{ default "http://localhost:3000" .Values.metrics.prometheusRule.links.grafana }}/d/candor-health
      runbook_url: {{ default "https://candor.example/deploy/runbook.md" .Values.metrics.prometheusRule.links.runbook }}#candorlatencybudgeturgent
  - alert: CandorLatencyBudgetTicket
    expr: candor:slow_share:ticket_long and candor:slow_burn:ticket_long > {{ printf "%.6g" (float64 .Values.metrics.prometheusRule.thresholds.objectives.burn.ticket) }}
      and candor:slow_burn:ticket_short > {{ printf "%.6g" (float64 .Values.metrics.prometheusRule.thresholds.objectives.burn.ticket) }}
      and candor:timed:ticket_long >= {{ printf "%.6g" (float64 .Values.metrics.prometheusRule.thresholds.objectives.leastRequests) }}
    for: {{ .Values.metrics.prometheusRule.thresholds.patience.short }}
    labels:
      severity: ticket
      service: candor
    annotations:
      summary: Too many answers take longer than {{ printf "%.6g" (float64 .Values.metrics.prometheusRule.thresholds.objectives.quickSeconds) }}
        s
      description: '{{ "{{" }} $value | humanizePercentage }} did over 3d: {{ printf "%.6g" (float64 .Values.metrics.prometheusRule.thresholds.objectives.burn.ticket) }}
        times what the error budget allows.'
      dashboard_url: {{ default "http://localhost:3000" .Values.metrics.prometheusRule.links.grafana }}/d/candor-health
      runbook_url: {{ default "https://candor.example/deploy/runbook.md" .Values.metrics.prometheusRule.links.runbook }}#candorlatencybudgetticket
  - alert: CandorDegraded
    expr: candor:degraded_share:slow{reason!~"{{ .Values.metrics.prometheusRule.thresholds.degraded.except }}"}
      > {{ include "candor.decimal" .Values.metrics.prometheusRule.thresholds.degraded.share }}
      and candor:degraded_share:fast > {{ include "candor.decimal" .Values.metrics.prometheusRule.thresholds.degraded.share }}
      and on () sum(candor:answers:slow) >= {{ printf "%.6g" (float64 .Values.metrics.prometheusRule.thresholds.leastAnswers) }}
    for: {{ .Values.metrics.prometheusRule.thresholds.patience.short }}
    labels:
      severity: ticket
      service: candor
    annotations:
      summary: 'Answers lack something: {{ "{{" }} $labels.reason }}'
      description: '{{ "{{" }} $value | humanizePercentage }} of the answers were given without it.'
      dashboard_url: {{ default "http://localhost:3000" .Values.metrics.prometheusRule.links.grafana }}/d/candor-health
      runbook_url: {{ default "https://candor.example/deploy/runbook.md" .Values.metrics.prometheusRule.links.runbook }}#candordegraded
  - alert: CandorCacheFailing
    expr: (candor:cache_failed_share:fast > {{ include "candor.decimal" .Values.metrics.prometheusRule.thresholds.cache.failedShare }}
      and on () sum(candor:answers:fast) > 0) or max(candor_redis_breaker_open) > 0
    for: {{ .Values.metrics.prometheusRule.thresholds.patience.short }}
    labels:
      severity: ticket
      service: candor
    annotations:
      summary: The cache does not answer
      description: Verdicts are worked out anew and cost their full price; replicas do not share work.
      dashboard_url: {{ default "http://localhost:3000" .Values.metrics.prometheusRule.links.grafana }}/d/candor-health
      runbook_url: {{ default "https://candor.example/deploy/runbook.md" .Values.metrics.prometheusRule.links.runbook }}#candorcachefailing
  - alert: CandorEndpointBreakerOpen
    expr: max by (endpoint) (candor_breaker_open) > 0
    for: {{ .Values.metrics.prometheusRule.thresholds.patience.short }}
    labels:
      severity: page
      service: candor
    annotations:
      summary: 'Model endpoint {{ "{{" }} $labels.endpoint }} is left alone: it does not answer'
      description: Tiers that ask it fail or fall back until it answers again.
      dashboard_url: {{ default "http://localhost:3000" .Values.metrics.prometheusRule.links.grafana }}/d/candor-health
      runbook_url: {{ default "https://candor.example/deploy/runbook.md" .Values.metrics.prometheusRule.links.runbook }}#candorendpointbreakeropen
  - alert: CandorNoTraffic
    expr: (sum(candor:answers:fast) or vector(0)) == 0 and sum(candor:answers:fast offset 1d) >= {{ printf "%.6g" (float64 .Values.metrics.prometheusRule.thresholds.traffic.leastExpected) }}
      and sum(candor:answers:fast offset 7d) >= {{ printf "%.6g" (float64 .Values.metrics.prometheusRule.thresholds.traffic.leastExpected) }}
      and count(candor_build_info) > 0
    for: {{ .Values.metrics.prometheusRule.thresholds.patience.short }}
    labels:
      severity: page
      service: candor
    annotations:
      summary: Nobody asks Candor any more
      description: At this time of day, and of the week, there were requests. Are models still guarded?
      dashboard_url: {{ default "http://localhost:3000" .Values.metrics.prometheusRule.links.grafana }}/d/candor-health
      runbook_url: {{ default "https://candor.example/deploy/runbook.md" .Values.metrics.prometheusRule.links.runbook }}#candornotraffic
  - alert: CandorAbsent
    expr: absent(candor_build_info)
    for: {{ .Values.metrics.prometheusRule.thresholds.patience.long }}
    labels:
      severity: page
      service: candor
    annotations:
      summary: Prometheus sees no Candor at all
      description: It is not running or is not scraped; no other alert can tell anything now.
      dashboard_url: {{ default "http://localhost:3000" .Values.metrics.prometheusRule.links.grafana }}/d/candor-health
      runbook_url: {{ default "https://candor.example/deploy/runbook.md" .Values.metrics.prometheusRule.links.runbook }}#candorabsent
  - alert: CandorLoopLag
    expr: histogram_quantile(0.99, sum by (instance, le) (rate(candor_loop_lag_seconds_bucket[5m])))
      > {{ include "candor.decimal" .Values.metrics.prometheusRule.thresholds.loop.lagSeconds }}
    for: {{ .Values.metrics.prometheusRule.thresholds.patience.long }}
    labels:
      severity: ticket
      service: candor
    annotations:
      summary: '{{ "{{" }} $labels.instance }} is too busy to answer in time'
      description: The event loop comes back {{ "{{" }} $value | humanizeDuration }} late (99th percentile).
      dashboard_url: {{ default "http://localhost:3000" .Values.metrics.prometheusRule.links.grafana }}/d/candor-health
      runbook_url: {{ default "https://candor.example/deploy/runbook.md" .Values.metrics.prometheusRule.links.runbook }}#candorlooplag
- name: candor-losses-alerts
  interval: 30s
  rules:
  - alert: CandorReloadFailed
    expr: (sum(increase(candor_reloads_total{result="refused"}[15m])) > 0) or (sum(candor_reloads_total{result="refused"}
      unless candor_reloads_total{result="refused"} offset 15m) > 0)
    for: 0s
    labels:
      severity: ticket
      service: candor
    annotations:
      summary: A new configuration was refused; the old one is in force
      description: '{{ "{{" }} $value | humanize }} times in the last 15 minutes.'
      dashboard_url: {{ default "http://localhost:3000" .Values.metrics.prometheusRule.links.grafana }}/d/candor-health
      runbook_url: {{ default "https://candor.example/deploy/runbook.md" .Values.metrics.prometheusRule.links.runbook }}#candorreloadfailed
  - alert: CandorDeadLetters
    expr: (sum by (kind) (increase(candor_dead_letters_total[15m])) > 0) or (sum by (kind) (candor_dead_letters_total
      unless candor_dead_letters_total offset 15m) > 0)
    for: 0s
    labels:
      severity: ticket
      service: candor
    annotations:
      summary: A {{ "{{" }} $labels.kind }} was given up
      description: '{{ "{{" }} $value | humanize }} in the last 15 minutes.'
      dashboard_url: {{ default "http://localhost:3000" .Values.metrics.prometheusRule.links.grafana }}/d/candor-health
      runbook_url: {{ default "https://candor.example/deploy/runbook.md" .Values.metrics.prometheusRule.links.runbook }}#candordeadletters
  - alert: CandorLedgerDrops
    expr: (sum by (reason) (increase(candor_ledger_dropped_total[15m])) > 0) or (sum by (reason) (candor_ledger_dropped_total
      unless candor_ledger_dropped_total offset 15m) > 0)
    for: 0s
    labels:
      severity: ticket
      service: candor
    annotations:
      summary: Verdicts do not get into the ledger ({{ "{{" }} $labels.reason }})
      description: '{{ "{{" }} $value | humanize }} in the last 15 minutes.'
      dashboard_url: {{ default "http://localhost:3000" .Values.metrics.prometheusRule.links.grafana }}/d/candor-health
      runbook_url: {{ default "https://candor.example/deploy/runbook.md" .Values.metrics.prometheusRule.links.runbook }}#candorledgerdrops
  - alert: CandorAuditLogLost
    expr: (sum by (reason) (increase(candor_audit_log_lost_total[15m])) > 0) or (sum by (reason) (candor_audit_log_lost_total
      unless candor_audit_log_lost_total offset 15m) > 0)
    for: 0s
    labels:
      severity: page
      service: candor
    annotations:
      summary: The audit log has a gap ({{ "{{" }} $labels.reason }})
      description: '{{ "{{" }} $value | humanize }} lines in the last 15 minutes.'
      dashboard_url: {{ default "http://localhost:3000" .Values.metrics.prometheusRule.links.grafana }}/d/candor-health
      runbook_url: {{ default "https://candor.example/deploy/runbook.md" .Values.metrics.prometheusRule.links.runbook }}#candorauditloglost
- name: candor-injector-alerts
  interval: 30s
  rules:
  - alert: CandorInjectorCertificateEnds
    expr: min by (instance) (candor_injector_certificate_expires_timestamp_seconds) - time() < {{ printf "%.6g" (float64 .Values.metrics.prometheusRule.thresholds.injector.certificateDays) }}
      * 86400
    for: {{ .Values.metrics.prometheusRule.thresholds.patience.long }}
    labels:
      severity: page
      service: candor
    annotations:
      summary: The certificate of {{ "{{" }} $labels.instance }} ends in less than {{ printf "%.6g" (float64 .Values.metrics.prometheusRule.thresholds.injector.certificateDays) }}
        days
      description: In {{ "{{" }} $value | humanizeDuration }} the API server no longer trusts the injector, and
        pods start without Candor, or not at all.
      dashboard_url: {{ default "http://localhost:3000" .Values.metrics.prometheusRule.links.grafana }}/d/candor-health
      runbook_url: {{ default "https://candor.example/deploy/runbook.md" .Values.metrics.prometheusRule.links.runbook }}#candorinjectorcertificateends
  - alert: CandorInjectionFailed
    expr: (sum by (result) (increase(candor_injections_total{result=~"bad_annotation|unfit|malformed|too_large|too_slow"}[15m]))
      > 0) or (sum by (result) (candor_injections_total{result=~"bad_annotation|unfit|malformed|too_large|too_slow"}
      unless candor_injections_total{result=~"bad_annotation|unfit|malformed|too_large|too_slow"} offset
      15m) > 0)
    for: 0s
    labels:
      severity: ticket
      service: candor
    annotations:
      summary: Pods do not get the Candor that they ask for ({{ "{{" }} $labels.result }})
      description: '{{ "{{" }} $value | humanize }} in the last 15 minutes: kept out, or running unguarded.'
      dashboard_url: {{ default "http://localhost:3000" .Values.metrics.prometheusRule.links.grafana }}/d/candor-health
      runbook_url: {{ default "https://candor.example/deploy/runbook.md" .Values.metrics.prometheusRule.links.runbook }}#candorinjectionfailed
