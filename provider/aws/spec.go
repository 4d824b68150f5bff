package aws

import (
	"net/netip"
	"strconv"
	"strings"

	"github.com/headgate-io/headgate/model"
)

// The kinds of resources. Each is AWS's own term, except Targets, which is the membership of a
// target group.
const (
	KindSecurityGroup = "SecurityGroup"
	KindLoadBalancer  = "LoadBalancer"
	KindCertificate   = "Certificate"
	KindTargetGroup   = "TargetGroup"
	KindTargets       = "Targets"
	KindListener      = "Listener"
	KindRule          = "Rule"
)

// SecurityGroupSpec is the security group of a load balancer. It opens ports to everyone.
type SecurityGroupSpec struct {
	Ports []int // sorted
	Tags  map[string]string
}

// LoadBalancerSpec is an Application Load Balancer. The scheme is part of its name.
type LoadBalancerSpec struct {
	Scheme  string
	Subnets []string // sorted
	// SecurityGroups are sorted: the names of those that belong to the cluster, and the IDs of
	// others.
	SecurityGroups []string
	Tags           map[string]string
}

// TargetGroupSpec is a target group of type ip. The protocol is part of its name.
type TargetGroupSpec struct {
	Protocol string
	Check    CheckSpec
	Draining int // deregistration delay in seconds
	Sticky   int // seconds for which a cookie binds a client to a target; 0 turns affinity off
	// SlowStart is how many seconds the share of a new target grows; 0 turns slow start off.
	SlowStart int `json:",omitempty"`
	Tags      map[string]string
	// Untouched reports whether a tag records that the attributes, such as draining, have been
	// the defaults of AWS since the target group was created. It is only observed, and not
	// compared.
	Untouched bool `json:"-"`
}

// CheckSpec is the health check of a target group. Times are in seconds.
type CheckSpec struct {
	Protocol, Path     string
	Port               string // a number or traffic-port
	Interval, Timeout  int
	Healthy, Unhealthy int
	Codes              string
}

// TargetsSpec is the targets that are registered with a target group.
type TargetsSpec struct {
	Targets []netip.AddrPort // sorted
	// Retained are those of the targets that are wanted only until their replacements are healthy.
	// They are not compared, and not observed.
	Retained []netip.AddrPort `json:",omitempty"`
}

// CertificateSpec is an imported certificate. PEM and key cannot be read back, so that their hash
// is part of the name.
type CertificateSpec struct {
	PEM []byte
	Key model.Secret
}

// ListenerSpec is a listener.
type ListenerSpec struct {
	Protocol string
	// Certificates are names of certificates or ARNs. The first is the default certificate.
	Certificates []string
	Policy       string
	Default      ActionSpec
	// Reserved are the priorities of rules that do not belong to the cluster, sorted. They are only
	// observed, and not compared.
	Reserved []int `json:"-"`
}

// RuleSpec is a rule. The conditions identify it.
type RuleSpec struct {
	// Priority is a multiple of priorityStep if the rule is wanted; see freePriority.
	Priority   int
	Conditions []Condition
	Action     ActionSpec
	// Reserved is that of the listener.
	Reserved []int `json:"-"`
}

// Condition is one condition of a rule.
type Condition struct {
	Field   string // as in RuleCondition
	Name    string // of a header, or the key of a query parameter
	Values  []string
	Regexes []string
}

// ActionSpec is the action of a rule or listener. Exactly one field is set.
type ActionSpec struct {
	Forward  []Share
	Redirect *RedirectSpec
	Fixed    *FixedSpec
}

// Share is the weight of a target group, given by name, in a forward action.
type Share struct {
	Group  string
	Weight int
}

// RedirectSpec is a redirect. A part that stays the same is a placeholder such as #{host}.
type RedirectSpec struct{ Protocol, Host, Port, Path, Status string }

// FixedSpec is a fixed response.
type FixedSpec struct{ Status, ContentType, Body string }

// String returns the condition on one line. Only equal conditions have the same text.
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

// String returns the action on one line.
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
