//nolint:revive // names as on the wire
package awstest

import "time"

// The shapes of Elastic Load Balancing v2 (service model 2015-12-01), with the supported members. A
// request with another member is rejected. The tags are the constraints of the model, which a test
// compares.

type elbTag struct {
	Key   string `aws:"required,min=1,max=128,pattern=tag"`
	Value string `aws:"max=256,pattern=tag"`
}

type elbAttribute struct {
	Key   string `aws:"max=256,pattern=attribute"`
	Value string
}

type elbBalancerAttribute struct {
	Key   string `aws:"max=256,pattern=attribute"`
	Value string `aws:"max=1024"`
}

type elbLoadBalancer struct {
	LoadBalancerArn       string
	DNSName               string
	CanonicalHostedZoneId string
	CreatedTime           *time.Time `json:"-"`
	LoadBalancerName      string
	Scheme                string `aws:"enum=internet-facing|internal"`
	VpcId                 string
	State                 *elbState `json:"-"`
	Type                  string    `aws:"enum=application|network|gateway"`
	AvailabilityZones     []elbAvailabilityZone
	SecurityGroups        []string
	IpAddressType         string `aws:"enum=ipv4|dualstack|dualstack-without-public-ipv4"`
}

type elbState struct {
	Code string `aws:"enum=active|provisioning|active_impaired|failed"`
}

type elbAvailabilityZone struct {
	ZoneName string
	SubnetId string
}

type elbSubnetMapping struct{ SubnetId string }

type elbMatcher struct{ HttpCode string }

type elbTargetGroup struct {
	TargetGroupArn             string
	TargetGroupName            string
	Protocol                   string `aws:"enum=HTTP|HTTPS|TCP|TLS|UDP|TCP_UDP|GENEVE|QUIC|TCP_QUIC"`
	Port                       *int32 `aws:"min=1,max=65535"`
	VpcId                      string
	HealthCheckProtocol        string `aws:"enum=HTTP|HTTPS|TCP|TLS|UDP|TCP_UDP|GENEVE|QUIC|TCP_QUIC"`
	HealthCheckPort            string
	HealthCheckEnabled         *bool
	HealthCheckIntervalSeconds *int32 `aws:"min=5,max=300"`
	HealthCheckTimeoutSeconds  *int32 `aws:"min=2,max=120"`
	HealthyThresholdCount      *int32 `aws:"min=2,max=10"`
	UnhealthyThresholdCount    *int32 `aws:"min=2,max=10"`
	HealthCheckPath            string `aws:"min=1,max=1024"`
	Matcher                    *elbMatcher
	LoadBalancerArns           []string `json:"-"`
	TargetType                 string   `aws:"enum=instance|ip|lambda|alb"`
	ProtocolVersion            string
	IpAddressType              string `aws:"enum=ipv4|ipv6"`
}

type elbCertificate struct {
	CertificateArn string
	IsDefault      *bool
}

type elbListener struct {
	ListenerArn     string
	LoadBalancerArn string
	Port            *int32 `aws:"min=1,max=65535"`
	Protocol        string `aws:"enum=HTTP|HTTPS|TCP|TLS|UDP|TCP_UDP|GENEVE|QUIC|TCP_QUIC"`
	Certificates    []elbCertificate
	SslPolicy       string
	DefaultActions  []elbAction
}

type elbRule struct {
	RuleArn    string
	Priority   string
	Conditions []elbCondition
	Actions    []elbAction
	IsDefault  bool
}

type elbAction struct {
	Type                string `aws:"required,enum=forward|authenticate-oidc|authenticate-cognito|redirect|fixed-response|jwt-validation"`
	TargetGroupArn      string
	Order               *int32 `aws:"min=1,max=50000"`
	RedirectConfig      *elbRedirect
	FixedResponseConfig *elbFixedResponse
	ForwardConfig       *elbForward
}

type elbRedirect struct {
	Protocol   string `aws:"pattern=redirectProtocol"`
	Port       string
	Host       string  `aws:"min=1,max=128"`
	Path       string  `aws:"min=1,max=128"`
	Query      *string `aws:"min=0,max=128"`
	StatusCode string  `aws:"required,enum=HTTP_301|HTTP_302"`
}

type elbFixedResponse struct {
	MessageBody string `aws:"min=0,max=1024"`
	StatusCode  string `aws:"required,pattern=status"`
	ContentType string `aws:"min=0,max=32"`
}

type elbForward struct {
	TargetGroups                []elbTargetGroupTuple
	TargetGroupStickinessConfig *elbGroupStickiness
}

type elbTargetGroupTuple struct {
	TargetGroupArn string
	Weight         *int32
}

type elbGroupStickiness struct {
	Enabled         *bool
	DurationSeconds *int32
}

type elbCondition struct {
	Field                   string `aws:"max=64"`
	Values                  []string
	HostHeaderConfig        *elbPatterns
	PathPatternConfig       *elbPatterns
	HttpHeaderConfig        *elbHeaderPatterns
	QueryStringConfig       *elbQueryPatterns
	HttpRequestMethodConfig *elbValues
	SourceIpConfig          *elbValues
	RegexValues             []string
}

type elbPatterns struct {
	Values      []string
	RegexValues []string
}

type elbHeaderPatterns struct {
	HttpHeaderName string
	Values         []string
	RegexValues    []string
}

type elbQueryPatterns struct{ Values []elbKeyValue }

type elbKeyValue struct {
	Key   string
	Value string
}

type elbValues struct{ Values []string }

type elbRulePriority struct {
	RuleArn  string
	Priority *int32 `aws:"min=1,max=50000"`
}

type elbTarget struct {
	Id               string `aws:"required"`
	Port             *int32 `aws:"min=1,max=65535"`
	AvailabilityZone string
}

type elbTargetHealthDescription struct {
	Target          *elbTarget
	HealthCheckPort string
	TargetHealth    *elbTargetHealth
}

type elbTargetHealth struct {
	State       string `aws:"enum=initial|healthy|unhealthy|unhealthy.draining|unused|draining|unavailable"`
	Reason      string `aws:"enum=Elb.RegistrationInProgress|Elb.InitialHealthChecking|Target.ResponseCodeMismatch|Target.Timeout|Target.FailedHealthChecks|Target.NotRegistered|Target.NotInUse|Target.DeregistrationInProgress|Target.InvalidState|Target.IpUnusable|Target.HealthCheckDisabled|Elb.InternalError"`
	Description string
}

type elbTagDescription struct {
	ResourceArn string
	Tags        []elbTag
}

type elbLimit struct {
	Name string
	Max  string
}

type elbSslPolicy struct {
	SslProtocols               []string
	Name                       string
	SupportedLoadBalancerTypes []string
}
