package awstest

import (
	"encoding/base64"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/headgate-io/headgate/internal/dataplane"
)

// Duration-based stickiness ("Sticky sessions for your Application Load Balancer"): the load
// balancer sets the cookie AWSALB, and AWSALBCORS with SameSite=None for requests from other sites.
// It sends requests with the cookie to the same target until the cookie expires or the target
// becomes unhealthy. AWS encrypts the value. Unverified: that requests do not extend the duration.
const (
	stickyCookie     = "AWSALB"
	stickyCookieCORS = "AWSALBCORS"
	// cookieLife is the time until the cookie expires in a browser, whatever the duration.
	cookieLife = 7 * 24 * time.Hour
)

// boundTarget returns the target of a group that a request is bound to, and until when.
func (g weighted) boundTarget(r *http.Request, now time.Time) (address string, until time.Time, ok bool) {
	cookie, err := r.Cookie(stickyCookie)
	if err != nil || g.sticky == 0 {
		return "", time.Time{}, false
	}
	text, err := base64.RawURLEncoding.DecodeString(cookie.Value)
	parts := strings.Split(string(text), " ")
	if err != nil || len(parts) != 3 || parts[0] != g.pool.name {
		return "", time.Time{}, false
	}
	milliseconds, err := strconv.ParseInt(parts[2], 10, 64)
	until = time.UnixMilli(milliseconds)
	return parts[1], until, err == nil && now.Before(until)
}

// lease returns a lease of the target that a request is bound to, if that is healthy, or else of
// any target. The time until is zero unless the request was bound.
func (g weighted) lease(r *http.Request, now time.Time) (l *dataplane.Lease, until time.Time, ok bool) {
	address, until, bound := g.boundTarget(r, now)
	if bound && g.pool.health()[address] == dataplane.Healthy {
		// The pool returns its targets in turn, so that the wanted one comes within one round,
		// unless other requests interfere.
		for range 2 * len(g.pool.health()) {
			if l, ok := g.pool.pick(); ok && l.Address() == address {
				return l, until, true
			} else if ok {
				l.Release()
			}
		}
	}
	l, ok = g.pool.pick()
	return l, time.Time{}, ok
}

// bind sets the cookies that bind a client to a target.
func (g weighted) bind(w http.ResponseWriter, address string, now, until time.Time) {
	if g.sticky == 0 {
		return
	}
	if until.IsZero() {
		until = now.Add(g.sticky)
	}
	value := base64.RawURLEncoding.EncodeToString([]byte(g.pool.name + " " + address + " " + strconv.FormatInt(until.UnixMilli(), 10)))
	expires := now.Add(cookieLife)
	http.SetCookie(w, &http.Cookie{Name: stickyCookie, Value: value, Path: "/", Expires: expires})
	http.SetCookie(w, &http.Cookie{Name: stickyCookieCORS, Value: value, Path: "/", Expires: expires, SameSite: http.SameSiteNoneMode, Secure: true})
}
