package modeltest

import (
	"fmt"
	"net/netip"
	"time"

	"github.com/headgate-io/headgate/model"
)

// group draws a group. The first one always fits a listener of HTTP.
func (d *drawer) group(i int) model.Group {
	g := model.Group{
		ID: model.GroupID(fmt.Sprintf("default/service-%d:80", i)), Port: 8080, Protocol: model.BackendHTTP,
		Origins: []model.Ref{{Kind: "Service", Namespace: "default", Name: fmt.Sprintf("service-%d", i)}},
	}
	if i > 0 {
		g.Protocol = d.backend()
	}
	if d.chance(4, model.FeatureTargetNode) {
		g.Target = model.TargetNode
	}
	g.Affinity = d.affinity(g.Protocol)
	if d.chance(4) {
		g.Draining = time.Duration(d.count("draining", 30, 300)) * time.Second
	}
	if d.chance(4, model.FeatureGroupTimeout) {
		g.Timeout = time.Duration(d.count("timeout", 1, 600)) * time.Second
	}
	if d.chance(4, model.FeatureSlowStart) {
		g.SlowStart = time.Duration(d.count("slow start", 30, 900)) * time.Second
	}
	if d.chance(4, model.FeatureHealthPort) {
		g.Health.Port = 9090
	}
	if d.chance(4, model.FeatureHealthHost) && (g.Protocol == model.BackendHTTP || g.Protocol == model.BackendHTTPS) {
		g.Health.Host = "health.example.com"
	}
	g.Endpoints = d.endpoints(i, &g)
	return g
}

func (d *drawer) backend() model.BackendProtocol {
	protocols := []model.BackendProtocol{model.BackendHTTP, model.BackendHTTP}
	for _, p := range []struct {
		model.BackendProtocol
		model.Feature
	}{
		{model.BackendHTTPS, model.FeatureBackendHTTPS},
		{model.BackendHTTP2, model.FeatureBackendHTTP2},
		{model.BackendGRPC, model.FeatureBackendGRPC},
		{model.BackendTCP, model.FeatureBackendL4},
		{model.BackendUDP, model.FeatureBackendL4},
	} {
		if d.may(p.Feature) {
			protocols = append(protocols, p.BackendProtocol)
		}
	}
	return pick(d, "backend", protocols...)
}

func (d *drawer) affinity(p model.BackendProtocol) model.Affinity {
	layer4 := p == model.BackendTCP || p == model.BackendUDP
	switch {
	case d.chance(6, model.FeatureAffinityIP):
		return model.Affinity{Type: model.AffinityClientIP}
	case !layer4 && d.chance(6, model.FeatureAffinityCookie):
		return model.Affinity{Type: model.AffinityCookie, TTL: time.Hour}
	case !layer4 && d.chance(6, model.FeatureAffinityApp):
		return model.Affinity{Type: model.AffinityCookie, Cookie: "session"}
	default:
		return model.Affinity{}
	}
}

// endpoints draws an empty group only if the options allow it, since any route may use the group.
func (d *drawer) endpoints(group int, g *model.Group) []model.Endpoint {
	least := 1
	if d.may(model.FeatureNoBackend) {
		least = 0
	}
	var all []model.Endpoint
	for i := range d.count("endpoints", least, d.o.MaxEndpoints) {
		e := model.Endpoint{
			Address: netip.AddrFrom4([4]byte{10, 0, byte(group), byte(i + 1)}),
			Port:    g.Port,
			Zone:    pick(d, "zone", "zone-a", "zone-b", "zone-c"),
			Node:    fmt.Sprintf("node-%d", i),
			State:   pick(d, "state", model.Ready, model.Ready, model.Ready, model.Draining, model.NotReady),
		}
		if g.Target != model.TargetNode {
			e.Pod = fmt.Sprintf("default/pod-%d-%d", group, i)
		}
		if d.chance(6, model.FeatureMixedPorts) {
			e.Port = 8081
		}
		all = append(all, e)
	}
	return all
}

// fitting returns the groups that a listener of a protocol can forward to.
func (d *drawer) fitting(p model.Protocol) []model.GroupID {
	var fitting []model.GroupID
	for _, g := range d.groups {
		if fits(p, g.Protocol) {
			fitting = append(fitting, g.ID)
		}
	}
	return fitting
}

func fits(p model.Protocol, b model.BackendProtocol) bool {
	switch b {
	case model.BackendTCP:
		return p == model.TCP || p == model.TLS
	case model.BackendUDP:
		return p == model.UDP
	case model.BackendHTTP, model.BackendHTTPS, model.BackendHTTP2, model.BackendGRPC:
		return p.IsHTTP()
	default:
		return false
	}
}
