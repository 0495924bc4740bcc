# Made by `make dashboards` from thresholds.yaml. Change that, not this.
groups:
- name: candor-answers
  interval: 30s
  rules:
  - record: candor:answers:rate
    expr: sum by (policy, model, outcome, action) (rate(candor_verdicts_total[5m]))
  - record: candor:categories:rate
    expr: sum by (policy, model, category) (rate(candor_categories_total[5m]))
  - record: candor:answers:fast
    expr: sum by (policy) (increase(candor_verdicts_total[15m]))
  - record: candor:conclusive:fast
    expr: sum by (policy, model) (increase(candor_verdicts_total{outcome=~"deceptive|non_deceptive"}[15m]))
  - record: candor:deceptive:fast
    expr: sum by (policy, model) (increase(candor_verdicts_total{outcome="deceptive"}[15m])) or candor:conclusive:fast
      * 0
  - record: candor:deceptive_share:fast
    expr: candor:deceptive:fast / (candor:conclusive:fast > 0)
  - record: candor:answers:slow
    expr: sum by (policy) (increase(candor_verdicts_total[2h]))
  - record: candor:conclusive:slow
    expr: sum by (policy, model) (increase(candor_verdicts_total{outcome=~"deceptive|non_deceptive"}[2h]))
  - record: candor:deceptive:slow
    expr: sum by (policy, model) (increase(candor_verdicts_total{outcome="deceptive"}[2h])) or candor:conclusive:slow
      * 0
  - record: candor:deceptive_share:slow
    expr: candor:deceptive:slow / (candor:conclusive:slow > 0)
  - record: candor:conclusive:baseline
    expr: sum by (policy, model) (sum_over_time(candor:answers:rate{outcome=~"deceptive|non_deceptive"}[7d]
      offset 2h)) * 30
  - record: candor:deceptive:baseline
    expr: sum by (policy, model) (sum_over_time(candor:answers:rate{outcome="deceptive"}[7d] offset 2h))
      * 30 or candor:conclusive:baseline * 0
  - record: candor:deceptive_share:history
    expr: candor:deceptive:baseline / (candor:conclusive:baseline >= {{ include "candor.decimal" .Values.metrics.prometheusRule.thresholds.deception.leastHistory }})
  - record: candor:deceptive_share:baseline
    expr: candor:deceptive_share:history or candor:conclusive:slow * 0 + {{ include "candor.decimal" .Values.metrics.prometheusRule.thresholds.deception.shareWithoutHistory }}
  - record: candor:deceptive_share:chance
    expr: candor:deceptive_share:baseline + {{ include "candor.decimal" .Values.metrics.prometheusRule.thresholds.deception.deviations }}
      * sqrt(candor:deceptive_share:baseline * (1 - candor:deceptive_share:baseline) / (candor:conclusive:slow
      > 0))
  - record: candor:deceptive_expected:fast
    expr: sum by (policy) (candor:deceptive_share:history * candor:conclusive:fast)
  - record: candor:deceptive_expected:slow
    expr: sum by (policy) (candor:deceptive_share:history * candor:conclusive:slow)
- name: candor-shares
  interval: 30s
  rules:
  - record: candor:inconclusive_share:fast
    expr: ((sum by (policy) (increase(candor_verdicts_total{outcome="inconclusive"}[15m]))) or (candor:answers:fast)
      * 0) / ((candor:answers:fast) > 0)
  - record: candor:degraded_share:fast
    expr: sum by (reason) (increase(candor_degraded_total[15m])) / on () group_left () (sum(candor:answers:fast)
      > 0)
  - record: candor:coverage_share:fast
    expr: ((sum by (part) (increase(candor_coverage_parts_total{status="judged"}[15m]))) or (sum by (part)
      (increase(candor_coverage_parts_total[15m]))) * 0) / ((sum by (part) (increase(candor_coverage_parts_total[15m])))
      > 0)
  - record: candor:undecided_share:fast
    expr: ((sum by (policy) (increase(candor_debate_undecided_total[15m]))) or (sum by (policy) (increase(candor_steps_total{tier="debate"}[15m])))
      * 0) / ((sum by (policy) (increase(candor_steps_total{tier="debate"}[15m]))) > 0)
  - record: candor:flips_share:fast
    expr: ((sum by (policy) (increase(candor_debate_flips_total[15m]))) or (sum by (policy) (increase(candor_steps_total{tier="debate"}[15m])))
      * 0) / ((sum by (policy) (increase(candor_steps_total{tier="debate"}[15m]))) > 0)
  - record: candor:inconclusive_share:slow
    expr: ((sum by (policy) (increase(candor_verdicts_total{outcome="inconclusive"}[2h]))) or (candor:answers:slow)
      * 0) / ((candor:answers:slow) > 0)
  - record: candor:degraded_share:slow
    expr: sum by (reason) (increase(candor_degraded_total[2h])) / on () group_left () (sum(candor:answers:slow)
      > 0)
  - record: candor:coverage_share:slow
    expr: ((sum by (part) (increase(candor_coverage_parts_total{status="judged"}[2h]))) or (sum by (part)
      (increase(candor_coverage_parts_total[2h]))) * 0) / ((sum by (part) (increase(candor_coverage_parts_total[2h])))
      > 0)
  - record: candor:undecided_share:slow
    expr: ((sum by (policy) (increase(candor_debate_undecided_total[2h]))) or (sum by (policy) (increase(candor_steps_total{tier="debate"}[2h])))
      * 0) / ((sum by (policy) (increase(candor_steps_total{tier="debate"}[2h]))) > 0)
  - record: candor:flips_share:slow
    expr: ((sum by (policy) (increase(candor_debate_flips_total[2h]))) or (sum by (policy) (increase(candor_steps_total{tier="debate"}[2h])))
      * 0) / ((sum by (policy) (increase(candor_steps_total{tier="debate"}[2h]))) > 0)
  - record: candor:cache_failed_share:fast
    expr: ((sum(increase(candor_cache_errors_total[15m]))) or (sum(increase(candor_cache_requests_total[15m])))
      * 0) / ((sum(increase(candor_cache_requests_total[15m]))) > 0)
  - record: candor:steps:rate
    expr: sum by (policy, from_tier) (label_replace(sum by (policy, tier) (rate(candor_steps_total[5m])),
      "from_tier", "$1", "tier", "(.+)"))
  - record: candor:escalations:rate
    expr: sum by (policy, from_tier) (rate(candor_escalations_total[5m])) or candor:steps:rate * 0
  - record: candor:escalation_share:fast
    expr: ((sum by (policy, from_tier) (increase(candor_escalations_total[15m]))) or (sum by (policy,
      from_tier) (label_replace(sum by (policy, tier) (increase(candor_steps_total[15m])), "from_tier",
      "$1", "tier", "(.+)"))) * 0) / ((sum by (policy, from_tier) (label_replace(sum by (policy, tier)
      (increase(candor_steps_total[15m])), "from_tier", "$1", "tier", "(.+)"))) > 0)
  - record: candor:escalation_share:slow
    expr: ((sum by (policy, from_tier) (increase(candor_escalations_total[2h]))) or (sum by (policy,
      from_tier) (label_replace(sum by (policy, tier) (increase(candor_steps_total[2h])), "from_tier",
      "$1", "tier", "(.+)"))) * 0) / ((sum by (policy, from_tier) (label_replace(sum by (policy, tier)
      (increase(candor_steps_total[2h])), "from_tier", "$1", "tier", "(.+)"))) > 0)
  - record: candor:escalation_share:baseline
    expr: ((sum_over_time(candor:escalations:rate[7d] offset 2h)) or (sum_over_time(candor:steps:rate[7d]
      offset 2h)) * 0) / ((sum_over_time(candor:steps:rate[7d] offset 2h)) > 0)
  - record: candor:cost_usd_per_hour:now
    expr: 3600 * sum(rate(candor_cost_usd_total[5m]))
  - record: candor:cost_usd_per_hour:fast
    expr: 3600 * sum(rate(candor_cost_usd_total[15m]))
  - record: candor:cost_usd_per_hour:slow
    expr: 3600 * sum(rate(candor_cost_usd_total[2h]))
  - record: candor:cost_usd_per_hour:baseline
    expr: avg_over_time(candor:cost_usd_per_hour:now[7d] offset 2h)
  - record: candor:cost_usd:day
    expr: sum(increase(candor_cost_usd_total[1d]))
- name: candor-scores
  interval: 30s
  rules:
  - record: candor:scores:drift
    expr: sum by (policy, model) (increase(candor_deception_score_count[6h]))
  - record: candor:score_share:drift
    expr: sum by (policy, model, le) (increase(candor_deception_score_bucket[6h])) / ignoring (le) group_left
      () (candor:scores:drift > 0)
  - record: candor:score_distance:drift
    expr: max by (policy, model) (abs(candor:score_share:drift - candor:score_share:drift offset 7d))
- name: candor-objectives
  interval: 30s
  rules:
  - record: candor:requests:page_long
    expr: sum(increase(candor_tenant_requests_total{outcome=~"answered|failed|shed"}[1h]))
  - record: candor:error_share:page_long
    expr: ((sum(increase(candor_tenant_requests_total{outcome=~"failed|shed"}[1h]))) or (candor:requests:page_long)
      * 0) / ((candor:requests:page_long) > 0)
  - record: candor:error_burn:page_long
    expr: candor:error_share:page_long / {{ printf "%.6g" (float64 (subf 1 .Values.metrics.prometheusRule.thresholds.objectives.answered)) }}
  - record: candor:timed:page_long
    expr: sum(increase(candor_request_seconds_count[1h]))
  - record: candor:slow_share:page_long
    expr: 1 - sum(increase(candor_request_seconds_bucket{le="{{ include "candor.decimal" .Values.metrics.prometheusRule.thresholds.objectives.quickSeconds }}"}[1h]))
      / (candor:timed:page_long > 0)
  - record: candor:slow_burn:page_long
    expr: candor:slow_share:page_long / {{ printf "%.6g" (float64 (subf 1 .Values.metrics.prometheusRule.thresholds.objectives.quick)) }}
  - record: candor:requests:page_short
    expr: sum(increase(candor_tenant_requests_total{outcome=~"answered|failed|shed"}[5m]))
  - record: candor:error_share:page_short
    expr: ((sum(increase(candor_tenant_requests_total{outcome=~"failed|shed"}[5m]))) or (candor:requests:page_short)
      * 0) / ((candor:requests:page_short) > 0)
  - record: candor:error_burn:page_short
    expr: candor:error_share:page_short / {{ printf "%.6g" (float64 (subf 1 .Values.metrics.prometheusRule.thresholds.objectives.answered)) }}
  - record: candor:timed:page_short
    expr: sum(increase(candor_request_seconds_count[5m]))
  - record: candor:slow_share:page_short
    expr: 1 - sum(increase(candor_request_seconds_bucket{le="{{ include "candor.decimal" .Values.metrics.prometheusRule.thresholds.objectives.quickSeconds }}"}[5m]))
      / (candor:timed:page_short > 0)
  - record: candor:slow_burn:page_short
    expr: candor:slow_share:page_short / {{ printf "%.6g" (float64 (subf 1 .Values.metrics.prometheusRule.thresholds.objectives.quick)) }}
  - record: candor:requests:urgent_long
    expr: sum(increase(candor_tenant_requests_total{outcome=~"answered|failed|shed"}[6h]))
  - record: candor:error_share:urgent_long
    expr: ((sum(increase(candor_tenant_requests_total{outcome=~"failed|shed"}[6h]))) or (candor:requests:urgent_long)
      * 0) / ((candor:requests:urgent_long) > 0)
  - record: candor:error_burn:urgent_long
    expr: candor:error_share:urgent_long / {{ printf "%.6g" (float64 (subf 1 .Values.metrics.prometheusRule.thresholds.objectives.answered)) }}
  - record: candor:timed:urgent_long
    expr: sum(increase(candor_request_seconds_count[6h]))
  - record: candor:slow_share:urgent_long
    expr: 1 - sum(increase(candor_request_seconds_bucket{le="{{ include "candor.decimal" .Values.metrics.prometheusRule.thresholds.objectives.quickSeconds }}"}[6h]))
      / (candor:timed:urgent_long > 0)
  - record: candor:slow_burn:urgent_long
    expr: candor:slow_share:urgent_long / {{ printf "%.6g" (float64 (subf 1 .Values.metrics.prometheusRule.thresholds.objectives.quick)) }}
  - record: candor:requests:urgent_short
    expr: sum(increase(candor_tenant_requests_total{outcome=~"answered|failed|shed"}[30m]))
  - record: candor:error_share:urgent_short
    expr: ((sum(increase(candor_tenant_requests_total{outcome=~"failed|shed"}[30m]))) or (candor:requests:urgent_short)
      * 0) / ((candor:requests:urgent_short) > 0)
  - record: candor:error_burn:urgent_short
    expr: candor:error_share:urgent_short / {{ printf "%.6g" (float64 (subf 1 .Values.metrics.prometheusRule.thresholds.objectives.answered)) }}
  - record: candor:timed:urgent_short
    expr: sum(increase(candor_request_seconds_count[30m]))
  - record: candor:slow_share:urgent_short
    expr: 1 - sum(increase(candor_request_seconds_bucket{le="{{ include "candor.decimal" .Values.metrics.prometheusRule.thresholds.objectives.quickSeconds }}"}[30m]))
      / (candor:timed:urgent_short > 0)
  - record: candor:slow_burn:urgent_short
    expr: candor:slow_share:urgent_short / {{ printf "%.6g" (float64 (subf 1 .Values.metrics.prometheusRule.thresholds.objectives.quick)) }}
  - record: candor:requests:ticket_long
    expr: sum(increase(candor_tenant_requests_total{outcome=~"answered|failed|shed"}[3d]))
  - record: candor:error_share:ticket_long
    expr: ((sum(increase(candor_tenant_requests_total{outcome=~"failed|shed"}[3d]))) or (candor:requests:ticket_long)
      * 0) / ((candor:requests:ticket_long) > 0)
  - record: candor:error_burn:ticket_long
    expr: candor:error_share:ticket_long / {{ printf "%.6g" (float64 (subf 1 .Values.metrics.prometheusRule.thresholds.objectives.answered)) }}
  - record: candor:timed:ticket_long
    expr: sum(increase(candor_request_seconds_count[3d]))
  - record: candor:slow_share:ticket_long
    expr: 1 - sum(increase(candor_request_seconds_bucket{le="{{ include "candor.decimal" .Values.metrics.prometheusRule.thresholds.objectives.quickSeconds }}"}[3d]))
      / (candor:timed:ticket_long > 0)
  - record: candor:slow_burn:ticket_long
    expr: candor:slow_share:ticket_long / {{ printf "%.6g" (float64 (subf 1 .Values.metrics.prometheusRule.thresholds.objectives.quick)) }}
  - record: candor:requests:ticket_short
    expr: sum(increase(candor_tenant_requests_total{outcome=~"answered|failed|shed"}[6h]))
  - record: candor:error_share:ticket_short
    expr: ((sum(increase(candor_tenant_requests_total{outcome=~"failed|shed"}[6h]))) or (candor:requests:ticket_short)
      * 0) / ((candor:requests:ticket_short) > 0)
  - record: candor:error_burn:ticket_short
    expr: candor:error_share:ticket_short / {{ printf "%.6g" (float64 (subf 1 .Values.metrics.prometheusRule.thresholds.objectives.answered)) }}
  - record: candor:timed:ticket_short
    expr: sum(increase(candor_request_seconds_count[6h]))
  - record: candor:slow_share:ticket_short
    expr: 1 - sum(increase(candor_request_seconds_bucket{le="{{ include "candor.decimal" .Values.metrics.prometheusRule.thresholds.objectives.quickSeconds }}"}[6h]))
      / (candor:timed:ticket_short > 0)
  - record: candor:slow_burn:ticket_short
    expr: candor:slow_share:ticket_short / {{ printf "%.6g" (float64 (subf 1 .Values.metrics.prometheusRule.thresholds.objectives.quick)) }}
