package main

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestEchoReportsPodAndRequest(t *testing.T) {
	env := map[string]string{"POD_NAME": "shop-1", "POD_NAMESPACE": "demo", "NODE_NAME": "node-0", "POD_IP": "10.1.2.3"}
	h := newHandler(identityOf(func(name string) string { return env[name] }))
	r := httptest.NewRequest(http.MethodPost, "http://shop.example.com/cart?status=201&x=1", nil)
	r.Header.Set("X-Test", "yes")
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	var got answer
	if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	want := answer{
		identity: identity{Pod: "shop-1", Namespace: "demo", Node: "node-0", IP: "10.1.2.3"},
		Method:   "POST", Host: "shop.example.com", Path: "/cart", Query: "status=201&x=1", Proto: "HTTP/1.1",
		Remote: r.RemoteAddr, Headers: http.Header{"X-Test": {"yes"}},
	}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(answer{})); w.Code != 201 || diff != "" {
		t.Errorf("status %d (-want +got):\n%s", w.Code, diff)
	}
}

func TestHealthStatusCanBeSet(t *testing.T) {
	h := newHandler(identity{})
	for _, step := range []struct {
		method, target string
		want           int
	}{
		{"GET", "/healthz", 200}, {"PUT", "/healthz?status=503", 200}, {"GET", "/healthz", 503},
		{"PUT", "/healthz?status=9", 400}, {"GET", "/healthz", 503}, {"PUT", "/healthz", 200}, {"GET", "/healthz", 200},
		{"GET", "/?delay=soon", 400}, {"GET", "/?status=1000", 400},
	} {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest(step.method, step.target, nil))
		if w.Code != step.want {
			t.Fatalf("%s %s: %d, want %d", step.method, step.target, w.Code, step.want)
		}
	}
}
