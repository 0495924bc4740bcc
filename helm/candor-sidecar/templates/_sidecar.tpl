{{/*
Candor as one container: for `initContainers` when `native`, else for `containers`.
Needs the volume of "candor.sidecar.volumes" in the same pod.
*/}}
{{- define "candor.sidecar" -}}
{{- /* The version of the library, not of the chart that includes it. */ -}}
{{- $version := (index .Subcharts "candor-sidecar").Chart.AppVersion -}}
{{- include "candor.sidecar.of" (dict "values" (index .Values "candor-sidecar") "version" $version) -}}
{{- end }}

{{/* The same for whoever has values of that form: (dict "values" .Values.x "version" "1.2.3"). */}}
{{- define "candor.sidecar.of" -}}
{{- with .values -}}
- name: candor
  image: {{ include "candor.sidecar.image" $ }}
  imagePullPolicy: {{ .image.pullPolicy }}
  args: [serve]
  {{- if .native }}
  restartPolicy: Always
  {{- end }}
  ports:
    - {name: candor, containerPort: {{ .port }}}
  env:
    {{- include "candor.sidecar.env" $ | nindent 4 }}
  # The app starts when this has succeeded once.
  startupProbe:
    httpGet: {path: /healthz, port: candor}
    periodSeconds: 2
    timeoutSeconds: 2
    failureThreshold: 60
  livenessProbe:
    httpGet: {path: /healthz, port: candor}
    periodSeconds: 10
    timeoutSeconds: 5
    failureThreshold: 6
  resources:
    {{- toYaml .resources | nindent 4 }}
  securityContext:
    runAsNonRoot: true
    runAsUser: {{ .security.user }}
    runAsGroup: {{ .security.group }}
    allowPrivilegeEscalation: false
    readOnlyRootFilesystem: true
    capabilities: {drop: [ALL]}
    seccompProfile: {type: RuntimeDefault}
  volumeMounts:
    - {name: candor-tmp, mountPath: /tmp}
{{- end -}}
{{- end }}

{{- define "candor.sidecar.volumes" -}}
- name: candor-tmp
  emptyDir: {sizeLimit: 1Gi}
{{- end }}

{{- define "candor.sidecar.image" -}}
{{- with .values.image -}}
{{- if .digest -}}
{{ .repository }}@{{ .digest }}
{{- else -}}
{{ .repository }}:{{ default $.version .tag }}
{{- end -}}
{{- end -}}
{{- end }}

{{/* One variable for each section of the configuration: no ConfigMap is needed. */}}
{{- define "candor.sidecar.env" -}}
{{- $values := .values -}}
# The kubelet's probes come from outside of the pod.
- {name: CANDOR_SERVER__HOST, value: 0.0.0.0}
- {name: CANDOR_SERVER__PORT, value: {{ $values.port | quote }}}
{{- if and $values.native (not (hasKey (default dict $values.config.server) "drain_seconds")) }}
# Nobody is left to be answered: a native sidecar ends after the app.
- {name: CANDOR_SERVER__DRAIN_SECONDS, value: "0"}
{{- end }}
{{- range $section, $content := $values.config }}
- name: CANDOR_{{ upper $section }}
  value: {{ toJson $content | quote }}
{{- end }}
{{- range $variable, $from := $values.secrets }}
- name: {{ $variable }}
  valueFrom:
    secretKeyRef: {name: {{ $from.name }}, key: {{ $from.key }}, optional: {{ default false $from.optional }}}
{{- end }}
{{- range $variable, $value := $values.env }}
- name: {{ $variable }}
  value: {{ $value | quote }}
{{- end }}
{{- end }}
