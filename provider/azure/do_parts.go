package azure

import (
	"fmt"
	"slices"
	"strings"

	"github.com/headgate-io/headgate/provider"
)

// apply makes a document of base and ops, and returns the ops that are in it. An op that cannot be
// done fails, and blocks those that need it.
func (w *work) apply(base document, ops []int) (document, []int) {
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
		if err := w.p.applyOp(d, op); err != nil {
			bad[op.Key] = true
			w.outcomes[i] = failed(op.Key, err)
			continue
		}
		if op.Want != nil {
			r.note(op.Key.Name, *op.Want)
		}
		done = append(done, i)
	}
	done = w.place(d, done)
	w.p.tidy(d)
	r.forget(d)
	w.p.writeRecord(d.tags(), r)
	return d, done
}

// place gives rules their priorities. A rule of these ops for which there is no room stays out, so
// that the others are served.
func (w *work) place(d document, done []int) []int {
	without := w.p.prioritize(d)
	return slices.DeleteFunc(done, func(i int) bool {
		op := w.batch.Ops[i]
		if op.Want == nil || op.Key.Kind != KindRule || !slices.Contains(without, op.Key.Name) {
			return false
		}
		if number(d.part("requestRoutingRules", op.Key.Name), "priority") == 0 {
			d.remove("requestRoutingRules", op.Key.Name)
		}
		w.outcomes[i] = failed(op.Key, fail(provider.Conflict, "write", op.Key, "the priorities of other rules on the gateway leave no room for it"))
		return true
	})
}

// note keeps what the hashes in a name stand for.
func (r record) note(name string, want provider.Resource) {
	if h := balancerHash(name); h != "" && want.Key.Place != "" {
		r[h] = string(want.Owner.LoadBalancer)
	}
	if want.Group != "" {
		r[groupHash(name)] = string(want.Group)
	}
}

// forget drops what no name of the document has any more.
func (r record) forget(d document) {
	used := map[string]bool{}
	for _, c := range collections() {
		for _, m := range d.parts(c.name) {
			used[balancerHash(text(m, "name"))], used[groupHash(text(m, "name"))] = true, true
		}
	}
	for k := range r {
		if !used[k] {
			delete(r, k)
		}
	}
}

func (p *Provider) applyOp(d document, op provider.Op) error {
	if op.Action == provider.Delete {
		if op.Key.Kind == KindMembers {
			d.set("backendAddressPools", op.Key.Name, map[string]any{"backendAddresses": []any{}})
			return nil
		}
		d.remove(collectionOf(op.Key.Kind), op.Key.Name)
		return nil
	}
	switch s := op.Want.Spec.(type) {
	case GatewaySpec:
		p.setGateway(d, s)
		return nil
	case CertificateSpec:
		return setCertificate(d, op.Key, s)
	case ListenerSpec:
		return p.setListener(d, op.Key, s)
	default:
		collection := collectionOf(op.Key.Kind)
		if op.Key.Kind == KindMembers {
			collection = "backendAddressPools"
		}
		properties := propertiesOf(d, s, d.part(collection, op.Key.Name))
		if properties == nil {
			return fail(provider.Invalid, "write", op.Key, "no such kind: %T", s)
		}
		d.set(collection, op.Key.Name, properties)
		return nil
	}
}

// propertiesOf is a spec as the document has it; nil for a spec that is none. have is the part as
// it was.
func propertiesOf(d document, spec any, have map[string]any) map[string]any {
	switch s := spec.(type) {
	case PoolSpec:
		if have["backendAddresses"] != nil {
			return map[string]any{}
		}
		return map[string]any{"backendAddresses": []any{}}
	case MembersSpec:
		addresses := make([]any, len(s.Addresses))
		for i, a := range s.Addresses {
			addresses[i] = map[string]any{"ipAddress": a}
		}
		return map[string]any{"backendAddresses": addresses}
	case SettingsSpec:
		return s.properties(d)
	case ProbeSpec:
		return s.properties()
	case RedirectSpec:
		return s.properties(d)
	case PathMapSpec:
		return s.properties(d, have)
	case RuleSpec:
		return s.properties(d)
	default:
		return nil
	}
}

func (s SettingsSpec) properties(d document) map[string]any {
	affinity := "Disabled"
	if s.Affinity {
		affinity = "Enabled"
	}
	return map[string]any{
		"port": s.Port, "protocol": "Http", "requestTimeout": s.Timeout, "cookieBasedAffinity": affinity,
		"connectionDraining": map[string]any{"enabled": true, "drainTimeoutInSec": s.Draining}, "probe": d.ref("probes", s.Probe),
	}
}

func (s ProbeSpec) properties() map[string]any {
	p := map[string]any{
		"protocol": "Http", "host": s.Host, "path": s.Path, "port": nil, "interval": s.Interval, "timeout": s.Timeout,
		"unhealthyThreshold": s.Unhealthy, "match": map[string]any{"statusCodes": []any{s.Statuses}},
	}
	if s.Port != 0 {
		p["port"] = s.Port
	}
	return p
}

func (s RedirectSpec) properties(d document) map[string]any {
	p := map[string]any{
		"redirectType": s.Type, "targetUrl": nil, "targetListener": d.ref("httpListeners", s.Listener), "includePath": true, "includeQueryString": true,
	}
	if s.URL != "" {
		p["targetUrl"] = s.URL
	}
	return p
}

// properties of a destination, each under its name with the prefix before it.
func (s Destination) properties(d document) map[string]any {
	return map[string]any{
		"backendAddressPool": d.ref("backendAddressPools", s.Pool), "backendHttpSettings": d.ref("backendHttpSettingsCollection", s.Settings),
		"redirectConfiguration": d.ref("redirectConfigurations", s.Redirect),
	}
}

func (s PathMapSpec) properties(d document, _ map[string]any) map[string]any {
	p := map[string]any{}
	for k, v := range s.Default.properties(d) {
		p["default"+strings.ToUpper(k[:1])+k[1:]] = v
	}
	rules := make([]any, len(s.Rules))
	for i, r := range s.Rules {
		properties := map[string]any{"paths": anys(r.Paths)}
		for k, v := range r.To.properties(d) {
			if v != nil {
				properties[k] = v
			}
		}
		rules[i] = map[string]any{"name": fmt.Sprintf("rule-%d", i), "properties": properties}
	}
	p["pathRules"] = rules
	return p
}

func (s RuleSpec) properties(d document) map[string]any {
	p := s.To.properties(d)
	p["httpListener"], p["urlPathMap"], p["ruleType"] = d.ref("httpListeners", s.Listener), d.ref("urlPathMaps", s.PathMap), "Basic"
	if s.PathMap != "" {
		p["ruleType"] = "PathBasedRouting"
	}
	return p
}

func setCertificate(d document, key provider.Key, c CertificateSpec) error {
	data, password, err := c.pfx()
	if err != nil {
		return &provider.Error{Code: provider.Invalid, Op: "write", Key: key, Err: err}
	}
	d.set("sslCertificates", key.Name, map[string]any{"data": data, "password": password})
	return nil
}

// setListener finds the frontend and the port, and refuses what the gateway would refuse for the
// whole document: a host that another listener has, and a second protocol on one port.
func (p *Provider) setListener(d document, key provider.Key, l ListenerSpec) error {
	frontend := frontendName(d, l.Frontend)
	if frontend == "" {
		return fail(provider.Invalid, "write", key, "the gateway has no %s frontend address", l.Frontend)
	}
	for _, m := range d.parts("httpListeners") {
		name, o := text(m, "name"), readListener(d, object(m, "properties"))
		if strings.EqualFold(name, key.Name) || o.Frontend != l.Frontend || o.Port != l.Port {
			continue
		}
		if slices.ContainsFunc(strings.Fields(o.Host), func(h string) bool { return strings.EqualFold(h, l.Host) }) || o.Host == l.Host {
			return fail(provider.Conflict, "write", key, "listener %s has host %q on port %d already", name, l.Host, l.Port)
		}
		if o.Protocol != l.Protocol && name != p.placeholder() {
			return fail(provider.Conflict, "write", key, "port %d speaks %s already, by listener %s", l.Port, o.Protocol, name)
		}
	}
	properties := map[string]any{
		"frontendIPConfiguration": d.ref("frontendIPConfigurations", frontend), "frontendPort": d.ref("frontendPorts", p.ensurePort(d, l.Port)),
		"protocol": l.Protocol, "hostName": nil, "hostNames": []any{}, "sslCertificate": d.ref("sslCertificates", l.Certificate),
	}
	switch {
	case strings.Contains(l.Host, "*"):
		properties["hostNames"] = []any{l.Host}
	case l.Host != "":
		properties["hostName"] = l.Host
	}
	d.set("httpListeners", key.Name, properties)
	return nil
}

// frontendName is the name of the frontend configuration with a public or private address; empty if
// there is none.
func frontendName(d document, want Frontend) string {
	for _, f := range d.parts("frontendIPConfigurations") {
		if (object(f, "properties", "publicIPAddress") != nil) == (want == FrontendPublic) {
			return text(f, "name")
		}
	}
	return ""
}

// ensurePort is the name of the frontend port with this number, for there can be one only, whosever
// it is.
func (p *Provider) ensurePort(d document, port int) string {
	for _, m := range d.parts("frontendPorts") {
		if number(object(m, "properties"), "port") == port {
			return text(m, "name")
		}
	}
	d.set("frontendPorts", p.portName(port), map[string]any{"port": port})
	return p.portName(port)
}

// tidy brings the rest of the document in line: ports of ours that nobody uses, and what a gateway
// of ours needs to exist.
func (p *Provider) tidy(d document) {
	if p.options.Gateway == "" {
		p.hold(d)
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

// hold adds a placeholder to a gateway of ours that would have no rule, since Azure takes no empty
// one, and removes it when it is not needed.
func (p *Provider) hold(d document) {
	name := p.placeholder()
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

// newDocument is a gateway of ours with no parts yet.
func (p *Provider) newDocument(name string, want *provider.Resource) document {
	return document{
		"id":   fmt.Sprintf("/subscriptions/%s/resourceGroups/%s/providers/Microsoft.Network/applicationGateways/%s", p.options.SubscriptionID, p.options.ResourceGroup, name),
		"name": name, "location": p.options.Location,
		"tags": map[string]any{tagCluster: p.options.ClusterID, tagBalancer: string(want.Owner.LoadBalancer)},
		"properties": map[string]any{
			"sku":                     map[string]any{"name": "Standard_v2", "tier": "Standard_v2"},
			"autoscaleConfiguration":  map[string]any{"minCapacity": 0, "maxCapacity": 10},
			"enableHttp2":             true,
			"gatewayIPConfigurations": []any{}, "frontendIPConfigurations": []any{},
		},
	}
}

// setGateway writes where a gateway of ours lives and is reached.
func (p *Provider) setGateway(d document, g GatewaySpec) {
	for k, v := range g.Tags {
		d.tags()[k] = v
	}
	d.set("gatewayIPConfigurations", "gateway", map[string]any{"subnet": map[string]any{"id": g.SubnetID}})
	if g.Frontend == FrontendPublic {
		d.set("frontendIPConfigurations", "public", map[string]any{"publicIPAddress": map[string]any{"id": g.PublicIP}})
		return
	}
	properties := map[string]any{"subnet": map[string]any{"id": g.SubnetID}, "privateIPAllocationMethod": "Static"}
	if g.PrivateAddress != "" {
		properties["privateIPAddress"] = g.PrivateAddress
	}
	d.set("frontendIPConfigurations", "private", properties)
}
