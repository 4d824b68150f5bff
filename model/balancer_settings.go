package model

// MaxTags is how many tags a load balancer may have.
const MaxTags = 50

// LoadBalancerSettings returns the settings of a load balancer, each declared once.
func LoadBalancerSettings() []Setting[LoadBalancer] {
	return []Setting[LoadBalancer]{
		{
			Name: "scheme", Field: "scheme", Example: "internal", Unset: "internet-facing",
			Meaning:   "Where clients can reach the load balancer from. A value that is not allowed makes it internal, so that a mistake exposes nothing.",
			Bounds:    Bounds{OneOf: string(InternetFacing + " " + Internal)},
			Malformed: string(Internal),
			At:        func(lb *LoadBalancer) Value { return (*Text)(&lb.Scheme) },
			Feature:   func(lb *LoadBalancer) Feature { return lb.Scheme.feature() },
		},
		{
			Name: "ip-family", Field: "family", Example: "dualstack", Unset: "ipv4",
			Meaning: "The IP family of the load balancer's own addresses.",
			Bounds:  Bounds{OneOf: string(IPv4 + " " + IPv6 + " " + DualStack)},
			At:      func(lb *LoadBalancer) Value { return (*Text)(&lb.Family) },
			Feature: func(lb *LoadBalancer) Feature { return lb.Family.feature() },
		},
		{
			Name: "static-addresses", Field: "addresses", Example: "shop-address", Unset: "addresses that the cloud chooses",
			Allowed: "names or values of reserved addresses, separated by commas, up to 16",
			Meaning: "The addresses of the load balancer.",
			Bounds:  Bounds{Max: 16, Check: IsWord},
			Wider:   Bounds{Check: func(s string) bool { return len(s) <= maxText && isText(s) }},
			At:      func(lb *LoadBalancer) Value { return (*List)(&lb.Addresses) },
			Feature: func(*LoadBalancer) Feature { return FeatureStaticAddress },
		},
		{
			Name: "tags", Field: "tags", Example: "team=shop", Unset: "only the tags of Headgate",
			Meaning:  "Tags or labels of the cloud resources of this load balancer.",
			Bounds:   Bounds{Max: 40},
			Wider:    Bounds{Max: MaxTags},
			Additive: true,
			At:       func(lb *LoadBalancer) Value { return (*Tags)(&lb.Tags) },
		},
	}
}

// TLSSettings returns the settings of a listener that terminates TLS, each declared once.
func TLSSettings() []Setting[ListenerTLS] {
	return []Setting[ListenerTLS]{
		{
			Name: "tls-policy", Field: "policy", Example: "TLS1.3", Unset: "the policy that the cloud recommends",
			Meaning: "The lowest version of TLS that a client may use.",
			Bounds:  Bounds{OneOf: string(TLS12 + " " + TLS13)},
			At:      func(t *ListenerTLS) Value { return (*Text)(&t.Policy) },
			Feature: func(*ListenerTLS) Feature { return FeatureTLSPolicy },
		},
	}
}

func (s Scheme) feature() Feature {
	switch s {
	case InternetFacing:
		return FeatureInternetFacing
	case Internal:
		return FeatureInternal
	default:
		return ""
	}
}

func (f Family) feature() Feature {
	switch f {
	case IPv6:
		return FeatureIPv6
	case DualStack:
		return FeatureDualStack
	case IPv4:
		return ""
	default:
		return ""
	}
}

// maxWord bounds one entry of a list, in bytes. An Azure resource ID is the longest in use.
const maxWord = 512

// IsWord reports whether s may be an entry of a list: up to 512 bytes of visible ASCII without
// blanks.
func IsWord(s string) bool { return len(s) <= maxWord && isPrintable(s) }
