package azuretest

import (
	"cmp"
	"maps"
	"net"
	"slices"
	"time"

	"github.com/headgate-io/headgate/internal/dataplane"
)

// checkOf returns the probe of backend settings, or the default probe. That requests / with host
// 127.0.0.1 every 30 seconds, times out after 30 seconds, and needs three failures (Application
// Gateway health probes overview, default health probe settings).
func checkOf(config *gatewayConfig, s *backendSettings) dataplane.Check {
	c := dataplane.Check{
		Protocol: "http", Path: "/", Host: cmp.Or(s.HostName, "127.0.0.1"),
		Interval: 30 * time.Second, Timeout: 30 * time.Second, Healthy: 1, Unhealthy: 3, OK: statusOK(nil),
	}
	if s.Probe == nil {
		return c
	}
	p := find(config.Properties.Probes, s.Probe.name())
	c.Path, c.Port = p.Path, p.Port
	if !p.PickHostName {
		c.Host = p.Host
	}
	c.Interval, c.Timeout = time.Duration(p.Interval)*time.Second, time.Duration(p.Timeout)*time.Second
	c.Unhealthy, c.OK = p.UnhealthyThreshold, statusOK(p.Match)
	return c
}

// statusOK returns a function that reports whether a status is healthy: 200 to 399, or as the probe
// defines (health probes overview, probe matching). Bodies are not read here, so a probe that
// matches a body never succeeds.
func statusOK(m *probeMatch) func(int) bool {
	ranges := []string{"200-399"}
	if m != nil && len(m.StatusCodes) > 0 {
		ranges = m.StatusCodes
	}
	return func(status int) bool {
		if m != nil && m.Body != "" {
			return false
		}
		for _, r := range ranges {
			if low, high, ok := statusRange(r); ok && low <= status && status <= high {
				return true
			}
		}
		return false
	}
}

// canServe reports whether a target may get requests, which it may only after a successful probe:
// "a backend server is marked as unhealthy by default until a successful probe response is
// received" (health probes overview, probe operations).
func canServe(h dataplane.Health) bool { return h == dataplane.Healthy }

// healthOf returns the reply of Application Gateways - Backend Health: the servers of each pool,
// for each of the settings that a rule combines with it.
func (p *plane) healthOf(gatewayID string, config *gatewayConfig) any {
	pools := []any{}
	if config == nil {
		return map[string]any{"backendAddressPools": pools}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, pool := range config.Properties.BackendAddressPools {
		settings := []any{}
		for _, s := range config.Properties.BackendHTTPSettingsCollection {
			b := p.pools[poolKey{key(gatewayID), key(pool.Name), key(s.Name)}]
			if b == nil {
				continue
			}
			settings = append(settings, map[string]any{
				"backendHttpSettings": map[string]any{"id": gatewayID + "/backendHttpSettingsCollection/" + s.Name},
				"servers":             servers(b.pool.Health()),
			})
		}
		pools = append(pools, map[string]any{
			"backendAddressPool":            map[string]any{"id": gatewayID + "/backendAddressPools/" + pool.Name},
			"backendHttpSettingsCollection": settings,
		})
	}
	return map[string]any{"backendAddressPools": pools}
}

func servers(health map[string]dataplane.Health) []any {
	list := []any{}
	for _, address := range slices.Sorted(maps.Keys(health)) {
		host, _, err := net.SplitHostPort(address)
		if err != nil {
			host = address
		}
		list = append(list, map[string]any{"address": host, "health": healthWord(health[address])})
	}
	return list
}

// healthWord returns the value in the API (REST reference,
// ApplicationGatewayBackendHealthServerHealth).
func healthWord(h dataplane.Health) string {
	switch h {
	case dataplane.Healthy:
		return "Up"
	case dataplane.Draining:
		return "Draining"
	case dataplane.Initial, dataplane.Unhealthy:
		return "Down"
	case dataplane.Unused:
		return "Unknown"
	default:
		return "Unknown"
	}
}
