package gcptest

import (
	"slices"

	"google.golang.org/api/compute/v1"

	"github.com/headgate-io/headgate/internal/dataplane"
)

// listEndpoints returns the endpoints of a NEG and, if requested, their health in each backend
// service that checks them.
func listEndpoints(c *custom) (any, *fault) {
	request, err := body[compute.NetworkEndpointGroupsListEndpointsRequest](c)
	if err != nil {
		return nil, err
	}
	p, err := parsePage(c.call.query)
	if err != nil {
		return nil, err
	}
	id := func(e *compute.NetworkEndpoint) string { return endpointAddress(e) + "/" + e.Instance }
	sorted := slices.SortedFunc(slices.Values(c.old.endpoints), func(a, b *compute.NetworkEndpoint) int {
		if id(a) < id(b) {
			return -1
		}
		return 1
	})
	found, next := cutPage(p, sorted, id, func(e *compute.NetworkEndpoint) bool {
		doc, _ := encode(map[string]any{"networkEndpoint": e}).(map[string]any)
		return p.filter.match(doc)
	})
	out := c.server.listHead(c.call.target, "compute#networkEndpointGroupsListNetworkEndpoints")
	out["id"] = c.old.key.path()
	delete(out, "selfLink")
	items := make([]any, 0, len(found))
	for _, e := range found {
		items = append(items, c.endpointWithHealth(e, request.HealthStatus == "SHOW"))
	}
	out["items"] = items
	if next != "" {
		out["nextPageToken"] = next
	}
	return out, nil
}

// endpointWithHealth returns an endpoint of a reply. It has a health only in backend services that
// are in use, because others are not checked.
func (c *custom) endpointWithHealth(e *compute.NetworkEndpoint, health bool) map[string]any {
	out := map[string]any{"networkEndpoint": encode(e)}
	if !health {
		return out
	}
	var healths []any
	for _, bs := range c.server.state.backendServicesOf(c.old.key) {
		if h, known := c.server.plane.health(bs.key)[endpointAddress(e)]; known && h != dataplane.Unused {
			healths = append(healths, map[string]any{"backendService": map[string]any{"backendService": bs.key.link()}, "healthState": negHealth(h)})
		}
	}
	if len(healths) > 0 {
		out["healths"] = healths
	}
	return out
}

func negHealth(h dataplane.Health) string {
	switch h {
	case dataplane.Healthy:
		return "HEALTHY"
	case dataplane.Unhealthy:
		return "UNHEALTHY"
	case dataplane.Draining:
		return "DRAINING"
	case dataplane.Unused, dataplane.Initial:
		return "UNKNOWN"
	}
	return "UNKNOWN"
}
