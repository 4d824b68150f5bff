package provider

import "time"

// Action is what an op does to its resource.
type Action string

// The actions. There is no replacement: what cannot change in place has another key.
const (
	Create Action = "create"
	Update Action = "update"
	Delete Action = "delete"
)

// Op is one change of one resource.
type Op struct {
	Action     Action
	Key        Key
	WriteScope string
	Want       *Resource // nil for Delete
	Have       *Resource // nil for Create
	// of an Update what changes; of a Create what it is made with, and Have is empty
	Fields []Field
	Why    string
	// After is the indexes of the ops in the plan that must be done before this one. Ops of the
	// same unit need no entry: they keep their order.
	After []int
	// Wait is why the op cannot be done yet, whatever the other ops do; empty when it can.
	Wait string
}

// Plan is ordered ops: data, the same for the same input, byte for byte.
type Plan struct{ Ops []Op }

// Empty tells whether there is nothing to do.
func (p Plan) Empty() bool { return len(p.Ops) == 0 }

// Batch is the ops of one unit that are to be carried out together.
type Batch struct {
	WriteScope string
	Ops        []Op
	// Have looks up the observed form of any resource: of what the ops need, of the unit's own
	// document, of what they are part of.
	Have func(Key) (Resource, bool)
}

// Outcome is what became of one op.
type Outcome struct {
	Key   Key
	State State
	// Have is the resource as it now is; nil when it is gone, and when the state is Failed and it
	// is not known.
	Have *Resource
	// Also is the observed form of other resources that the write changed, such as the document
	// that holds it.
	Also []Resource
	// RetryAfter is when to look again; zero leaves it to the core.
	RetryAfter time.Duration
	Err        error // of a Failed op; its code is CodeOf(Err)
}

// State is how an op ended.
type State string

// The states of an outcome.
const (
	Done State = "done"
	// begun; the cloud needs time, and the op will be planned again until it is through
	Pending State = "pending"
	Failed  State = "failed"
	Blocked State = "blocked" // not tried, because what it needs failed or waits
)
