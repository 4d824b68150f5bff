package cloudtest_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/headgate-io/headgate/provider/cloudtest"
)

func TestClientSeesEachKindOfFault(t *testing.T) {
	tests := []struct {
		kind    cloudtest.FaultKind
		status  int
		effects int64
	}{
		{cloudtest.Throttle, http.StatusTooManyRequests, 0},
		{cloudtest.FailBefore, http.StatusServiceUnavailable, 0},
		{cloudtest.FailAfter, http.StatusServiceUnavailable, 1},
		{cloudtest.LoseReply, 0, 1},
		{cloudtest.Refuse, 0, 0},
	}
	for _, test := range tests {
		t.Run(test.kind.String(), func(t *testing.T) {
			p := newPlane(t)
			// This reuses the connection: net/http repeats requests that fail on a reused one, if
			// they are idempotent.
			p.send(t, "GET", "First")
			p.wire.Reset()
			p.wire.Inject(cloudtest.Fault{Kind: test.kind, Times: 1})
			if got := p.send(t, "POST", "Create"); got != test.status {
				t.Errorf("status %d, want %d", got, test.status)
			}
			if got := p.effects.Load(); got != test.effects {
				t.Errorf("%d effects, want %d", got, test.effects)
			}
			if got := p.wire.Calls()[0].Status; got != test.status {
				t.Errorf("recorded status %d, want %d", got, test.status)
			}
			if got := p.send(t, "POST", "Create"); got != http.StatusCreated {
				t.Errorf("the next call got %d", got)
			}
		})
	}
}

func TestInterruptedReadsAreNotRepeated(t *testing.T) {
	for _, kind := range []cloudtest.FaultKind{cloudtest.LoseReply, cloudtest.Refuse} {
		p := newPlane(t)
		p.send(t, "GET", "First")
		p.wire.Inject(cloudtest.Fault{Kind: kind, Times: 1})
		if got := p.send(t, "GET", "Describe"); got != 0 {
			t.Errorf("%v: status %d, want a closed connection", kind, got)
		}
		if got := len(p.wire.Calls()); got != 2 {
			t.Errorf("%v: %d calls, want 2", kind, got)
		}
	}
}

func TestFaultHitsOnlyWhatMatches(t *testing.T) {
	tests := map[string]struct {
		faults []cloudtest.Fault
		want   []int // of GET A, POST A, POST B, POST A, POST A
	}{
		"none":            {nil, []int{201, 201, 201, 201, 201}},
		"all":             {[]cloudtest.Fault{{Kind: cloudtest.Throttle}}, []int{429, 429, 429, 429, 429}},
		"writes":          {[]cloudtest.Fault{{Writes: true, Kind: cloudtest.Throttle}}, []int{201, 429, 429, 429, 429}},
		"one operation":   {[]cloudtest.Fault{{API: "B", Kind: cloudtest.Throttle}}, []int{201, 201, 429, 201, 201}},
		"twice":           {[]cloudtest.Fault{{Times: 2, Kind: cloudtest.Throttle}}, []int{429, 429, 201, 201, 201}},
		"after two":       {[]cloudtest.Fault{{Skip: 2, Kind: cloudtest.Throttle}}, []int{201, 201, 429, 429, 429}},
		"second write":    {[]cloudtest.Fault{{Writes: true, Skip: 1, Times: 1, Kind: cloudtest.Throttle}}, []int{201, 201, 429, 201, 201}},
		"second A write":  {[]cloudtest.Fault{{API: "A", Writes: true, Skip: 1, Times: 1, Kind: cloudtest.Throttle}}, []int{201, 201, 201, 429, 201}},
		"one after other": {[]cloudtest.Fault{{Times: 1, Kind: cloudtest.Throttle}, {Times: 1, Kind: cloudtest.FailBefore}}, []int{429, 503, 201, 201, 201}},
		"first injected":  {[]cloudtest.Fault{{API: "A", Kind: cloudtest.Throttle}, {Kind: cloudtest.FailBefore}}, []int{429, 429, 503, 429, 429}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			p := newPlane(t)
			for _, f := range test.faults {
				p.wire.Inject(f)
			}
			got := []int{p.send(t, "GET", "A"), p.send(t, "POST", "A"), p.send(t, "POST", "B"), p.send(t, "POST", "A"), p.send(t, "POST", "A")}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("statuses (-want +got):\n%s", diff)
			}
			p.wire.Heal()
			if got := p.send(t, "POST", "A"); got != http.StatusCreated {
				t.Errorf("after heal: %d", got)
			}
		})
	}
}

func TestDefaultFaultRepliesAreBareStatuses(t *testing.T) {
	for kind, want := range map[cloudtest.FaultKind]int{cloudtest.Throttle: 429, cloudtest.FailBefore: 500, cloudtest.FailAfter: 500} {
		w := cloudtest.New(cloudtest.Options{})
		w.Inject(cloudtest.Fault{Kind: kind})
		server := httptest.NewServer(w.Handler(http.NotFoundHandler()))
		reply, err := server.Client().Get(server.URL)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.Copy(io.Discard, reply.Body); err != nil {
			t.Error(err)
		}
		_ = reply.Body.Close()
		server.Close()
		if reply.StatusCode != want {
			t.Errorf("%v: status %d, want %d", kind, reply.StatusCode, want)
		}
	}
}

func TestCutBreaksHTTP2Streams(t *testing.T) {
	w := cloudtest.New(cloudtest.Options{})
	server := httptest.NewUnstartedServer(w.Handler(http.NotFoundHandler()))
	server.EnableHTTP2 = true
	server.StartTLS()
	defer server.Close()
	w.Inject(cloudtest.Fault{Kind: cloudtest.Refuse, Times: 1})
	reply, err := server.Client().Post(server.URL, "text/plain", http.NoBody)
	if err == nil {
		_ = reply.Body.Close()
		t.Fatalf("got %s, want a closed stream", reply.Status)
	}
	reply, err = server.Client().Post(server.URL, "text/plain", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = reply.Body.Close() }()
	if reply.ProtoMajor != 2 || reply.StatusCode != http.StatusNotFound {
		t.Errorf("the next call got %s %s", reply.Proto, reply.Status)
	}
}
