package cloudtest_test

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/headgate-io/headgate/provider/cloudtest"
)

// plane is a control plane that counts effects. The operation of a call is its path.
type plane struct {
	wire    *cloudtest.Wire
	server  *httptest.Server
	effects atomic.Int64
	release chan struct{} // if not nil, calls wait in the control plane until it is closed
	entered chan struct{}
}

func newPlane(t *testing.T) *plane {
	p := &plane{entered: make(chan struct{}, 100)}
	p.wire = cloudtest.New(cloudtest.Options{
		Describe: func(r *http.Request, _ []byte) (string, cloudtest.Kind) {
			kind := cloudtest.Write
			if r.Method == http.MethodGet {
				kind = cloudtest.Read
			}
			return strings.TrimPrefix(r.URL.Path, "/"), kind
		},
		Throttled: func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "slow down", http.StatusTooManyRequests) },
		Broken: func(w http.ResponseWriter, _ *http.Request) {
			http.Error(w, "our fault", http.StatusServiceUnavailable)
		},
	})
	p.server = httptest.NewServer(p.wire.Handler(p))
	t.Cleanup(p.server.Close)
	return p
}

func (p *plane) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.entered <- struct{}{}
	if p.release != nil {
		<-p.release
	}
	if r.Method != http.MethodGet {
		p.effects.Add(1)
	}
	w.Header().Set("Operation", r.URL.Path)
	w.WriteHeader(http.StatusCreated)
	_, _ = io.Copy(w, r.Body)
}

// send returns the status of a call, or 0 if its connection was closed.
func (p *plane) send(t *testing.T, method, api string) int {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, p.server.URL+"/"+api, strings.NewReader("body"))
	if err != nil {
		t.Fatal(err)
	}
	if method == http.MethodGet {
		r.Body, r.ContentLength = nil, 0
	}
	reply, err := p.server.Client().Do(r)
	if err != nil {
		if !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("%s %s: got %v, want a closed connection", method, api, err)
		}
		return 0
	}
	defer func() { _ = reply.Body.Close() }()
	if _, err := io.Copy(io.Discard, reply.Body); err != nil {
		t.Errorf("%s %s: read reply: %v", method, api, err)
	}
	return reply.StatusCode
}

func TestCallPassesUnchanged(t *testing.T) {
	p := newPlane(t)
	reply, err := p.server.Client().Post(p.server.URL+"/Create", "text/plain", strings.NewReader("a document"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = reply.Body.Close() }()
	body, err := io.ReadAll(reply.Body)
	if err != nil {
		t.Fatal(err)
	}
	if reply.StatusCode != http.StatusCreated || reply.Header.Get("Operation") != "/Create" || string(body) != "a document" {
		t.Errorf("got %d, %v, %q", reply.StatusCode, reply.Header, body)
	}
}

func TestCallsAreRecordedInOrder(t *testing.T) {
	p := newPlane(t)
	p.send(t, "GET", "Describe")
	p.send(t, "POST", "Create")
	p.send(t, "DELETE", "Delete")
	want := []cloudtest.Call{
		{Seq: 1, API: "Describe", Method: "GET", Path: "/Describe", Status: 201},
		{Seq: 2, API: "Create", Kind: cloudtest.Write, Method: "POST", Path: "/Create", Status: 201},
		{Seq: 3, API: "Delete", Kind: cloudtest.Write, Method: "DELETE", Path: "/Delete", Status: 201},
	}
	ignoreTime := cmpopts.IgnoreFields(cloudtest.Call{}, "At")
	if diff := cmp.Diff(want, p.wire.Calls(), ignoreTime); diff != "" {
		t.Errorf("calls (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(want[1:], p.wire.Writes(), ignoreTime); diff != "" {
		t.Errorf("writes (-want +got):\n%s", diff)
	}
	if at := p.wire.Calls()[0].At; at.IsZero() {
		t.Error("a call has no time")
	}
	p.wire.Reset()
	p.send(t, "GET", "Again")
	if diff := cmp.Diff([]cloudtest.Call{{Seq: 1, API: "Again", Method: "GET", Path: "/Again", Status: 201}}, p.wire.Calls(), ignoreTime); diff != "" {
		t.Errorf("calls after reset (-want +got):\n%s", diff)
	}
}

func TestConcurrentCallsAreAllRecorded(t *testing.T) {
	p := newPlane(t)
	p.entered = make(chan struct{}, 200)
	var clients sync.WaitGroup
	for range 10 {
		clients.Go(func() {
			for range 20 {
				p.send(t, "POST", "Create")
			}
		})
	}
	clients.Wait()
	calls := p.wire.Calls()
	for i, c := range calls {
		if c.Seq != i+1 || c.Status != 201 {
			t.Fatalf("call %d is %+v", i, c)
		}
	}
	if len(calls) != 200 || p.effects.Load() != 200 {
		t.Errorf("%d calls and %d effects, want 200", len(calls), p.effects.Load())
	}
}

func TestBodyIsBounded(t *testing.T) {
	p := newPlane(t)
	reply, err := p.server.Client().Post(p.server.URL+"/Create", "text/plain", bytes.NewReader(make([]byte, 16<<20+1)))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = reply.Body.Close() }()
	if reply.StatusCode != http.StatusRequestEntityTooLarge || p.effects.Load() != 0 {
		t.Errorf("status %d, %d effects", reply.StatusCode, p.effects.Load())
	}
}

func TestLatencyDelaysTheReplyButNotTheEffect(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := cloudtest.New(cloudtest.Options{})
		w.SetLatency(3 * time.Second)
		begin := time.Now()
		var effect time.Duration
		handler := w.Handler(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { effect = time.Since(begin) }))
		reply := httptest.NewRecorder()
		handler.ServeHTTP(reply, httptest.NewRequestWithContext(t.Context(), "PUT", "/", http.NoBody))
		if elapsed := time.Since(begin); elapsed != 3*time.Second || effect != 0 {
			t.Errorf("reply after %v, effect after %v", elapsed, effect)
		}
		if reply.Code != http.StatusOK {
			t.Errorf("status %d", reply.Code)
		}
	})
}

func TestDefaultsDistinguishReadsFromWrites(t *testing.T) {
	w := cloudtest.New(cloudtest.Options{})
	handler := w.Handler(http.NotFoundHandler())
	for _, method := range []string{"GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"} {
		handler.ServeHTTP(httptest.NewRecorder(), httptest.NewRequestWithContext(t.Context(), method, "/", http.NoBody))
	}
	var writes []string
	for _, c := range w.Writes() {
		writes = append(writes, c.API)
	}
	if diff := cmp.Diff([]string{"POST", "PUT", "PATCH", "DELETE"}, writes); diff != "" {
		t.Errorf("writes (-want +got):\n%s", diff)
	}
}
