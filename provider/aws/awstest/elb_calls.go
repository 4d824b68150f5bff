//nolint:revive // names as on the wire
package awstest

// Requests and responses of Elastic Load Balancing v2.

type createLoadBalancerInput struct {
	Name           string `aws:"required"`
	Subnets        []string
	SubnetMappings []elbSubnetMapping
	SecurityGroups []string
	Scheme         string   `aws:"enum=internet-facing|internal"`
	Tags           []elbTag `aws:"min=1"`
	Type           string   `aws:"enum=application|network|gateway"`
	IpAddressType  string   `aws:"enum=ipv4|dualstack|dualstack-without-public-ipv4"`
}

type loadBalancersOutput struct{ LoadBalancers []elbLoadBalancer }

type describeLoadBalancersInput struct {
	LoadBalancerArns []string
	Names            []string
	Marker           string
	PageSize         *int32 `aws:"min=1,max=400"`
}

type describeLoadBalancersOutput struct {
	LoadBalancers []elbLoadBalancer
	NextMarker    string
}

type loadBalancerArnInput struct {
	LoadBalancerArn string `aws:"required"`
}

type emptyOutput struct{}

type setSecurityGroupsInput struct {
	LoadBalancerArn string   `aws:"required"`
	SecurityGroups  []string `aws:"required"`
}

type setSecurityGroupsOutput struct{ SecurityGroupIds []string }

type setSubnetsInput struct {
	LoadBalancerArn string `aws:"required"`
	Subnets         []string
	SubnetMappings  []elbSubnetMapping
	IpAddressType   string `aws:"enum=ipv4|dualstack|dualstack-without-public-ipv4"`
}

type setSubnetsOutput struct {
	AvailabilityZones []elbAvailabilityZone
	IpAddressType     string `aws:"enum=ipv4|dualstack|dualstack-without-public-ipv4"`
}

type modifyLoadBalancerAttributesInput struct {
	LoadBalancerArn string                 `aws:"required"`
	Attributes      []elbBalancerAttribute `aws:"required,max=20"`
}

// attributesOutput may have more than the 20 attributes that the service model allows a load
// balancer, because AWS has more attributes.
type attributesOutput struct{ Attributes []elbAttribute }

type createTargetGroupInput struct {
	Name                       string `aws:"required"`
	Protocol                   string `aws:"enum=HTTP|HTTPS|TCP|TLS|UDP|TCP_UDP|GENEVE|QUIC|TCP_QUIC"`
	ProtocolVersion            string
	Port                       *int32 `aws:"min=1,max=65535"`
	VpcId                      string
	HealthCheckProtocol        string `aws:"enum=HTTP|HTTPS|TCP|TLS|UDP|TCP_UDP|GENEVE|QUIC|TCP_QUIC"`
	HealthCheckPort            string
	HealthCheckEnabled         *bool
	HealthCheckPath            string `aws:"min=1,max=1024"`
	HealthCheckIntervalSeconds *int32 `aws:"min=5,max=300"`
	HealthCheckTimeoutSeconds  *int32 `aws:"min=2,max=120"`
	HealthyThresholdCount      *int32 `aws:"min=2,max=10"`
	UnhealthyThresholdCount    *int32 `aws:"min=2,max=10"`
	Matcher                    *elbMatcher
	TargetType                 string   `aws:"enum=instance|ip|lambda|alb"`
	Tags                       []elbTag `aws:"min=1"`
	IpAddressType              string   `aws:"enum=ipv4|ipv6"`
}

type targetGroupsOutput struct{ TargetGroups []elbTargetGroup }

type modifyTargetGroupInput struct {
	TargetGroupArn             string `aws:"required"`
	HealthCheckProtocol        string `aws:"enum=HTTP|HTTPS|TCP|TLS|UDP|TCP_UDP|GENEVE|QUIC|TCP_QUIC"`
	HealthCheckPort            string
	HealthCheckPath            string `aws:"min=1,max=1024"`
	HealthCheckEnabled         *bool
	HealthCheckIntervalSeconds *int32 `aws:"min=5,max=300"`
	HealthCheckTimeoutSeconds  *int32 `aws:"min=2,max=120"`
	HealthyThresholdCount      *int32 `aws:"min=2,max=10"`
	UnhealthyThresholdCount    *int32 `aws:"min=2,max=10"`
	Matcher                    *elbMatcher
}

type describeTargetGroupsInput struct {
	LoadBalancerArn string
	TargetGroupArns []string
	Names           []string
	Marker          string
	PageSize        *int32 `aws:"min=1,max=400"`
}

type describeTargetGroupsOutput struct {
	TargetGroups []elbTargetGroup
	NextMarker   string
}

type targetGroupArnInput struct {
	TargetGroupArn string `aws:"required"`
}

type modifyTargetGroupAttributesInput struct {
	TargetGroupArn string         `aws:"required"`
	Attributes     []elbAttribute `aws:"required"`
}

type targetsInput struct {
	TargetGroupArn string      `aws:"required"`
	Targets        []elbTarget `aws:"required"`
}

type describeTargetHealthInput struct {
	TargetGroupArn string `aws:"required"`
	Targets        []elbTarget
}

type describeTargetHealthOutput struct {
	TargetHealthDescriptions []elbTargetHealthDescription
}

type createListenerInput struct {
	LoadBalancerArn string `aws:"required"`
	Protocol        string `aws:"enum=HTTP|HTTPS|TCP|TLS|UDP|TCP_UDP|GENEVE|QUIC|TCP_QUIC"`
	Port            *int32 `aws:"min=1,max=65535"`
	SslPolicy       string
	Certificates    []elbCertificate
	DefaultActions  []elbAction `aws:"required"`
	Tags            []elbTag    `aws:"min=1"`
}

type listenersOutput struct{ Listeners []elbListener }

type modifyListenerInput struct {
	ListenerArn    string `aws:"required"`
	Port           *int32 `aws:"min=1,max=65535"`
	Protocol       string `aws:"enum=HTTP|HTTPS|TCP|TLS|UDP|TCP_UDP|GENEVE|QUIC|TCP_QUIC"`
	SslPolicy      string
	Certificates   []elbCertificate
	DefaultActions []elbAction
}

type describeListenersInput struct {
	LoadBalancerArn string
	ListenerArns    []string
	Marker          string
	PageSize        *int32 `aws:"min=1,max=400"`
}

type describeListenersOutput struct {
	Listeners  []elbListener
	NextMarker string
}

type listenerArnInput struct {
	ListenerArn string `aws:"required"`
}

type modifyListenerAttributesInput struct {
	ListenerArn string         `aws:"required"`
	Attributes  []elbAttribute `aws:"required"`
}

type listenerCertificatesInput struct {
	ListenerArn  string           `aws:"required"`
	Certificates []elbCertificate `aws:"required"`
}

type certificatesOutput struct{ Certificates []elbCertificate }

type describeListenerCertificatesInput struct {
	ListenerArn string `aws:"required"`
	Marker      string
	PageSize    *int32 `aws:"min=1,max=400"`
}

type describeListenerCertificatesOutput struct {
	Certificates []elbCertificate
	NextMarker   string
}

type createRuleInput struct {
	ListenerArn string         `aws:"required"`
	Conditions  []elbCondition `aws:"required"`
	Priority    *int32         `aws:"required,min=1,max=50000"`
	Actions     []elbAction    `aws:"required"`
	Tags        []elbTag       `aws:"min=1"`
}

type rulesOutput struct{ Rules []elbRule }

type modifyRuleInput struct {
	RuleArn    string `aws:"required"`
	Conditions []elbCondition
	Actions    []elbAction
}

type describeRulesInput struct {
	ListenerArn string
	RuleArns    []string
	Marker      string
	PageSize    *int32 `aws:"min=1,max=400"`
}

type describeRulesOutput struct {
	Rules      []elbRule
	NextMarker string
}

type ruleArnInput struct {
	RuleArn string `aws:"required"`
}

type setRulePrioritiesInput struct {
	RulePriorities []elbRulePriority `aws:"required"`
}

type addTagsInput struct {
	ResourceArns []string `aws:"required"`
	Tags         []elbTag `aws:"required,min=1"`
}

type removeTagsInput struct {
	ResourceArns []string `aws:"required"`
	TagKeys      []string `aws:"required"`
}

type describeTagsInput struct {
	ResourceArns []string `aws:"required"`
}

type describeTagsOutput struct{ TagDescriptions []elbTagDescription }

type describeAccountLimitsInput struct {
	Marker   string
	PageSize *int32 `aws:"min=1,max=400"`
}

type describeAccountLimitsOutput struct {
	Limits     []elbLimit
	NextMarker string
}

type describeSSLPoliciesInput struct {
	Names            []string
	Marker           string
	PageSize         *int32 `aws:"min=1,max=400"`
	LoadBalancerType string `aws:"enum=application|network|gateway"`
}

type describeSSLPoliciesOutput struct {
	SslPolicies []elbSslPolicy
	NextMarker  string
}
