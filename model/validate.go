package model

// validator holds a normalised model to its rules and notes every fault.
type validator struct {
	lb      *LoadBalancer
	groups  map[GroupID]bool
	gone    map[GroupID]bool // groups that were left out before
	regexps expressions
	part    part
	origin  Ref
	faults  []fault
}

func validate(lb *LoadBalancer, gone map[GroupID]bool) *validator {
	v := &validator{lb: lb, gone: gone, groups: make(map[GroupID]bool, len(lb.Groups)), regexps: expressions{}}
	var root where
	v.loadBalancer(&root)
	for i := range lb.Groups {
		v.group(&root, i)
	}
	for i := range lb.Listeners {
		v.listener(&root, i)
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

// unusable tells whether something is wrong with the load balancer as a whole.
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
	if v.lb.ID == "" {
		id := w.field("id")
		v.reject(&id, `""`, "a name")
	}
}

func firstRef(refs []Ref) Ref {
	if len(refs) == 0 {
		return Ref{}
	}
	return refs[0]
}

func (v *validator) group(_ *where, i int) { v.groups[v.lb.Groups[i].ID] = true }

func (v *validator) listener(_ *where, _ int) {}
