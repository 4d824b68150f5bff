{{/* The name of most objects: headgate-aws. Two releases for two clouds can be in one namespace. */}}
{{- define "headgate.name" -}}
headgate-{{ .Values.provider }}
{{- end }}

{{- define "headgate.webhook" -}}
headgate-webhook-{{ .Values.provider }}
{{- end }}

{{- define "headgate.selector" -}}
app.kubernetes.io/name: headgate
app.kubernetes.io/instance: {{ include "headgate.name" . }}
{{- end }}

{{- define "headgate.image" -}}
{{ .Values.image.repository }}
{{- if .Values.image.digest }}@{{ .Values.image.digest }}{{ else }}:{{ .Values.image.tag }}{{ end }}
{{- end }}
