package azure

import (
	"slices"
	"strings"

	"github.com/headgate-io/headgate/provider"
)

// apply returns a copy of base with some ops applied, and the ops that it contains. An op that
// cannot be applied fails, and blocks those that need it.
func (w *documentWrite) apply(base document, ops []int) (document, []int) {
	d := base.clone()
	r := w.p.readRecord(d.tags())
	bad := map[provider.Key]bool{}
	var done []int
	for _, i := range ops {
		op := w.batch.Ops[i]
		if op.Want != nil && slices.ContainsFunc(op.Want.Needs, func(k provider.Key) bool { return bad[k] }) {
			bad[op.Key] = true
			w.outcomes[i] = provider.Outcome{Key: op.Key, State: provider.Blocked}
			continue
		}
		err := checkOwner(d, r, op)
		if err == nil {
			err = w.p.applyOp(d, op)
		}
		if err != nil {
			bad[op.Key] = true
			w.outcomes[i] = failed(op.Key, err)
			continue
		}
		if op.Want != nil {
			r.add(op.Key.Name, *op.Want)
		}
		done = append(done, i)
	}
	done = w.assignPriorities(d, done)
	w.p.cleanUp(d)
	r.prune(d)
	w.p.writeRecord(d.tags(), r)
	return d, done
}

// checkOwner returns an error for an op on a part that exists and belongs to another load balancer
// or group, although it has the name.
func checkOwner(d document, r record, op provider.Op) error {
	resource := op.Want
	if resource == nil {
		resource = op.Have
	}
	collection := collectionOf(op.Key.Kind)
	if collection == "" || d.part(collection, op.Key.Name) == nil || !r.contradicts(op.Key.Name, *resource) {
		return nil
	}
	return provider.NotOwned(string(op.Action), op.Key)
}

func (p *Provider) applyOp(d document, op provider.Op) error {
	if op.Action == provider.Delete {
		deletePart(d, op.Key)
		return nil
	}
	switch s := op.Want.Spec.(type) {
	case GatewaySpec:
		p.updateGateway(d, s)
		return nil
	case CertificateSpec:
		return updateCertificate(d, op.Key, s)
	case ListenerSpec:
		return p.updateListener(d, op.Key, s)
	default:
		return updatePart(d, op.Key, s)
	}
}

// updatePart sets the properties of a part. It creates a part that is missing and adopts one that
// exists, which must be the cluster's own: the hash of the cluster is in its name.
func updatePart(d document, key provider.Key, spec any) error {
	collection := collectionOf(key.Kind)
	properties := propertiesOf(d, spec, d.part(collection, key.Name))
	if properties == nil {
		return errorf(provider.Invalid, "write", key, "unknown spec: %T", spec)
	}
	d.set(collection, key.Name, properties)
	return nil
}

// deletePart removes a part. The members of a pool are no part of their own, and are emptied.
func deletePart(d document, key provider.Key) {
	if key.Kind == KindMembers {
		d.set(collectionOf(key.Kind), key.Name, map[string]any{"backendAddresses": []any{}})
		return
	}
	d.remove(collectionOf(key.Kind), key.Name)
}

// propertiesOf returns the properties that a spec sets, or nil for an unknown spec. have is the
// properties that the part has.
func propertiesOf(d document, spec any, have map[string]any) map[string]any {
	switch s := spec.(type) {
	case PoolSpec:
		return s.properties(have)
	case MembersSpec:
		return s.properties()
	case SettingsSpec:
		return s.properties(d)
	case ProbeSpec:
		return s.properties()
	case RedirectSpec:
		return s.properties(d)
	case PathMapSpec:
		return s.properties(d)
	case RuleSpec:
		return s.properties(d)
	default:
		return nil
	}
}

// cleanUp removes frontend ports that the cluster created and no listener uses. It adds to a
// gateway that the cluster owns what Azure requires.
func (p *Provider) cleanUp(d document) {
	if p.options.Gateway == "" {
		p.updatePlaceholder(d)
	}
	used := map[string]bool{}
	for _, m := range d.parts("httpListeners") {
		used[strings.ToLower(refName(object(m, "properties"), "frontendPort"))] = true
	}
	for _, m := range d.parts("frontendPorts") {
		if name := text(m, "name"); p.owns(name) && !used[strings.ToLower(name)] {
			d.remove("frontendPorts", name)
		}
	}
}

// updatePlaceholder adds placeholder parts to a gateway without a rule, because Azure accepts no
// empty gateway. It removes them when they are not needed.
func (p *Provider) updatePlaceholder(d document) {
	name := p.placeholderName()
	for _, c := range []string{"requestRoutingRules", "httpListeners", "backendAddressPools", "backendHttpSettingsCollection"} {
		d.remove(c, name)
	}
	if len(d.parts("requestRoutingRules")) > 0 && len(d.parts("backendAddressPools")) > 0 {
		return
	}
	d.set("backendAddressPools", name, map[string]any{"backendAddresses": []any{}})
	d.set("backendHttpSettingsCollection", name, map[string]any{"port": 80, "protocol": "Http", "requestTimeout": defaultTimeout})
	if len(d.parts("requestRoutingRules")) > 0 {
		return
	}
	frontend := ""
	for _, f := range d.parts("frontendIPConfigurations") {
		frontend = text(f, "name")
	}
	d.set("httpListeners", name, map[string]any{
		"frontendIPConfiguration": d.ref("frontendIPConfigurations", frontend), "frontendPort": d.ref("frontendPorts", p.ensurePort(d, 80)),
		"protocol": "Http", "hostName": "placeholder.headgate.invalid",
	})
	rule := RuleSpec{Listener: name, To: Destination{Pool: name, Settings: name}}
	properties := rule.properties(d)
	properties["priority"] = maxPriority
	d.set("requestRoutingRules", name, properties)
}
