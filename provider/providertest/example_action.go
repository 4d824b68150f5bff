package providertest

import (
	"net/http"
	"slices"
	"time"

	"github.com/headgate-io/headgate/model"
)

func onFilters(change func(*model.Filters)) func(*usage) {
	return func(u *usage) { change(&u.route.Filters) }
}

func filterExamples() []example {
	headers := &model.HeaderChange{Set: []model.Header{{Name: "X-Set", Value: "set"}}, Add: []model.Header{{Name: "X-Added", Value: "added"}}, Remove: []string{"X-Removed"}}
	rewrite := func(r model.PathRewrite) func(*usage) {
		return onFilters(func(f *model.Filters) { f.Rewrite = &model.Rewrite{Path: &r} })
	}
	return []example{
		example{feature: model.FeatureRequestHeaders, name: "request-headers", with: onFilters(func(f *model.Filters) { f.Request = headers })}.
			sent("GET", "X-Set", "other", "X-Removed", "removed", "X-Added", "first"),
		example{feature: model.FeatureResponseHeaders, name: "response-headers", with: onFilters(func(f *model.Filters) { f.Response = headers })}.paths("/1"),
		{feature: model.FeatureBackendFilters, name: "backend-filters", with: func(u *usage) {
			u.route.Action.Forward.Groups[0].Filters.Request = headers
		}},
		example{feature: model.FeatureHostRewrite, name: "host-rewrite", with: onFilters(func(f *model.Filters) { f.Rewrite = &model.Rewrite{Host: "inner.example.com"} })}.paths("/1"),
		example{feature: model.FeaturePathRewrite, name: "path-rewrite", with: rewrite(model.PathRewrite{Value: "/9"})}.paths("/1", "/1/2?page=1"),
		example{feature: model.FeaturePathRewrite, name: "prefix-rewrite", with: rewrite(model.PathRewrite{Prefix: true, Value: "/9"})}.paths("/1", "/1/2?page=1"),
		{feature: model.FeatureMirror, name: "mirror", with: onFilters(func(f *model.Filters) { f.Mirrors = []model.Mirror{{Group: blog, Numerator: 1, Denominator: 1}} })},
		{feature: model.FeatureCORS, name: "cors", with: onFilters(func(f *model.Filters) {
			f.CORS = &model.CORS{Origins: []string{"https://shop.test"}, Methods: []string{"GET"}, MaxAge: time.Minute}
		})},
		{feature: model.FeatureRequestTimeout, name: "request-timeout", with: func(u *usage) { u.route.Timeouts.Request = 40 * time.Second }},
		{feature: model.FeatureBackendTimeout, name: "backend-timeout", with: func(u *usage) { u.route.Timeouts.Backend = 40 * time.Second }},
		{feature: model.FeatureRetry, name: "retry", with: func(u *usage) {
			u.route.Retry = &model.Retry{Attempts: 2, Codes: []int{503}, Backoff: time.Second}
		}},
	}
}

func onAction(a model.Action) func(*usage) { return func(u *usage) { u.route.Action = a } }

func fixedTo(f model.Fixed) func(*usage) { return onAction(model.Action{Fixed: &f}) }

func redirectTo(r model.Redirect) func(*usage) { return onAction(model.Action{Redirect: &r}) }

func actionExamples() []example {
	moved := model.Redirect{Host: "moved.example.com", Status: http.StatusMovedPermanently}
	found, port, path, prefixed, temporary, permanent := moved, moved, moved, moved, moved, moved
	found.Status = http.StatusFound
	port.Port = 8443
	path.Path = &model.PathRewrite{Value: "/9"}
	prefixed.Path = &model.PathRewrite{Prefix: true, Value: "/9"}
	temporary.Status, permanent.Status = http.StatusTemporaryRedirect, http.StatusPermanentRedirect
	secure := model.Redirect{Scheme: "https", Status: http.StatusMovedPermanently}
	secureFound := model.Redirect{Scheme: "https", Status: http.StatusFound}
	return []example{
		example{feature: model.FeatureWeights, name: "weights", spread: true, with: shareOf(3, 1)}.paths(slices.Repeat([]string{"/1"}, 4)...),
		example{feature: model.FeatureWeights, name: "weight-of-zero", with: shareOf(1, 0)}.paths(slices.Repeat([]string{"/1"}, 20)...),
		example{feature: model.FeatureNoBackend, name: "no-weight", with: func(u *usage) { u.route.Action.Forward.Groups[0].Weight = 0 }}.paths("/1", "/2"),
		example{feature: model.FeatureFixedResponse, name: "forbidden", with: fixedTo(model.Fixed{Status: 403})}.paths("/1", "/2"),
		example{feature: model.FeatureFixedResponse, name: "teapot", with: fixedTo(model.Fixed{Status: 418}), without: fixedTo(model.Fixed{Status: 404})}.paths("/1"),
		example{
			feature: model.FeatureFixedBody, name: "body", with: fixedTo(model.Fixed{Status: 403, ContentType: "text/plain", Body: "closed"}),
			without: fixedTo(model.Fixed{Status: 403, ContentType: "text/plain"}),
		}.paths("/1"),
		example{feature: model.FeatureNotFound, name: "not-found", with: fixedTo(model.Fixed{Status: 404})}.paths("/1", "/2"),
		example{feature: model.FeatureUnavailable, name: "unavailable", with: fixedTo(model.Fixed{Status: 503})}.paths("/1", "/2"),
		example{feature: model.FeatureRedirect, name: "moved", with: redirectTo(moved)}.paths("/1/2?page=1", "/1", "/2"),
		example{feature: model.FeatureRedirect, name: "found", with: redirectTo(found)}.paths("/1/2?page=1"),
		example{feature: model.FeatureRedirectHTTPS, name: "secure", with: redirectTo(secure)}.paths("/1/2?page=1", "/1"),
		example{feature: model.FeatureRedirectHTTPS, name: "secure-found", with: redirectTo(secureFound)}.paths("/1/2?page=1"),
		example{feature: model.FeatureRedirectPort, name: "redirect-port", with: redirectTo(port), without: redirectTo(moved)}.paths("/1/2?page=1"),
		example{feature: model.FeatureRedirectPath, name: "redirect-path", with: redirectTo(path), without: redirectTo(moved)}.paths("/1/2?page=1"),
		example{feature: model.FeatureRedirectPath, name: "redirect-prefix", with: redirectTo(prefixed), without: redirectTo(moved)}.paths("/1/2?page=1", "/1"),
		example{feature: model.FeatureRedirectStatus, name: "temporary", with: redirectTo(temporary), without: redirectTo(moved)}.paths("/1/2"),
		example{feature: model.FeatureRedirectStatus, name: "permanent", with: redirectTo(permanent), without: redirectTo(moved)}.paths("/1/2"),
	}
}

// shareOf shares the requests between the group of the example and that of the blog.
func shareOf(own, other int) func(*usage) {
	return func(u *usage) {
		u.route.Action.Forward.Groups[0].Weight = own
		u.route.Action.Forward.Groups = append(u.route.Action.Forward.Groups, model.Weighted{Group: blog, Weight: other})
	}
}
