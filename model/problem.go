package model

// A Problem is why a part of an object is not served as written.
type Problem struct {
	Origin  Ref    `json:"origin"`
	Reason  Reason `json:"reason"`
	Message string `json:"message"`
}

// Reason is a stable word for a kind of problem, suitable for an event or a condition.
type Reason string

// The reasons.
const (
	ReasonInvalid  Reason = "Invalid"  // a value is malformed or out of bounds
	ReasonNotFound Reason = "NotFound" // something that the object names does not exist
	ReasonConflict Reason = "Conflict" // an older object decides otherwise
	// the cloud cannot express it; that part is not served
	ReasonUnsupported Reason = "Unsupported"
	// served, with the deviation that the message describes
	ReasonDiffers       Reason = "Differs"
	ReasonNotPermitted  Reason = "NotPermitted"  // a reference across namespaces without a grant
	ReasonQuotaExceeded Reason = "QuotaExceeded" // more than the cloud's limit
)

// Refuses reports whether a part of the object is not served because of the problem.
func (p Problem) Refuses() bool { return p.Reason != ReasonDiffers }

// String returns one line: object, field, message.
func (p Problem) String() string { return p.Origin.String() + ": " + p.Message }
