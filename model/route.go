package model

import "time"

// A Route applies its action to the requests that meet one of its hosts and one of its matches.
type Route struct {
	Name     string  // unique in the listener; the last word of precedence
	Hosts    []Host  // none means any host; within the host name of the listener
	Matches  []Match // any of them suffices; none means every request; none at layer 4
	Filters  Filters
	Timeouts Timeouts
	Retry    *Retry
	Action   Action
	Age      time.Time // when the object was made; older wins where all else is equal
	Origin   Ref
}

// Host is an exact host name, or every host below one. The zero value is any host.
type Host struct {
	Name     string // lower case, no port; for a wildcard the part behind "*."
	Wildcard Wildcard
}

// Wildcard is how many labels may stand before a host's name.
type Wildcard uint8

// The wildcards.
const (
	NoWildcard Wildcard = iota
	OneLabel            // Ingress: exactly one label
	AnyLabels           // Gateway API: one label or more
)

// Match is a set of conditions, all of which a request must meet.
type Match struct {
	Path    PathMatch
	Headers []ValueMatch // names without regard to case
	Query   []ValueMatch
	Method  string // empty is any
}

// PathMatch compares the path of a request as it was sent, with case and without its query.
type PathMatch struct {
	Type PathType
	// Value begins with "/" and is escaped as in a request. It has no query, empty segments, dot
	// segments or escaped slashes. The final slash of a prefix has no meaning. A regular expression
	// has RE2 syntax and must match the whole path.
	Value string
}

// PathType is how a path is compared.
type PathType string

// The path types. The zero value is PathPrefix "/".
const (
	PathExact PathType = "Exact"
	// element by element: /foo matches /foo and /foo/bar, not /foobar
	PathPrefix PathType = "Prefix"
	PathRegexp PathType = "RegularExpression"
)

// ValueMatch compares one header or query parameter.
type ValueMatch struct {
	Name  string
	Type  ValueType
	Value string
}

// ValueType is how a value is compared.
type ValueType string

// The value types. The zero value is exact.
const (
	ValueExact   ValueType = "Exact"
	ValueRegexp  ValueType = "RegularExpression" // RE2, against the whole value
	ValuePresent ValueType = "Present"
)

// Filters change a request or its response.
type Filters struct {
	Request  *HeaderChange
	Response *HeaderChange
	Rewrite  *Rewrite
	Mirrors  []Mirror
	CORS     *CORS
}

// HeaderChange sets, adds and removes headers, in this order.
type HeaderChange struct {
	Set, Add []Header
	Remove   []string
}

// Header is one header.
type Header struct{ Name, Value string }

// Rewrite changes host and path before a request reaches its backend.
type Rewrite struct {
	Host string
	Path *PathRewrite
}

// PathRewrite replaces the whole path, or the prefix that matched.
type PathRewrite struct {
	Prefix bool // replace the matched prefix only
	Value  string
}

// Mirror sends a copy of a share of the requests to a group and ignores the answers.
type Mirror struct {
	Group       GroupID
	Numerator   int // share of the requests; zero of zero is all
	Denominator int
}

// CORS answers preflight requests and sets the headers for cross-origin requests.
type CORS struct {
	Origins, Methods, Headers, Expose []string
	Credentials                       bool
	MaxAge                            time.Duration
}

// Timeouts limit the duration of a request. Zero is the default of the cloud.
type Timeouts struct {
	Request time.Duration // from the first byte of the request to the last of the response
	Backend time.Duration // one try
}

// Retry repeats a request that failed.
type Retry struct {
	Attempts int
	Codes    []int // statuses to retry on; connection failures always are
	Backoff  time.Duration
}
