package awstest

// elbOperations returns the supported operations of Elastic Load Balancing v2.
func elbOperations() map[string]operation {
	return map[string]operation{
		"CreateLoadBalancer":             writes((*Server).createLoadBalancer),
		"DescribeLoadBalancers":          reads((*Server).describeLoadBalancers),
		"DeleteLoadBalancer":             writes((*Server).deleteLoadBalancer),
		"SetSecurityGroups":              writes((*Server).setSecurityGroups),
		"SetSubnets":                     writes((*Server).setSubnets),
		"DescribeLoadBalancerAttributes": reads((*Server).describeLoadBalancerAttributes),
		"ModifyLoadBalancerAttributes":   writes((*Server).modifyLoadBalancerAttributes),

		"CreateTargetGroup":             writes((*Server).createTargetGroup),
		"DescribeTargetGroups":          reads((*Server).describeTargetGroups),
		"ModifyTargetGroup":             writes((*Server).modifyTargetGroup),
		"DeleteTargetGroup":             writes((*Server).deleteTargetGroup),
		"DescribeTargetGroupAttributes": reads((*Server).describeTargetGroupAttributes),
		"ModifyTargetGroupAttributes":   writes((*Server).modifyTargetGroupAttributes),
		"RegisterTargets":               writes((*Server).registerTargets),
		"DeregisterTargets":             writes((*Server).deregisterTargets),
		"DescribeTargetHealth":          reads((*Server).describeTargetHealth),

		"CreateListener":               writes((*Server).createListener),
		"DescribeListeners":            reads((*Server).describeListeners),
		"ModifyListener":               writes((*Server).modifyListener),
		"DeleteListener":               writes((*Server).deleteListener),
		"DescribeListenerAttributes":   reads((*Server).describeListenerAttributes),
		"ModifyListenerAttributes":     writes((*Server).modifyListenerAttributes),
		"AddListenerCertificates":      writes((*Server).addListenerCertificates),
		"RemoveListenerCertificates":   writes((*Server).removeListenerCertificates),
		"DescribeListenerCertificates": reads((*Server).describeListenerCertificates),

		"CreateRule":        writes((*Server).createRule),
		"DescribeRules":     reads((*Server).describeRules),
		"ModifyRule":        writes((*Server).modifyRule),
		"DeleteRule":        writes((*Server).deleteRule),
		"SetRulePriorities": writes((*Server).setRulePriorities),

		"AddTags":               writes((*Server).addTags),
		"RemoveTags":            writes((*Server).removeTags),
		"DescribeTags":          reads((*Server).describeTags),
		"DescribeAccountLimits": reads((*Server).describeAccountLimits),
		"DescribeSSLPolicies":   reads((*Server).describeSSLPolicies),
	}
}
