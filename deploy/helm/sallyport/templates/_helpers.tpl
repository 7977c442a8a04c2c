{{- define "sallyport.name" -}}
{{- if contains "sallyport" .Release.Name }}{{ .Release.Name | trunc 40 | trimSuffix "-" }}{{ else }}{{ printf "%s-sallyport" (.Release.Name | trunc 30 | trimSuffix "-") }}{{ end }}
{{- end }}

{{- define "sallyport.selector" -}}
app.kubernetes.io/name: sallyport
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/component: gateway
{{- end }}

{{- define "sallyport.labels" -}}
{{ include "sallyport.selector" . }}
{{ include "sallyport.origin" . }}
{{- end }}

{{- define "sallyport.origin" -}}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | quote }}
{{- end }}

{{- define "sallyport.image" -}}
{{- with .Values.image }}
{{- if .digest }}{{ .repository }}@{{ .digest }}{{ else }}{{ .repository }}:{{ .tag | default $.Chart.AppVersion }}{{ end }}
{{- end }}
{{- end }}

{{/* The most gateways that there can be: each has a configuration of its own, which names it. */}}
{{- define "sallyport.most" -}}
{{- if .Values.autoscaling.enabled }}{{ .Values.autoscaling.maxReplicas }}{{ else }}{{ .Values.replicas }}{{ end }}
{{- end }}

{{/*
How many gateways there are after the installation or upgrade. With autoscaling: as many as run, within the limits. Without a number
Kubernetes would make it 1.
*/}}
{{- define "sallyport.replicas" -}}
{{- if .Values.autoscaling.enabled }}
{{- $live := lookup "apps/v1" "StatefulSet" .Release.Namespace (include "sallyport.name" .) | default dict }}
{{- $spec := $live.spec | default dict }}
{{- min .Values.autoscaling.maxReplicas (max .Values.autoscaling.minReplicas ($spec.replicas | default 0)) }}
{{- else }}
{{- .Values.replicas }}
{{- end }}
{{- end }}

{{- define "sallyport.storeFile" -}}
/run/secrets/sallyport/store/{{ .Values.store.key }}
{{- end }}

{{/* sallyport.yaml with what the chart sets. */}}
{{- define "sallyport.config" -}}
{{- $limits := dict "drain" (printf "%ds" (int .Values.drainSeconds)) "finish" (printf "%ds" (int .Values.finishSeconds)) -}}
{{- $agents := dict "host" "0.0.0.0" "port" 8700 "limits" $limits -}}
{{- $console := dict "host" "0.0.0.0" "port" 8701 -}}
{{- $own := dict "version" 1 "instance" "$(INSTANCE)" "data_dir" "/var/lib/sallyport" "listeners" (dict "agents" $agents "console" $console) -}}
{{- if .Values.store.existingSecret -}}
{{- $postgres := dict "url" (printf "file:%s" (include "sallyport.storeFile" .)) "pool" (int .Values.store.pool) "statement_timeout" .Values.store.statementTimeout -}}
{{- $_ := set $own "store" (dict "postgres" $postgres) -}}
{{- end -}}
{{- mergeOverwrite (deepCopy .Values.config) $own | toYaml -}}
{{- end }}

{{/* Of one edit of `config` and `files`, whatever the number of gateways. */}}
{{- define "sallyport.checksum" -}}
{{- print (include "sallyport.config" .) (toYaml .Values.files) | sha256sum -}}
{{- end }}

{{/* ConfigMaps of one edit: a pod that belongs to the edit before never sees a part of this one. `.of`: config or files. */}}
{{- define "sallyport.configMap" -}}
{{ include "sallyport.name" .root }}-{{ .of }}-{{ include "sallyport.checksum" .root | trunc 10 }}
{{- end }}

{{- define "sallyport.podSecurity" -}}
runAsNonRoot: true
runAsUser: 65532
runAsGroup: 65532
fsGroup: 65532
fsGroupChangePolicy: OnRootMismatch
seccompProfile: { type: RuntimeDefault }
{{- end }}

{{- define "sallyport.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: { drop: [ALL] }
{{- end }}

{{/* The name in a ConfigMap, whose keys have no slash. */}}
{{- define "sallyport.fileKey" -}}
{{ . | replace "/" "__" }}
{{- end }}
