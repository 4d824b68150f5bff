package azuretest

import (
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"
	"github.com/google/go-cmp/cmp"

	armnetwork "github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/network/armnetwork/v9"

	"github.com/headgate-io/headgate/clock"
)

// sdkGateway converts a body to the type of the SDK.
func sdkGateway(t *testing.T, s *Server, body object) armnetwork.ApplicationGateway {
	t.Helper()
	text := strings.ReplaceAll(string(raw(t, body)), "{self}", GatewayID(s.options.Subscription, group, gateway))
	var g armnetwork.ApplicationGateway
	if err := json.Unmarshal([]byte(text), &g); err != nil {
		t.Fatal(err)
	}
	return g
}

func create(t *testing.T, s *Server, c clients, body object) armnetwork.ApplicationGateway {
	t.Helper()
	poller, err := c.gateways.BeginCreateOrUpdate(t.Context(), group, gateway, sdkGateway(t, s, body), nil)
	if err != nil {
		t.Fatal(err)
	}
	got, err := poller.PollUntilDone(t.Context(), &runtime.PollUntilDoneOptions{Frequency: time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	return got.ApplicationGateway
}

func TestSDKCreatesReadsListsAndDeletesAGateway(t *testing.T) {
	s := newTestServer(t, Options{Clock: clock.Scaled(1000), OperationDelay: 30 * time.Second})
	c := newClients(t, s)
	ip, address := s.SeedPublicIP(group, "ip")

	made := create(t, s, c, gatewayBody(s, ip))
	if *made.Properties.ProvisioningState != armnetwork.ProvisioningStateSucceeded || *made.Properties.OperationalState != "Running" {
		t.Errorf("state is %v, %v", *made.Properties.ProvisioningState, *made.Properties.OperationalState)
	}
	got, err := c.gateways.Get(t.Context(), group, gateway, nil)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(*got.Etag, *made.Etag); diff != "" {
		t.Errorf("etag after the operation (-get +put):\n%s", diff)
	}
	if id := *got.Properties.URLPathMaps[0].Properties.PathRules[0].ID; id != GatewayID(defaultSubscription, group, gateway)+"/urlPathMaps/m/pathRules/api" {
		t.Errorf("ID of a path rule is %s", id)
	}
	if _, ok := s.Front().Addresses()[address+":80"]; !ok {
		t.Errorf("nothing listens at %s:80; listeners are at %v", address, s.Front().Addresses())
	}
	for _, list := range [][]*armnetwork.ApplicationGateway{listGroup(t, c), listAll(t, c)} {
		if len(list) != 1 || *list[0].Name != gateway {
			t.Errorf("list has %d gateways", len(list))
		}
	}
	poller, err := c.gateways.BeginDelete(t.Context(), group, gateway, nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := poller.PollUntilDone(t.Context(), &runtime.PollUntilDoneOptions{Frequency: time.Millisecond}); err != nil {
		t.Fatal(err)
	}
	_, err = c.gateways.Get(t.Context(), group, gateway, nil)
	if e := (*azcore.ResponseError)(nil); !errors.As(err, &e) || e.StatusCode != http.StatusNotFound || e.ErrorCode != "NotFound" {
		t.Errorf("get of a deleted gateway: %v", err)
	}
	if n := len(s.Front().Addresses()); n != 0 {
		t.Errorf("%d listeners exist after the deletion", n)
	}
}

func listGroup(t *testing.T, c clients) []*armnetwork.ApplicationGateway {
	t.Helper()
	page, err := c.gateways.NewListPager(group, nil).NextPage(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return page.Value
}

func listAll(t *testing.T, c clients) []*armnetwork.ApplicationGateway {
	t.Helper()
	page, err := c.gateways.NewListAllPager(nil).NextPage(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return page.Value
}

func TestSDKMakesAndDeletesAPublicIP(t *testing.T) {
	s := newTestServer(t, Options{})
	c := newClients(t, s)
	static, standard := armnetwork.IPAllocationMethodStatic, armnetwork.PublicIPAddressSKUNameStandard
	location := defaultLocation
	poller, err := c.publicIPs.BeginCreateOrUpdate(t.Context(), group, "ip", armnetwork.PublicIPAddress{
		Location: &location, SKU: &armnetwork.PublicIPAddressSKU{Name: &standard},
		Properties: &armnetwork.PublicIPAddressPropertiesFormat{PublicIPAllocationMethod: &static},
	}, nil)
	if err != nil {
		t.Fatal(err)
	}
	made, err := poller.PollUntilDone(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	create(t, s, c, gatewayBody(s, *made.ID))
	got, err := c.publicIPs.Get(t.Context(), group, "ip", nil)
	if err != nil {
		t.Fatal(err)
	}
	if *got.Properties.IPAddress == "" || got.Properties.IPConfiguration == nil {
		t.Errorf("address %v, configuration %v", *got.Properties.IPAddress, got.Properties.IPConfiguration)
	}
	_, err = c.publicIPs.BeginDelete(t.Context(), group, "ip", nil)
	if e := (*azcore.ResponseError)(nil); !errors.As(err, &e) || e.ErrorCode != "PublicIPAddressCannotBeDeleted" {
		t.Errorf("delete of an address in use: %v", err)
	}
	subnet, err := c.subnets.Get(t.Context(), group, NetworkName, GatewaySubnet, nil)
	if err != nil || *subnet.Properties.AddressPrefix == "" {
		t.Errorf("subnet of a new account: %v", err)
	}
}

func TestReplyIsAValidRequest(t *testing.T) {
	s := newTestServer(t, Options{})
	ip, _ := s.SeedPublicIP(group, "ip")
	if reply := putGatewayBody(t, s, gatewayBody(s, ip)); reply.StatusCode != http.StatusCreated {
		t.Fatalf("create answers %d: %v", reply.StatusCode, codes(t, reply))
	}
	first := decode[object](t, send(t, s, http.MethodGet, GatewayID(defaultSubscription, group, gateway), nil))
	if reply := putGatewayBody(t, s, first); reply.StatusCode != http.StatusOK {
		t.Fatalf("second write answers %d: %v", reply.StatusCode, codes(t, reply))
	}
	second := decode[object](t, send(t, s, http.MethodGet, GatewayID(defaultSubscription, group, gateway), nil))
	ignore := cmp.FilterPath(func(p cmp.Path) bool { return p.Last().String() == `["etag"]` }, cmp.Ignore())
	if diff := cmp.Diff(first, second, ignore); diff != "" {
		t.Errorf("a write of a reply changes the gateway:\n%s", diff)
	}
}

func TestPropertiesOfOtherVersionsAreRetained(t *testing.T) {
	s := newTestServer(t, Options{})
	ip, _ := s.SeedPublicIP(group, "ip")
	body := gatewayBody(s, ip)
	body["properties"].(object)["shinyNewFeature"] = object{"level": 3.0}
	props(body, "httpListeners", 0)["shinyNewFlag"] = true
	if err := s.SeedGateway(group, gateway, raw(t, body)); err != nil {
		t.Fatal(err)
	}
	got := decode[object](t, send(t, s, http.MethodGet, GatewayID(defaultSubscription, group, gateway), nil))
	if reply := putGatewayBody(t, s, got); reply.StatusCode != http.StatusOK {
		t.Fatalf("write of a reply answers %d: %v", reply.StatusCode, codes(t, reply))
	}
	got = decode[object](t, send(t, s, http.MethodGet, GatewayID(defaultSubscription, group, gateway), nil))
	if dig(got, "properties", "shinyNewFeature", "level") != 3.0 || props(got, "httpListeners", 0)["shinyNewFlag"] != true {
		t.Error("a property of another version is lost")
	}
	props(got, "httpListeners", 0)["typo"] = true
	reply := putGatewayBody(t, s, got)
	if got := codes(t, reply); !slices.Contains(got, "InvalidJson") {
		t.Errorf("an unknown property answers %v", got)
	}
}

func TestCertificateIsRetainedByAWriteWithoutItsData(t *testing.T) {
	s := newTestServer(t, Options{})
	ip, _ := s.SeedPublicIP(group, "ip")
	body := gatewayBody(s, ip)
	add(body, "sslCertificates", named("c", object{"data": newPFX(t, "a.example.com", "secret"), "password": "secret"}))
	if reply := putGatewayBody(t, s, body); reply.StatusCode != http.StatusCreated {
		t.Fatalf("create answers %d: %v", reply.StatusCode, codes(t, reply))
	}
	got := decode[object](t, send(t, s, http.MethodGet, GatewayID(defaultSubscription, group, gateway), nil))
	p := props(got, "sslCertificates", 0)
	if p["data"] != nil || p["password"] != nil || p["publicCertData"] == nil {
		t.Errorf("certificate reads as %v", p)
	}
	if reply := putGatewayBody(t, s, got); reply.StatusCode != http.StatusOK {
		t.Errorf("write without data answers %d: %v", reply.StatusCode, codes(t, reply))
	}
	items(got, "sslCertificates")[0].(object)["name"] = "other"
	delete(items(got, "sslCertificates")[0].(object), "id")
	reply := putGatewayBody(t, s, got)
	if diff := cmp.Diff([]string{"ApplicationGatewaySslCertificateDataMustBeSpecified"}, codes(t, reply)); diff != "" {
		t.Error(diff)
	}
}

func TestStoppedGatewayServesNothing(t *testing.T) {
	s := newTestServer(t, Options{})
	c := newClients(t, s)
	ip, _ := s.SeedPublicIP(group, "ip")
	create(t, s, c, gatewayBody(s, ip))
	stop, err := c.gateways.BeginStop(t.Context(), group, gateway, nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := stop.PollUntilDone(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	if n := len(s.Front().Addresses()); n != 0 {
		t.Errorf("%d listeners of a stopped gateway", n)
	}
	start, err := c.gateways.BeginStart(t.Context(), group, gateway, nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := start.PollUntilDone(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	if n := len(s.Front().Addresses()); n != 1 {
		t.Errorf("%d listeners of a started gateway", n)
	}
}

func TestRefusedCredentials(t *testing.T) {
	s := newTestServer(t, Options{SharedGateway: "shared"})
	c := newClients(t, s)
	s.RefuseCredentials(true)
	_, err := c.gateways.Get(t.Context(), group, "shared", nil)
	if e := (*azcore.ResponseError)(nil); !errors.As(err, &e) || e.StatusCode != http.StatusUnauthorized {
		t.Errorf("get with an expired token: %v", err)
	}
	s.RefuseCredentials(false)
	if _, err := c.gateways.Get(t.Context(), group, "shared", nil); err != nil {
		t.Error(err)
	}
}

func TestTagsCanBePatched(t *testing.T) {
	s := newTestServer(t, Options{SharedGateway: "shared"})
	c := newClients(t, s)
	value := "b"
	got, err := c.gateways.UpdateTags(t.Context(), group, "shared", armnetwork.TagsObject{Tags: map[string]*string{"a": &value}}, nil)
	if err != nil || *got.Tags["a"] != "b" || len(got.Tags) != 1 {
		t.Errorf("tags %v, %v", got.Tags, err)
	}
}
