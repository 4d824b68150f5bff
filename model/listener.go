package model

// Protocol is what a listener speaks with its clients.
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
	// unique in the load balancer; Seal sets "protocol-port", and "-hostname" if there is one,
	// where it is empty
	Name     string
	Port     int
	Protocol Protocol
	Hostname Host // narrows the listener to one host name; the zero value is every host
	TLS      *ListenerTLS
	Routes   []Route
	// what a request gets that no route matches; the zero value is 404, at layer 4 a closed
	// connection
	Default Action
	Origins []Ref
}

// ListenerTLS is how a listener ends TLS.
type ListenerTLS struct {
	Certificates []Certificate // chosen by server name; the first is the default
	Policy       TLSPolicy
	Client       *ClientValidation
}

// TLSPolicy is the least version of TLS that a client may speak. The zero value is the cloud's
// recommended policy.
type TLSPolicy string

// The TLS policies.
const (
	TLS12 TLSPolicy = "TLS1.2"
	TLS13 TLSPolicy = "TLS1.3"
)

// A Certificate comes with its key, or by the name under which the cloud already holds it.
type Certificate struct {
	Name string // unique in the load balancer: "namespace/secret", or the reference
	// the cloud's own name (an ARN, a self-link, a Key Vault secret); then PEM and Key are empty
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

// IsHTTP tells whether requests are seen, so that routes can match and change them.
func (p Protocol) IsHTTP() bool { return p == HTTP || p == HTTPS }
