package model

// Action is what happens to a request. Exactly one of its fields is set. The zero value is a fixed
// 404; at layer 4, which allows only a forward, it closes the connection.
type Action struct {
	Forward  *Forward
	Redirect *Redirect
	Fixed    *Fixed
}

// Forward distributes requests among groups.
type Forward struct{ Groups []Weighted }

// WeightDivisor returns the greatest common divisor of the weights. Weights that are divided by it
// are the smallest with the same shares. It is 0 if all weights are 0.
func (f *Forward) WeightDivisor() int {
	divisor := 0
	for i := range f.Groups {
		divisor = gcd(divisor, f.Groups[i].Weight)
	}
	return divisor
}

func gcd(a, b int) int {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}

// Weighted is a group and its share.
type Weighted struct {
	Group  GroupID
	Weight int // share among the sum of weights; all zero is 503
	// Filters apply to the requests of this share alone.
	Filters Filters
}

// Redirect sends the client to another address. An empty field leaves that part of the address as
// it was.
type Redirect struct {
	Scheme string // http or https
	Host   string
	Port   int
	Path   *PathRewrite
	Status int // 301, 302, 303, 307 or 308; Seal sets 302 for zero
}

// Fixed is an answer of the load balancer itself.
type Fixed struct {
	Status      int
	ContentType string
	Body        string
}

// ForwardTo returns an action that forwards every request to one group.
func ForwardTo(g GroupID) Action {
	return Action{Forward: &Forward{Groups: []Weighted{{Group: g, Weight: 1}}}}
}

// Respond returns an action that answers every request with a status and no body.
func Respond(status int) Action { return Action{Fixed: &Fixed{Status: status}} }
