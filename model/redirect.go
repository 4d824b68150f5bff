package model

import (
	"net/url"
	"strconv"
	"strings"
)

// redirectTo returns the location of a redirect. The default port is that of the scheme if the
// redirect has one, else that of the listener. A port that the scheme implies is not written
// (Gateway API, HTTPRequestRedirectFilter).
func redirectTo(to *Redirect, matched *Entry, l *Listener, r *Request, name string) *RedirectTo {
	scheme, host, port := to.Scheme, to.Host, to.Port
	if port == 0 && scheme == "" {
		port = l.Port
	}
	if scheme == "" {
		scheme = strings.ToLower(string(l.Protocol))
	}
	if host == "" {
		host = name
	}
	if port != 0 && port != wellKnownPort(scheme) {
		host += ":" + strconv.Itoa(port)
	}
	return &RedirectTo{Location: scheme + "://" + host + redirectPath(to.Path, matched, r) + redirectQuery(r), Status: to.Status}
}

func redirectPath(rw *PathRewrite, matched *Entry, r *Request) string {
	if rw == nil {
		return requestPath(r.Path)
	}
	m := PathMatch{Type: PathPrefix, Value: "/"}
	if matched != nil {
		m = matched.Match.Path
	}
	return RewritePath(*rw, m, r.Path)
}

func redirectQuery(r *Request) string {
	switch {
	case r.RawQuery != "":
		return "?" + r.RawQuery
	case len(r.Query) > 0:
		return "?" + url.Values(r.Query).Encode()
	default:
		return ""
	}
}
