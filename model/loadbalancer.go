package model

// ID names a load balancer within a cluster: "namespace/name" for one object, "group/name" for
// several that share one.
type ID string

// A LoadBalancer is everything that one address, or one pair of addresses, serves. With groups and
// no listener it is a set of standalone groups, which something else attaches to a load balancer.
type LoadBalancer struct {
	ID        ID
	Scheme    Scheme
	Family    Family
	Addresses []string // static addresses by name or value; none lets the cloud choose
	Listeners []Listener
	Groups    []Group
	Tags      map[string]string
	Origins   []Ref // the objects that it came from, by which status finds its way back
}

// Scheme is where clients can reach a load balancer from.
type Scheme string

// The schemes. The zero value is internet-facing.
const (
	InternetFacing Scheme = "internet-facing"
	Internal       Scheme = "internal"
)

// Family is the IP family of a load balancer's own addresses.
type Family string

// The families. The zero value is IPv4.
const (
	IPv4      Family = "ipv4"
	IPv6      Family = "ipv6"
	DualStack Family = "dualstack"
)

// Ref names the object that a part of the model came from.
type Ref struct {
	Kind      string `json:"kind"`
	Namespace string `json:"namespace,omitempty"`
	Name      string `json:"name"`
	// Field is the path within the object, such as "spec.rules[0].http.paths[1]"; empty means the
	// whole object.
	Field string `json:"field,omitempty"`
}

// Object returns the reference without its field: the object as a whole.
func (r Ref) Object() Ref { return Ref{Kind: r.Kind, Namespace: r.Namespace, Name: r.Name} }

// String returns "Kind namespace/name field".
func (r Ref) String() string {
	slash, space := "", ""
	if r.Namespace != "" {
		slash = "/"
	}
	if r.Field != "" {
		space = " "
	}
	return r.Kind + " " + r.Namespace + slash + r.Name + space + r.Field
}
