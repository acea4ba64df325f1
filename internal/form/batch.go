package form

import (
	"strconv"

	"deputy/internal/audit"
	"deputy/internal/fault"
	"deputy/internal/id"
)

// MaxBatch is how many ids a call may name.
const MaxBatch = 100

// Policy says what a batch does when some of its items are refused. A batch is one transaction either way.
type Policy string

// The policies, as the schema names them.
const (
	// PerItem does the good ones.
	PerItem Policy = "PER_ITEM"
	// AllOrNothing does nothing when one is bad.
	AllOrNothing Policy = "ALL_OR_NOTHING"
)

// Noun is what a batch is of: the objects' type in the schema, and what people are told when none is chosen, too many
// are (with MaxBatch), and when an id names none.
type Noun struct {
	Type                string
	None, Many, Missing fault.Message
}

// Once returns each id once, with its first place in the list.
func Once(given []string) (ids []string, places []int) {
	seen := make(map[string]bool, len(given))
	for place, text := range given {
		if !seen[text] {
			seen[text] = true
			ids, places = append(ids, text), append(places, place)
		}
	}
	return ids, places
}

// Batch is what the ids of a call come to: the rows in the order of the ids, and why others were refused.
type Batch[T any] struct {
	Good     []T
	Refusals fault.Refusals
	// Refused are the others as targets of the event.
	Refused []audit.Target

	noun   Noun
	at     []string
	ids    []string
	places []int

	beyond map[string]bool
	why    *fault.Error
}

// Choose begins a batch of the ids that stand in the input at a place, such as input.ids. INVALID for none, TOO_MANY.
func Choose[T any](noun Noun, given []string, at ...string) (*Batch[T], error) {
	b := &Batch[T]{noun: noun, at: at}
	b.ids, b.places = Once(given)
	switch {
	case len(b.ids) == 0:
		return nil, fault.New(fault.Invalid, noun.None).At(at...)
	case len(b.ids) > MaxBatch:
		return nil, fault.New(fault.TooMany, noun.Many, MaxBatch).At(at...)
	}
	return b, nil
}

// IDs returns each id once, in the order given.
func (b *Batch[T]) IDs() []string { return b.ids }

// OutOfReach says why ids that name objects out of reach are refused, in place of NOT_FOUND.
func (b *Batch[T]) OutOfReach(ids map[string]bool, refusal *fault.Error) {
	b.beyond, b.why = ids, refusal
}

// Sort tells good ids from bad: NOT_FOUND for one that was not found, and what check refuses. It returns the refusals
// as an error when nothing shall be done: when all are bad, or one is under AllOrNothing.
func (b *Batch[T]) Sort(found map[string]T, policy Policy, check func(T) *fault.Error) error {
	for i, given := range b.ids {
		row, ok := found[given]
		refusal := fault.New(fault.NotFound, b.noun.Missing)
		if b.beyond[given] {
			refusal = b.why
		}
		if ok && check != nil {
			refusal, ok = check(row), false
		}
		if ok || refusal == nil {
			b.Good = append(b.Good, row)
			continue
		}
		b.Refusals = append(b.Refusals, refusal.At(append(b.at[:len(b.at):len(b.at)], strconv.Itoa(b.places[i]))...).
			About(fault.Object{Type: b.noun.Type, ID: given}))
	}
	b.Refused = audit.RefusedTargets(b.Refusals)
	if len(b.Refusals) == 0 || policy == PerItem && len(b.Good) > 0 {
		return nil
	}
	return b.Refusals
}

// WellFormed returns the texts that are ids of the kind; no others go to the database, which may not even take them.
func WellFormed(kind id.Kind, ids []string) []string {
	kept := make([]string, 0, len(ids))
	for _, text := range ids {
		if id.Is(kind, text) {
			kept = append(kept, text)
		}
	}
	return kept
}
