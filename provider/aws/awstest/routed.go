package awstest

import (
	"net/http"
	"strconv"
	"strings"
)

// Routed is what a listener does with a request, before a target is picked.
type Routed struct {
	// Groups are the names of the target groups of a forward action, with their weights.
	Groups map[string]int
	// Status is that of a fixed response or a redirect, else 0.
	Status int
	// Body is that of a fixed response.
	Body string
	// Location is where a redirect leads.
	Location string
}

// Route tells what the listener at an address, such as name-1.us-east-1.elb.amazonaws.com:80, does
// with a request, by the rules that its data plane follows. Of the request count RequestURI, Host,
// Method, Header and RemoteAddr. ok is false where nothing listens.
func (s *Server) Route(address string, r *http.Request) (routed Routed, ok bool) {
	seat := s.seatAt(address)
	if seat == nil {
		return Routed{}, false
	}
	in := requestOf(r)
	route := seat.choose(in)
	switch {
	case route == nil:
		return Routed{Status: http.StatusServiceUnavailable}, true
	case route.redirect != nil:
		status, _ := strconv.Atoi(strings.TrimPrefix(route.redirect.StatusCode, "HTTP_"))
		return Routed{Status: status, Location: seat.location(in, *route.redirect)}, true
	case route.fixed != nil:
		status, _ := strconv.Atoi(route.fixed.StatusCode)
		return Routed{Status: status, Body: route.fixed.MessageBody}, true
	default:
		routed.Groups = map[string]int{}
		for _, g := range route.groups {
			routed.Groups[g.pool.name] = g.weight
		}
		return routed, true
	}
}
