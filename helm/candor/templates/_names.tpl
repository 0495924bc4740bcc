{{- define "candor.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 40 | trimSuffix "-" -}}
{{- end }}

{{/* Short enough for what is put behind it. */}}
{{- define "candor.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 40 | trimSuffix "-" -}}
{{- else if contains (include "candor.name" .) .Release.Name -}}
{{- .Release.Name | trunc 40 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name (include "candor.name" .) | trunc 40 | trimSuffix "-" -}}
{{- end -}}
{{- end }}

{{/* Of a part: (list . "worker"). These never change, whatever the version. */}}
{{- define "candor.selector" -}}
{{- $ := index . 0 -}}
app.kubernetes.io/name: {{ include "candor.name" $ }}
app.kubernetes.io/instance: {{ $.Release.Name }}
app.kubernetes.io/component: {{ index . 1 }}
{{- end }}

{{- define "candor.labels" -}}
{{- $ := index . 0 -}}
{{ include "candor.selector" . }}
app.kubernetes.io/version: {{ $.Chart.AppVersion | quote }}
app.kubernetes.io/part-of: candor
app.kubernetes.io/managed-by: {{ $.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" $.Chart.Name $.Chart.Version | replace "+" "_" }}
{{- end }}

{{/* Name and labels of something that belongs to a part: (list . "worker" "-worker"). */}}
{{- define "candor.metadata" -}}
{{- $ := index . 0 -}}
name: {{ include "candor.fullname" $ }}{{ index . 2 }}
namespace: {{ $.Release.Namespace }}
labels:
  {{- include "candor.labels" (list $ (index . 1)) | nindent 2 }}
{{- end }}

{{- define "candor.account" -}}
{{- $made := ternary (include "candor.fullname" .) "default" .Values.serviceAccount.create -}}
{{- default $made .Values.serviceAccount.name -}}
{{- end }}

{{- define "candor.image" -}}
{{- with .Values.image -}}
{{- if .digest -}}
{{ .repository }}@{{ .digest }}
{{- else -}}
{{ .repository }}:{{ default $.Chart.AppVersion .tag }}
{{- end -}}
{{- end -}}
{{- end }}
