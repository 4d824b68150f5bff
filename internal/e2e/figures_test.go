package e2e_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// figures is what TestScale measures for one size.
type figures struct {
	size                size
	start, restart, end phase
	changes, written    times
}

// phase is the cost of one phase.
type phase struct {
	took          time.Duration // until the last call to the cloud
	writes, reads int
	// of the controller, and of the cloud, the control plane and this test together
	cpu, others    time.Duration
	resident, peak int64 // of the controller, in bytes
}

// times are durations of an action that was repeated.
type times []time.Duration

// p returns a percentile: the shortest time that this share of the times does not exceed.
func (d times) p(percent int) time.Duration {
	sorted := slices.Sorted(slices.Values(d))
	return sorted[max(0, (len(sorted)*percent+99)/100-1)]
}

func (d times) String() string {
	ms := func(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
	return fmt.Sprintf("%.1f, %.1f, %.1f ms", ms(d.p(50)), ms(d.p(90)), ms(d.p(99)))
}

// variableProfiles names the environment variable with the folder for profiles of the controller.
const variableProfiles = "HEADGATE_E2E_PROFILES"

// profilesAddress is where the controller serves its profiles. Nothing else in the sandbox uses the
// port.
const profilesAddress = "127.0.0.1:9901"

func (f *fleet) flags() []string {
	return []string{"--leader-elect=false", "--log-level=info", "--metrics-address=" + f.metrics(), "--pprof-address=" + profilesAddress}
}

// lasting is how long a phase may take before it counts as hanging.
const lasting = 15 * time.Minute

// seldom is eventually for conditions that take long, and that are expensive to check. It fails at
// once when the controller has exited.
func (f *fleet) seldom(t *testing.T, what string, ask func(ctx context.Context) error) {
	t.Helper()
	within(t, lasting, 500*time.Millisecond, what, func(ctx context.Context) error {
		select {
		case <-f.running.Exited():
			t.Fatalf("%s: %v", what, f.running.Failure())
		default:
		}
		return ask(ctx)
	})
}

// phase measures the cost of do.
func (f *fleet) phase(t *testing.T, name string, do func()) phase {
	t.Helper()
	f.Wire().Reset()
	begun, before := time.Now(), processorTimes(t)
	end := func() {}
	if name != "restart" { // A restart is too short to profile.
		end = f.profile(t, name)
	}
	do()
	p := f.cost(t, begun, before)
	calls := f.Wire().Calls()
	apis := map[string]int{}
	for _, c := range calls {
		apis[c.API]++
	}
	t.Logf("%s of %d Ingresses: %v after %v", name, f.size.ingresses, apis, time.Since(begun).Round(time.Millisecond))
	end()
	return p
}

// cost returns what was spent since the given moment.
func (f *fleet) cost(t *testing.T, begun time.Time, before map[int]time.Duration) phase {
	t.Helper()
	p := phase{writes: len(f.Wire().Writes()), peak: f.memory(t, "VmHWM"), resident: f.memory(t, "VmRSS")}
	for pid, spent := range processorTimes(t) {
		if spent -= before[pid]; pid == f.running.PID() {
			p.cpu = spent
		} else {
			p.others += spent
		}
	}
	calls := f.Wire().Calls()
	p.reads = len(calls) - p.writes
	if len(calls) > 0 {
		p.took = calls[len(calls)-1].At.Sub(begun)
	}
	return p
}

// rests returns nil when the controller has reconciled each load balancer since it started, and its
// queues are empty.
func (f *fleet) rests(ctx context.Context) error {
	m, err := metrics(ctx, f.metrics())
	if err != nil {
		return err
	}
	passes := m(`headgate_reconcile_seconds_count`, `phase="structure"`)
	waiting := m("workqueue_depth", "") + m("controller_runtime_active_workers", "")
	if int(passes) < f.size.balancers() || waiting > 0 {
		return fmt.Errorf("%v passes, %v waiting or at work", passes, waiting)
	}
	return nil
}

// metrics returns the controller's metrics: the sum of all series of a name, and by the value of a
// label where one is given.
func metrics(ctx context.Context, address string) (func(name, label string) float64, error) {
	text, err := fetch(ctx, "http://"+address+"/metrics")
	if err != nil {
		return nil, err
	}
	return func(name, label string) float64 {
		sum := 0.0
		for line := range strings.Lines(string(text)) {
			series, value, _ := strings.Cut(strings.TrimSpace(line), " ")
			if is, labels, _ := strings.Cut(series, "{"); is != name || !strings.Contains(labels, label) {
				continue
			}
			if n, err := strconv.ParseFloat(value, 64); err == nil {
				sum += n
			}
		}
		return sum
	}, nil
}

func fetch(ctx context.Context, url string) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, err
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("GET %s: %s", url, resp.Status)
	}
	return io.ReadAll(resp.Body)
}

// processorTimes returns the processor time that each process in the sandbox has used
// (proc_pid_stat(5), "utime" and "stime", in hundredths of a second).
func processorTimes(t *testing.T) map[int]time.Duration {
	t.Helper()
	files, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		t.Fatal(err)
	}
	all := map[int]time.Duration{}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			continue // It has exited.
		}
		_, rest, _ := strings.Cut(string(data), ") ")
		pid, _ := strconv.Atoi(filepath.Base(filepath.Dir(file)))
		for _, field := range strings.Fields(rest)[11:13] {
			n, err := strconv.Atoi(field)
			if err != nil {
				t.Fatal(err)
			}
			all[pid] += time.Duration(n) * 10 * time.Millisecond
		}
	}
	return all
}

// memory returns one of the controller's memory figures, in bytes (proc_pid_status(5)).
func (f *fleet) memory(t *testing.T, line string) int64 {
	t.Helper()
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", f.running.PID()))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(data), line+":")
	n, err := strconv.ParseInt(strings.Fields(rest)[0], 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return n << 10
}

// profiled is the length of a profile.
const profiled = 20 * time.Second

// profile starts a processor profile of the controller if there is a folder for it. The profile is
// complete when end returns.
func (f *fleet) profile(t *testing.T, name string) (end func()) {
	t.Helper()
	if f.profiles == "" {
		return func() {}
	}
	done := make(chan error, 1)
	query := fmt.Sprintf("profile?seconds=%d", int(profiled.Seconds()))
	go func() { done <- writeProfile(t.Context(), query, filepath.Join(f.profiles, name+".pprof")) }()
	return func() {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
}

// heap writes a heap profile of the controller.
func (f *fleet) heap(t *testing.T) {
	t.Helper()
	if f.profiles == "" {
		return
	}
	if err := writeProfile(t.Context(), "heap?gc=1", filepath.Join(f.profiles, "heap.pprof")); err != nil {
		t.Error(err)
	}
}

func writeProfile(ctx context.Context, query, file string) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	url := fmt.Sprintf("http://%s/debug/pprof/%s", profilesAddress, query)
	data, err := fetch(ctx, url)
	// The controller does not listen yet.
	for ; errors.Is(err, syscall.ECONNREFUSED); data, err = fetch(ctx, url) {
		<-time.After(pause)
	}
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return err
	}
	return os.WriteFile(file, data, 0o600)
}

// dialHealthy connects to a target that answers every health check, with no real server behind it.
func dialHealthy(context.Context, string, string) (net.Conn, error) {
	ours, theirs := net.Pipe()
	go func() {
		defer func() { _ = theirs.Close() }()
		for requests := bufio.NewReader(theirs); ; {
			if _, err := http.ReadRequest(requests); err != nil {
				return
			}
			if _, err := io.WriteString(theirs, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"); err != nil {
				return
			}
		}
	}()
	return ours, nil
}
