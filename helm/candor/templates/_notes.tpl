{{- define "candor.notes" -}}
{{- if eq .Values.mode "deployment" -}}
{{- $name := include "candor.fullname" . -}}
Candor judges at http://{{ $name }}.{{ .Release.Namespace }}:{{ .Values.service.port }}/v1/monitor

  helm test {{ .Release.Name }} -n {{ .Release.Namespace }}
  kubectl -n {{ .Release.Namespace }} port-forward svc/{{ $name }} 8080:{{ .Values.service.port }}
{{- $many := or .Values.autoscaling.enabled (gt (int (include "candor.replicas" .)) 1) }}
{{- if and $many (eq .Values.redis.kind "none") }}

WARNING: several replicas without Redis: each remembers verdicts for itself, the same question is
judged by each anew, and limits count per pod. Set redis.kind.
{{- end }}
{{- if and .Values.autoscaling.enabled (or .Values.autoscaling.inFlight.target .Values.autoscaling.waiting.target) }}

Scaling by in-flight or waiting requests needs an adapter for custom metrics that serves
{{ .Values.autoscaling.inFlight.metric }} or {{ .Values.autoscaling.waiting.metric }} for pods.
{{- end }}
{{- if not .Values.config.auth }}

Nobody is asked for a key: whoever reaches the service can use it. See config.auth.
{{- end }}
{{- if not .Values.config.models }}

No model is configured: the embedded debate checks text in images and says so where there is none.
{{- end }}
{{- else -}}
Candor is put into new pods that ask for it:

  kubectl label namespace NAMESPACE {{ .Values.sidecar.namespaceLabel.key }}={{ .Values.sidecar.namespaceLabel.value }}

and in the pod's template: annotations: {candor.dev/inject: "true"}
{{- if eq .Values.sidecar.failurePolicy "Ignore" }}

While the injector is away pods start WITHOUT Candor (sidecar.failurePolicy: Ignore).
{{- end }}
{{- end }}
{{- if not .Values.networkPolicy.enabled }}

WARNING: no network policy bounds what the pods reach and who reaches them.
{{- end }}
{{- end }}
