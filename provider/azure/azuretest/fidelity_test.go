package azuretest

import (
	"encoding/json"
	"errors"
	"io/fs"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// fidelity is the folder with data that the vendor publishes, next to the repository.
const fidelity = "../../../../shared/fidelity/azure"

func readFidelity(t *testing.T, name string) map[string]any {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(fidelity, name))
	if errors.Is(err, fs.ErrNotExist) {
		t.Skip("the vendor's data is missing: ../shared/fidelity/azure")
	}
	if err != nil {
		t.Fatal(err)
	}
	var v map[string]any
	if err := json.Unmarshal(text, &v); err != nil {
		t.Fatal(err)
	}
	return v
}

// schema is the vendor's JSON schema.
type schema struct{ definitions map[string]any }

func loadSchema(t *testing.T) schema {
	t.Helper()
	root := readFidelity(t, "Microsoft.Network.NRP.2025-05-01.subset.schema.json")
	return schema{root["definitions"].(map[string]any)}
}

// deref follows a reference. It ignores the alternative of a template expression.
func (s schema) deref(v any) map[string]any {
	m, _ := v.(map[string]any)
	if r, ok := m["$ref"].(string); ok {
		return s.deref(s.definitions[lastSegment(r)])
	}
	alternatives, _ := m["oneOf"].([]any)
	for _, a := range alternatives {
		if o := a.(map[string]any); !strings.HasSuffix(str(o["$ref"]), "/expression") {
			return s.deref(o)
		}
	}
	return m
}

func str(v any) string {
	s, _ := v.(string)
	return s
}

// The property names and the enumerations of the shapes are those of the vendor's schema.
func TestShapesMatchTheSchema(t *testing.T) {
	s := loadSchema(t)
	shapes := parseShapes(gatewayShapes())
	compared := map[string]bool{}
	var compare func(name string, object map[string]any)
	compare = func(name string, object map[string]any) {
		if compared[name] {
			return
		}
		compared[name] = true
		wanted, _ := object["properties"].(map[string]any)
		for k, f := range shapes[name] {
			if wanted[k] == nil && !f.readOnly {
				t.Errorf("%s has %s, which is not in the schema", name, k)
			}
		}
		for _, k := range slices.Sorted(maps.Keys(wanted)) {
			f, ok := shapes[name][k]
			if !ok {
				t.Errorf("%s has no %s", name, k)
				continue
			}
			compareField(t, s, name+"."+k, f, s.deref(wanted[k]), compare)
		}
	}
	compare("ApplicationGatewayProperties", s.deref(map[string]any{"$ref": "ApplicationGatewayPropertiesFormat"}))
	if len(compared) < 30 {
		t.Errorf("only %d shapes were compared", len(compared))
	}
}

func compareField(t *testing.T, s schema, path string, f field, v map[string]any, compare func(string, map[string]any)) {
	t.Helper()
	if v["type"] == "array" {
		if !f.list {
			t.Errorf("%s is no list", path)
		}
		v = s.deref(v["items"])
	}
	if f.parts {
		v = s.deref(v["properties"].(map[string]any)["properties"])
	}
	switch f.kind {
	case kindObject:
		compare(f.shape, v)
	case kindRef:
		if p, _ := v["properties"].(map[string]any); len(p) != 1 || p["id"] == nil {
			t.Errorf("%s is no reference in the schema", path)
		}
	case kindInt:
		compareBounds(t, path, f, v)
	case kindBool:
		if v["type"] != "boolean" {
			t.Errorf("%s is %v in the schema", path, v["type"])
		}
	case kindString:
		if enum, ok := v["enum"].([]any); ok && f.enum != nil {
			var names []string
			for _, e := range enum {
				names = append(names, str(e))
			}
			if !slices.Equal(slices.Sorted(slices.Values(names)), slices.Sorted(slices.Values(f.enum))) {
				t.Errorf("%s accepts %v, but the schema has %v", path, f.enum, names)
			}
		}
	case kindAny:
	}
}

// compareBounds checks that the bounds are at least as tight as those of the schema.
func compareBounds(t *testing.T, path string, f field, v map[string]any) {
	t.Helper()
	if v["type"] != "integer" {
		t.Errorf("%s is %v in the schema", path, v["type"])
	}
	if low, ok := v["minimum"].(float64); ok && f.min < int(low) {
		t.Errorf("%s may be %d, but the schema has %v", path, f.min, low)
	}
	if high, ok := v["maximum"].(float64); ok && f.max > int(high) {
		t.Errorf("%s may be %d, but the schema has %v", path, f.max, high)
	}
}

// TestVendorsExampleIsAccepted sends the vendor's example of a gateway. It adds the secrets, and
// the priorities that only one rule of the example has.
func TestVendorsExampleIsAccepted(t *testing.T) {
	example := readFidelity(t, "sdk-examples/applicationgateways.ApplicationGatewayCreate.json")
	s := newTestServer(t, Options{Subscription: "subid", ResourceGroup: "rg1", Location: "eastus"})
	s.SeedPublicIP("rg1", "appgwpip")
	send(t, s, http.MethodPut, SubnetID("subid", "rg1", NetworkName, "appgwsubnet"), []byte(`{"properties":{"addressPrefix":"10.1.0.0/24"}}`))
	body := example["requestBody"].(map[string]any)
	fillExample(t, body)

	reply := send(t, s, http.MethodPut, GatewayID("subid", "rg1", "appgw"), raw(t, body))
	if reply.StatusCode != http.StatusCreated {
		t.Fatalf("status %d: %v", reply.StatusCode, codes(t, reply))
	}
	got := decode[object](t, send(t, s, http.MethodGet, GatewayID("subid", "rg1", "appgw"), nil))
	sameShape(t, "", example["responseBody"], got)
}

func fillExample(t *testing.T, body map[string]any) {
	t.Helper()
	certificate := props(body, "sslCertificates", 0)
	certificate["data"], certificate["password"] = newPFX(t, "example.com", "****"), "****"
	props(body, "trustedRootCertificates", 0)["data"] = "AAAA"
	props(body, "gatewayIPConfigurations", 0)["subnet"] = object{"id": SubnetID("subid", "rg1", NetworkName, "appgwsubnet")}
	// The example has a root certificate, and no rule for its second listener, which is valid.
	if len(items(body, "requestRoutingRules")) == 0 {
		t.Fatal("the example has no rules")
	}
}

// sameShape reports the properties of the vendor's reply that have no counterpart of the same type.
func sameShape(t *testing.T, path string, want, got any) {
	t.Helper()
	switch want := want.(type) {
	case map[string]any:
		have, ok := got.(map[string]any)
		if !ok {
			t.Errorf("%s is %T, want an object", path, got)
			return
		}
		for k, v := range want {
			if have[k] == nil && !contradicts(path+"."+k) {
				t.Errorf("%s.%s is not in the reply", path, k)
				continue
			}
			if have[k] != nil {
				sameShape(t, path+"."+k, v, have[k])
			}
		}
	case []any:
		have, ok := got.([]any)
		if !ok {
			t.Errorf("%s is %T, want a list", path, got)
		} else if len(want) > 0 && len(have) > 0 {
			sameShape(t, path+"[]", want[0], have[0])
		}
	case string:
		if _, ok := got.(string); !ok {
			t.Errorf("%s is %T, want a string", path, got)
		}
	}
}

// contradicts reports whether a property of the example's reply is not in its request, or is in
// recorded replies of the first generation only.
func contradicts(path string) bool {
	return slices.Contains([]string{
		".properties.authenticationCertificates",
		".properties.rewriteRuleSets[].properties.rewriteRules[].actionSet.urlConfiguration.modifiedQueryString",
		".properties.trustedRootCertificates[].properties.keyVaultSecretId",
		".properties.trustedClientCertificates[].properties.validatedCertData",
		".properties.trustedClientCertificates[].properties.clientCertIssuerDN",
	}, path)
}

// TestHealthReplyHasTheVendorsShape compares a reply with the vendor's example.
func TestHealthReplyHasTheVendorsShape(t *testing.T) {
	example := readFidelity(t, "sdk-examples/applicationgateways.ApplicationGatewayBackendHealthGet.json")
	s, _, _ := serving(t, nil)
	bothHealthy(t, s)
	s.mu.Lock()
	g := s.store.get(GatewayID(defaultSubscription, group, gateway))
	s.mu.Unlock()
	var got any
	if err := json.Unmarshal([]byte(canonical(s.plane.healthOf(g.id, g.gateway.effective))), &got); err != nil {
		t.Fatal(err)
	}
	sameShape(t, "", example["responseBody"], got)
}
