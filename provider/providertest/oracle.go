package providertest

import (
	"cmp"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/headgate-io/headgate/model"
)

// oracle compares the answers of a data plane with model.Decide.
type oracle struct {
	lb     model.Sealed
	levels map[model.Feature]model.Support
}

func (s *stage) oracle(lb model.Sealed) oracle {
	return oracle{lb, s.Process().Capabilities().Features}
}

// objection describes how an answer differs from what the model decides. It is empty if the answer
// is right.
func (o oracle) objection(q model.Request, got answer) string {
	decided := q
	decided.Host = authority(q)
	d := model.Decide(o.lb, decided)
	var want string
	switch d.Action {
	case model.ActionForward:
		want = o.forward(d, q, got)
	case model.ActionRedirect:
		want = redirected(d.Redirect, got)
	case model.ActionFixed:
		want = o.fixed(d.Fixed, got)
	case model.ActionNone:
		if got.err == nil {
			want = "no connection"
		}
	}
	if want == "" {
		return ""
	}
	return fmt.Sprintf("%s %s://%s%s?%s %v: route %q of listener %q: want %s, got %s", q.Method, q.Scheme, authority(q), q.Path, q.RawQuery, q.Headers, d.Route, d.Listener, want, got)
}

// forward expects an answer of a pod of one of the groups, or 503 if one of them has no ready pod.
func (o oracle) forward(d model.Decision, q model.Request, got answer) string {
	var pods []string
	empty, shares := 0, 0
	for _, w := range d.Groups {
		if w.Weight == 0 {
			continue
		}
		shares++
		ready := o.readyPods(w.Group)
		if len(ready) == 0 {
			empty++
		}
		pods = append(pods, ready...)
	}
	if got.pod == "" && got.err == nil && (empty > 0 || shares == 0) {
		return o.bare(model.FeatureNoBackend, http.StatusServiceUnavailable, got)
	}
	if !slices.Contains(pods, got.pod) {
		return fmt.Sprintf("one of the pods %v", pods)
	}
	return o.reached(d, q, got)
}

func (o oracle) readyPods(id model.GroupID) []string {
	g, _ := o.lb.Group(id)
	var out []string
	for _, e := range g.Endpoints {
		if e.State == model.Ready {
			out = append(out, strings.TrimPrefix(e.Pod, "default/"))
		}
	}
	return out
}

// reached compares the request that the pod got, and the headers of its answer, with the filters of
// the route.
func (o oracle) reached(d model.Decision, q model.Request, got answer) string {
	host, path := authority(q), cmp.Or(q.Path, "/")
	if d.Match == nil {
		return unchanged(host, path, q, got)
	}
	f := d.Match.Route.Filters
	if f.Rewrite != nil {
		host = cmp.Or(f.Rewrite.Host, host)
		if f.Rewrite.Path != nil {
			path = model.RewritePath(*f.Rewrite.Path, d.Match.Match.Path, q.Path)
		}
	}
	return cmp.Or(unchanged(host, path, q, got), changed(f.Request, got.seen.Header), changed(f.Response, got.header), o.encrypted(d, got))
}

func unchanged(host, path string, q model.Request, got answer) string {
	uri := path
	if q.RawQuery != "" {
		uri += "?" + q.RawQuery
	}
	switch {
	case got.seen.URI != uri:
		return "the pod to get " + uri
	case hostname(got.seen.Host) != hostname(host):
		return "the pod to get the host " + host
	case got.seen.Method != q.Method:
		return "the pod to get the method " + q.Method
	default:
		return ""
	}
}

func hostname(authority string) string {
	if h, _, err := net.SplitHostPort(authority); err == nil {
		authority = h
	}
	return strings.ToLower(authority)
}

// changed checks that headers were changed.
func changed(c *model.HeaderChange, got http.Header) string {
	if c == nil {
		return ""
	}
	for _, h := range c.Set {
		if v := got.Values(h.Name); len(v) != 1 || v[0] != h.Value {
			return fmt.Sprintf("the header %s to be %q, not %q", h.Name, h.Value, v)
		}
	}
	for _, h := range c.Add {
		if v := got.Values(h.Name); !slices.Contains(v, h.Value) {
			return fmt.Sprintf("the header %s to have %q, not %q", h.Name, h.Value, v)
		}
	}
	for _, name := range c.Remove {
		if v := got.Values(name); len(v) > 0 {
			return fmt.Sprintf("no header %s, not %q", name, v)
		}
	}
	return ""
}

// encrypted compares the protocol of the group with how the pod was reached.
func (o oracle) encrypted(d model.Decision, got answer) string {
	for _, w := range d.Groups {
		g, _ := o.lb.Group(w.Group)
		switch {
		case !slices.Contains(o.readyPods(w.Group), got.pod):
		case g.Protocol == model.BackendHTTPS && !got.seen.TLS:
			return "the pod to be reached by TLS"
		case g.Protocol == model.BackendHTTP && got.seen.TLS:
			return "the pod to be reached in clear"
		}
	}
	return ""
}

func redirected(to *model.RedirectTo, got answer) string {
	if got.pod != "" || got.err != nil || got.status != to.Status || normalURL(got.header.Get("Location")) != normalURL(to.Location) {
		return fmt.Sprintf("%d %s", to.Status, to.Location)
	}
	return ""
}

// normalURL removes the port that the scheme implies, and makes the host lower case.
func normalURL(location string) string {
	u, err := url.Parse(location)
	if err != nil {
		return location
	}
	if u.Scheme == "http" && u.Port() == "80" || u.Scheme == "https" && u.Port() == "443" {
		u.Host = u.Hostname()
	}
	u.Host = strings.ToLower(u.Host)
	return u.String()
}

func (o oracle) fixed(f *model.Fixed, got answer) string {
	bare := f.Body == "" && f.ContentType == ""
	switch {
	case bare && f.Status == http.StatusNotFound:
		return o.bare(model.FeatureNotFound, f.Status, got)
	case bare && f.Status == http.StatusServiceUnavailable:
		return o.bare(model.FeatureUnavailable, f.Status, got)
	case got.pod != "" || got.status != f.Status:
		return fmt.Sprintf("%d %q", f.Status, f.Body)
	case f.Body != "" && (got.body != f.Body || !strings.HasPrefix(got.header.Get("Content-Type"), f.ContentType)):
		return fmt.Sprintf("the body %q of type %s", f.Body, f.ContentType)
	default:
		return ""
	}
}

// bare expects a status of the load balancer. If the feature is not fully supported, any error
// status is right.
func (o oracle) bare(f model.Feature, status int, got answer) string {
	supported := o.levels[f].Level == model.Supported
	switch {
	case got.pod != "":
		return fmt.Sprintf("%d, and no pod", status)
	case supported && got.status != status:
		return strconv.Itoa(status)
	case !supported && got.err == nil && got.status < http.StatusBadRequest:
		return fmt.Sprintf("%d or another error", status)
	default:
		return ""
	}
}
