package gcp

import "testing"

func TestLinksAreReadInEveryForm(t *testing.T) {
	global := target{project: "demo", collection: "sslCertificates"}
	regional := target{project: "demo", place: "europe-west1", collection: "sslCertificates"}
	const inDemo, inRegion = "https://www.googleapis.com/compute/v1/projects/demo/global/sslCertificates/shop",
		"https://www.googleapis.com/compute/v1/projects/demo/regions/europe-west1/sslCertificates/shop"
	for _, test := range []struct {
		base            target
		reference, want string
	}{
		{global, "shop", inDemo},
		{regional, "shop", inRegion},
		{global, "global/sslCertificates/shop", inDemo},
		{regional, "regions/europe-west1/sslCertificates/shop", inRegion},
		{global, "projects/demo/global/sslCertificates/shop", inDemo},
		{global, "projects/host/global/sslCertificates/shop", "https://www.googleapis.com/compute/v1/projects/host/global/sslCertificates/shop"},
		{global, "projects/demo/regions/europe-west1/sslCertificates/shop", inRegion},
		{global, inDemo, inDemo},
		{global, "https://compute.googleapis.com/compute/v1/projects/demo/global/sslCertificates/shop", inDemo},
		{global, "https://compute.googleapis.com/compute/beta/projects/demo/global/sslCertificates/shop", inDemo},
		{global, "http://127.0.0.1:5001/compute/v1/projects/demo/global/sslCertificates/shop", inDemo},
		{global, "//compute.googleapis.com/projects/demo/global/sslCertificates/shop", inDemo},
		{
			global,
			"//compute.googleapis.com/compute/v1/projects/demo/global/sslCertificates/shop",
			inDemo,
		},
		{global, "compute/v1/projects/demo/global/sslCertificates/shop", inDemo},
	} {
		got, ok := parseLink(test.reference, test.base)
		if !ok || got.link() != test.want || canonicalLink(test.reference, test.base) != test.want {
			t.Errorf("%s becomes %s, %v, want %s", test.reference, got.link(), ok, test.want)
		}
	}
	for _, reference := range []string{
		"", "/", "//", "Shop", "shop-", "-shop", "shop/", "/shop", "a b",
		"sslCertificates/shop", "global/urlMaps/shop", "global/sslCertificates/", "projects/demo",
		"projects//global/sslCertificates/shop", "https://example.com/shop",
		"//certificatemanager.googleapis.com/projects/demo/locations/global/certificates/shop",
	} {
		if got, ok := parseLink(reference, global); ok || canonicalLink(reference, global) != reference {
			t.Errorf("%q becomes %+v", reference, got)
		}
	}
}

// TestNetworksInOneProjectHaveOneForm checks that the form of a network in the options changes no
// name.
func TestNetworksInOneProjectHaveOneForm(t *testing.T) {
	networks := func(network, subnetwork string) Options {
		p, err := New(&Client{}, Options{ClusterID: "demo", Project: "demo", Network: network, Subnetwork: subnetwork})
		if err != nil {
			t.Fatal(err)
		}
		return p.options
	}
	want := networks("pods", "nodes")
	if got := networks("projects/demo/global/networks/pods", "https://compute.googleapis.com/compute/v1/projects/demo/regions/europe-west1/subnetworks/nodes"); got.Network != want.Network || got.Subnetwork != want.Subnetwork {
		t.Errorf("links become %s and %s, want %s and %s", got.Network, got.Subnetwork, want.Network, want.Subnetwork)
	}
	shared := networks("//compute.googleapis.com/projects/host/global/networks/pods",
		"projects/host/regions/europe-west1/subnetworks/nodes")
	if shared.Network != linkTo("host", "", "networks", "pods") || shared.Subnetwork != linkTo("host", "europe-west1", "subnetworks", "nodes") {
		t.Errorf("links of another project become %s and %s", shared.Network, shared.Subnetwork)
	}
}
