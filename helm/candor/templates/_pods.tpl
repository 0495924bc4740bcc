{{- define "candor.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: {drop: [ALL]}
{{- end }}

{{- define "candor.podSecurity" -}}
runAsNonRoot: true
runAsUser: {{ .Values.security.user }}
runAsGroup: {{ .Values.security.group }}
fsGroup: {{ .Values.security.group }}
fsGroupChangePolicy: OnRootMismatch
seccompProfile: {type: RuntimeDefault}
{{- end }}

{{/* Who it runs as, and where: (list . "worker"). */}}
{{- define "candor.placement" -}}
{{- $ := index . 0 -}}
automountServiceAccountToken: false
enableServiceLinks: false
securityContext:
  {{- include "candor.podSecurity" $ | nindent 2 }}
{{- with $.Values.image.pullSecrets }}
imagePullSecrets:
  {{- range . }}
  - name: {{ . }}
  {{- end }}
{{- end }}
{{- with $.Values.pod }}
{{- with .priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
{{- with .nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .affinity }}
affinity:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}
{{- end }}

{{/* (list . "worker") */}}
{{- define "candor.spread" -}}
{{- $ := index . 0 -}}
{{- $part := . -}}
{{- with $.Values.spread.keys }}
topologySpreadConstraints:
  {{- range . }}
  - topologyKey: {{ . }}
    maxSkew: 1
    whenUnsatisfiable: {{ $.Values.spread.whenUnsatisfiable }}
    labelSelector:
      matchLabels:
        {{- include "candor.selector" $part | nindent 8 }}
    # Pods of the version before do not count, so that a roll-out stays spread.
    matchLabelKeys: [pod-template-hash]
  {{- end }}
{{- end }}
{{- end }}

{{/* Labels and annotations of pods that read the configuration: (list . "worker"). */}}
{{- define "candor.podMetadata" -}}
{{- $ := index . 0 -}}
labels:
  {{- with $.Values.pod.labels }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
  {{- include "candor.labels" . | nindent 2 }}
annotations:
  {{- with $.Values.pod.annotations }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
  candor.dev/config-checksum: {{ include "candor.checksum" $ }}
{{- end }}

{{- define "candor.env" -}}
- name: CANDOR_CONFIG
  value: /etc/candor/candor.yaml
{{- with .Values.redis }}
{{- if and (ne .kind "none") .passwordSecret.name }}
- name: CANDOR_REDIS__PASSWORD
  valueFrom:
    secretKeyRef: {name: {{ .passwordSecret.name }}, key: {{ .passwordSecret.key }}}
{{- end }}
{{- end }}
{{- range $variable, $from := .Values.secrets }}
- name: {{ $variable }}
  valueFrom:
    secretKeyRef: {name: {{ $from.name }}, key: {{ $from.key }}, optional: {{ default false $from.optional }}}
{{- end }}
{{- range $variable, $value := .Values.env }}
- name: {{ $variable }}
  value: {{ $value | quote }}
{{- end }}
{{- end }}

{{- define "candor.volumeMounts" -}}
# As a folder: a single file would not follow the ConfigMap.
- {name: config, mountPath: /etc/candor, readOnly: true}
- {name: tmp, mountPath: /tmp}
{{- range $name, $mount := .Values.mounts }}
- {name: {{ printf "mount-%s" $name }}, mountPath: {{ $mount.path }}, readOnly: {{ not (eq false $mount.readOnly) }}}
{{- end }}
{{- end }}

{{- define "candor.volumes" -}}
- name: config
  configMap: {name: {{ include "candor.fullname" . }}}
- name: tmp
  emptyDir: {sizeLimit: 1Gi}
{{- range $name, $mount := .Values.mounts }}
- name: {{ printf "mount-%s" $name }}
  {{- with $mount.configMap }}
  configMap: {name: {{ . }}}
  {{- end }}
  {{- with $mount.secret }}
  secret: {secretName: {{ . }}, defaultMode: 0440}
  {{- end }}
  {{- with $mount.claim }}
  persistentVolumeClaim: {claimName: {{ . }}}
  {{- end }}
{{- end }}
{{- end }}

{{/* Of what answers /healthz and /readyz at the port of that name. */}}
{{- define "candor.probes" -}}
startupProbe:
  httpGet: {path: /healthz, port: http}
  {{- toYaml .Values.probes.startup | nindent 2 }}
readinessProbe:
  httpGet: {path: /readyz, port: http}
  {{- toYaml .Values.probes.readiness | nindent 2 }}
livenessProbe:
  httpGet: {path: /healthz, port: http}
  {{- toYaml .Values.probes.liveness | nindent 2 }}
{{- end }}
