package gcptest

// enumOf returns the values of an enumeration of the API (reference of compute v1). It is nil for
// members that are not enumerations. A test compares it with the discovery document.
func enumOf(schema, member string) []string {
	name := schema + "." + member
	if values := balancingEnum(name); values != nil {
		return values
	}
	return frontEnum(name)
}

// balancingEnum returns the enumerations of groups, services, health checks and URL maps.
func balancingEnum(name string) []string {
	switch name {
	case "Backend.balancingMode":
		return []string{"CONNECTION", "CUSTOM_METRICS", "IN_FLIGHT", "RATE", "UTILIZATION"}
	case "BackendService.loadBalancingScheme":
		return []string{"EXTERNAL", "EXTERNAL_MANAGED", "EXTERNAL_PASSTHROUGH", "INTERNAL", "INTERNAL_MANAGED", "INTERNAL_SELF_MANAGED", "INVALID_LOAD_BALANCING_SCHEME"}
	case "BackendService.localityLbPolicy":
		return []string{"INVALID_LB_POLICY", "LEAST_REQUEST", "MAGLEV", "ORIGINAL_DESTINATION", "RANDOM", "RING_HASH", "ROUND_ROBIN", "WEIGHTED_GCP_RENDEZVOUS", "WEIGHTED_MAGLEV", "WEIGHTED_ROUND_ROBIN"}
	case "BackendService.protocol":
		return []string{"GRPC", "H2C", "HTTP", "HTTP2", "HTTPS", "SSL", "TCP", "UDP", "UNSPECIFIED"}
	case "BackendService.sessionAffinity":
		return []string{"CLIENT_IP", "CLIENT_IP_NO_DESTINATION", "CLIENT_IP_PORT_PROTO", "CLIENT_IP_PROTO", "GENERATED_COOKIE", "HEADER_FIELD", "HTTP_COOKIE", "NONE", "STRONG_COOKIE_AFFINITY"}
	case "BackendServiceLogConfig.optionalMode":
		return []string{"CUSTOM", "EXCLUDE_ALL_OPTIONAL", "INCLUDE_ALL_OPTIONAL"}
	case "HTTP2HealthCheck.portSpecification", "HTTPHealthCheck.portSpecification", "HTTPSHealthCheck.portSpecification", "TCPHealthCheck.portSpecification":
		return []string{"USE_FIXED_PORT", "USE_NAMED_PORT", "USE_SERVING_PORT"}
	case "HTTP2HealthCheck.proxyHeader", "HTTPHealthCheck.proxyHeader", "HTTPSHealthCheck.proxyHeader", "TCPHealthCheck.proxyHeader":
		return []string{"NONE", "PROXY_V1"}
	case "HealthCheck.type":
		return []string{"GRPC", "GRPC_WITH_TLS", "HTTP", "HTTP2", "HTTPS", "INVALID", "SSL", "TCP"}
	case "HttpRedirectAction.redirectResponseCode":
		return []string{"FOUND", "MOVED_PERMANENTLY_DEFAULT", "PERMANENT_REDIRECT", "SEE_OTHER", "TEMPORARY_REDIRECT"}
	case "NetworkEndpointGroup.networkEndpointType":
		return []string{"GCE_VM_IP", "GCE_VM_IP_DEDICATED_BACKEND", "GCE_VM_IP_PORT", "GCE_VM_IP_PORTMAP", "INTERNET_FQDN_PORT", "INTERNET_IP_PORT", "NON_GCP_PRIVATE_IP_PORT", "PRIVATE_SERVICE_CONNECT", "SERVERLESS"}
	case "NetworkEndpointGroupsListEndpointsRequest.healthStatus":
		return []string{"SHOW", "SKIP"}
	case "TargetHttpsProxy.quicOverride":
		return []string{"DISABLE", "ENABLE", "NONE"}
	default:
		return nil
	}
}

// frontEnum returns the enumerations of the kinds between a client and a URL map, and of networks.
func frontEnum(name string) []string {
	switch name {
	case "Address.addressType":
		return []string{"EXTERNAL", "INTERNAL", "UNSPECIFIED_TYPE"}
	case "Address.purpose":
		return []string{"DNS_RESOLVER", "GCE_ENDPOINT", "IPSEC_INTERCONNECT", "NAT_AUTO", "PASSTHROUGH_LOAD_BALANCER_AVAILABILITY_GROUP0", "PASSTHROUGH_LOAD_BALANCER_AVAILABILITY_GROUP1", "PRIVATE_SERVICE_CONNECT", "SERVERLESS", "SHARED_LOADBALANCER_VIP", "VPC_PEERING"}
	case "Firewall.direction":
		return []string{"EGRESS", "INGRESS"}
	case "FirewallLogConfig.metadata":
		return []string{"EXCLUDE_ALL_METADATA", "INCLUDE_ALL_METADATA"}
	case "ForwardingRule.IPProtocol":
		return []string{"AH", "ESP", "ICMP", "L3_DEFAULT", "SCTP", "TCP", "UDP"}
	case "ForwardingRule.ipVersion", "Address.ipVersion":
		return []string{"IPV4", "IPV6", "UNSPECIFIED_VERSION"}
	case "ForwardingRule.loadBalancingScheme":
		return []string{"EXTERNAL", "EXTERNAL_MANAGED", "EXTERNAL_PASSTHROUGH", "INTERNAL", "INTERNAL_MANAGED", "INTERNAL_SELF_MANAGED", "INVALID"}
	case "ForwardingRule.networkTier", "Address.networkTier":
		return []string{"FIXED_STANDARD", "PREMIUM", "STANDARD", "STANDARD_OVERRIDES_FIXED_STANDARD"}
	case "SslCertificate.type":
		return []string{"MANAGED", "SELF_MANAGED", "TYPE_UNSPECIFIED"}
	case "SslPolicy.minTlsVersion":
		return []string{"TLS_1_0", "TLS_1_1", "TLS_1_2", "TLS_1_3"}
	case "SslPolicy.profile":
		return []string{"COMPATIBLE", "CUSTOM", "FIPS_202205", "MODERN", "RESTRICTED"}
	case "Subnetwork.purpose":
		return []string{"GLOBAL_MANAGED_PROXY", "INTERNAL_HTTPS_LOAD_BALANCER", "PEER_MIGRATION", "PRIVATE", "PRIVATE_NAT", "PRIVATE_RFC_1918", "PRIVATE_SERVICE_CONNECT", "REGIONAL_MANAGED_PROXY"}
	case "Subnetwork.role":
		return []string{"ACTIVE", "BACKUP"}
	default:
		return nil
	}
}
