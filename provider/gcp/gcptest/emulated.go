package gcptest

import (
	"fmt"
	"slices"
)

// emulated returns the members of a schema that this server emulates or stores as information.
// Other members of the API are rejected. Nil means that all members are emulated.
func emulated(schema string) []string {
	switch schema {
	case "BackendService":
		return []string{"name", "description", "loadBalancingScheme", "protocol", "portName", "timeoutSec", "healthChecks", "backends",
			"connectionDraining", "sessionAffinity", "localityLbPolicy", "logConfig", "fingerprint", "customRequestHeaders", "customResponseHeaders"}
	case "Backend":
		return []string{"group", "description", "balancingMode", "maxRatePerEndpoint", "capacityScaler"}
	case "UrlMap":
		return []string{"name", "description", "hostRules", "pathMatchers", "defaultService", "defaultRouteAction", "defaultUrlRedirect",
			"headerAction", "fingerprint"}
	case "PathMatcher":
		return []string{"name", "description", "pathRules", "routeRules", "defaultService", "defaultRouteAction", "defaultUrlRedirect", "headerAction"}
	case "PathRule":
		return []string{"paths", "service", "routeAction", "urlRedirect"}
	case "HttpRouteRule":
		return []string{"priority", "description", "matchRules", "service", "routeAction", "urlRedirect", "headerAction"}
	case "HttpRouteRuleMatch":
		return []string{"prefixMatch", "fullPathMatch", "regexMatch", "pathTemplateMatch", "ignoreCase", "headerMatches", "queryParameterMatches"}
	case "HttpRouteAction":
		return []string{"weightedBackendServices", "urlRewrite", "timeout", "faultInjectionPolicy"}
	case "UrlRewrite":
		return []string{"hostRewrite", "pathPrefixRewrite", "pathTemplateRewrite"}
	case "HealthCheck":
		return []string{"name", "description", "type", "checkIntervalSec", "timeoutSec", "healthyThreshold", "unhealthyThreshold",
			"httpHealthCheck", "httpsHealthCheck", "tcpHealthCheck", "http2HealthCheck", "logConfig"}
	case "HTTPHealthCheck", "HTTPSHealthCheck", "HTTP2HealthCheck":
		return []string{"host", "port", "portSpecification", "requestPath", "proxyHeader"}
	case "TCPHealthCheck":
		return []string{"port", "portSpecification", "proxyHeader"}
	default:
		return emulatedEdge(schema)
	}
}

// emulatedEdge is emulated for the kinds between a client and a URL map, and for networks.
func emulatedEdge(schema string) []string {
	switch schema {
	case "NetworkEndpointGroup":
		return []string{"name", "description", "annotations", "networkEndpointType", "network", "subnetwork", "defaultPort"}
	case "NetworkEndpoint":
		return []string{"instance", "ipAddress", "port", "annotations"}
	case "TargetHttpProxy":
		return []string{"name", "description", "urlMap", "fingerprint", "httpKeepAliveTimeoutSec"}
	case "TargetHttpsProxy":
		return []string{"name", "description", "urlMap", "sslCertificates", "sslPolicy", "fingerprint", "httpKeepAliveTimeoutSec", "quicOverride"}
	case "SslCertificate":
		return []string{"name", "description", "type", "certificate", "privateKey", "selfManaged"}
	case "SslPolicy":
		return []string{"name", "description", "profile", "minTlsVersion", "fingerprint"}
	case "ForwardingRule":
		return []string{"name", "description", "IPAddress", "IPProtocol", "portRange", "ports", "target", "loadBalancingScheme", "network",
			"subnetwork", "labels", "labelFingerprint", "networkTier", "ipVersion", "allowGlobalAccess", "fingerprint"}
	case "Address":
		return []string{"name", "description", "address", "addressType", "ipVersion", "networkTier", "purpose", "subnetwork", "network",
			"labels", "labelFingerprint"}
	case "Firewall":
		return []string{"name", "description", "network", "priority", "direction", "sourceRanges", "sourceTags", "destinationRanges", "targetTags",
			"sourceServiceAccounts", "targetServiceAccounts", "allowed", "denied", "disabled", "logConfig"}
	case "Subnetwork":
		return []string{"name", "description", "network", "ipCidrRange", "purpose", "role", "fingerprint"}
	default:
		return nil
	}
}

// refuseUnemulated returns a fault for the first member of a valid document that is not emulated.
func refuseUnemulated(doc document, schema string) *fault {
	return walkEmulated(map[string]any(doc), schema, "resource")
}

func walkEmulated(in map[string]any, schema, at string) *fault {
	allowed := emulated(schema)
	for _, name := range sortedKeys(in) {
		value := in[name]
		if allowed != nil && !slices.Contains(allowed, name) && !isZero(value) {
			return notEmulated(at + "." + name)
		}
		if err := walkEmulatedValue(value, childSchema(schema, name), at+"."+name); err != nil {
			return err
		}
	}
	return nil
}

func walkEmulatedValue(value any, schema, at string) *fault {
	if schema == "" {
		return nil
	}
	switch v := value.(type) {
	case map[string]any:
		return walkEmulated(v, schema, at)
	case []any:
		for i, x := range v {
			if err := walkEmulatedValue(x, schema, fmt.Sprintf("%s[%d]", at, i)); err != nil {
				return err
			}
		}
	}
	return nil
}

// childSchema returns the schema of a member. It is empty for schemas that are emulated completely.
func childSchema(schema, member string) string {
	switch schema + "." + member {
	case "BackendService.backends":
		return "Backend"
	case "UrlMap.pathMatchers":
		return "PathMatcher"
	case "PathMatcher.pathRules":
		return "PathRule"
	case "PathMatcher.routeRules":
		return "HttpRouteRule"
	case "HttpRouteRule.matchRules":
		return "HttpRouteRuleMatch"
	case "UrlMap.defaultRouteAction", "PathMatcher.defaultRouteAction", "PathRule.routeAction", "HttpRouteRule.routeAction":
		return "HttpRouteAction"
	case "HttpRouteAction.urlRewrite":
		return "UrlRewrite"
	case "HealthCheck.httpHealthCheck":
		return "HTTPHealthCheck"
	case "HealthCheck.httpsHealthCheck":
		return "HTTPSHealthCheck"
	case "HealthCheck.http2HealthCheck":
		return "HTTP2HealthCheck"
	case "HealthCheck.tcpHealthCheck":
		return "TCPHealthCheck"
	default:
		return ""
	}
}

// isZero reports whether a value is the zero value of its type, which the SDK omits by default.
func isZero(v any) bool {
	switch v := v.(type) {
	case nil:
		return true
	case bool:
		return !v
	case string:
		return v == ""
	case []any:
		return len(v) == 0
	case map[string]any:
		return len(v) == 0
	default:
		return fmt.Sprint(v) == "0"
	}
}
