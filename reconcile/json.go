package reconcile

import (
	"bytes"
	"encoding/json"
	"fmt"

	"github.com/headgate-io/headgate/model"
	"github.com/headgate-io/headgate/provider"
)

// JSONOptions configures [Report.JSON].
type JSONOptions struct {
	Provider string // the provider's name, written with each load balancer
	// Applied adds the outcome of each op and the addresses of each load balancer.
	Applied bool
	// Problems are those of objects that belong to no load balancer of the report. The field is
	// omitted if there are none.
	Problems []model.Problem
}

// JSON returns the report in a stable form for programs. Lists are never null, and equal reports
// give equal bytes.
func (r Report) JSON(o JSONOptions) ([]byte, error) {
	doc := reportJSON{LoadBalancers: make([]resultJSON, 0, len(r.Results))}
	for _, res := range r.Results {
		doc.LoadBalancers = append(doc.LoadBalancers, res.json(o))
	}
	if len(o.Problems) > 0 {
		doc.Problems = problemsJSON(o.Problems)
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false) // people read it too
	e.SetIndent("", "  ")
	if err := e.Encode(doc); err != nil {
		return nil, fmt.Errorf("write report: %w", err)
	}
	return b.Bytes(), nil
}

type reportJSON struct {
	LoadBalancers []resultJSON  `json:"loadBalancers"`
	Problems      []problemJSON `json:"problems,omitempty"`
}

type resultJSON struct {
	ID       model.ID `json:"id"`
	Provider string   `json:"provider"`
	// a pointer, because an applied report has the key even if there are no addresses
	Addresses *[]string     `json:"addresses,omitempty"`
	Ops       []stepJSON    `json:"ops"`
	Problems  []problemJSON `json:"problems"`
	Error     string        `json:"error,omitempty"`
}

type stepJSON struct {
	Action   provider.Action  `json:"action"`
	Kind     string           `json:"kind"`
	Name     string           `json:"name"`
	Why      string           `json:"why"`
	Fields   []provider.Field `json:"fields"`
	Wait     string           `json:"wait,omitempty"`
	Retained bool             `json:"retained,omitempty"`
	Outcome  provider.State   `json:"outcome,omitempty"`
	Error    string           `json:"error,omitempty"`
}

type problemJSON struct {
	Origin  string       `json:"origin"`
	Reason  model.Reason `json:"reason"`
	Message string       `json:"message"`
}

func (r Result) json(o JSONOptions) resultJSON {
	out := resultJSON{ID: r.ID, Provider: o.Provider, Ops: make([]stepJSON, 0, len(r.Steps)), Problems: problemsJSON(r.Problems)}
	for _, s := range r.Steps {
		out.Ops = append(out.Ops, s.json(o.Applied))
	}
	if o.Applied {
		addresses := append([]string{}, r.Addresses...)
		out.Addresses = &addresses
	}
	if r.Err != nil {
		out.Error = r.Err.Error()
	}
	return out
}

func (s Step) json(applied bool) stepJSON {
	out := stepJSON{Action: s.Action, Kind: s.Key.Kind, Name: keyName(s.Key), Why: s.Why, Wait: s.Wait, Retained: s.Retained, Fields: append([]provider.Field{}, s.Fields...)}
	if !applied || s.Outcome == nil {
		return out
	}
	out.Outcome = s.Outcome.State
	if s.Outcome.Err != nil {
		out.Error = s.Outcome.Err.Error()
	}
	return out
}

func problemsJSON(problems []model.Problem) []problemJSON {
	out := make([]problemJSON, 0, len(problems))
	for _, p := range problems {
		out = append(out, problemJSON{Origin: p.Origin.String(), Reason: p.Reason, Message: p.Message})
	}
	return out
}

// keyName returns the name of a resource, qualified by its place.
func keyName(k provider.Key) string {
	if k.Place == "" {
		return k.Name
	}
	return k.Place + "/" + k.Name
}
