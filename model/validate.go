package model

// The bounds of a model limit what is stored and sent. Where the clouds differ, they are the
// widest.
const (
	maxText   = 512 // bytes of a name or reference
	maxTagKey = 128
	maxTag    = 256
	maxPort   = 65535
)

// validator checks a normalized model and collects every fault.
type validator struct {
	lb        *LoadBalancer
	tables    *tables
	groups    map[GroupID]*Group
	gone      map[GroupID]bool        // groups that were left out before
	certs     map[string]*Certificate // made at first use, as regexps is
	regexps   expressions
	listening *Listener // that of the present part
	part      part
	origin    Ref
	faults    []fault
}

func validate(lb *LoadBalancer, t *tables, gone map[GroupID]bool) *validator {
	v := &validator{lb: lb, tables: t, gone: gone, groups: make(map[GroupID]*Group, len(lb.Groups))}
	var root where
	v.loadBalancer(&root)
	for i := range lb.Groups {
		w := root.at("groups", i)
		v.group(&w, i)
	}
	for i := range lb.Listeners {
		w := root.at("listeners", i)
		v.listener(&w, i)
	}
	return v
}

func (v *validator) err() error {
	e := &InvalidError{LoadBalancer: v.lb.ID}
	for _, f := range v.faults {
		e.Issues = append(e.Issues, f.Issue)
	}
	return e
}

// unusable reports whether there is a fault of the load balancer as a whole.
func (v *validator) unusable() bool {
	for _, f := range v.faults {
		if f.part.kind == partBalancer {
			return true
		}
	}
	return false
}

func (v *validator) reject(w *where, found, allowed string) {
	v.faults = append(v.faults, fault{Issue{Path: w.String(), Found: found, Allowed: allowed, Origin: v.origin}, v.part})
}

func (v *validator) loadBalancer(w *where) {
	v.part, v.origin = part{}, firstRef(v.lb.Origins)
	v.text(w, "id", string(v.lb.ID), 1, maxText)
	checkSettings(v, w, v.tables.balancer, v.lb)
	v.refs(w, v.lb.Origins)
}

func (v *validator) refs(w *where, refs []Ref) {
	for i := range refs {
		at := w.at("origins", i)
		v.ref(&at, &refs[i])
	}
}

func (v *validator) ref(w *where, r *Ref) {
	v.text(w, "kind", r.Kind, 0, maxText)
	v.text(w, "namespace", r.Namespace, 0, maxText)
	v.text(w, "name", r.Name, 0, maxText)
	v.text(w, "field", r.Field, 0, 2*maxText)
}

func firstRef(refs []Ref) Ref {
	if len(refs) == 0 {
		return Ref{}
	}
	return refs[0]
}
