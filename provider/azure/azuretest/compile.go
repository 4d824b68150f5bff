package azuretest

import (
	"cmp"
	"net"
	"slices"
	"strconv"
	"strings"
)

// plan is one gateway in the data plane.
type plan struct {
	id           string
	config       *gatewayConfig
	certificates map[string]*certificate
	addresses    map[string]string // by lower-case name of the frontend IP configuration
}

// socket is one address and port of a gateway, with its site.
type socket struct {
	address string
	port    int
	tls     bool
	site    site
}

// compile resolves the references of a document to sites, one for each address and port with a
// rule.
func (p plan) compile() []socket {
	rules := slices.Clone(p.config.Properties.RequestRoutingRules)
	slices.SortStableFunc(rules, func(a, b part[routingRule]) int {
		return cmp.Compare(*a.Properties.Priority, *b.Properties.Priority)
	})
	sockets := map[string]*socket{}
	var order []string
	for _, r := range rules {
		name := r.Properties.HTTPListener.name()
		l := find(p.config.Properties.HTTPListeners, name)
		port := find(p.config.Properties.FrontendPorts, l.FrontendPort.name()).Port
		address := net.JoinHostPort(p.addresses[l.FrontendIPConfiguration.name()], strconv.Itoa(port))
		if sockets[address] == nil {
			sockets[address] = &socket{address: address, port: port, tls: l.Protocol == "Https"}
			order = append(order, address)
		}
		at := sockets[address]
		at.site.listeners = append(at.site.listeners, listener{name: name, hosts: l.hosts(), rule: p.compileRule(r.Properties)})
	}
	all := make([]socket, 0, len(order))
	for _, address := range order {
		all = append(all, *sockets[address])
	}
	return all
}

func (p plan) compileRule(r routingRule) rule {
	if r.URLPathMap == nil {
		return rule{fallback: compileTarget(r.destination)}
	}
	m := find(p.config.Properties.URLPathMaps, r.URLPathMap.name())
	compiled := rule{fallback: compileTarget(m.fallback())}
	compiled.fallback.pathBased = true
	for _, pr := range m.PathRules {
		to := compileTarget(pr.Properties.destination)
		to.pathBased = true
		for _, pattern := range pr.Properties.Paths {
			to.pattern = pattern
			compiled.paths = append(compiled.paths, pathEntry{pattern, to})
		}
	}
	return compiled
}

func compileTarget(d destination) target {
	return target{
		pool: d.BackendAddressPool.name(), settings: d.BackendHTTPSettings.name(),
		redirect: d.RedirectConfiguration.name(), rewrites: d.RewriteRuleSet.name(),
	}
}

// targets returns the targets of all rules.
func (s socket) targets() []target {
	var all []target
	for _, l := range s.site.listeners {
		all = append(all, l.rule.fallback)
		for _, e := range l.rule.paths {
			all = append(all, e.to)
		}
	}
	return all
}

// backendAddresses returns the targets of a pool with the port of its settings, as "address:port".
func backendAddresses(pool *backendPool, port int) []string {
	var addresses []string
	for _, a := range pool.BackendAddresses {
		addresses = append(addresses, net.JoinHostPort(cmp.Or(a.IPAddress, a.FQDN), strconv.Itoa(port)))
	}
	return addresses
}

// listenerURL returns the target of a redirect to a listener, without a path. Unverified: that a
// listener for any host retains the host of the request.
func (p plan) listenerURL(name, requestHost string) string {
	l := find(p.config.Properties.HTTPListeners, name)
	port := find(p.config.Properties.FrontendPorts, l.FrontendPort.name()).Port
	host := requestHost
	if h, _, err := net.SplitHostPort(requestHost); err == nil {
		host = h
	}
	if hosts := l.hosts(); len(hosts) == 1 {
		host = hosts[0]
	}
	scheme := strings.ToLower(l.Protocol)
	if scheme == "https" && port != 443 || scheme == "http" && port != 80 {
		host = net.JoinHostPort(host, strconv.Itoa(port))
	}
	return scheme + "://" + host
}
