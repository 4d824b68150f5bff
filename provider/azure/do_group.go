package azure

// properties of a pool set no addresses: those are the pool's members.
func (PoolSpec) properties(have map[string]any) map[string]any {
	if have["backendAddresses"] != nil {
		return map[string]any{}
	}
	return map[string]any{"backendAddresses": []any{}}
}

func (s MembersSpec) properties() map[string]any {
	addresses := make([]any, len(s.Addresses))
	for i, a := range s.Addresses {
		addresses[i] = map[string]any{"ipAddress": a}
	}
	return map[string]any{"backendAddresses": addresses}
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
