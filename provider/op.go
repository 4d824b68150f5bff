package provider

import "time"

// Action is what an op does to its resource.
type Action string

// The actions. There is no replacement: if a value cannot change in place, it is part of the key,
// and the changed resource is another one.
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
	// Fields are the changes of an Update. For a Create they are the values of the new resource,
	// and the Have of each is empty.
	Fields []Field
	Why    string // the reason, for people
	// After has the indexes of the ops in the plan that must be done before this one. Ops of the
	// same write scope need no entry, because their order is that of the plan.
	After []int
	// With is the resource whose delete in the same plan deletes this one too. The op then comes
	// after that delete, and the core does not pass it to the provider. It is zero for an op of its
	// own.
	With Key
	// Wait is why the op cannot be done yet, independently of other ops; empty if it can.
	Wait string
}

// Plan is an ordered list of ops. It is plain data, and byte for byte the same for the same input.
type Plan struct{ Ops []Op }

// Empty reports whether there is nothing to do.
func (p Plan) Empty() bool { return len(p.Ops) == 0 }

// Batch has the ops of one write scope to carry out together, in order.
type Batch struct {
	WriteScope string
	Ops        []Op
	// Have returns the observed form of a resource, if it exists: one that an op needs, the
	// document of the write scope, or the parent of a resource.
	Have func(Key) (Resource, bool)
}

// Outcome is the result of one op.
type Outcome struct {
	Key   Key
	State State
	// Have is the resource as Observe would now return it. It is nil if the resource does not
	// exist, or if the op failed and the state of the resource is not known.
	Have *Resource
	// Also has the observed form of other resources that the write changed, such as the document
	// that contains the resource.
	Also []Resource
	// RetryAfter is when to look again; zero leaves it to the core.
	RetryAfter time.Duration
	Err        error // of a Failed op; its code is CodeOf(Err)
}

// State is the state of an op after a Do.
type State string

// The states of an outcome.
const (
	Done State = "done"
	// Pending means that the cloud has begun the change and needs time. The op is planned again
	// until it is done.
	Pending State = "pending"
	Failed  State = "failed"
	// Blocked means that the op was not tried, because an op before it failed or has to wait.
	Blocked State = "blocked"
)
