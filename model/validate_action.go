package model

import (
	"strconv"
	"time"
)

// The bounds of actions and filters.
const (
	maxWeight = 1_000_000 // Gateway API, BackendRef
	maxHeader = 4096      // bytes of a value; Gateway API, HTTPHeader
	maxBody   = 1024      // bytes; the least that a cloud takes (AWS fixed responses)
	maxGroups = 1000      // of one forward
)

// action checks an action of a route with the given matches, or a default, which has no matches.
func (v *validator) action(w *where, a *Action, matches []Match) {
	layer4 := !v.listening.Protocol.IsHTTP()
	set := 0
	for _, is := range [...]bool{a.Forward != nil, a.Redirect != nil, a.Fixed != nil} {
		if is {
			set++
		}
	}
	if set > 1 || set == 0 && !layer4 {
		v.reject(w, strconv.Itoa(set)+" actions", "one of forward, redirect and fixed")
		return
	}
	if layer4 && (a.Redirect != nil || a.Fixed != nil) {
		v.reject(w, "an answer", "a forward: "+string(v.listening.Protocol)+" has no requests")
	}
	switch {
	case a.Forward != nil:
		v.forward(w, a.Forward, matches)
	case a.Redirect != nil:
		v.redirect(w, a.Redirect, matches)
	case a.Fixed != nil:
		v.fixed(w, a.Fixed)
	}
}

func (v *validator) forward(w *where, f *Forward, matches []Match) {
	at := w.field("forward")
	if len(f.Groups) == 0 || len(f.Groups) > maxGroups {
		v.rejectField(&at, "groups", strconv.Itoa(len(f.Groups))+" groups", "1 to "+strconv.Itoa(maxGroups))
		return
	}
	for i := range f.Groups {
		g := at.at("groups", i)
		v.number(&g, "weight", f.Groups[i].Weight, 0, maxWeight)
		v.backend(&g, f.Groups[i].Group)
		v.filters(&g, &f.Groups[i].Filters, matches)
	}
	if len(f.Groups) > 1 {
		v.weights(&at, f.Groups)
	}
}

// weights limits the sum of the shares of one group.
func (v *validator) weights(w *where, shares []Weighted) {
	sums := make(map[GroupID]int, len(shares))
	for i := range shares {
		sums[shares[i].Group] += max(0, min(shares[i].Weight, maxWeight))
	}
	for i := range shares {
		if sum := sums[shares[i].Group]; sum > maxWeight {
			at := w.at("groups", i)
			v.rejectField(&at, "weight", strconv.Itoa(sum)+" in all", "up to "+strconv.Itoa(maxWeight)+" for one group")
			return
		}
	}
}

// backend checks that a group exists and that its protocol fits the listener.
func (v *validator) backend(w *where, id GroupID) {
	g := v.groups[id]
	if g == nil {
		allowed := "a group of the load balancer"
		if v.gone[id] {
			allowed = "a group that is valid"
		}
		v.rejectField(w, "group", quote(string(id)), allowed)
		return
	}
	p := v.listening.Protocol
	var fits bool
	switch g.Protocol {
	case BackendTCP:
		fits = p == TCP || p == TLS
	case BackendUDP:
		fits = p == UDP
	case BackendHTTP, BackendHTTPS, BackendHTTP2, BackendGRPC:
		fits = p.IsHTTP()
	default:
		fits = true // reported at the group
	}
	if !fits {
		v.rejectField(w, "group", quote(string(id))+" of "+string(g.Protocol), "a group that fits a listener of "+string(p))
	}
}

func (v *validator) redirect(w *where, r *Redirect, matches []Match) {
	at := w.field("redirect")
	if r.Scheme != "" && r.Scheme != "http" && r.Scheme != "https" {
		v.unknown(&at, "scheme", r.Scheme, "http or https")
	}
	v.exactHost(&at, "host", r.Host)
	v.number(&at, "port", r.Port, 0, maxPort)
	switch r.Status {
	case 301, 302, 303, 307, 308:
	default:
		v.rejectField(&at, "status", strconv.Itoa(r.Status), "301, 302, 303, 307 or 308")
	}
	if r.Path != nil {
		path := at.field("path")
		v.pathRewrite(&path, r.Path, matches)
	}
	if r.Scheme == "" && r.Host == "" && r.Port == 0 && r.Path == nil {
		v.reject(&at, "nothing", "a change of scheme, host, port or path; otherwise the client would be redirected without end")
	}
}

// pathRewrite allows the replacement of a prefix only where a prefix matched (Gateway API,
// HTTPPathModifier).
func (v *validator) pathRewrite(w *where, p *PathRewrite, matches []Match) {
	v.path(w, "value", p.Value)
	if !p.Prefix {
		return
	}
	prefixes := len(matches) > 0
	for i := range matches {
		prefixes = prefixes && matches[i].Path.Type == PathPrefix
	}
	if !prefixes {
		v.rejectField(w, "prefix", "true", "false where a match is not of a prefix")
	}
}

func (v *validator) fixed(w *where, f *Fixed) {
	at := w.field("fixed")
	v.number(&at, "status", f.Status, 200, 599)
	v.text(&at, "contentType", f.ContentType, 0, maxTagKey)
	v.text(&at, "body", f.Body, 0, maxBody)
}

func (v *validator) filters(w *where, f *Filters, matches []Match) {
	if f.isZero() {
		return
	}
	at := w.field("filters")
	request, response := at.field("request"), at.field("response")
	v.change(&request, f.Request)
	v.change(&response, f.Response)
	if f.Rewrite != nil {
		rewrite := at.field("rewrite")
		v.exactHost(&rewrite, "host", f.Rewrite.Host)
		if f.Rewrite.Path != nil {
			path := rewrite.field("path")
			v.pathRewrite(&path, f.Rewrite.Path, matches)
		}
	}
	for i := range f.Mirrors {
		m := at.at("mirrors", i)
		v.backend(&m, f.Mirrors[i].Group)
		v.number(&m, "denominator", f.Mirrors[i].Denominator, 1, maxWeight)
		v.number(&m, "numerator", f.Mirrors[i].Numerator, 0, max(0, f.Mirrors[i].Denominator))
	}
	if f.CORS != nil {
		v.cors(&at, f.CORS)
	}
}

func (v *validator) change(w *where, h *HeaderChange) {
	if h == nil {
		return
	}
	set := make(map[string]bool, len(h.Set))
	for i := range h.Set {
		at := w.at("set", i)
		v.header(&at, &h.Set[i])
		if set[h.Set[i].Name] {
			v.rejectField(&at, "name", quote(h.Set[i].Name), "a header that is set once")
		}
		set[h.Set[i].Name] = true
	}
	for i := range h.Add {
		at := w.at("add", i)
		v.header(&at, &h.Add[i])
	}
	for i := range h.Remove {
		at := w.at("remove", i)
		v.token(&at, "", h.Remove[i])
	}
}

func (v *validator) header(w *where, h *Header) {
	v.token(w, "name", h.Name)
	v.text(w, "value", h.Value, 0, maxHeader)
}

func (v *validator) cors(w *where, c *CORS) {
	at := w.field("cors")
	v.duration(&at, "maxAge", c.MaxAge, 365*maxTimeout)
	if c.MaxAge%time.Second != 0 {
		v.rejectField(&at, "maxAge", c.MaxAge.String(), "whole seconds")
	}
	for i, s := range c.Origins {
		o := at.at("origins", i)
		v.text(&o, "", s, 1, maxText)
	}
	v.tokens(&at, "methods", c.Methods)
	v.tokens(&at, "headers", c.Headers)
	v.tokens(&at, "expose", c.Expose)
}

func (v *validator) tokens(w *where, name string, tokens []string) {
	for i, s := range tokens {
		at := w.at(name, i)
		v.token(&at, "", s)
	}
}
