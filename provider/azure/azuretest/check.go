package azuretest

import (
	"fmt"
	"net/http"
	"strings"
)

// checker checks one gateway document against the rules of the service. Azure refuses the whole
// document for one fault.
type checker struct {
	id           string // of the gateway
	config       *gatewayConfig
	stored       map[string]*certificate // uploaded by earlier requests, by lower-case name
	certificates map[string]*certificate // including those of this request
	network      networkView
	loopback     bool // 127.0.0.0/8 is permitted as a target
	private      bool // a gateway needs no public address
}

// networkView is what the checks need of resources outside of the gateway.
type networkView interface {
	subnetExists(id string) bool
	// freeAddress reports whether a gateway can have an address of a subnet.
	freeAddress(subnetID, address, gatewayID string) bool
	// publicIP returns the state of a public IP address. It reports false if there is none.
	publicIP(id string) (ip publicIPState, ok bool)
}

// publicIPState is what the checks need of a public IP address.
type publicIPState struct {
	standard, static bool
	state            string // provisioningState
	usedBy           string // ID of the frontend configuration
}

// partID returns the ID of a part of this gateway.
func (c *checker) partID(collection, name string) string { return c.id + "/" + collection + "/" + name }

// run returns the first fault.
func (c *checker) run() *apiError {
	steps := []func() *apiError{
		c.checkSku, c.checkGatewayIP, c.checkFrontends, c.checkPorts, c.checkCertificates, c.checkRoots,
		c.checkPools, c.checkProbes, c.checkSettings, c.checkListeners, c.checkListenerConflicts,
		c.checkRedirects, c.checkRewrites, c.checkPathMaps, c.checkRules, c.checkPriorities, c.checkLimits,
	}
	for _, step := range steps {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

// checkNames checks the names of the parts in one list. A name is required and unique, and has up
// to 80 word characters with dots and dashes between them (Naming rules and restrictions for Azure
// resources, Microsoft.Network).
func checkNames(collectionID string, parts []any) *apiError {
	seen := map[string]bool{}
	for _, p := range parts {
		object, _ := p.(map[string]any)
		name, _ := object["name"].(string)
		if !validName(name) {
			return invalid("InvalidResourceName", "Resource name %s is invalid. The name can be up to 80 characters long. It must begin with a word character, "+
				"and it must end with a word character or with '_'. It belongs to %s.", name, collectionID)
		}
		if seen[strings.ToLower(name)] {
			return malformed("DuplicateResourceName", "Resource %s has two child resources with the same name (%s).", collectionID, name)
		}
		seen[strings.ToLower(name)] = true
		want := collectionID + "/" + name
		// Unverified: that Azure refuses an ID that does not match the name.
		if id, _ := object["id"].(string); id != "" && key(id) != key(want) {
			return malformed("InvalidResourceId", "Resource ID %s does not match %s.", id, want)
		}
	}
	return nil
}

func validName(name string) bool {
	if name == "" || len(name) > 80 {
		return false
	}
	for i := range len(name) {
		if !isAlphanumeric(name[i]) && (i == 0 || strings.IndexByte("_.-", name[i]) < 0) {
			return false
		}
	}
	last := name[len(name)-1]
	return isAlphanumeric(last) || last == '_'
}

func isAlphanumeric(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
}

// checkSku checks the SKU. Only the second generation is embedded. Its size is a count or a range
// of instances (Scaling and Zone-redundant Application Gateway v2).
func (c *checker) checkSku() *apiError {
	s := c.config.Properties.Sku
	switch {
	case s == nil:
		return invalid("ApplicationGatewaySkuNotSpecified", "SKU is not specified for Application Gateway %s.", c.id)
	case s.Name != "Standard_v2" && s.Name != "WAF_v2":
		return invalid("ApplicationGatewaySkuNotSupported", "SKU %s of Application Gateway %s is not supported.", s.Name, c.id)
	case s.Tier != s.Name:
		return invalid("ApplicationGatewaySkuNameTierMismatch", "SKU name %s and tier %s of Application Gateway %s do not match.", s.Name, s.Tier, c.id)
	}
	scale := c.config.Properties.AutoscaleConfiguration
	if (s.Capacity == nil) == (scale == nil) {
		return invalid("ApplicationGatewaySkuCapacityOrAutoscale", "Application Gateway %s needs either a capacity or an autoscale configuration.", c.id)
	}
	if scale != nil && (scale.MinCapacity == nil || scale.MaxCapacity != nil && *scale.MaxCapacity < *scale.MinCapacity) {
		return invalid("ApplicationGatewayAutoscaleInvalidCapacity", "Autoscale bounds of Application Gateway %s are invalid.", c.id)
	}
	return nil
}

// checkGatewayIP checks that a gateway is in exactly one subnet (Application Gateway infrastructure
// configuration).
func (c *checker) checkGatewayIP() *apiError {
	ips := c.config.Properties.GatewayIPConfigurations
	if len(ips) != 1 || ips[0].Properties.Subnet == nil {
		return invalid("ApplicationGatewayInvalidGatewayIpConfigurationCount", "Application Gateway %s must have exactly one gateway IP configuration with a subnet.", c.id)
	}
	return nil
}

// checkFrontends checks the addresses. There is at most one public and one private address for each
// IP version (Application Gateway frontend IP address configuration). Only version 4 is embedded.
func (c *checker) checkFrontends() *apiError {
	public, private := 0, 0
	for _, f := range c.config.Properties.FrontendIPConfigurations {
		p := f.Properties
		var err *apiError
		if p.PublicIPAddress != nil {
			public++
			err = c.checkPublicFrontend(f.Name, p)
		} else {
			private++
			err = c.checkPrivateFrontend(f.Name, p)
		}
		if err != nil {
			return err
		}
	}
	if public+private == 0 || public > 1 || private > 1 {
		return invalid("ApplicationGatewayInvalidFrontendIpConfigurationCount", "Application Gateway %s has %d public and %d private frontend addresses.", c.id, public, private)
	}
	if public == 0 && !c.private {
		return invalid("ApplicationGatewayFrontendMustHavePublicIp", "Application Gateway %s must have a public frontend address.", c.id)
	}
	return nil
}

func (c *checker) checkPublicFrontend(name string, f frontendIP) *apiError {
	me := c.partID("frontendIPConfigurations", name)
	if f.PrivateIPAddress != "" || f.Subnet != nil {
		return invalid("ApplicationGatewayFrontendIpConfigurationBothPublicAndPrivate", "%s has a public and a private address.", me)
	}
	ip, ok := c.network.publicIP(f.PublicIPAddress.ID)
	switch {
	case !ok:
		return unresolved(f.PublicIPAddress.ID, me)
	case ip.usedBy != "" && key(ip.usedBy) != key(me):
		return invalid("PublicIPAddressInUse", "Resource %s is already used by %s.", f.PublicIPAddress.ID, ip.usedBy)
	case ip.state != "Succeeded":
		return notProvisioned(f.PublicIPAddress.ID, me, ip.state)
	case !ip.standard || !ip.static:
		return invalid("ApplicationGatewayPublicIpMustBeStandardStatic", "Public IP address %s must be of SKU Standard and static.", f.PublicIPAddress.ID)
	}
	return nil
}

// checkPrivateFrontend checks a private address. The second generation accepts only static ones
// (Application Gateway frontend IP address configuration).
func (c *checker) checkPrivateFrontend(name string, f frontendIP) *apiError {
	me := c.partID("frontendIPConfigurations", name)
	switch {
	case f.Subnet == nil:
		return invalid("ApplicationGatewayFrontendIpConfigurationNoAddress", "%s has neither a public address nor a subnet.", me)
	case f.PrivateIPAllocationMethod != "Static" || f.PrivateIPAddress == "":
		return invalid("ApplicationGatewayPrivateIpMustBeStatic", "%s needs a static private address.", me)
	case key(f.Subnet.ID) != key(c.config.Properties.GatewayIPConfigurations[0].Properties.Subnet.ID):
		// Unverified: that the private frontend must be in the subnet of the gateway.
		return invalid("ApplicationGatewayFrontendIpSubnetMismatch", "%s is not in the subnet of the gateway.", me)
	case !c.network.freeAddress(f.Subnet.ID, f.PrivateIPAddress, c.id):
		return invalid("PrivateIPAddressNotAvailable", "Private static IP address %s of %s is reserved, in use, or not in the range of its subnet.", f.PrivateIPAddress, me)
	}
	return nil
}

// checkPorts checks that no two frontend ports have one number. Unverified: the name of the code.
func (c *checker) checkPorts() *apiError {
	seen := map[int]string{}
	for _, p := range c.config.Properties.FrontendPorts {
		me := c.partID("frontendPorts", p.Name)
		if p.Properties.Port == 0 {
			return invalid("ApplicationGatewayFrontendPortNotSpecified", "Port of %s is not specified.", me)
		}
		if other, ok := seen[p.Properties.Port]; ok {
			return invalid("ApplicationGatewayFrontendPortsUsingSamePortValue", "Frontend ports %s and %s use the same port %d.", other, me, p.Properties.Port)
		}
		seen[p.Properties.Port] = me
	}
	return nil
}

// notProvisioned returns the error that published errors show for other types of the same provider.
// Unverified: for gateways.
func notProvisioned(id, by, state string) *apiError {
	err := refuse(http.StatusTooManyRequests, "RetryableError", "A retryable error occurred.")
	err.Details = []apiDetail{{"ReferencedResourceNotProvisioned", "Cannot proceed with operation because resource " + id + " used by resource " + by +
		" is not in Succeeded state. Resource is in " + state + " state."}}
	return err
}

func unresolved(id, by string) *apiError {
	return invalid("InvalidResourceReference", "Resource %s referenced by resource %s was not found. Please make sure that the referenced resource exists, "+
		"and that both resources are in the same region.", id, by)
}

// checkLimits checks the limits of Application Gateway (Azure subscription and service limits), and
// that the gateway is not empty.
func (c *checker) checkLimits() *apiError {
	p := &c.config.Properties
	counts := []struct {
		what     string
		have     int
		min, max int
	}{
		{"frontendPorts", len(p.FrontendPorts), 1, 100},
		{"backendAddressPools", len(p.BackendAddressPools), 1, 100},
		{"backendHttpSettingsCollection", len(p.BackendHTTPSettingsCollection), 1, 100},
		{"httpListeners", len(p.HTTPListeners), 1, 200},
		{"requestRoutingRules", len(p.RequestRoutingRules), 1, 400},
		{"sslCertificates", len(p.SslCertificates), 0, 100},
		{"trustedRootCertificates", len(p.TrustedRootCertificates), 0, 100},
		{"trustedClientCertificates", len(p.TrustedClientCertificates), 0, 200},
		{"redirectConfigurations", len(p.RedirectConfigurations), 0, 100},
		{"rewriteRuleSets", len(p.RewriteRuleSets), 0, 400},
	}
	for _, n := range counts {
		if n.have < n.min {
			return invalid("ApplicationGatewayMissingProperty", "Application Gateway %s needs at least %d of %s.", c.id, n.min, n.what)
		}
		if n.have > n.max {
			return overLimit(n.what, n.have, n.max, c.id)
		}
	}
	// Unverified: which listeners are active. Here it is each one whose rule does not redirect.
	if n := c.activeListeners(); n > 100 {
		return overLimit("active httpListeners", n, 100, c.id)
	}
	return nil
}

func overLimit(what string, have, limit int, id string) *apiError {
	return invalid("ApplicationGatewayLimitExceeded", "Number of %s %d exceeds the limit %d for resource %s.", what, have, limit, id)
}

func (c *checker) activeListeners() int {
	n := 0
	for _, r := range c.config.Properties.RequestRoutingRules {
		if r.Properties.RedirectConfiguration == nil {
			n++
		}
	}
	return n
}

// quote returns a list of names for a message.
func quote(values []string) string { return fmt.Sprintf("%q", values) }
