package azure

import (
	"strings"

	"github.com/headgate-io/headgate/internal/jsonvalue"
)

// document is the whole JSON of an application gateway. It includes properties that this package
// does not know, so that they are written back unchanged.
type document map[string]any

// clone returns a deep copy.
func (d document) clone() document { return jsonvalue.CloneObject(d) }

// object returns the object at a path of properties, or nil if there is none.
func object(m map[string]any, path ...string) map[string]any {
	for _, p := range path {
		m, _ = m[p].(map[string]any)
	}
	return m
}

func text(m map[string]any, k string) string {
	s, _ := m[k].(string)
	return s
}

func number(m map[string]any, k string) int {
	switch n := m[k].(type) {
	case float64:
		return int(n)
	case int:
		return n
	default:
		return 0
	}
}

func flag(m map[string]any, k string) bool {
	b, _ := m[k].(bool)
	return b
}

func texts(m map[string]any, k string) []string {
	l, _ := m[k].([]any)
	all := make([]string, 0, len(l))
	for _, v := range l {
		if s, ok := v.(string); ok {
			all = append(all, s)
		}
	}
	return all
}

func anys(l []string) []any {
	all := make([]any, len(l))
	for i, s := range l {
		all[i] = s
	}
	return all
}

// refName returns the name at the end of the ID that a property refers to, or "" if it refers to
// nothing.
func refName(m map[string]any, k string) string {
	id := text(object(m, k), "id")
	return id[strings.LastIndexByte(id, '/')+1:]
}

func (d document) id() string { return text(d, "id") }

func (d document) etag() string { return text(d, "etag") }

// state returns the provisioning state. It is empty for a document that was never stored.
func (d document) state() string { return text(object(d, "properties"), "provisioningState") }

// settled reports whether the service has put the document into effect.
func (d document) settled() bool { return d.state() == "Succeeded" || d.state() == "" }

// stopped reports whether the gateway was stopped. A gateway whose creation is in progress or has
// failed has the same operational state.
func (d document) stopped() bool {
	switch text(object(d, "properties"), "operationalState") {
	case "Stopping":
		return true
	case "Stopped":
		return d.state() == "Succeeded"
	default:
		return false
	}
}

func (d document) properties() map[string]any {
	p, ok := d["properties"].(map[string]any)
	if !ok {
		p = map[string]any{}
		d["properties"] = p
	}
	return p
}

// tags returns the tags of the gateway. It creates them if they are missing.
func (d document) tags() map[string]any {
	t, ok := d["tags"].(map[string]any)
	if !ok {
		t = map[string]any{}
		d["tags"] = t
	}
	return t
}

// parts returns the parts in a collection.
func (d document) parts(collection string) []map[string]any {
	l, _ := d.properties()[collection].([]any)
	all := make([]map[string]any, 0, len(l))
	for _, v := range l {
		if m, ok := v.(map[string]any); ok {
			all = append(all, m)
		}
	}
	return all
}

// part returns the properties of a part, or nil if there is no part of this name.
func (d document) part(collection, name string) map[string]any {
	for _, m := range d.parts(collection) {
		if strings.EqualFold(text(m, "name"), name) {
			p := object(m, "properties")
			if p == nil {
				p = map[string]any{}
				m["properties"] = p
			}
			return p
		}
	}
	return nil
}

// set sets properties of a part, which it creates if it is missing. A nil value removes a property.
// All other properties stay.
func (d document) set(collection, name string, properties map[string]any) {
	have := d.part(collection, name)
	if have == nil {
		have = map[string]any{}
		l, _ := d.properties()[collection].([]any)
		d.properties()[collection] = append(l, map[string]any{"name": name, "properties": have})
	}
	for k, v := range properties {
		if v == nil {
			delete(have, k)
		} else {
			have[k] = v
		}
	}
}

// remove removes a part.
func (d document) remove(collection, name string) {
	l, _ := d.properties()[collection].([]any)
	rest := make([]any, 0, len(l))
	for _, v := range l {
		if m, ok := v.(map[string]any); !ok || !strings.EqualFold(text(m, "name"), name) {
			rest = append(rest, v)
		}
	}
	d.properties()[collection] = rest
}

// ref returns a reference to a part of the gateway. It is nil for an empty name, so that set
// removes the property.
func (d document) ref(collection, name string) any {
	if name == "" {
		return nil
	}
	return map[string]any{"id": d.id() + "/" + collection + "/" + name}
}

// backReferences returns, by collection, the properties that the service adds to parts and that do
// not belong in a request.
func backReferences() map[string][]string {
	routing := []string{"requestRoutingRules", "urlPathMaps", "pathRules"}
	return map[string][]string{
		"backendAddressPools": append([]string{"backendIPConfigurations"}, routing...), "backendHttpSettingsCollection": routing, "redirectConfigurations": routing, "rewriteRuleSets": routing,
		"httpListeners": {"requestRoutingRules"}, "urlPathMaps": {"requestRoutingRules"}, "probes": {"backendHttpSettings"},
		"trustedRootCertificates": {"backendHttpSettings"},
		"frontendPorts":           {"httpListeners"}, "frontendIPConfigurations": {"httpListeners"}, "sslCertificates": {"httpListeners"},
	}
}

// request returns the document without the properties that only the service sets.
func (d document) request() document {
	out := d.clone()
	delete(out, "etag")
	p := out.properties()
	for _, k := range []string{"provisioningState", "operationalState", "resourceGuid", "defaultPredefinedSslPolicy", "privateEndpointConnections"} {
		delete(p, k)
	}
	for collection, l := range p {
		parts, _ := l.([]any)
		for _, v := range parts {
			m, ok := v.(map[string]any)
			if !ok {
				continue
			}
			delete(m, "etag")
			inner := object(m, "properties")
			delete(inner, "provisioningState")
			for _, k := range backReferences()[collection] {
				delete(inner, k)
			}
		}
	}
	return out
}
