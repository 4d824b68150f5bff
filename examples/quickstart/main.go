// Command quickstart shows what Headgate does, with no cloud account and no cluster.
//
// It reads the manifests of a small shop and starts an HTTP server for each pod. For each of three
// embedded clouds (AWS, Google Cloud, Azure) it prints the plan, applies it, sends requests through
// the load balancer, and replaces the pods of one Service while a client keeps sending requests. It
// ends with a table. The SDKs and wire protocols of the clouds are the real ones. Time runs faster,
// so that health checks and draining do not take minutes.
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
	flag.Var(&paths, "f", "file or folder of manifests to use instead of the shop; can be repeated")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Stdout, clouds(), paths); err != nil {
		fmt.Fprintln(os.Stderr, "quickstart:", err)
		stop()
		os.Exit(1) //nolint:gocritic // stop was called
	}
}

// run runs the tours of the clouds in parallel, and prints them one after the other.
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

// report prints each tour when it is complete, and then the table.
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

// failed returns the first failure of any tour, including failed requests and a second plan that is
// not empty.
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

// String returns the default that the flag package prints.
func (f *files) String() string { return fmt.Sprint([]string(*f)) }

// Set adds a path.
func (f *files) Set(path string) error {
	*f = append(*f, path)
	return nil
}
