package aws_test

import (
	"fmt"
	"net/netip"
	"slices"

	"github.com/headgate-io/headgate/model"
)

// pods returns endpoints as Kubernetes reports them.
func pods(subnet string, n int) []model.Endpoint {
	all := make([]model.Endpoint, 0, n)
	for i := range n {
		address := netip.MustParseAddr(fmt.Sprint(subnet, i+1))
		all = append(all, model.Endpoint{Address: address, Port: 8080, Pod: "default/" + address.String(), Node: "n", State: model.Ready})
	}
	return all
}

// bare returns endpoints as they are read back from the cloud.
func bare(pods []model.Endpoint) []model.Endpoint {
	all := slices.Clone(pods)
	for i := range all {
		all[i] = model.Endpoint{Address: all[i].Address, Port: all[i].Port, State: model.Ready}
	}
	return all
}

func texts(targets []netip.AddrPort) []string {
	all := make([]string, 0, len(targets))
	for _, t := range targets {
		all = append(all, t.String())
	}
	return all
}
