package gcp

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	"google.golang.org/api/compute/v1"
	"google.golang.org/api/googleapi"

	"github.com/headgate-io/headgate/clock"
)

// writing is a call that starts an operation. reading is a call that returns a value.
type (
	writing[T any] interface {
		Context(ctx context.Context) T
		Do(opts ...googleapi.CallOption) (*compute.Operation, error)
	}
	reading[T, R any] interface {
		Context(ctx context.Context) T
		Do(opts ...googleapi.CallOption) (R, error)
	}
)

// writeLimit bounds the request of one write. The caller's context does not cancel that request:
// the effect of a canceled write would be unknown.
const writeLimit = time.Minute

// write sends one write and waits for its operation. If ctx ends first, write returns the error of
// ctx and the operation continues.
func write[T writing[T]](ctx context.Context, c *Client, call T) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	sending, cancel := context.WithTimeout(context.WithoutCancel(ctx), writeLimit)
	defer cancel()
	op, err := call.Context(sending).Do()
	if err != nil {
		return callError(err)
	}
	return c.await(ctx, op)
}

func read[T reading[T, R], R any](ctx context.Context, call T) (R, error) {
	ctx, cancel := limited(ctx, readLimit)
	defer cancel()
	out, err := call.Context(ctx).Do()
	return out, callError(err)
}

// pollInterval is the time between two looks at an operation that is not done.
const pollInterval = time.Second

// operationDone is the status of an operation that has ended.
const operationDone = "DONE"

// await waits until an operation is done and returns its error. It pauses even between calls of
// operations.wait, which may return early (reference of globalOperations.wait).
func (c *Client) await(ctx context.Context, op *compute.Operation) error {
	polling := false
	for op.Status != operationDone {
		if op.Name == "" || op.Status == "" {
			return badReply("name or status of the operation")
		}
		next, err := c.operation(ctx, op, polling)
		switch {
		case err == nil:
			op = next
		case !polling && missingMethod(err):
			polling = true
			continue
		default:
			return err
		}
		if op.Status != operationDone {
			if err := clock.Wait(ctx, c.clock, pollInterval); err != nil {
				return err
			}
		}
	}
	return operationError(op)
}

// missingMethod reports whether err means that the server lacks a method. Simple stand-ins for the
// API lack operations.wait.
func missingMethod(err error) bool {
	var failed *apiError
	return errors.As(err, &failed) && (failed.status == http.StatusNotFound || failed.status == http.StatusMethodNotAllowed || failed.status == http.StatusNotImplemented)
}

// operation reads an operation: at once if polling, else after it ends or the server's own limit.
func (c *Client) operation(ctx context.Context, op *compute.Operation, polling bool) (*compute.Operation, error) {
	zone, region := operationPlace(op)
	switch {
	case zone != "" && polling:
		return read(ctx, c.svc.ZoneOperations.Get(c.project, zone, op.Name))
	case zone != "":
		return read(ctx, c.svc.ZoneOperations.Wait(c.project, zone, op.Name))
	case region != "" && polling:
		return read(ctx, c.svc.RegionOperations.Get(c.project, region, op.Name))
	case region != "":
		return read(ctx, c.svc.RegionOperations.Wait(c.project, region, op.Name))
	case polling:
		return read(ctx, c.svc.GlobalOperations.Get(c.project, op.Name))
	default:
		return read(ctx, c.svc.GlobalOperations.Wait(c.project, op.Name))
	}
}

// operationPlace returns the zone or region of an operation. A global one has neither. If the
// fields are empty the self-link is used.
func operationPlace(op *compute.Operation) (zone, region string) {
	parts := strings.Split(op.SelfLink, "/")
	for i, part := range parts[:max(len(parts)-1, 0)] {
		switch part {
		case "zones":
			zone = parts[i+1]
		case "regions":
			region = parts[i+1]
		}
	}
	return cmp.Or(lastPart(op.Zone), zone), cmp.Or(lastPart(op.Region), region)
}
