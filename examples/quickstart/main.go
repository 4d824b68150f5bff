// Command quickstart shows what Headgate does, with no cloud account and no cluster.
//
// It takes the manifests of a small shop, starts a real HTTP server for each pod, and for each of
// three embedded clouds (AWS, Google Cloud, Azure) prints the plan, applies it, sends real requests
// through that cloud's load balancer, and replaces the pods of one Service one by one while a
// client keeps sending. It ends with a table. The clouds' SDKs and wire protocols are the real
// ones; time runs faster than outside, so that health checks and draining do not take minutes.
//
//	go run ./examples/quickstart
//	go run ./examples/quickstart -f my-manifests/
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"sync"
)

func main() {
	var paths files
	flag.Var(&paths, "f", "file or folder of manifests instead of the shop; may be repeated")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Stdout, clouds(), paths); err != nil {
		fmt.Fprintln(os.Stderr, "quickstart:", err)
		stop()
		os.Exit(1) //nolint:gocritic // stop was called
	}
}

// run shows the three clouds at the same time, and prints one after the other.
func run(ctx context.Context, out io.Writer, open []cloud, paths []string) error {
	shop, err := load(paths)
	if err != nil {
		return err
	}
	tours := make([]*tour, len(open))
	var wg sync.WaitGroup
	for i, c := range open {
		tours[i] = &tour{cloud: c, done: make(chan struct{})}
		wg.Go(func() {
			defer close(tours[i].done)
			tours[i].err = tours[i].show(ctx, shop.copy())
		})
	}
	defer wg.Wait()
	return report(out, tours)
}

// report prints each tour when it is over, and the table.
func report(out io.Writer, tours []*tour) error {
	for _, t := range tours {
		<-t.done
		if _, err := t.out.WriteTo(out); err != nil {
			return err
		}
	}
	if _, err := out.Write(table(tours)); err != nil {
		return err
	}
	return failed(tours)
}

// failed is the first failure of any tour, among them requests that failed and plans that were not
// empty.
func failed(tours []*tour) error {
	for _, t := range tours {
		switch {
		case t.err != nil:
			return fmt.Errorf("%s: %w", t.cloud.name, t.err)
		case t.failed > 0:
			return fmt.Errorf("%s: %d of %d requests failed, the first: %w", t.cloud.name, t.failed, t.sent, t.firstFailure)
		case !t.settled:
			return fmt.Errorf("%s: the second plan is not empty", t.cloud.name)
		}
	}
	return nil
}

// files is a flag that may be repeated.
type files []string

// String is what flag shows as the default.
func (f *files) String() string { return fmt.Sprint([]string(*f)) }

// Set takes one more.
func (f *files) Set(path string) error {
	*f = append(*f, path)
	return nil
}
