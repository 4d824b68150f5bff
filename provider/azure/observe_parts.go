package azure

import (
	"slices"
	"strings"
	"time"

	"github.com/headgate-io/headgate/model"
	"github.com/headgate-io/headgate/provider"
)

func (r *reader) toCertificate(name string, _ map[string]any) []provider.Resource {
	return []provider.Resource{r.part(KindCertificate, name, CertificateSpec{})}
}

// carrier is a part of a group.
func (r *reader) groupPart(kind, name string, spec any, needs ...provider.Key) provider.Resource {
	out := r.part(kind, name, spec, needs...)
	out.Group = model.GroupID(r.record[groupHash(name)])
	if out.Group != "" {
		settings := object(r.d.part("backendHttpSettingsCollection", name), "connectionDraining")
		out.DrainDelay = time.Duration(drainingOf(settings)) * time.Second
	}
	return out
}

// drainingOf returns how long requests to a removed member may last, in seconds. It is 30 if
// draining is off (HTTP settings configuration).
func drainingOf(m map[string]any) int {
	if !flag(m, "enabled") {
		return defaultDraining
	}
	return number(m, "drainTimeoutInSec")
}

func (r *reader) toProbe(name string, m map[string]any) []provider.Resource {
	return []provider.Resource{r.groupPart(KindProbe, name, ProbeSpec{
		Host: text(m, "host"), Path: text(m, "path"), Port: number(m, "port"), Interval: number(m, "interval"), Timeout: number(m, "timeout"),
		Unhealthy: number(m, "unhealthyThreshold"), Statuses: strings.Join(texts(object(m, "match"), "statusCodes"), " "),
	})}
}

func (r *reader) toSettings(name string, m map[string]any) []provider.Resource {
	s := SettingsSpec{
		Port: number(m, "port"), Timeout: number(m, "requestTimeout"), Draining: drainingOf(object(m, "connectionDraining")),
		Affinity: text(m, "cookieBasedAffinity") == "Enabled", Probe: refName(m, "probe"),
	}
	var needs []provider.Key
	if s.Probe != "" {
		needs = append(needs, r.key(KindProbe, s.Probe))
	}
	return []provider.Resource{r.groupPart(KindSettings, name, s, needs...)}
}

// toPool returns a pool and, if it belongs to a group, its members.
func (r *reader) toPool(name string, m map[string]any) []provider.Resource {
	var needs []provider.Key
	if r.d.part("backendHttpSettingsCollection", name) != nil {
		needs = append(needs, r.key(KindSettings, name))
	}
	pool := r.groupPart(KindPool, name, PoolSpec{}, needs...)
	addresses := []string{}
	for _, a := range objects(m, "backendAddresses") {
		addresses = append(addresses, text(a, "ipAddress")+text(a, "fqdn"))
	}
	if pool.Group == "" {
		return []provider.Resource{pool}
	}
	slices.Sort(addresses)
	members := r.p.membersOf(name, r.gateway, addresses)
	members.Owner, members.Group, members.Output = pool.Owner, pool.Group, pool.Output
	return []provider.Resource{pool, members}
}

func (r *reader) toListener(name string, m map[string]any) []provider.Resource {
	l := readListener(r.d, m)
	var needs []provider.Key
	if l.Certificate != "" {
		needs = append(needs, r.key(KindCertificate, l.Certificate))
	}
	out := r.part(KindListener, name, l, needs...)
	if address := r.addresses[l.Frontend]; address != "" && !isStaging(name) {
		out.Output.Addresses = []string{address}
	}
	return []provider.Resource{out}
}

// isStaging reports whether a listener or a rule exists only to have a pool checked.
func isStaging(name string) bool { return strings.HasSuffix(name, stagingSuffix) }

// readListener reads a listener of any owner.
func readListener(d document, m map[string]any) ListenerSpec {
	l := ListenerSpec{
		Frontend: FrontendPrivate, Protocol: text(m, "protocol"), Host: text(m, "hostName"), Certificate: refName(m, "sslCertificate"),
		Port: number(d.part("frontendPorts", refName(m, "frontendPort")), "port"),
	}
	if object(d.part("frontendIPConfigurations", refName(m, "frontendIPConfiguration")), "publicIPAddress") != nil {
		l.Frontend = FrontendPublic
	}
	if hosts := texts(m, "hostNames"); len(hosts) > 0 {
		l.Host = strings.Join(hosts, " ")
	}
	return l
}

func (r *reader) toRedirect(name string, m map[string]any) []provider.Resource {
	s := RedirectSpec{Type: text(m, "redirectType"), URL: text(m, "targetUrl"), Listener: refName(m, "targetListener")}
	if !flag(m, "includePath") || !flag(m, "includeQueryString") {
		s.Type += " without path or query"
	}
	var needs []provider.Key
	if s.Listener != "" {
		needs = append(needs, r.key(KindListener, s.Listener))
	}
	return []provider.Resource{r.part(KindRedirect, name, s, needs...)}
}

// readDestination reads the destination of a rule or a path rule.
func readDestination(m map[string]any) Destination {
	return Destination{
		Pool: refName(m, "backendAddressPool"), Settings: refName(m, "backendHttpSettings"), Redirect: refName(m, "redirectConfiguration"),
	}
}

func (r *reader) toPathMap(name string, m map[string]any) []provider.Resource {
	s := PathMapSpec{Default: Destination{
		Pool: refName(m, "defaultBackendAddressPool"), Settings: refName(m, "defaultBackendHttpSettings"), Redirect: refName(m, "defaultRedirectConfiguration"),
	}}
	list, _ := m["pathRules"].([]any)
	for _, v := range list {
		rule, _ := v.(map[string]any)
		rule = object(rule, "properties")
		s.Rules = append(s.Rules, PathRule{Paths: texts(rule, "paths"), To: readDestination(rule)})
	}
	return []provider.Resource{r.part(KindPathMap, name, s, r.p.needs(r.gateway, s.destinations())...)}
}

func (r *reader) toRule(name string, m map[string]any) []provider.Resource {
	s := RuleSpec{
		Listener: refName(m, "httpListener"), PathMap: refName(m, "urlPathMap"), To: readDestination(m),
		// A document that was accepted and then failed is not in effect, and must be written again.
		InOrder: r.inOrder[name] && r.d.state() != "Failed",
	}
	needs := []provider.Key{r.key(KindListener, s.Listener)}
	if s.PathMap != "" {
		needs = append(needs, r.key(KindPathMap, s.PathMap))
	} else {
		needs = append(needs, r.p.needs(r.gateway, []Destination{s.To})...)
	}
	out := r.part(KindRule, name, s, needs...)
	if isStaging(name) {
		out.Staged = []provider.Key{r.key(KindPool, s.To.Pool)}
	}
	return []provider.Resource{out}
}
