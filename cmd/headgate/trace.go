package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/net/http/httpguts"

	"github.com/headgate-io/headgate/model"
)

func (p program) traceCommand() *cobra.Command {
	o := new(options)
	var method string
	var headers []string
	c := &cobra.Command{
		Use:   "trace -f PATH [--provider NAME [--config FILE]] URL",
		Short: "Show which route serves a request, and which groups receive it",
		Args:  oneURL,
		RunE: func(c *cobra.Command, args []string) error {
			r, err := parseRequest(args[0], method, headers)
			if err != nil {
				return fmt.Errorf("trace: %w", err)
			}
			return p.trace(c.Context(), o, r)
		},
	}
	o.inputFlags(c)
	o.cloudFlags(c, p.cloudNames())
	o.outputFlag(c, "(default text on a terminal, json elsewhere)")
	c.Flags().StringVarP(&method, "request", "X", "GET", "method of the request")
	c.Flags().StringArrayVarP(&headers, "header", "H", nil, "header of the request, 'Name: value'; can be repeated")
	return c
}

var (
	errNoURL  = errors.New("trace: exactly one URL is required, such as https://shop.example.com/cart")
	errURL    = errors.New("must be a URL of scheme http or https, such as https://shop.example.com/cart?x=1")
	errHeader = errors.New("-H must be 'Name: value'")
	errMethod = errors.New("-X must be a method such as GET")
)

func oneURL(_ *cobra.Command, args []string) error {
	if len(args) != 1 {
		return errNoURL
	}
	return nil
}

// parseRequest returns the request of arguments as curl accepts them.
func parseRequest(rawURL, method string, headers []string) (model.Request, error) {
	u, err := url.Parse(rawURL)
	if err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") {
		return model.Request{}, fmt.Errorf("the argument %w, found %q", errURL, rawURL)
	}
	// a method is a token, as a field name is (RFC 9110 section 9.1)
	if !httpguts.ValidHeaderFieldName(method) {
		return model.Request{}, fmt.Errorf("%w, found %q", errMethod, method)
	}
	r := model.Request{Scheme: u.Scheme, Host: u.Host, Method: method, Path: u.EscapedPath(), RawQuery: u.RawQuery, Query: u.Query()}
	if u.Port() != "" {
		if r.Port, err = strconv.Atoi(u.Port()); err != nil || r.Port < 1 || r.Port > 65535 {
			return model.Request{}, fmt.Errorf("the argument %w, found port %q", errURL, u.Port())
		}
	}
	r.Headers, err = parseHeaders(headers)
	if host := r.Headers["Host"]; len(host) > 0 {
		r.Host = host[len(host)-1]
	}
	return r, err
}

func parseHeaders(lines []string) (map[string][]string, error) {
	h := http.Header{}
	for _, line := range lines {
		name, value, ok := strings.Cut(line, ":")
		value = strings.TrimSpace(value)
		if !ok || !httpguts.ValidHeaderFieldName(name) || !httpguts.ValidHeaderFieldValue(value) {
			return nil, fmt.Errorf("%w, found %q", errHeader, line)
		}
		h.Add(name, value)
	}
	return h, nil
}

func (p program) trace(ctx context.Context, o *options, r model.Request) error {
	asJSON, err := o.json(!p.terminal)
	if err != nil {
		return err
	}
	cloud, err := p.openForCheck(ctx, o)
	if err != nil {
		return err
	}
	in, err := p.load(ctx, o)
	if err != nil {
		return err
	}
	p.reportSkipped(in, o.quiet)
	in.accept(cloud)
	t := decide(in.sealed, r)
	if t.others > 0 && !o.quiet {
		p.logf("%s would serve this request too; the output shows the most specific route", count(t.others, "other load balancer"))
	}
	if err := p.writeTrace(t, asJSON); err != nil {
		return err
	}
	if p.reportRefusals(in, in.all()) {
		return status(statusRefused)
	}
	return nil
}

// traced is the decision of a load balancer.
type traced struct {
	model.Decision
	balancer model.ID
	others   int // other load balancers that have a route for the request
}

// decide returns the decision of the load balancer with the most specific route, because the URL
// does not name a load balancer. Routes are ordered as within one listener. After them come default
// actions, then load balancers without a listener for the request.
func decide(sealed []model.Sealed, r model.Request) traced {
	best := traced{Decision: model.Decision{Action: model.ActionNone}}
	for _, s := range sealed {
		d := model.Decide(s, r)
		routed := d.Match != nil
		if routed && best.Match != nil {
			best.others++
		}
		if better(d, best) {
			best.Decision, best.balancer = d, s.ID()
		}
	}
	return best
}

func better(d model.Decision, best traced) bool {
	if d.Match == nil || best.Match == nil {
		return rank(d) < rank(best.Decision)
	}
	return cmp.Or(d.Match.Host.Compare(best.Match.Host), comparePaths(d.Match.Match.Path, best.Match.Match.Path)) < 0
}

func rank(d model.Decision) int {
	switch {
	case d.Match != nil:
		return 0
	case d.Action != model.ActionNone && d.Listener != "":
		return 1
	case d.Action != model.ActionNone:
		return 2
	default:
		return 3
	}
}

func comparePaths(a, b model.PathMatch) int {
	return cmp.Or(cmp.Compare(pathRank(a.Type), pathRank(b.Type)), cmp.Compare(len(b.Value), len(a.Value)))
}

func pathRank(t model.PathType) int {
	switch t {
	case model.PathExact:
		return 0
	case model.PathPrefix:
		return 1
	case model.PathRegexp:
		return 2
	}
	return 3
}

// traceJSON is the form for programs.
type traceJSON struct {
	LoadBalancer model.ID     `json:"loadBalancer"`
	Listener     string       `json:"listener"`
	Route        string       `json:"route"`
	Action       string       `json:"action"`
	Groups       []traceGroup `json:"groups"`
	Status       int          `json:"status,omitempty"`
	Location     string       `json:"location,omitempty"`
}

type traceGroup struct {
	Name   model.GroupID `json:"name"`
	Weight int           `json:"weight"`
}

func (t traced) json() traceJSON {
	doc := traceJSON{LoadBalancer: t.balancer, Listener: t.Listener, Route: t.Route, Action: string(t.Action), Groups: []traceGroup{}}
	for _, g := range t.Groups {
		doc.Groups = append(doc.Groups, traceGroup{g.Group, g.Weight})
	}
	if t.Redirect != nil {
		doc.Status, doc.Location = t.Redirect.Status, t.Redirect.Location
	}
	if t.Fixed != nil {
		doc.Status = t.Fixed.Status
	}
	return doc
}

func (p program) writeTrace(t traced, asJSON bool) error {
	if asJSON {
		return writeJSON(p.stdout, t.json())
	}
	_, err := fmt.Fprint(p.stdout, t.text())
	return err
}

// text returns the decision for people, one line for each property.
func (t traced) text() string {
	var b strings.Builder
	line := func(name, value string) { fmt.Fprintf(&b, "%-14s %s\n", name, oneLine(value)) }
	if t.balancer == "" {
		line("action", "none: no load balancer listens there")
		return b.String()
	}
	line("load balancer", string(t.balancer))
	line("listener", cmp.Or(t.Listener, "(none for this host)"))
	line("route", cmp.Or(t.Route, "(the default of the listener)"))
	if t.Match != nil {
		line("", t.Match.Host.String()+" "+string(t.Match.Match.Path.Type)+" "+t.Match.Match.Path.Value)
		line("from", t.Match.Route.Origin.String())
	}
	line("action", t.what())
	for _, g := range t.Groups {
		line("group", fmt.Sprintf("%s weight %d", g.Group, g.Weight))
	}
	return b.String()
}

func (t traced) what() string {
	switch {
	case t.Redirect != nil:
		return fmt.Sprintf("redirect %d to %s", t.Redirect.Status, t.Redirect.Location)
	case t.Fixed != nil:
		return fmt.Sprintf("answer %d", t.Fixed.Status)
	default:
		return string(t.Action)
	}
}
