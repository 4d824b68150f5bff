package gcptest

import (
	"net/http"
	"strings"
)

// redirect sends the redirect (reference of HttpRedirectAction).
func (x *exchange) redirect(w http.ResponseWriter, r *http.Request) {
	for _, h := range x.verdict.headers {
		editHeaders(w.Header(), h.ResponseHeadersToAdd, h.ResponseHeadersToRemove)
	}
	w.Header().Set("Location", x.location(r))
	w.WriteHeader(redirectStatus(x.verdict.redirect.RedirectResponseCode))
}

// location returns the Location of a redirect.
func (x *exchange) location(r *http.Request) string {
	a := x.verdict.redirect
	scheme, host := "http", r.Host
	if x.secure {
		scheme = "https"
	}
	if a.HttpsRedirect {
		// The default port of HTTP would be wrong for HTTPS. Unverified: other ports are unchanged.
		scheme, host = "https", strings.TrimSuffix(host, ":80")
	}
	if a.HostRedirect != "" {
		host = a.HostRedirect
	}
	path, query := x.redirectPath(newRequest(r).path), r.URL.RawQuery
	if p, q, ok := strings.Cut(path, "?"); ok {
		path, query = p, q
	}
	if query != "" && !a.StripQuery {
		return scheme + "://" + host + path + "?" + query
	}
	return scheme + "://" + host + path
}

func (x *exchange) redirectPath(path string) string {
	a := x.verdict.redirect
	switch {
	case a.PathRedirect != "":
		return a.PathRedirect
	case a.PrefixRedirect != "":
		return a.PrefixRedirect + strings.TrimPrefix(path, x.verdict.prefix)
	default:
		return path
	}
}

// redirectStatus returns the HTTP status of a redirect response code (reference of
// HttpRedirectAction.redirectResponseCode).
func redirectStatus(code string) int {
	switch code {
	case "FOUND":
		return http.StatusFound
	case "SEE_OTHER":
		return http.StatusSeeOther
	case "TEMPORARY_REDIRECT":
		return http.StatusTemporaryRedirect
	case "PERMANENT_REDIRECT":
		return http.StatusPermanentRedirect
	default:
		return http.StatusMovedPermanently
	}
}
