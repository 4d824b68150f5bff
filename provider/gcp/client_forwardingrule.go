package gcp

import (
	"context"
	"strconv"
	"strings"

	"google.golang.org/api/compute/v1"

	"github.com/headgate-io/headgate/provider"
)

type forwardingRuleClient struct{ *Client }

func (c forwardingRuleClient) item(f *compute.ForwardingRule) item {
	from, _, _ := strings.Cut(f.PortRange, "-")
	if from == "" && len(f.Ports) > 0 {
		from = f.Ports[0]
	}
	port, _ := strconv.Atoi(from) // the provider's rules always have a port
	return item{key: provider.Key{Kind: KindForwardingRule, Name: f.Name, Place: placeOf(f.Region)}, description: f.Description, address: f.IPAddress,
		spec: ForwardingRuleSpec{Port: port, Target: canonicalLink(f.Target, target{project: c.project, place: placeOf(f.Region)}), Scheme: f.LoadBalancingScheme}}
}

func (c forwardingRuleClient) insert(ctx context.Context, w desired) error {
	s := specOf[ForwardingRuleSpec](w)
	port := strconv.Itoa(s.Port)
	f := &compute.ForwardingRule{Name: w.key.Name, Description: w.description, IPAddress: w.address, IPProtocol: "TCP", PortRange: port + "-" + port,
		Target: s.Target, LoadBalancingScheme: s.Scheme}
	if w.key.Place == "" {
		return write(ctx, c.Client, c.svc.GlobalForwardingRules.Insert(c.project, f))
	}
	f.Network, f.Subnetwork = c.networkLink(c.network), c.subnetworkLink(w.key.Place, c.subnetwork)
	return write(ctx, c.Client, c.svc.ForwardingRules.Insert(c.project, w.key.Place, f))
}

func (c forwardingRuleClient) get(ctx context.Context, k provider.Key) (item, error) {
	if k.Place == "" {
		return convertOne(c.item)(read(ctx, c.svc.GlobalForwardingRules.Get(c.project, k.Name)))
	}
	return convertOne(c.item)(read(ctx, c.svc.ForwardingRules.Get(c.project, k.Place, k.Name)))
}

func (c forwardingRuleClient) update(ctx context.Context, w desired, _ item) error {
	t := &compute.TargetReference{Target: specOf[ForwardingRuleSpec](w).Target}
	if w.key.Place == "" {
		return write(ctx, c.Client, c.svc.GlobalForwardingRules.SetTarget(c.project, w.key.Name, t))
	}
	return write(ctx, c.Client, c.svc.ForwardingRules.SetTarget(c.project, w.key.Place, w.key.Name, t))
}

func (c forwardingRuleClient) delete(ctx context.Context, k provider.Key) error {
	if k.Place == "" {
		return write(ctx, c.Client, c.svc.GlobalForwardingRules.Delete(c.project, k.Name))
	}
	return write(ctx, c.Client, c.svc.ForwardingRules.Delete(c.project, k.Place, k.Name))
}

func (c forwardingRuleClient) list(ctx context.Context, place, filter string) ([]item, error) {
	items := func(l *compute.ForwardingRuleList) []*compute.ForwardingRule { return l.Items }
	if place == "" {
		return listAll(ctx, c.svc.GlobalForwardingRules.List(c.project).Filter(filter).Pages, items, c.item)
	}
	return listAll(ctx, c.svc.ForwardingRules.List(c.project, place).Filter(filter).Pages, items, c.item)
}
