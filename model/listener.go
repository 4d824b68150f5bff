package model

// Protocol is the protocol between a listener and its clients.
type Protocol string

// The protocols of a listener.
const (
	HTTP  Protocol = "HTTP"
	HTTPS Protocol = "HTTPS"
	TLS   Protocol = "TLS" // passed through, chosen by server name
	TCP   Protocol = "TCP"
	UDP   Protocol = "UDP"
)

// A Listener is one port of a load balancer.
type Listener struct {
	// unique in the load balancer; if it is empty, Seal sets "protocol-port", or
	// "protocol-port-hostname" with a host name
	Name     string
	Port     int
	Protocol Protocol
	Hostname Host // narrows the listener to one host name; the zero value is every host
	TLS      *ListenerTLS
	Routes   []Route
	// for the requests that no route matches; the zero value is 404, at layer 4 a closed connection
	Default Action
	Origins []Ref
}

// ListenerTLS is how a listener terminates TLS.
type ListenerTLS struct {
	Certificates []Certificate // chosen by server name; the first is the default
	Policy       TLSPolicy
	Client       *ClientValidation
}

// TLSPolicy is the lowest version of TLS that a client may use. The zero value is the policy that
// the cloud recommends.
type TLSPolicy string

// The TLS policies.
const (
	TLS12 TLSPolicy = "TLS1.2"
	TLS13 TLSPolicy = "TLS1.3"
)

// A Certificate has either its key, or the name of a certificate that the cloud already has.
type Certificate struct {
	Name string // unique in the load balancer: "namespace/secret", or the reference
	// the cloud's own name (an ARN, a self-link, a Key Vault secret); PEM and Key are then empty
	Reference string
	PEM       []byte // the chain, leaf first
	Key       Secret // the private key, PEM
	Origin    Ref
}

// ClientValidation is mutual TLS.
type ClientValidation struct {
	Authorities []byte // PEM bundle of the authorities that sign client certificates
	Optional    bool   // a client without a certificate, or with an invalid one, is let through
}

// IsHTTP reports whether the load balancer sees requests, so that routes can match and change them.
func (p Protocol) IsHTTP() bool { return p == HTTP || p == HTTPS }
