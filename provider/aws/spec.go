package aws

import (
	"net/netip"
	"strconv"
	"strings"

	"github.com/headgate-io/headgate/model"
)

// The kinds of resources, as AWS calls them. Targets is the membership of a target group.
const (
	KindSecurityGroup = "SecurityGroup"
	KindLoadBalancer  = "LoadBalancer"
	KindCertificate   = "Certificate"
	KindTargetGroup   = "TargetGroup"
	KindTargets       = "Targets"
	KindListener      = "Listener"
	KindRule          = "Rule"
)

// SecurityGroupSpec is the security group of a load balancer: it lets everybody reach its ports.
type SecurityGroupSpec struct {
	Ports []int // sorted
	Tags  map[string]string
}

// LoadBalancerSpec is an Application Load Balancer. Its scheme is in its name.
type LoadBalancerSpec struct {
	Scheme         string
	Subnets        []string // sorted
	SecurityGroups []string // names of security groups, or IDs of those that are not the cluster's
	Tags           map[string]string
}

// TargetGroupSpec is a target group of type ip. Protocol is in its name.
type TargetGroupSpec struct {
	Protocol string
	Check    CheckSpec
	Draining int // deregistration delay in seconds
	Sticky   int // seconds for which a cookie binds a client to a target; 0 is not at all
	Tags     map[string]string
	// Untouched is whether a tag says that draining and affinity are AWS's defaults because
	// Headgate never changed them. It is observed, never wanted and not compared.
	Untouched bool `json:"-"`
}

// CheckSpec is the health check of a target group. Times are in seconds.
type CheckSpec struct {
	Protocol, Path, Port string // Port is a number or traffic-port
	Interval, Timeout    int
	Healthy, Unhealthy   int
	Codes                string
}

// TargetsSpec is what is registered with a target group, sorted. Leaving are those of the targets
// which are wanted only until others can serve, as far as that is known; it is not compared.
type TargetsSpec struct {
	Targets []netip.AddrPort
	Leaving []netip.AddrPort `json:",omitempty"`
}

// CertificateSpec is an imported certificate. PEM and key are not read back; the fingerprint is in
// the name.
type CertificateSpec struct {
	PEM []byte
	Key model.Secret
}

// ListenerSpec is a listener. Certificates are names of certificates, or ARNs; the first is the
// default.
type ListenerSpec struct {
	Protocol     string
	Certificates []string
	Policy       string
	Default      ActionSpec
}

// RuleSpec is a rule. Its conditions are its identity.
type RuleSpec struct {
	Priority   int
	Conditions []Condition
	Action     ActionSpec
}

// Condition is one condition of a rule. Field is AWS's word.
type Condition struct {
	Field   string
	Name    string // of a header, or the key of a query parameter
	Values  []string
	Regexes []string
}

// ActionSpec is what a rule does: exactly one of its fields is set.
type ActionSpec struct {
	Forward  []Share
	Redirect *RedirectSpec
	Fixed    *FixedSpec
}

// Share is a target group, by name, and its weight.
type Share struct {
	Group  string
	Weight int
}

// RedirectSpec is a redirect in AWS's terms, with #{…} for what stays.
type RedirectSpec struct{ Protocol, Host, Port, Path, Status string }

// FixedSpec is a fixed response.
type FixedSpec struct{ Status, ContentType, Body string }

// String is the condition in one line, the same for equal conditions only.
func (c Condition) String() string {
	s := c.Field
	if c.Name != "" {
		s += " " + strconv.Quote(c.Name)
	}
	if len(c.Regexes) > 0 {
		return s + " regex " + quoted(c.Regexes)
	}
	return s + " " + quoted(c.Values)
}

// String is the action in one line.
func (a ActionSpec) String() string {
	switch {
	case a.Redirect != nil:
		r := a.Redirect
		return "redirect " + strings.ToLower(strings.TrimPrefix(r.Status, "HTTP_")) + " " + strings.ToLower(r.Protocol) + "://" + r.Host + ":" + r.Port + r.Path
	case a.Fixed != nil:
		return strings.TrimSpace("fixed-response " + a.Fixed.Status + " " + a.Fixed.ContentType + " " + a.Fixed.Body)
	default:
		shares := make([]string, 0, len(a.Forward))
		for _, s := range a.Forward {
			shares = append(shares, s.Group+"="+strconv.Itoa(s.Weight))
		}
		return "forward " + strings.Join(shares, " ")
	}
}

func quoted(texts []string) string {
	all := make([]string, 0, len(texts))
	for _, text := range texts {
		all = append(all, strconv.Quote(text))
	}
	return strings.Join(all, " or ")
}
