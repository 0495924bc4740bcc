{{/* Values that contradict each other stop here, with words. */}}
{{- define "candor.refusals" -}}
{{- $config := .Values.config -}}
{{- $server := default dict $config.server -}}
{{- range list "host" "port" -}}
{{- if hasKey $server . -}}
{{- fail (printf "config.server.%s: the chart sets it; use service.port" .) -}}
{{- end -}}
{{- end -}}
{{- if eq .Values.mode "sidecar" -}}
{{- include "candor.refusals.sidecar" . -}}
{{- else -}}
{{- include "candor.refusals.scaling" . -}}
{{- include "candor.refusals.redis" . -}}
{{- include "candor.refusals.parts" . -}}
{{- include "candor.refusals.reach" . -}}
{{- end -}}
{{- end }}

{{- define "candor.refusals.sidecar" -}}
{{- range list "ingress" "autoscaling" "worker" "screenReview" -}}
{{- if (index $.Values .).enabled -}}
{{- fail (printf "%s.enabled needs mode: deployment; mode: sidecar installs the injector alone" .) -}}
{{- end -}}
{{- end -}}
{{- if not (kindIs "invalid" .Values.replicas) -}}
{{- fail "replicas counts pods of mode: deployment; the injector's are sidecar.replicas" -}}
{{- end -}}
{{- if ne .Values.redis.kind "none" -}}
{{- fail "redis needs mode: deployment; a sidecar's Redis stands in config.redis" -}}
{{- end -}}
{{- if .Values.secrets -}}
{{- fail "secrets: a Secret must be in the namespace of each pod, so mode: sidecar names none; use the pods' annotation candor.dev/secret" -}}
{{- end -}}
{{- if .Values.mounts -}}
{{- fail "mounts needs mode: deployment; injected pods get none" -}}
{{- end -}}
{{- if .Values.metrics.serviceMonitor.enabled -}}
{{- fail "metrics.serviceMonitor.enabled needs mode: deployment; injected pods are read by metrics.podMonitor" -}}
{{- end -}}
{{- if and (eq .Values.sidecar.certificates.kind "self-signed") .Values.sidecar.certificates.issuer.name -}}
{{- fail "sidecar.certificates.issuer.name needs sidecar.certificates.kind: cert-manager" -}}
{{- end -}}
{{- end }}

{{- define "candor.refusals.scaling" -}}
{{- with .Values.autoscaling -}}
{{- if .enabled -}}
{{- if not (kindIs "invalid" $.Values.replicas) -}}
{{- fail "replicas and autoscaling.enabled contradict each other: leave replicas out and set autoscaling.min" -}}
{{- end -}}
{{- if gt (int .min) (int .max) -}}
{{- fail (printf "autoscaling.min (%v) is more than autoscaling.max (%v)" .min .max) -}}
{{- end -}}
{{- if not (or .cpu .inFlight.target .waiting.target) -}}
{{- fail "autoscaling.enabled needs one of cpu, inFlight.target and waiting.target above 0" -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end }}

{{- define "candor.refusals.redis" -}}
{{- $redis := .Values.redis -}}
{{- $config := .Values.config -}}
{{- if and (eq $redis.kind "external") (not $redis.url) -}}
{{- fail "redis.kind: external needs redis.url" -}}
{{- end -}}
{{- if and (ne $redis.kind "external") $redis.url -}}
{{- fail (printf "redis.url is set, but redis.kind is %s: external is meant" $redis.kind) -}}
{{- end -}}
{{- if and (eq $redis.kind "none") $redis.passwordSecret.name -}}
{{- fail "redis.passwordSecret is set, but redis.kind is none" -}}
{{- end -}}
{{- if hasKey (default dict $config.redis) "url" -}}
{{- fail "config.redis.url: the chart sets it; use redis.kind: external and redis.url" -}}
{{- end -}}
{{- if hasKey (default dict $config.cache) "url" -}}
{{- fail "config.cache.url: the chart sets it; use redis.kind: external and redis.url" -}}
{{- end -}}
{{- range $section := list "cache" "jobs" -}}
{{- if and (eq $redis.kind "none") (eq (toString (index (default dict (index $config $section)) "kind")) "redis") -}}
{{- fail (printf "config.%s.kind: redis needs redis.kind: external or own" $section) -}}
{{- end -}}
{{- end -}}
{{- end }}

{{- define "candor.refusals.parts" -}}
{{- $config := .Values.config -}}
{{- with .Values.worker -}}
{{- if and .enabled (eq $.Values.redis.kind "none") -}}
{{- fail "worker.enabled needs redis.kind: external or own: workers find jobs there" -}}
{{- end -}}
{{- if and .enabled (eq (toString (default dict $config.jobs).kind) "memory") -}}
{{- fail "worker.enabled and config.jobs.kind: memory contradict each other: workers find jobs in Redis" -}}
{{- end -}}
{{- if and .keda.enabled (not .enabled) -}}
{{- fail "worker.keda.enabled needs worker.enabled" -}}
{{- end -}}
{{- if and .keda.enabled (not .keda.prometheus) -}}
{{- fail "worker.keda.enabled needs worker.keda.prometheus, the address of Prometheus" -}}
{{- end -}}
{{- if and .keda.enabled (not (kindIs "invalid" .replicas)) -}}
{{- fail "worker.replicas and worker.keda.enabled contradict each other: leave worker.replicas out and set worker.keda.min" -}}
{{- end -}}
{{- if and .keda.enabled (gt (int .keda.min) (int .keda.max)) -}}
{{- fail (printf "worker.keda.min (%v) is more than worker.keda.max (%v)" .keda.min .keda.max) -}}
{{- end -}}
{{- end -}}
{{- if .Values.screenReview.enabled -}}
{{- $writable := false -}}
{{- range .Values.mounts -}}
{{- if and .claim (eq false .readOnly) -}}{{- $writable = true -}}{{- end -}}
{{- end -}}
{{- if not $writable -}}
{{- fail "screenReview.enabled needs the classifier's folder: an entry of mounts with claim and readOnly: false" -}}
{{- end -}}
{{- if ne (toString (default dict $config.ledger).kind) "sql" -}}
{{- fail "screenReview.enabled needs config.ledger.kind: sql, where labels are" -}}
{{- end -}}
{{- end -}}
{{- if and .Values.ingress.enabled (not .Values.ingress.host) -}}
{{- fail "ingress.enabled needs ingress.host" -}}
{{- end -}}
{{- if and .Values.ingress.enabled (not $config.auth) -}}
{{- fail "ingress.enabled without config.auth lets everybody in: set config.auth.keys or config.auth.oidc" -}}
{{- end -}}
{{- if .Values.metrics.podMonitor.enabled -}}
{{- fail "metrics.podMonitor.enabled needs mode: sidecar; the service is read by metrics.serviceMonitor" -}}
{{- end -}}
{{- end }}

{{/* What the configuration needs and the network policy would cut off. */}}
{{- define "candor.refusals.reach" -}}
{{- $needs := list -}}
{{- if .Values.config.models -}}{{- $needs = append $needs "config.models" -}}{{- end -}}
{{- if eq .Values.redis.kind "external" -}}{{- $needs = append $needs "redis.url" -}}{{- end -}}
{{- if (default dict .Values.config.ledger).url -}}{{- $needs = append $needs "config.ledger.url" -}}{{- end -}}
{{- if and .Values.networkPolicy.enabled $needs (not .Values.networkPolicy.egress) -}}
{{- fail (printf "networkPolicy.egress is empty, so what %s names cannot be reached: say where it is, or networkPolicy.enabled: false" (join ", " $needs)) -}}
{{- end -}}
{{- end }}
