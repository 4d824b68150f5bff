package azuretest

import (
	"strings"
)

// checkListeners checks the listeners (Application Gateway listener configuration; Application
// Gateway multi-site hosting).
func (c *checker) checkListeners() *apiError {
	for _, l := range c.config.Properties.HTTPListeners {
		me, v := c.partID("httpListeners", l.Name), l.Properties
		if v.FrontendIPConfiguration == nil || v.FrontendPort == nil {
			return invalid("ApplicationGatewayHttpListenerMissingFrontend", "Listener %s needs a frontend IP configuration and a frontend port.", me)
		}
		if err := checkListenerProtocol(me, v); err != nil {
			return err
		}
		if err := checkListenerHosts(me, v); err != nil {
			return err
		}
	}
	return nil
}

func checkListenerProtocol(me string, l httpListener) *apiError {
	switch {
	case l.Protocol != "Http" && l.Protocol != "Https":
		return invalid("ApplicationGatewayHttpListenerProtocolInvalid", "Protocol of listener %s must be Http or Https.", me)
	case l.Protocol == "Https" && l.SslCertificate == nil:
		return invalid("ApplicationGatewayHttpsListenerMustReferenceSslCert", "Https listener %s must reference an SSL certificate.", me)
	case l.Protocol == "Http" && (l.SslCertificate != nil || l.SslProfile != nil):
		return invalid("ApplicationGatewayHttpListenerCannotReferenceSslCert", "Http listener %s cannot reference an SSL certificate or profile.", me)
	}
	return nil
}

func checkListenerHosts(me string, l httpListener) *apiError {
	switch {
	case l.HostName != "" && len(l.HostNames) > 0:
		return invalid("ApplicationGatewayHttpListenerHostNameAndHostNames", "Listener %s has both hostName and hostNames.", me)
	case len(l.HostNames) > 5:
		return overLimit("hostNames", len(l.HostNames), 5, me)
	case strings.ContainsAny(l.HostName, "*?"):
		return invalid("ApplicationGatewayHttpListenerHostNameInvalid", "Host name %s of listener %s cannot have wildcards; use hostNames.", l.HostName, me)
	}
	for _, h := range l.hosts() {
		if !validHost(h) {
			return invalid("ApplicationGatewayHttpListenerHostNameInvalid", "Host name %s of listener %s is invalid.", h, me)
		}
	}
	return nil
}

// validHost reports whether a host name is valid (Application Gateway multi-site hosting,
// conditions for wildcards).
func validHost(host string) bool {
	if len(host) > 253 || strings.ContainsFunc(host, func(c rune) bool { return c > 'z' || !isAlphanumeric(byte(c)) && !strings.ContainsRune("*?.-", c) }) {
		return false
	}
	if strings.Count(host, "*") > 2 || strings.Count(host, "*")+strings.Count(host, "?") > 4 {
		return false
	}
	for component := range strings.SplitSeq(host, ".") {
		stars := strings.Count(component, "*")
		if component == "" || stars > 1 || strings.Contains(component, "*?") || strings.Contains(component, "?*") {
			return false
		}
	}
	return true
}

// checkListenerConflicts checks the listeners of one address and port against each other: their
// host names are unique, at most one is basic, and all have one protocol. Unverified: the names of
// the codes.
func (c *checker) checkListenerConflicts() *apiError {
	type socket struct{ ip, port string }
	protocol, owner := map[socket]string{}, map[socket]map[string]string{}
	for _, l := range c.config.Properties.HTTPListeners {
		me, v := c.partID("httpListeners", l.Name), l.Properties
		at := socket{v.FrontendIPConfiguration.name(), v.FrontendPort.name()}
		if other, ok := protocol[at]; ok && other != v.Protocol {
			return invalid("ApplicationGatewayHttpListenersUsingSameFrontendPortWithDifferentProtocol", "Listener %s shares its frontend port with a listener of another protocol.", me)
		}
		protocol[at] = v.Protocol
		if owner[at] == nil {
			owner[at] = map[string]string{}
		}
		names := v.hosts()
		if len(names) == 0 {
			names = []string{""}
		}
		for _, h := range names {
			h = strings.ToLower(h)
			if other, ok := owner[at][h]; ok {
				return invalid("ApplicationGatewayHttpListenersUsingSameFrontendPortAndHostName",
					"Two Http Listeners %s and %s are using the same Frontend Port and HostName %s.", other, me, h)
			}
			owner[at][h] = me
		}
	}
	return nil
}
