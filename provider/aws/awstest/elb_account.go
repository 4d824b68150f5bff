package awstest

import (
	"slices"
	"strconv"
)

func (s *Server) describeAccountLimits(in *describeAccountLimitsInput) (*describeAccountLimitsOutput, error) {
	limits := []elbLimit{
		limit("application-load-balancers", maxBalancers),
		limit("condition-values-per-alb-rule", maxConditionValues),
		limit("condition-wildcards-per-alb-rule", maxWildcards),
		limit("listeners-per-application-load-balancer", maxListeners),
		limit("rules-per-application-load-balancer", maxRules),
		limit("target-groups", maxTargetGroups),
		limit("target-groups-per-action-on-application-load-balancer", maxGroupsPerAction),
		limit("target-groups-per-application-load-balancer", maxGroupsPerBalancer),
		limit("targets-per-application-load-balancer", s.options.TargetQuota),
	}
	part, next, err := page(limits, in.Marker, in.PageSize)
	return &describeAccountLimitsOutput{Limits: part, NextMarker: next}, err
}

func limit(name string, n int) elbLimit { return elbLimit{Name: name, Max: strconv.Itoa(n)} }

func (s *Server) describeSSLPolicies(in *describeSSLPoliciesInput) (*describeSSLPoliciesOutput, error) {
	var found []elbSslPolicy
	for _, p := range sslPolicies() {
		if len(in.Names) == 0 || slices.Contains(in.Names, p.Name) {
			found = append(found, p)
		}
	}
	if len(found) < len(in.Names) {
		return nil, refuse("SSLPolicyNotFound", "one or more SSL policies not found")
	}
	part, next, err := page(found, in.Marker, in.PageSize)
	return &describeSSLPoliciesOutput{SslPolicies: part, NextMarker: next}, err
}

// defaultPolicy is the policy of a listener that is created through the API without one ("Security
// policies for your Application Load Balancer").
const defaultPolicy = "ELBSecurityPolicy-2016-08"

// sslPolicies returns policies of that page with their protocols. The ciphers are those of
// crypto/tls.
func sslPolicies() []elbSslPolicy {
	policy := func(name string, protocols ...string) elbSslPolicy {
		return elbSslPolicy{Name: name, SslProtocols: protocols, SupportedLoadBalancerTypes: []string{"application", "network"}}
	}
	return []elbSslPolicy{
		policy(defaultPolicy, "TLSv1", "TLSv1.1", "TLSv1.2"),
		policy("ELBSecurityPolicy-TLS-1-1-2017-01", "TLSv1.1", "TLSv1.2"),
		policy("ELBSecurityPolicy-TLS-1-2-2017-01", "TLSv1.2"),
		policy("ELBSecurityPolicy-TLS-1-2-Ext-2018-06", "TLSv1.2"),
		policy("ELBSecurityPolicy-FS-1-2-Res-2020-10", "TLSv1.2"),
		policy("ELBSecurityPolicy-TLS13-1-0-2021-06", "TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3"),
		policy("ELBSecurityPolicy-TLS13-1-2-2021-06", "TLSv1.2", "TLSv1.3"),
		policy("ELBSecurityPolicy-TLS13-1-2-Res-2021-06", "TLSv1.2", "TLSv1.3"),
		policy("ELBSecurityPolicy-TLS13-1-3-2021-06", "TLSv1.3"),
	}
}

func sslPolicy(name string) (elbSslPolicy, bool) {
	policies := sslPolicies()
	i := slices.IndexFunc(policies, func(p elbSslPolicy) bool { return p.Name == name })
	if i < 0 {
		return elbSslPolicy{}, false
	}
	return policies[i], true
}
