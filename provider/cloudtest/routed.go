package cloudtest

// Routed is what a listener of an embedded cloud does with a request, before it chooses a server.
type Routed struct {
	// Groups holds the weight of each group that the request may go to, by name: target groups,
	// backend services or pools. Groups of weight 0 are left out. It is empty where the listener
	// answers by itself.
	Groups map[string]int
	// Status is what the listener answers by itself (a redirect, a fixed response, an error); 0
	// where it forwards.
	Status int
	// Location is where a redirect leads.
	Location string
	// Body is the body of a fixed response.
	Body string
	// Host and Path are what the server sees, after rewrites; empty where the listener answers by
	// itself.
	Host, Path string
}
