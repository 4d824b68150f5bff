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

// figures are what TestScale measured of one size.
type figures struct {
	size                size
	start, restart, end phase
	changes, written    times
}

// phase is what one phase cost.
type phase struct {
	took          time.Duration // to the last call to the cloud
	writes, reads int
	// of the controller, and of the cloud, the control plane and this test
	cpu, others    time.Duration
	resident, peak int64 // of the controller, in bytes
}

// times are durations of one thing that was done several times.
type times []time.Duration

// p is a percentile: the least of which that share is no longer.
func (d times) p(percent int) time.Duration {
	sorted := slices.Sorted(slices.Values(d))
	return sorted[max(0, (len(sorted)*percent+99)/100-1)]
}

func (d times) String() string {
	ms := func(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
	return fmt.Sprintf("%.1f, %.1f, %.1f ms", ms(d.p(50)), ms(d.p(90)), ms(d.p(99)))
}

// variableProfiles names a folder that gets profiles of the controller.
const variableProfiles = "HEADGATE_E2E_PROFILES"

// profilesAddress is where the controller gives profiles of itself. Nobody else has the port in the
// sandbox.
const profilesAddress = "127.0.0.1:9901"

func (f *fleet) flags() []string {
	return []string{"--leader-elect=false", "--log-level=info", "--metrics-address=" + f.metrics(), "--pprof-address=" + profilesAddress}
}

// lasting is how long a phase may take before it counts as hanging.
const lasting = 15 * time.Minute

// seldom is eventually for what takes long, and is itself no small thing to ask. A controller that
// ends is not waited for.
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

// phase measures what do costs.
func (f *fleet) phase(t *testing.T, name string, do func()) phase {
	t.Helper()
	f.Wire().Reset()
	begun, before := time.Now(), processorTimes(t)
	end := func() {}
	if name != "restart" { // It is over too soon.
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

// cost is what was spent since.
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

// rests is nil when the controller has looked at each load balancer since it started, and nothing
// waits in its queues.
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

// metrics reads the controller's metrics: sums of all series of a name, with a label where one is
// given.
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

// processorTimes is what each process in the sandbox used so far (proc_pid_stat(5), "utime" and
// "stime", in hundredths of a second).
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
			continue // It has ended.
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

// memory is a line of the controller's memory figures, in bytes (proc_pid_status(5)).
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

// profiled is how long a profile is of.
const profiled = 20 * time.Second

// profile writes a profile of the controller's processor time into the folder for them, if there is
// one, while something goes on. The profile is whole when end returns.
func (f *fleet) profile(t *testing.T, name string) (end func()) {
	t.Helper()
	if f.profiles == "" {
		return func() {}
	}
	taken := make(chan error, 1)
	query := fmt.Sprintf("profile?seconds=%d", int(profiled.Seconds()))
	go func() { taken <- writeProfile(t.Context(), query, filepath.Join(f.profiles, name+".pprof")) }()
	return func() {
		if err := <-taken; err != nil {
			t.Error(err)
		}
	}
}

// heap writes a profile of what the controller holds.
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

// dialHealthy connects to a target that answers every health check, and that nothing stands behind.
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
