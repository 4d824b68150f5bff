package modeltest

import (
	"time"

	"github.com/headgate-io/headgate/model"
)

func (d *drawer) action(p model.Protocol, matches []model.Match) model.Action {
	switch {
	case d.chance(6, model.FeatureRedirectHTTPS):
		return model.Action{Redirect: &model.Redirect{Scheme: "https", Status: pick(d, "status", 301, 302)}}
	case d.chance(6, model.FeatureRedirect):
		return model.Action{Redirect: d.redirect(matches)}
	case d.chance(8, model.FeatureNotFound):
		return model.Respond(404)
	case d.chance(8, model.FeatureUnavailable):
		return model.Respond(503)
	case d.chance(6, model.FeatureFixedResponse):
		return model.Action{Fixed: d.fixed()}
	default:
		return d.forward(p)
	}
}

func (d *drawer) fixed() *model.Fixed {
	f := &model.Fixed{Status: pick(d, "status", 200, 403, 500)}
	if d.chance(2, model.FeatureFixedBody) {
		f.ContentType, f.Body = "text/plain", "closed"
	}
	return f
}

func (d *drawer) redirect(matches []model.Match) *model.Redirect {
	r := &model.Redirect{Host: "moved.example.com", Status: pick(d, "status", 301, 302)}
	if d.chance(3, model.FeatureRedirectStatus) {
		r.Status = pick(d, "status", 303, 307, 308)
	}
	if d.chance(3, model.FeatureRedirectPort) {
		r.Port = 8443
	}
	if d.chance(3, model.FeatureRedirectPath) {
		r.Path = d.pathRewrite(matches)
	}
	return r
}

// pathRewrite replaces a prefix only if every match has a prefix.
func (d *drawer) pathRewrite(matches []model.Match) *model.PathRewrite {
	prefixes := true
	for _, m := range matches {
		prefixes = prefixes && m.Path.Type == model.PathPrefix
	}
	return &model.PathRewrite{Prefix: prefixes && d.chance(2), Value: pick(d, "rewrite", "/", "/1", "/1/2")}
}

func (d *drawer) forward(p model.Protocol) model.Action {
	fitting := d.fitting(p)
	first := model.Weighted{Group: pick(d, "group", fitting...), Weight: 1}
	if p.IsHTTP() && d.chance(6, model.FeatureBackendFilters, model.FeatureRequestHeaders) {
		first.Filters.Request = change("X-Backend")
	}
	shares := []model.Weighted{first}
	if p.IsHTTP() && len(fitting) > 1 && d.chance(3, model.FeatureWeights) {
		shares[0].Weight = d.count("weight", 1, 10)
		for _, g := range fitting {
			if g != first.Group && len(shares) < 4 {
				shares = append(shares, model.Weighted{Group: g, Weight: d.count("weight", 0, 10)})
			}
		}
	}
	if p.IsHTTP() && d.chance(12, model.FeatureNoBackend) {
		for i := range shares {
			shares[i].Weight = 0
		}
	}
	return model.Action{Forward: &model.Forward{Groups: shares}}
}

func change(name string) *model.HeaderChange {
	return &model.HeaderChange{
		Set: []model.Header{{Name: name, Value: "set"}}, Add: []model.Header{{Name: "X-Added", Value: "added"}}, Remove: []string{"X-Removed"},
	}
}

func (d *drawer) filters(p model.Protocol, matches []model.Match) model.Filters {
	var f model.Filters
	if d.chance(6, model.FeatureRequestHeaders) {
		f.Request = change("X-Request")
	}
	if d.chance(6, model.FeatureResponseHeaders) {
		f.Response = change("X-Response")
	}
	if d.chance(8, model.FeatureHostRewrite) {
		f.Rewrite = &model.Rewrite{Host: "internal.example.com"}
	}
	if d.chance(8, model.FeaturePathRewrite) {
		if f.Rewrite == nil {
			f.Rewrite = &model.Rewrite{}
		}
		f.Rewrite.Path = d.pathRewrite(matches)
	}
	if d.chance(8, model.FeatureMirror) {
		f.Mirrors = []model.Mirror{{Group: pick(d, "mirror", d.fitting(p)...), Numerator: d.count("share", 0, 100), Denominator: 100}}
	}
	if d.chance(8, model.FeatureCORS) {
		f.CORS = &model.CORS{Origins: []string{"https://shop.test"}, Methods: []string{"GET", "POST"}, MaxAge: time.Minute}
	}
	return f
}
