{{/* What a reload takes over while the service runs: all else needs new pods. */}}
{{- define "candor.reloadable" -}}
[models, classifiers, policies, posture]
{{- end }}

{{/* Candor's configuration with what the chart knows: where it listens, and its Redis. */}}
{{- define "candor.config" -}}
{{- $config := deepCopy .Values.config -}}
{{- $server := merge (dict "host" "0.0.0.0" "port" .Values.service.port) (default dict $config.server) -}}
{{- /* Longer than a readiness probe takes to see it, so that nobody sends any more. */ -}}
{{- $probe := .Values.probes.readiness -}}
{{- if not (hasKey $server "drain_seconds") -}}
{{- $_ := set $server "drain_seconds" (add (mul (int $probe.periodSeconds) (int $probe.failureThreshold)) 1) -}}
{{- end -}}
{{- $_ := set $config "server" $server -}}
{{- if ne .Values.redis.kind "none" -}}
{{- $_ := set $config "redis" (merge (dict "url" (include "candor.redisUrl" .)) (default dict $config.redis)) -}}
{{- if not $config.cache -}}
{{- $_ := set $config "cache" (dict "kind" "redis") -}}
{{- end -}}
{{- end -}}
{{- if .Values.worker.enabled -}}
{{- $jobs := merge (dict "kind" "redis" "metrics_host" "0.0.0.0" "metrics_port" .Values.worker.port) (default dict $config.jobs) -}}
{{- $_ := set $config "jobs" $jobs -}}
{{- end -}}
{{- toYaml $config -}}
{{- end }}

{{- define "candor.redisUrl" -}}
{{- if eq .Values.redis.kind "own" -}}
redis://{{ include "candor.fullname" . }}-redis:6379/0
{{- else -}}
{{ .Values.redis.url }}
{{- end -}}
{{- end }}

{{/* Changes when the pods have to be replaced. */}}
{{- define "candor.checksum" -}}
{{- $config := include "candor.config" . | fromYaml -}}
{{- if eq .Values.reload "hot" -}}
{{- range include "candor.reloadable" . | fromYamlArray -}}
{{- $config = omit $config . -}}
{{- end -}}
{{- end -}}
{{- toYaml $config | sha256sum -}}
{{- end }}

{{/* Seconds from SIGTERM to the end: draining, what is in flight, and some to write out queues. */}}
{{- define "candor.grace" -}}
{{- $server := (include "candor.config" . | fromYaml).server -}}
{{- $shutdown := 30 -}}
{{- if hasKey $server "shutdown_seconds" -}}{{- $shutdown = $server.shutdown_seconds -}}{{- end -}}
{{- add (ceil (addf (float64 $server.drain_seconds) (float64 $shutdown))) 10 -}}
{{- end }}

{{- define "candor.replicas" -}}
{{- if kindIs "invalid" .Values.replicas -}}
{{- ternary 1 2 (eq .Values.redis.kind "none") -}}
{{- else -}}
{{- .Values.replicas -}}
{{- end -}}
{{- end }}
