package kube

import (
	"cmp"
	"slices"
	"strings"

	networkingv1 "k8s.io/api/networking/v1"

	"github.com/headgate-io/headgate/model"
)

// annotationClass is the class annotation from before the field existed. Where both are set it
// takes precedence, as the networking.k8s.io/v1beta1 reference says of ingressClassName; it is
// compared with the names of classes.
const annotationClass = "kubernetes.io/ingress.class"

// member is one Ingress that is taken.
type member struct {
	id       model.ID
	ingress  *networkingv1.Ingress
	settings *settings
	cover    *coverage // nil without certificates
	place    int       // in the input; of an object that is there twice the first is taken
}

func (m *member) ref() model.Ref {
	return model.Ref{Kind: "Ingress", Namespace: m.ingress.Namespace, Name: m.ingress.Name}
}

// members are the Ingresses that are taken, those of a load balancer together, older before
// younger.
func (b *builder) members(ingresses []*networkingv1.Ingress) []*member {
	slab := make([]member, len(ingresses))
	all := make([]*member, 0, len(ingresses))
	for i, ing := range ingresses {
		m := &slab[i]
		m.ingress, m.place = ing, i
		if !b.taken(ing) {
			b.result.Skipped = append(b.result.Skipped, m.ref())
			continue
		}
		if ing.DeletionTimestamp != nil {
			continue // as good as gone; a finalizer keeps it until its load balancer is
		}
		m.settings = b.ingressSettings(m)
		m.id = b.loadBalancerID(ing, m.settings.group)
		all = append(all, m)
	}
	slices.SortFunc(all, compareMembers)
	return slices.CompactFunc(all, func(x, y *member) bool {
		return x.ingress.Name == y.ingress.Name && x.ingress.Namespace == y.ingress.Namespace
	})
}

func compareMembers(x, y *member) int {
	if c := strings.Compare(string(x.id), string(y.id)); c != 0 {
		return c
	}
	a, b := x.ingress, y.ingress
	return cmp.Or(a.CreationTimestamp.Compare(b.CreationTimestamp.Time),
		strings.Compare(a.Namespace, b.Namespace), strings.Compare(a.Name, b.Name), cmp.Compare(x.place, y.place))
}

// loadBalancerID keeps single Ingresses and groups apart, see the package comment.
func (b *builder) loadBalancerID(ing *networkingv1.Ingress, group string) model.ID {
	switch {
	case group != "":
		return model.ID(b.blocks.text.join("group/", group))
	case ing.Namespace == "group":
		return model.ID("ingress/group/" + ing.Name)
	default:
		return model.ID(b.blocks.text.join(ing.Namespace, "/", ing.Name))
	}
}

// taken tells whether this controller serves the Ingress.
func (b *builder) taken(ing *networkingv1.Ingress) bool {
	name, named := className(ing)
	if !named {
		return !b.opts.Strict || b.defaults
	}
	class := b.classes[name]
	if class == nil {
		return !b.opts.Strict
	}
	return class.Spec.Controller == b.opts.Controller
}

func className(ing *networkingv1.Ingress) (string, bool) {
	if v, ok := ing.Annotations[annotationClass]; ok && v != "" {
		return v, true
	}
	if c := ing.Spec.IngressClassName; c != nil && *c != "" {
		return *c, true
	}
	return "", false
}

func isDefaultClass(c *networkingv1.IngressClass) bool {
	return c.Annotations[networkingv1.AnnotationIsDefaultIngressClass] == "true"
}
