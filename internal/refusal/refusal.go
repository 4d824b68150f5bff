// Package refusal collects the parts of a load balancer that a provider refuses.
package refusal

import (
	"errors"
	"slices"

	"github.com/headgate-io/headgate/model"
	"github.com/headgate-io/headgate/provider"
)

// Collector collects the refusals of one load balancer. It names each part once, as the contract
// requires, with all of its problems. Its methods ignore a nil error.
type Collector struct {
	lb    model.Sealed
	parts map[model.Part]int // indexes in all
	all   []provider.Refusal
	first error // the reason of the first refusal
}

// NewCollector returns a collector without refusals.
func NewCollector(lb model.Sealed) *Collector {
	return &Collector{lb: lb, parts: map[model.Part]int{}}
}

// Refusals returns the refusals in the order in which their parts were first refused.
func (c *Collector) Refusals() []provider.Refusal { return c.all }

// First returns the part that was refused first, and the reason. The error is nil if nothing is
// refused.
func (c *Collector) First() (model.Part, error) {
	if c.first == nil {
		return model.Part{}, nil
	}
	return c.all[0].Part, c.first
}

// Refused reports whether a part is refused.
func (c *Collector) Refused(part model.Part) bool {
	_, refused := c.parts[part]
	return refused
}

// Group refuses a group because of err.
func (c *Collector) Group(g *model.Group, err error) {
	c.Add(model.Part{Group: g.ID}, model.ReasonUnsupported, g.Origins, err)
}

// Default refuses the default action of a listener because of err.
func (c *Collector) Default(l *model.Listener, err error) {
	c.Add(model.Part{Listener: l.Name}, model.ReasonUnsupported, l.Origins, err)
}

// Route refuses a route of a listener because of err.
func (c *Collector) Route(l *model.Listener, r *model.Route, err error) {
	c.Add(model.Part{Listener: l.Name, Route: r.Name}, model.ReasonUnsupported, []model.Ref{r.Origin}, err)
}

// Listener refuses everything that a listener serves because of err. A default action that is the
// bare 404 serves nothing.
func (c *Collector) Listener(l *model.Listener, err error) {
	if f := l.Default.Fixed; f == nil || *f != (model.Fixed{Status: 404}) {
		c.Default(l, err)
	}
	for i := range l.Routes {
		c.Route(l, &l.Routes[i], err)
	}
}

// Add refuses a part because of err. It reports err on each of the origins, or on those of the load
// balancer if there are none. The zero part refuses nothing: it only reports.
func (c *Collector) Add(part model.Part, reason model.Reason, origins []model.Ref, err error) {
	if err == nil {
		return
	}
	if c.first == nil {
		c.first = err
	}
	origins = slices.DeleteFunc(slices.Clone(origins), func(o model.Ref) bool { return o == model.Ref{} })
	if len(origins) == 0 {
		origins = c.lb.LoadBalancer().Origins
	}
	refusal := c.of(part)
	for _, o := range origins {
		refusal.Problems = append(refusal.Problems, model.Problem{Origin: o, Reason: reason, Message: message(err)})
	}
}

// of returns the refusal of a part, and adds it if there is none.
func (c *Collector) of(part model.Part) *provider.Refusal {
	i, ok := c.parts[part]
	if !ok {
		i = len(c.all)
		c.parts[part] = i
		c.all = append(c.all, provider.Refusal{Part: part})
	}
	return &c.all[i]
}

// message returns the text of err. That of a [provider.Error] is its cause: people who read about
// an object do not know the operation.
func message(err error) string {
	if e, ok := errors.AsType[*provider.Error](err); ok {
		return e.Err.Error()
	}
	return err.Error()
}
