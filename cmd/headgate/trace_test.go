package main

import (
	"testing"

	"github.com/headgate-io/headgate/model"
)

func FuzzParseRequest(f *testing.F) {
	lb, err := model.Seal(model.LoadBalancer{ID: "a/b", Listeners: []model.Listener{{Port: 80, Protocol: model.HTTP, Routes: []model.Route{{Name: "r", Action: model.Respond(200)}}}}})
	if err != nil {
		f.Fatal(err)
	}
	f.Add("http://shop.example.com/cart?x=1", "GET", "A: b")
	f.Add("https://[::1]:8443/%zz", "G ET", ":")
	f.Fuzz(func(t *testing.T, url, method, header string) {
		r, err := parseRequest(url, method, []string{header})
		if err != nil {
			return
		}
		if r.Port < 0 || r.Port > 65535 || (r.Scheme != "http" && r.Scheme != "https") {
			t.Errorf("%+v", r)
		}
		if d := decide([]model.Sealed{lb}, r); d.Action == "" {
			t.Errorf("no action for %+v", r)
		}
	})
}
