package gcptest

import (
	"slices"

	"google.golang.org/api/compute/v1"
)

// maxCertificates is the maximum number of SSL certificates of an HTTPS proxy (reference of
// TargetHttpsProxy.sslCertificates).
const maxCertificates = 15

func httpProxyLinks(typed any) []string {
	p, _ := typed.(*compute.TargetHttpProxy)
	return []string{p.UrlMap}
}

func httpsProxyLinks(typed any) []string {
	p, _ := typed.(*compute.TargetHttpsProxy)
	out := append([]string{p.UrlMap}, p.SslCertificates...)
	if p.SslPolicy != "" {
		out = append(out, p.SslPolicy)
	}
	return out
}

func checkHTTPProxy(ch *change) *fault {
	p, _ := ch.typed.(*compute.TargetHttpProxy)
	if err := checkIdleTimeout(p.HttpKeepAliveTimeoutSec); err != nil {
		return err
	}
	return ch.checkProxyMap(p.UrlMap)
}

// checkIdleTimeout allows 5 to 1200 seconds (reference of httpKeepAliveTimeoutSec).
func checkIdleTimeout(seconds int64) *fault {
	if seconds != 0 && (seconds < 5 || seconds > 1200) {
		return invalid("resource.httpKeepAliveTimeoutSec", seconds, "The value must be from 5 to 1200.")
	}
	return nil
}

// checkProxyMap checks that the URL map of a proxy exists in the same scope, and that its load
// balancing scheme is that of the forwarding rules of the proxy.
func (ch *change) checkProxyMap(link string) *fault {
	if link == "" {
		return required("resource.urlMap")
	}
	o, err := ch.refHere("resource.urlMap", link, "urlMaps")
	if err != nil {
		return err
	}
	scheme := ch.server.state.schemeOf(o)
	for user := range ch.server.state.everything() {
		fr, ok := user.typed.(*compute.ForwardingRule)
		if ok && scheme != "" && fr.Target == ch.key.link() && fr.LoadBalancingScheme != scheme {
			return invalid("resource.urlMap", link, "The load balancing scheme does not match that of forwarding rule '"+user.key.path()+"'.")
		}
	}
	return nil
}

// schemeOf returns the load balancing scheme of the services of a URL map. It is empty for a map
// without services.
func (s *state) schemeOf(urlMap *object) string {
	for _, link := range urlMapLinks(urlMap.typed) {
		k, _ := parseLink(link, "")
		if o, ok := s.effective(k); ok {
			if b, ok := o.typed.(*compute.BackendService); ok {
				return b.LoadBalancingScheme
			}
		}
	}
	return ""
}

func checkHTTPSProxy(ch *change) *fault {
	p, _ := ch.typed.(*compute.TargetHttpsProxy)
	if err := checkIdleTimeout(p.HttpKeepAliveTimeoutSec); err != nil {
		return err
	}
	if err := ch.checkProxyMap(p.UrlMap); err != nil {
		return err
	}
	if err := ch.checkNoHTTPSRedirect(p.UrlMap); err != nil {
		return err
	}
	if len(p.SslCertificates) == 0 {
		return required("resource.sslCertificates")
	}
	if len(p.SslCertificates) > maxCertificates {
		return invalid("resource.sslCertificates", len(p.SslCertificates), "At most 15 SSL certificates can be specified.")
	}
	for i, link := range p.SslCertificates {
		if slices.Contains(p.SslCertificates[:i], link) {
			return invalid("resource.sslCertificates", link, "Duplicate certificate.")
		}
		if _, err := ch.refHere("resource.sslCertificates", link, "sslCertificates"); err != nil {
			return err
		}
	}
	if p.SslPolicy == "" {
		return nil
	}
	_, err := ch.refHere("resource.sslPolicy", p.SslPolicy, "sslPolicies")
	return err
}

// checkNoHTTPSRedirect rejects a URL map with an HTTPS redirect, which only HTTP proxies allow
// (reference of HttpRedirectAction.httpsRedirect).
func (ch *change) checkNoHTTPSRedirect(link string) *fault {
	k, _ := parseLink(link, ch.key.project)
	o, ok := ch.server.state.effective(k)
	if !ok {
		return notFound(k.path())
	}
	m, _ := o.typed.(*compute.UrlMap)
	for _, r := range redirectsOf(m) {
		if r.HttpsRedirect {
			return invalid("resource.urlMap", link, "httpsRedirect is not permitted for a URL map used in a target HTTPS proxy.")
		}
	}
	return nil
}

// redirectsOf returns all redirects of a URL map.
func redirectsOf(m *compute.UrlMap) []*compute.HttpRedirectAction {
	all := []*compute.HttpRedirectAction{m.DefaultUrlRedirect}
	for _, p := range m.PathMatchers {
		all = append(all, p.DefaultUrlRedirect)
		for _, r := range p.PathRules {
			all = append(all, r.UrlRedirect)
		}
		for _, r := range p.RouteRules {
			all = append(all, r.UrlRedirect)
		}
	}
	return slices.DeleteFunc(all, func(r *compute.HttpRedirectAction) bool { return r == nil })
}
