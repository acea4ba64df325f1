package fault

// Outcome is the outcome of an operation.
type Outcome string

// The outcomes.
const (
	OutcomeDone    Outcome = "DONE"
	OutcomeRefused Outcome = "REFUSED"
)

// Values lists the outcomes.
func (Outcome) Values() []string { return []string{string(OutcomeDone), string(OutcomeRefused)} }
