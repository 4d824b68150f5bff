package azure

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/headgate-io/headgate/provider"
)

// value is one property of a spec, under Azure's name.
type value struct{ path, text string }

// Compare returns the properties in which have differs from want. Certificates have nothing to
// compare, because the fingerprint is in the name.
func (p *Provider) Compare(want, have provider.Resource) []provider.Field {
	wantSpec, haveSpec := want.Spec, have.Spec
	if w, ok := wantSpec.(GatewaySpec); ok {
		wantSpec, haveSpec = comparableGateways(w, haveSpec)
	}
	w, h := values(wantSpec), values(haveSpec)
	texts := make(map[string]string, len(h))
	for _, v := range h {
		texts[v.path] = v.text
	}
	var fields []provider.Field
	for _, v := range w {
		if v.text != texts[v.path] {
			fields = append(fields, provider.Field{Path: v.path, Have: texts[v.path], Want: v.text})
		}
		delete(texts, v.path)
	}
	for _, v := range h {
		if text, rest := texts[v.path]; rest && text != "" {
			fields = append(fields, provider.Field{Path: v.path, Have: text})
		}
	}
	return fields
}

// comparableGateways removes from two gateways what is not wanted: the address if none is wanted,
// and the tags of others.
func comparableGateways(want GatewaySpec, have any) (any, any) {
	h, ok := have.(GatewaySpec)
	if !ok {
		return want, have
	}
	if want.PrivateAddress == "" {
		want.PrivateAddress = h.PrivateAddress
	}
	h.Tags = maps.Clone(h.Tags)
	maps.DeleteFunc(h.Tags, func(k, _ string) bool { _, wanted := want.Tags[k]; return !wanted })
	return want, h
}

func values(spec any) []value {
	switch s := spec.(type) {
	case GatewaySpec:
		return s.values()
	case nil, PublicIPSpec, CertificateSpec, PoolSpec:
		return nil
	case ListenerSpec:
		return []value{
			{"frontendIPConfiguration", string(s.Frontend)}, {"frontendPort", strconv.Itoa(s.Port)}, {"protocol", s.Protocol},
			{"hostName", s.Host}, {"sslCertificate", s.Certificate},
		}
	case RuleSpec:
		return append([]value{{"httpListener", s.Listener}, {"urlPathMap", s.PathMap}, {"priority", orderText(s.InOrder)}}, s.To.values("")...)
	case PathMapSpec:
		return s.values()
	case RedirectSpec:
		return []value{{"redirectType", s.Type}, {"targetUrl", s.URL}, {"targetListener", s.Listener}}
	case MembersSpec:
		return []value{{"backendAddresses", strings.Join(s.Addresses, " ")}}
	case SettingsSpec:
		return []value{
			{"port", strconv.Itoa(s.Port)}, {"requestTimeout", strconv.Itoa(s.Timeout)}, {"connectionDraining.drainTimeoutInSec", strconv.Itoa(s.Draining)},
			{"cookieBasedAffinity", strconv.FormatBool(s.Affinity)}, {"probe", s.Probe},
		}
	case ProbeSpec:
		return []value{
			{"host", s.Host}, {"path", s.Path}, {"port", strconv.Itoa(s.Port)}, {"interval", strconv.Itoa(s.Interval)},
			{"timeout", strconv.Itoa(s.Timeout)}, {"unhealthyThreshold", strconv.Itoa(s.Unhealthy)}, {"match.statusCodes", s.Statuses},
		}
	default:
		return []value{{"spec", fmt.Sprintf("%T", spec)}}
	}
}

func orderText(inOrder bool) string {
	if inOrder {
		return "in order"
	}
	return "out of order"
}

func (g GatewaySpec) values() []value {
	all := []value{
		{"location", strings.ToLower(strings.ReplaceAll(g.Location, " ", ""))}, {"gatewayIPConfigurations[0].subnet", strings.ToLower(g.SubnetID)},
		{"frontendIPConfigurations[0]", string(g.Frontend)}, {"frontendIPConfigurations[0].publicIPAddress", strings.ToLower(g.PublicIP)},
		{"frontendIPConfigurations[0].privateIPAddress", g.PrivateAddress},
	}
	for _, k := range slices.Sorted(maps.Keys(g.Tags)) {
		all = append(all, value{"tags." + k, g.Tags[k]})
	}
	return all
}

func (s Destination) values(at string) []value {
	return []value{
		{at + "backendAddressPool", s.Pool}, {at + "backendHttpSettings", s.Settings}, {at + "redirectConfiguration", s.Redirect},
	}
}

// values numbers the rules of a path map, because their order matters.
func (s PathMapSpec) values() []value {
	all := s.Default.values("default.")
	for i, r := range s.Rules {
		at := fmt.Sprintf("pathRules[%d].", i)
		all = append(all, value{at + "paths", strings.Join(r.Paths, " ")}, value{at + "to", cmp.Or(r.To.Redirect, r.To.Pool+"/"+r.To.Settings)})
	}
	return all
}
