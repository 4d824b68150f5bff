package gcptest

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
)

// publicZones returns the regions that this server emulates, with the letters of their zones (page
// "Available regions and zones").
func publicZones() map[string]string {
	return map[string]string{
		"us-central1": "abcf", "us-east1": "bcd", "us-east4": "abc", "us-west1": "abc", "us-west2": "abc",
		"europe-west1": "bcd", "europe-west2": "abc", "europe-west3": "abc", "europe-west4": "abc", "europe-north1": "abc",
		"asia-east1": "abc", "asia-northeast1": "abc", "asia-southeast1": "abc", "australia-southeast1": "abc",
	}
}

// open creates the resources of a new account at the first use of a project: regions, zones, and
// the network "default" in auto mode with one subnetwork per region. Every project name is valid.
func (s *Server) open(project string) {
	if s.state.seen[project] {
		return
	}
	s.state.seen[project] = true
	network := key{project: project, collection: "networks", name: "default"}
	var subnets []any
	for i, region := range slices.Sorted(maps.Keys(publicZones())) {
		s.openRegion(project, region)
		subnet := key{project: project, scope: scope{regional, region}, collection: "subnetworks", name: "default"}
		s.place(subnet, document{"network": network.link(), "ipCidrRange": fmt.Sprintf("10.%d.0.0/20", 128+2*i), "purpose": "PRIVATE",
			"gatewayAddress": fmt.Sprintf("10.%d.0.1", 128+2*i), "region": regionLink(project, region)})
		subnets = append(subnets, subnet.link())
	}
	s.place(network, document{"autoCreateSubnetworks": true, "subnetworks": subnets,
		"routingConfig": map[string]any{"routingMode": "REGIONAL", "bgpBestPathSelectionMode": "LEGACY"}})
	s.openProxyOnly(project, network)
	s.openInstances(project)
}

func regionLink(project, region string) string {
	return key{project: project, collection: "regions", name: region}.link()
}

func (s *Server) openRegion(project, region string) {
	var zones []any
	for _, letter := range publicZones()[region] {
		zone := key{project: project, collection: "zones", name: region + "-" + string(letter)}
		s.place(zone, document{"status": "UP", "region": regionLink(project, region)})
		zones = append(zones, zone.link())
	}
	s.place(key{project: project, collection: "regions", name: region}, document{"status": "UP", "zones": zones})
}

func (s *Server) openProxyOnly(project string, network key) {
	for i, region := range s.options.ProxyOnlySubnets {
		s.place(key{project: project, scope: scope{regional, region}, collection: "subnetworks", name: "proxy-only"},
			document{"network": network.link(), "ipCidrRange": fmt.Sprintf("10.250.%d.0/24", i), "purpose": "REGIONAL_MANAGED_PROXY",
				"role": "ACTIVE", "region": regionLink(project, region)})
	}
}

func (s *Server) openInstances(project string) {
	for _, in := range s.options.Instances {
		var ranges []any
		for _, r := range in.AliasRanges {
			ranges = append(ranges, map[string]any{"ipCidrRange": r})
		}
		s.place(key{project: project, scope: scope{zonal, in.Zone}, collection: "instances", name: in.Name},
			document{"status": "RUNNING", "networkInterfaces": []any{map[string]any{"networkIP": in.Address, "aliasIpRanges": ranges}}})
	}
}

// place stores a resource of a new account.
func (s *Server) place(k key, doc document) {
	kind := s.kinds[k.collection]
	ch := &change{kind: kind, key: k, doc: doc}
	doc["name"] = k.name
	region := doc["region"]
	s.state.seal(ch, s.clock.Now())
	if region != nil {
		doc["region"] = region
	}
	raw, _ := json.Marshal(doc)
	_ = unmarshal(raw, &doc)
	typed, err := decode(doc, kind.model)
	if err != nil {
		// The catalogue is fixed, so that an error here is a bug of this package.
		panic("gcptest: " + k.path() + ": " + err.Error())
	}
	o := newObject(k, kind, doc, typed)
	o.fresh = true
	s.state.objects[k] = o
}

// number returns an integer in the form of a document.
func number(n int) json.Number { return json.Number(strconv.Itoa(n)) }

// setDefault sets a member unless it is set.
func setDefault(doc map[string]any, name string, value any) {
	if _, ok := doc[name]; !ok {
		doc[name] = value
	}
}
