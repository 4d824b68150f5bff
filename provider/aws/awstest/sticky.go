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
// balancer makes the cookie AWSALB, and AWSALBCORS with SameSite=None for requests from other
// sites, and sends requests that bring it to the same target until its time is over or the target
// is not healthy any more. At AWS the value is encrypted. Unverified: that requests do not prolong
// the time.
const (
	stickyCookie     = "AWSALB"
	stickyCookieCORS = "AWSALBCORS"
	// cookieLife is how long a browser keeps the cookie, whatever the duration of stickiness.
	cookieLife = 7 * 24 * time.Hour
)

// stuck reads which target of a group a request is bound to, and until when.
func (g weighted) stuck(r *http.Request, now time.Time) (address string, until time.Time, ok bool) {
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

// lease picks the target that a request is bound to, if it is healthy, or any other. until is when
// the bond ends, zero for a new one.
func (g weighted) lease(r *http.Request, now time.Time) (l *dataplane.Lease, until time.Time, ok bool) {
	address, until, bound := g.stuck(r, now)
	if bound && g.pool.health()[address] == dataplane.Healthy {
		// The pool hands out its targets in turn: the one wanted comes within one round, unless
		// others take part in it.
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

// bind sets the cookies for a target.
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
