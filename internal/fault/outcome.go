package fault

// Outcome is how something that somebody asked for ended.
type Outcome string

// The outcomes.
const (
	OutcomeDone    Outcome = "DONE"
	OutcomeRefused Outcome = "REFUSED"
)

// Values lists the outcomes.
func (Outcome) Values() []string { return []string{string(OutcomeDone), string(OutcomeRefused)} }
