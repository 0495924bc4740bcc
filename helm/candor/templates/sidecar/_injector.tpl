{{/* What the injector puts into pods: the library's container, with the chart's values. */}}
{{- define "candor.injected" -}}
{{- $injected := .Values.sidecar.injected -}}
{{- $values := pick .Values "image" "config" "env" "security" | merge (dict "secrets" dict) -}}
{{- $values = merge (dict "native" (eq "true" (include "candor.native" .))) (omit $injected "native") $values -}}
container:
  {{- include "candor.sidecar.of" (dict "values" $values "version" .Chart.AppVersion) | nindent 2 }}
volumes:
  {{- include "candor.sidecar.volumes" . | nindent 2 }}
{{- end }}

{{/* Init containers that stay are on by default from 1.29 on. */}}
{{- define "candor.native" -}}
{{- $known := semverCompare ">=1.29.0-0" .Capabilities.KubeVersion.Version -}}
{{- $asked := .Values.sidecar.injected.native -}}
{{- if and (eq $asked "always") (not $known) -}}
{{- fail (printf "sidecar.injected.native: always needs Kubernetes 1.29; this is %s" .Capabilities.KubeVersion.Version) -}}
{{- end -}}
{{- and $known (ne $asked "never") -}}
{{- end }}
