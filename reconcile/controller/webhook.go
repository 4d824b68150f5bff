package controller

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"slices"

	"github.com/go-logr/logr"
	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/manager"
	"sigs.k8s.io/controller-runtime/pkg/webhook/admission"
)

// WebhookPath is the path of the webhook of readiness gates.
const WebhookPath = "/readiness-gates"

// AddWebhook adds the webhook that gives new pods a readiness gate for each load balancer group
// that they will belong to. Call it after [Setup], whose indexes it uses. If certificates is not
// nil, it provides the certificate of the webhook: set its GetCertificate in the options of the
// manager's webhook server.
//
// The webhook never prevents a pod from being created. For pods to be created while it is
// unreachable, its configuration must have failurePolicy Ignore.
func AddWebhook(mgr manager.Manager, o Options, certificates *Certificates) error {
	o, err := o.complete()
	if err != nil {
		return err
	}
	log := slog.New(logr.ToSlogHandler(mgr.GetLogger().WithName("webhook")))
	h := &injector{finder: owners{mgr.GetClient(), kinds(), o.ControllerName, Finalizer(o.ControllerName)}, log: log}
	mgr.GetWebhookServer().Register(WebhookPath, &admission.Webhook{Handler: h})
	if certificates == nil {
		return nil
	}
	certificates.attach(mgr.GetAPIReader(), mgr.GetClient(), log)
	if err := mgr.Add(certificates); err != nil {
		return fmt.Errorf("add certificates of the webhook: %w", err)
	}
	if err := mgr.AddReadyzCheck("webhook", certificates.check); err != nil {
		return fmt.Errorf("add readiness check of the webhook: %w", err)
	}
	return nil
}

// injector adds readiness gates to pods.
type injector struct {
	finder gateFinder
	log    *slog.Logger
}

// Handle handles the creation of a pod. If it fails, it logs the error and adds no gates.
func (h *injector) Handle(ctx context.Context, r admission.Request) admission.Response {
	var p corev1.Pod
	if err := json.Unmarshal(r.Object.Raw, &p); err != nil {
		return admission.Errored(http.StatusBadRequest, fmt.Errorf("read pod: %w", err))
	}
	gates, err := h.finder.gatesFor(ctx, r.Namespace, p.Labels)
	if err != nil {
		h.log.ErrorContext(ctx, "a pod is created without readiness gates", "namespace", r.Namespace, "error", err)
		return admission.Allowed("")
	}
	if !inject(&p, gates) {
		return admission.Allowed("")
	}
	changed, err := json.Marshal(&p)
	if err != nil {
		return admission.Allowed("")
	}
	return admission.PatchResponseFromRaw(r.Object.Raw, changed)
}

// inject adds the gates that a pod lacks, in a stable order, and reports whether there are any.
func inject(p *corev1.Pod, gates map[corev1.PodConditionType]feed) bool {
	var missing []corev1.PodReadinessGate
	for t := range gates {
		if !slices.ContainsFunc(p.Spec.ReadinessGates, func(g corev1.PodReadinessGate) bool { return g.ConditionType == t }) {
			missing = append(missing, corev1.PodReadinessGate{ConditionType: t})
		}
	}
	slices.SortFunc(missing, func(a, b corev1.PodReadinessGate) int { return cmp.Compare(a.ConditionType, b.ConditionType) })
	p.Spec.ReadinessGates = append(p.Spec.ReadinessGates, missing...)
	return len(missing) > 0
}
