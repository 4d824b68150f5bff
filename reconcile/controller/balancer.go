package controller

import (
	"time"

	"github.com/headgate-io/headgate/model"
)

// balancer is what is remembered of one load balancer between passes. It belongs to the pass that
// works on the load balancer, of which there is one at a time.
type balancer struct {
	origins   []model.Ref     // the objects of the last build
	problems  []model.Problem // of the last build
	reported  eventSet        // the events of the last pass
	addresses []string        // that the status of its objects shows
	failures  failureCount
	audit     time.Time // when it is next read from the cloud
	derived   derivedSettings
	retained  retained
	services  knownServices
}
