package azure

import (
	"slices"
	"strings"

	"github.com/headgate-io/headgate/provider"
)

// updateListener sets the properties of a listener, which it creates if it is missing.
func (p *Provider) updateListener(d document, key provider.Key, l ListenerSpec) error {
	frontend := frontendName(d, l.Frontend)
	if frontend == "" {
		return errorf(provider.Invalid, "write", key, "the gateway has no %s frontend address", l.Frontend)
	}
	if err := p.checkListener(d, key, l); err != nil {
		return err
	}
	properties := map[string]any{
		"frontendIPConfiguration": d.ref("frontendIPConfigurations", frontend), "frontendPort": d.ref("frontendPorts", p.ensurePort(d, l.Port)),
		"protocol": l.Protocol, "hostName": nil, "hostNames": []any{}, "sslCertificate": d.ref("sslCertificates", l.Certificate),
	}
	switch {
	case strings.Contains(l.Host, "*"):
		properties["hostNames"] = []any{l.Host}
	case l.Host != "":
		properties["hostName"] = l.Host
	}
	d.set("httpListeners", key.Name, properties)
	return nil
}

// checkListener returns an error for a listener for which Azure would refuse the whole document:
// its host belongs to another listener, or its port has another protocol.
func (p *Provider) checkListener(d document, key provider.Key, l ListenerSpec) error {
	for _, m := range d.parts("httpListeners") {
		name, o := text(m, "name"), readListener(d, object(m, "properties"))
		if strings.EqualFold(name, key.Name) || o.Frontend != l.Frontend || o.Port != l.Port {
			continue
		}
		if slices.ContainsFunc(strings.Fields(o.Host), func(h string) bool { return strings.EqualFold(h, l.Host) }) || o.Host == l.Host {
			return errorf(provider.Conflict, "write", key, "listener %s already serves host %q on port %d", name, l.Host, l.Port)
		}
		if o.Protocol != l.Protocol && name != p.placeholderName() {
			return errorf(provider.Conflict, "write", key, "listener %s already uses port %d with protocol %s", name, l.Port, o.Protocol)
		}
	}
	return nil
}

// frontendName returns the name of the frontend configuration with a public or private address, or
// "" if there is none.
func frontendName(d document, want Frontend) string {
	for _, f := range d.parts("frontendIPConfigurations") {
		if (object(f, "properties", "publicIPAddress") != nil) == (want == FrontendPublic) {
			return text(f, "name")
		}
	}
	return ""
}

// ensurePort returns the name of the frontend port with a number. A gateway can have only one, so
// that a port that others created is used too.
func (p *Provider) ensurePort(d document, port int) string {
	for _, m := range d.parts("frontendPorts") {
		if number(object(m, "properties"), "port") == port {
			return text(m, "name")
		}
	}
	d.set("frontendPorts", p.portName(port), map[string]any{"port": port})
	return p.portName(port)
}
