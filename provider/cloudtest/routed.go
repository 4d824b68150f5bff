package cloudtest

// Routed is what a listener of an embedded cloud does with a request, before it selects a server.
type Routed struct {
	// Groups is the weight of each group that the request may go to, by name: target groups,
	// backend services or pools. It omits groups of weight 0, and is empty if the listener answers
	// itself.
	Groups map[string]int
	// Status is the status of a redirect, a fixed response or an error; 0 if the listener forwards.
	Status int
	// Location is the target of a redirect.
	Location string
	// Body is the body of a fixed response.
	Body string
	// Host and Path are those that the server gets, after rewrites; empty if the listener answers
	// itself.
	Host, Path string
}
