package azuretest

import (
	"encoding/base64"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// checkPools checks the targets. A target is an IP address or a name and is unique in its pool. A
// pool has at most 1200 (Application Gateway limits).
func (c *checker) checkPools() *apiError {
	for _, p := range c.config.Properties.BackendAddressPools {
		me := c.partID("backendAddressPools", p.Name)
		seen := map[string]bool{}
		for _, a := range p.Properties.BackendAddresses {
			if err := c.checkAddress(me, a); err != nil {
				return err
			}
			target := strings.ToLower(a.IPAddress + a.FQDN)
			if seen[target] {
				// Unverified: that Azure refuses a target that is twice in a pool, and does not
				// merge them.
				return invalid("ApplicationGatewayBackendAddressPoolDuplicateAddress", "Backend address %s is twice in %s.", target, me)
			}
			seen[target] = true
		}
		if n := len(p.Properties.BackendAddresses); n > 1200 {
			return overLimit("backendAddresses", n, 1200, me)
		}
	}
	return nil
}

func (c *checker) checkAddress(pool string, a backendAddress) *apiError {
	if (a.IPAddress == "") == (a.FQDN == "") {
		return invalid("ApplicationGatewayBackendAddressInvalid", "A backend address of %s needs either ipAddress or fqdn.", pool)
	}
	if a.FQDN != "" {
		return nil
	}
	ip, err := netip.ParseAddr(a.IPAddress)
	if err != nil || ip.Zone() != "" {
		return invalid("ApplicationGatewayBackendAddressPoolInvalidIpAddress", "IP address %s of %s is invalid.", a.IPAddress, pool)
	}
	if !ip.Unmap().Is4() {
		// Unverified: that Azure refuses IPv6, and does not only fail to reach it.
		return invalid("ApplicationGatewayBackendAddressPoolInvalidIpAddress", "IP address %s of %s is not an IPv4 address.", a.IPAddress, pool)
	}
	// Unverified: which addresses besides loopback the service refuses.
	if ip.IsUnspecified() || ip.IsMulticast() || ip.IsLinkLocalUnicast() || ip.IsLoopback() && !c.loopback {
		return invalid("ApplicationGatewayBackendAddressPoolInvalidIpAddress", "IP address %s of %s is not permitted.", a.IPAddress, pool)
	}
	return nil
}

// checkProbes checks the probes (Application Gateway health probes overview, custom health probe
// settings).
func (c *checker) checkProbes() *apiError {
	for _, p := range c.config.Properties.Probes {
		me, v := c.partID("probes", p.Name), p.Properties
		switch {
		case v.Protocol != "Http" && v.Protocol != "Https":
			return invalid("ApplicationGatewayProbeProtocolInvalid", "Protocol of probe %s must be Http or Https.", me)
		case !strings.HasPrefix(v.Path, "/"):
			return invalid("ApplicationGatewayProbePathIsInvalid", "Path of probe %s must start with '/'.", me)
		case (v.Host == "") != v.PickHostName:
			return invalid("ApplicationGatewayProbeHostIsInvalid", "Probe %s needs either a host or pickHostNameFromBackendHttpSettings.", me)
		case v.Interval == 0 || v.Timeout == 0 || v.UnhealthyThreshold == 0:
			return invalid("ApplicationGatewayProbeIntervalInvalid", "Probe %s needs interval, timeout and unhealthyThreshold.", me)
		case v.Match != nil && slices.ContainsFunc(v.Match.StatusCodes, badStatusRange):
			return invalid("ApplicationGatewayProbeMatchStatusCodeInvalid", "Status codes %s of probe %s are invalid.", quote(v.Match.StatusCodes), me)
		case v.Match != nil && len(v.Match.Body) > 4090:
			return invalid("ApplicationGatewayProbeMatchBodyTooLong", "Body match of probe %s is longer than 4090 characters.", me)
		}
	}
	return nil
}

func badStatusRange(s string) bool {
	_, _, ok := statusRange(s)
	return !ok
}

// statusRange parses a range such as "200" or "200-399".
func statusRange(s string) (low, high int, ok bool) {
	a, b, isRange := strings.Cut(s, "-")
	if !isRange {
		b = a
	}
	low, err1 := strconv.Atoi(a)
	high, err2 := strconv.Atoi(b)
	return low, high, err1 == nil && err2 == nil && low >= 100 && low <= high && high <= 599
}

// checkSettings checks the settings (Application Gateway HTTP settings configuration).
func (c *checker) checkSettings() *apiError {
	for _, s := range c.config.Properties.BackendHTTPSettingsCollection {
		me, v := c.partID("backendHttpSettingsCollection", s.Name), s.Properties
		if v.Port == 0 || v.Protocol != "Http" && v.Protocol != "Https" {
			return invalid("ApplicationGatewayBackendHttpSettingsInvalid", "%s needs a port, and Http or Https as protocol.", me)
		}
		for _, check := range []func(string, backendSettings) *apiError{c.checkSettingsProbe, checkSettingsHost, checkSettingsPath, checkDraining} {
			if err := check(me, v); err != nil {
				return err
			}
		}
	}
	return nil
}

func (c *checker) checkSettingsProbe(me string, s backendSettings) *apiError {
	if s.Probe == nil {
		return nil
	}
	p := find(c.config.Properties.Probes, s.Probe.name())
	if p.Protocol != s.Protocol {
		return invalid("ApplicationGatewayProbeProtocolMustMatchBackendHttpSettingsProtocol", "Probe %s and backend HTTP settings %s have different protocols.", s.Probe.ID, me)
	}
	if p.PickHostName && s.HostName == "" && !s.PickHostName {
		return invalid("ApplicationGatewayProbePickHostNameNeedsHostName", "Probe %s picks its host from %s, which has none.", s.Probe.ID, me)
	}
	return nil
}

func checkSettingsHost(me string, s backendSettings) *apiError {
	if s.HostName != "" && s.PickHostName {
		return invalid("ApplicationGatewayBackendHttpSettingsHostNameConflict", "%s has both hostName and pickHostNameFromBackendAddress.", me)
	}
	if len(s.TrustedRoots) > 0 && s.HostName == "" && !s.PickHostName {
		return invalid("ApplicationGatewayTrustedRootCertificateNeedsHostName", "%s has trusted root certificates and no host name.", me)
	}
	if len(s.TrustedRoots) > 0 && s.Protocol != "Https" {
		return invalid("ApplicationGatewayTrustedRootCertificateNeedsHttps", "%s has trusted root certificates and protocol %s.", me, s.Protocol)
	}
	return nil
}

func checkSettingsPath(me string, s backendSettings) *apiError {
	if s.Path != "" && !strings.HasPrefix(s.Path, "/") {
		return invalid("ApplicationGatewayBackendHttpSettingsPathInvalid", "Path %s of %s must start with '/'.", s.Path, me)
	}
	if s.AffinityCookieName != "" && !regexp.MustCompile(`^[A-Za-z0-9_.-]+$`).MatchString(s.AffinityCookieName) {
		return invalid("ApplicationGatewayAffinityCookieNameInvalid", "Affinity cookie name of %s is invalid.", me)
	}
	return nil
}

func checkDraining(me string, s backendSettings) *apiError {
	if s.ConnectionDraining != nil && s.ConnectionDraining.DrainTimeoutInSec == 0 {
		return invalid("ApplicationGatewayConnectionDrainingTimeoutInvalid", "Connection draining timeout of %s must be from 1 to 3600 seconds.", me)
	}
	return nil
}

// checkRoots checks that a trusted root is a certificate in base 64 (Overview of TLS termination
// and end to end TLS).
func (c *checker) checkRoots() *apiError {
	for _, r := range c.config.Properties.TrustedRootCertificates {
		me := c.partID("trustedRootCertificates", r.Name)
		if r.Properties.KeyVaultSecretID != "" {
			continue
		}
		if _, err := base64.StdEncoding.DecodeString(r.Properties.Data); err != nil || r.Properties.Data == "" {
			return invalid("ApplicationGatewayTrustedRootCertificateInvalidData", "Data for certificate %s is invalid.", me)
		}
	}
	return nil
}

// checkCertificates checks the certificates. A certificate has data and a password, is in a key
// vault, or was uploaded before under this name. Unverified: that an uploaded certificate is
// retained by a request without its data.
func (c *checker) checkCertificates() *apiError {
	c.certificates = map[string]*certificate{}
	for _, s := range c.config.Properties.SslCertificates {
		me, v, name := c.partID("sslCertificates", s.Name), s.Properties, strings.ToLower(s.Name)
		switch {
		case v.KeyVaultSecretID != "" && v.Data != "":
			return invalid("ApplicationGatewaySslCertificateDataAndKeyVault", "Certificate %s has both data and a key vault secret.", me)
		case v.KeyVaultSecretID != "":
		case v.Data == "" && c.stored[name] == nil:
			return invalid("ApplicationGatewaySslCertificateDataMustBeSpecified", "Data must be specified for certificate %s.", me)
		case v.Data == "":
			c.certificates[name] = c.stored[name]
		case len(v.Data) > maxCertificateData:
			return invalid("ApplicationGatewaySslCertificateDataTooBig", "Data too big for certificate %s. Max data length supported is %d.", me, maxCertificateData)
		default:
			parsed, err := parseCertificate(v.Data, v.Password)
			if err != nil {
				return invalid("ApplicationGatewaySslCertificateInvalidData", "Data or Password for certificate %s is invalid.", me)
			}
			c.certificates[name] = parsed
		}
	}
	return nil
}
