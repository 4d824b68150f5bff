package awstest

// The default quotas ("Quotas for your Application Load Balancers"; "Amazon VPC quotas").
const (
	maxBalancers          = 50
	maxListeners          = 50   // of a load balancer
	maxCertificates       = 25   // of a load balancer, without default certificates
	maxGroupsPerAction    = 5    // target groups of a forward action
	maxGroupsPerBalancer  = 100  // different target groups of a load balancer
	maxTargetsPerBalancer = 1000 // registrations over all target groups of a load balancer
	maxTargetGroups       = 3000
	maxTargets            = 1000 // of a target group
	maxRules              = 100  // of a load balancer, without default rules
	maxConditionValues    = 5    // of a rule
	maxWildcards          = 5    // of a rule
	maxGroupsPerInterface = 5    // security groups of a network interface
	maxRulesPerGroup      = 60   // of a security group, for each direction
	maxSecurityGroups     = 2500
)

// maxValuesPerCondition is the maximum number of values of one condition ("Condition types for
// listener rules", Condition basics). A source-ip condition can have five
// (SourceIpConditionConfig).
const maxValuesPerCondition = 3

// maxTargetsPerCall is the maximum number of targets of one RegisterTargets or DeregisterTargets.
// Unverified: no page documents a limit. Existing controllers send at most 200.
const maxTargetsPerCall = 200

// maxPartsPerCall is the maximum number of ARNs of one DescribeListeners or DescribeRules.
// Unverified: no page documents a limit. This is the limit of DescribeTags.
const maxPartsPerCall = 20
