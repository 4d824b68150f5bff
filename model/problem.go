package model

// A Problem is something about one object that kept a part of it from being served as written.
type Problem struct {
	Origin  Ref    `json:"origin"`
	Reason  Reason `json:"reason"`
	Message string `json:"message"`
}

// Reason is a stable word for a kind of problem, fit for an event or a condition.
type Reason string

// The reasons.
const (
	ReasonInvalid  Reason = "Invalid"  // a value is malformed or out of bounds
	ReasonNotFound Reason = "NotFound" // something that the object names does not exist
	ReasonConflict Reason = "Conflict" // an older object says otherwise
	// the cloud cannot express it; that part is not served
	ReasonUnsupported Reason = "Unsupported"
	// served, but the cloud deviates in the way that the message says
	ReasonDiffers       Reason = "Differs"
	ReasonNotPermitted  Reason = "NotPermitted"  // a reference across namespaces without a grant
	ReasonQuotaExceeded Reason = "QuotaExceeded" // more than the cloud's limit
)

// Refuses tells whether something of the object is not served because of the problem.
func (p Problem) Refuses() bool { return p.Reason != ReasonDiffers }

// String is one line: object, field, message.
func (p Problem) String() string { return p.Origin.String() + ": " + p.Message }
