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

{{/* What the controller does in the namespaces that it watches. */}}
{{- define "headgate.rules" -}}
# Finalizers and addresses of Ingresses, and the objects that they refer to.
- apiGroups: [networking.k8s.io]
  resources: [ingresses]
  verbs: [list, watch, patch]
- apiGroups: [networking.k8s.io]
  resources: [ingresses/status]
  verbs: [patch]
# The controller requests only Secrets of type kubernetes.io/tls, but a rule cannot express that.
- apiGroups: [""]
  resources: [services, pods, secrets]
  verbs: [list, watch]
- apiGroups: [discovery.k8s.io]
  resources: [endpointslices]
  verbs: [list, watch]
# The conditions of readiness gates.
- apiGroups: [""]
  resources: [pods/status]
  verbs: [patch]
{{- end }}
