package model

// Action is what becomes of a request: exactly one of its fields is set. The zero value is a fixed
// 404; at layer 4, where only a forward can be, it leads nowhere.
type Action struct {
	Forward  *Forward
	Redirect *Redirect
	Fixed    *Fixed
}

// Forward shares requests among groups.
type Forward struct{ Groups []Weighted }

// Weighted is a group and its share.
type Weighted struct {
	Group  GroupID
	Weight int // share among the sum of weights; all zero is 503
	// Filters apply to the requests of this share alone.
	Filters Filters
}

// Redirect answers with another address. An empty field keeps what the request had.
type Redirect struct {
	Scheme string // http or https
	Host   string
	Port   int
	Path   *PathRewrite
	Status int // 301, 302, 303, 307 or 308; Seal sets 302 for zero
}

// Fixed answers without a backend.
type Fixed struct {
	Status      int
	ContentType string
	Body        string
}

// ForwardTo forwards everything to one group.
func ForwardTo(g GroupID) Action {
	return Action{Forward: &Forward{Groups: []Weighted{{Group: g, Weight: 1}}}}
}

// Respond answers every request with a bare status.
func Respond(status int) Action { return Action{Fixed: &Fixed{Status: status}} }
