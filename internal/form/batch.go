package form

import (
	"strconv"

	"deputy/internal/audit"
	"deputy/internal/fault"
	"deputy/internal/id"
)

// MaxBatch is the maximum number of ids in a call.
const MaxBatch = 100

// Policy is the effect of a batch if some of its items are refused. A batch is one transaction with either policy.
type Policy string

// The policies, as the schema names them.
const (
	// PerItem changes the accepted items.
	PerItem Policy = "PER_ITEM"
	// AllOrNothing changes nothing if one item is refused.
	AllOrNothing Policy = "ALL_OR_NOTHING"
)

// Noun is the type of a batch's objects in the schema, with the messages for a batch without ids, for one with too many
// (with MaxBatch), and for an id without an object.
type Noun struct {
	Type                string
	None, Many, Missing fault.Message
}

// Once returns each id once, with its first index in the list.
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

// Batch is the result of resolving the ids of a call: the rows in the order of the ids, and the refusals of the others.
type Batch[T any] struct {
	Good     []T
	Refusals fault.Refusals
	// Refused are the refused ids as targets of the audit event.
	Refused []audit.Target

	noun   Noun
	at     []string
	ids    []string
	places []int

	beyond map[string]bool
	why    *fault.Error
}

// Choose returns a batch of the ids at a path of the input, such as input.ids. It returns INVALID without ids, and
// TOO_MANY beyond MaxBatch.
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

// OutOfReach sets the refusal, instead of NOT_FOUND, of ids whose objects are outside the caller's scope.
func (b *Batch[T]) OutOfReach(ids map[string]bool, refusal *fault.Error) {
	b.beyond, b.why = ids, refusal
}

// Sort separates accepted ids from refused ones: it refuses an id that was not found with NOT_FOUND, and others with
// the refusal of check. It returns the refusals as an error if nothing may be changed: if all ids are refused, or one
// under AllOrNothing.
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

// WellFormed returns the texts that are ids of the kind. Only these may be sent to the database, which may reject other
// texts.
func WellFormed(kind id.Kind, ids []string) []string {
	kept := make([]string, 0, len(ids))
	for _, text := range ids {
		if id.Is(kind, text) {
			kept = append(kept, text)
		}
	}
	return kept
}
