package azuretest

import "maps"

// gatewayShapes returns the properties of an application gateway in version 2025-05-01 of the API
// (REST reference, Application Gateways - Create Or Update), in the notation of parseShapes. The
// service adds back-references, such as requestRoutingRules of a pool, and enableHttp3 of
// listeners, which no schema has, to its replies. Unverified: that it ignores them in a request.
func gatewayShapes() map[string]string {
	all := routingShapes()
	maps.Copy(all, backendShapes())
	maps.Copy(all, map[string]string{
		"ApplicationGateway": `id name type -etag location zones[] tags:any identity:any properties:ApplicationGatewayProperties -systemData:any`,
		"ApplicationGatewayProperties": `-provisioningState -operationalState -resourceGuid -privateEndpointConnections[]:any -defaultPredefinedSslPolicy
			authenticationCertificates[]*:AuthenticationCertificate autoscaleConfiguration:Autoscale backendAddressPools[]*:BackendAddressPool
			backendHttpSettingsCollection[]*:BackendHttpSettings backendSettingsCollection[]*:BackendSettings
			customErrorConfigurations[]:CustomError enableFips? enableHttp2? entraJWTValidationConfigs[]*:EntraJWTValidationConfig
			firewallPolicy:@ forceFirewallPolicyAssociation? frontendIPConfigurations[]*:FrontendIPConfiguration frontendPorts[]*:FrontendPort
			gatewayIPConfigurations[]*:GatewayIPConfiguration globalConfiguration:GlobalConfiguration httpListeners[]*:HttpListener
			listeners[]*:Listener loadDistributionPolicies[]*:LoadDistributionPolicy privateLinkConfigurations[]*:PrivateLinkConfiguration
			probes[]*:Probe redirectConfigurations[]*:RedirectConfiguration requestRoutingRules[]*:RequestRoutingRule
			rewriteRuleSets[]*:RewriteRuleSet routingRules[]*:RoutingRule sku:Sku sslCertificates[]*:SslCertificate sslPolicy:SslPolicy
			sslProfiles[]*:SslProfile trustedClientCertificates[]*:TrustedClientCertificate trustedRootCertificates[]*:TrustedRootCertificate
			urlPathMaps[]*:UrlPathMap webApplicationFirewallConfiguration:FirewallConfiguration`,
		"Autoscale":                  `minCapacity#0-125 maxCapacity#2-125`,
		"Sku":                        `capacity#1-125 family=Generation_1|Generation_2 name=Standard_Small|Standard_Medium|Standard_Large|WAF_Medium|WAF_Large|Standard_v2|WAF_v2|Basic tier=Standard|WAF|Standard_v2|WAF_v2|Basic`,
		"GlobalConfiguration":        `enableRequestBuffering? enableResponseBuffering?`,
		"CustomError":                `customErrorPageUrl statusCode=HttpStatus400|HttpStatus403|HttpStatus404|HttpStatus405|HttpStatus408|HttpStatus500|HttpStatus502|HttpStatus503|HttpStatus504`,
		"GatewayIPConfiguration":     `-provisioningState subnet:@`,
		"FrontendIPConfiguration":    `-provisioningState -httpListeners[]:any privateIPAddress privateIPAllocationMethod=Static|Dynamic privateLinkConfiguration:@privateLinkConfigurations publicIPAddress:@ subnet:@`,
		"FrontendPort":               `-provisioningState -httpListeners[]:any port#1-64999`,
		"AuthenticationCertificate":  `-provisioningState data`,
		"SslCertificate":             `-provisioningState -publicCertData -httpListeners[]:any !data !password keyVaultSecretId`,
		"TrustedRootCertificate":     `-provisioningState data keyVaultSecretId -backendHttpSettings[]:any`,
		"TrustedClientCertificate":   `-provisioningState data -validatedCertData -clientCertIssuerDN`,
		"SslProfile":                 `-provisioningState clientAuthConfiguration:ClientAuth sslPolicy:SslPolicy trustedClientCertificates[]:@trustedClientCertificates`,
		"ClientAuth":                 `verifyClientAuthMode=Strict|Passthrough verifyClientCertIssuerDN? verifyClientRevocation=None|OCSP`,
		"SslPolicy":                  `cipherSuites[] disabledSslProtocols[]=TLSv1_0|TLSv1_1|TLSv1_2|TLSv1_3 minProtocolVersion=TLSv1_0|TLSv1_1|TLSv1_2|TLSv1_3 policyName policyType=Predefined|Custom|CustomV2`,
		"EntraJWTValidationConfig":   `-provisioningState audiences[] clientId tenantId unAuthorizedRequestAction=Deny|Allow`,
		"PrivateLinkConfiguration":   `-provisioningState ipConfigurations[]*:PrivateLinkIPConfiguration`,
		"PrivateLinkIPConfiguration": `-provisioningState primary? privateIPAddress privateIPAllocationMethod=Static|Dynamic subnet:@`,
		"FirewallConfiguration":      `disabledRuleGroups[]:any enabled? exclusions[]:any fileUploadLimitInMb#0-4000 firewallMode=Detection|Prevention maxRequestBodySize#8-128 maxRequestBodySizeInKb#8-128 requestBodyCheck? ruleSetType ruleSetVersion`,
	})
	return all
}

// backendShapes returns the shapes of pools, settings and probes.
func backendShapes() map[string]string {
	return map[string]string{
		"BackendAddressPool": `-provisioningState -backendIPConfigurations[]:any -requestRoutingRules[]:any -urlPathMaps[]:any -pathRules[]:any backendAddresses[]:BackendAddress`,
		"BackendAddress":     `fqdn ipAddress`,
		"BackendHttpSettings": `-provisioningState -requestRoutingRules[]:any -urlPathMaps[]:any -pathRules[]:any affinityCookieName
			authenticationCertificates[]:@authenticationCertificates connectionDraining:ConnectionDraining cookieBasedAffinity=Enabled|Disabled
			dedicatedBackendConnection? hostName path pickHostNameFromBackendAddress? port#1-65535 probe:@probes probeEnabled?
			protocol=Http|Https|Tcp|Tls requestTimeout#1-86400 sniName trustedRootCertificates[]:@trustedRootCertificates
			validateCertChainAndExpiry? validateSNI?`,
		"ConnectionDraining": `drainTimeoutInSec#1-3600 enabled?`,
		"BackendSettings":    `-provisioningState enableL4ClientIpPreservation? hostName pickHostNameFromBackendAddress? port#1-65535 probe:@probes protocol=Http|Https|Tcp|Tls timeout#1-86400 trustedRootCertificates[]:@trustedRootCertificates`,
		"Probe": `-provisioningState -backendHttpSettings[]:any enableProbeProxyProtocolHeader? host interval#1-86400 match:ProbeMatch minServers#0-1200 path pickHostNameFromBackendHttpSettings?
			pickHostNameFromBackendSettings? port#1-65535 protocol=Http|Https|Tcp|Tls timeout#1-86400 unhealthyThreshold#1-20`,
		"ProbeMatch":             `body statusCodes[]`,
		"LoadDistributionPolicy": `-provisioningState loadDistributionAlgorithm=RoundRobin|LeastConnections|IpHash loadDistributionTargets[]*:LoadDistributionTarget`,
		"LoadDistributionTarget": `backendAddressPool:@backendAddressPools weightPerServer#1-100`,
	}
}

// routingShapes returns the shapes of listeners and rules, and of their parts.
func routingShapes() map[string]string {
	return map[string]string{
		"HttpListener": `-provisioningState -enableHttp3 -requestRoutingRules[]:any customErrorConfigurations[]:CustomError firewallPolicy:@ frontendIPConfiguration:@frontendIPConfigurations
			frontendPort:@frontendPorts hostName hostNames[] protocol=Http|Https|Tcp|Tls requireServerNameIndication? sslCertificate:@sslCertificates sslProfile:@sslProfiles`,
		"Listener":    `-provisioningState frontendIPConfiguration:@frontendIPConfigurations frontendPort:@frontendPorts hostNames[] protocol=Http|Https|Tcp|Tls sslCertificate:@sslCertificates sslProfile:@sslProfiles`,
		"RoutingRule": `-provisioningState backendAddressPool:@backendAddressPools backendSettings:@backendSettingsCollection listener:@listeners priority#1-20000 ruleType=Basic|PathBasedRouting`,
		"RequestRoutingRule": `-provisioningState backendAddressPool:@backendAddressPools backendHttpSettings:@backendHttpSettingsCollection entraJWTValidationConfig:@entraJWTValidationConfigs
			httpListener:@httpListeners loadDistributionPolicy:@loadDistributionPolicies priority#1-20000 redirectConfiguration:@redirectConfigurations
			rewriteRuleSet:@rewriteRuleSets ruleType=Basic|PathBasedRouting urlPathMap:@urlPathMaps`,
		"UrlPathMap": `-provisioningState -requestRoutingRules[]:any defaultBackendAddressPool:@backendAddressPools defaultBackendHttpSettings:@backendHttpSettingsCollection
			defaultLoadDistributionPolicy:@loadDistributionPolicies defaultRedirectConfiguration:@redirectConfigurations defaultRewriteRuleSet:@rewriteRuleSets pathRules[]*:PathRule`,
		"PathRule": `-provisioningState backendAddressPool:@backendAddressPools backendHttpSettings:@backendHttpSettingsCollection firewallPolicy:@
			loadDistributionPolicy:@loadDistributionPolicies paths[] redirectConfiguration:@redirectConfigurations rewriteRuleSet:@rewriteRuleSets`,
		"RedirectConfiguration": `-provisioningState -pathRules[]:any -requestRoutingRules[]:any -urlPathMaps[]:any includePath? includeQueryString?
			redirectType=Permanent|Found|SeeOther|Temporary targetListener:@httpListeners targetUrl`,
		"RewriteRuleSet":      `-provisioningState -requestRoutingRules[]:any -urlPathMaps[]:any -pathRules[]:any rewriteRules[]:RewriteRule`,
		"RewriteRule":         `actionSet:RewriteActions conditions[]:RewriteCondition name ruleSequence#`,
		"RewriteCondition":    `ignoreCase? negate? pattern variable`,
		"RewriteActions":      `requestHeaderConfigurations[]:HeaderConfiguration responseHeaderConfigurations[]:HeaderConfiguration urlConfiguration:UrlConfiguration`,
		"HeaderConfiguration": `headerName headerValue headerValueMatcher:HeaderValueMatcher`,
		"HeaderValueMatcher":  `ignoreCase? negate? pattern`,
		"UrlConfiguration":    `modifiedPath modifiedQueryString reroute?`,
	}
}
