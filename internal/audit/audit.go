// Package audit writes the audit trail: one event for each change, in the transaction that made it, and one for the
// refusals of a minute, after the rollback.
package audit

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"deputy/ent"
	"deputy/ent/auditevent"
	"deputy/internal/contact"
	"deputy/internal/fault"
	"deputy/internal/id"
	"deputy/internal/viewer"
)

// Entry is somebody doing something: it goes from the door of the server down to whoever puts it on record.
type Entry struct {
	// Viewer who does it, as the transaction sees it.
	Viewer *viewer.Viewer
	// OrgID it is done in; empty for what an account does outside any org.
	OrgID string
	// Operation is the mutation's field, or what the system does.
	Operation string
	// At is when.
	At time.Time
	// By is who has the system do it, as far as that is known.
	By string
	// Source is the name of the file that it is done from, if there is one.
	Source string
	// EventID is the id of the event, where what is done refers to it; a new one when empty.
	EventID string
	// Made are the ids of new objects that have no targets of their own, in their order.
	Made []string
}

// Target is one object that an act was about.
type Target struct {
	// ID and Type of the object; Type as in the GraphQL schema.
	ID, Type string
	// Label is what the object is called. Phone numbers and addresses are masked.
	Label string
	// AccountID that it is done to, so that its person can read of it; empty when nobody's.
	AccountID string
	// Code of the refusal for this object of a batch; empty when it was done.
	Code fault.Code
	// Changes field by field.
	Changes []Change
}

// Change is one field before and after; nil for none: the field is empty, or there is no such object. Zero, false and
// "" are values. Secrets and codes never, phone numbers and addresses masked.
type Change struct {
	Field  string  `json:"f"`
	Before *string `json:"b,omitempty"`
	After  *string `json:"a,omitempty"`
}

// Value is one field of an object, under its name in the schema.
type Value struct {
	// Field is its name.
	Field string
	// Stored is what it is judged by, and Shown what the record tells of it; nil for none.
	Stored, Shown *string
}

// Text returns a field that is never without a value.
func Text[S ~string](field string, s S) Value { return Maybe(field, new(string(s))) }

// Number returns a field that is a whole number.
func Number[N ~int | ~int64](field string, n N) Value {
	return Text(field, strconv.FormatInt(int64(n), 10))
}

// Flag returns a field that is true or false.
func Flag(field string, b bool) Value { return Text(field, strconv.FormatBool(b)) }

// IDs returns a field that names objects: their ids, in an order that does not depend on who gave them. What they are
// called is looked up when the record is read.
func IDs(field string, ids []string) Value {
	return Text(field, strings.Join(slices.Sorted(slices.Values(ids)), " "))
}

// Maybe returns a field that may be without a value.
func Maybe(field string, s *string) Value { return Value{Field: field, Stored: s, Shown: s} }

// Told returns a field of which the record tells something else than what is stored, such as a number with a mask.
func Told(field string, stored *string, told func(string) string) Value {
	v := Maybe(field, stored)
	if stored != nil {
		v.Shown = new(told(*stored))
	}
	return v
}

// Changed returns what differs between two states of an object, judged by what is stored. The states name the same
// fields in the same order; nil is no object.
func Changed(before, after []Value) []Change {
	var changes []Change
	for i := range max(len(before), len(after)) {
		var b, a Value
		if i < len(before) {
			b = before[i]
		}
		if i < len(after) {
			a = after[i]
		}
		if !same(b.Stored, a.Stored) {
			changes = append(changes, Change{Field: cmp.Or(b.Field, a.Field), Before: b.Shown, After: a.Shown})
		}
	}
	return changes
}

// Set returns values that came about, of which there is nothing to be told before.
func Set(values ...Value) []Change { return Changed(nil, values) }

func same(a, b *string) bool {
	if a == nil || b == nil {
		return a == b
	}
	return *a == *b
}

func filled(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

// Changes reads the changes that are kept with a target.
func Changes(t *ent.AuditTarget) ([]Change, error) {
	var changes []Change
	if err := json.Unmarshal([]byte(t.Changes), &changes); err != nil {
		return nil, fmt.Errorf("read changes of an audit event: %w", err)
	}
	return changes, nil
}

// MaxRefused is how many refused objects of a call are named on record; of more than that, their number is.
const MaxRefused = 100

// unknown stands for the id of an object that has none, or of which no id was given.
const unknown = "?"

// RefusedTargets returns the objects that refusals are about, each once and at most MaxRefused of them, with the code
// of the first refusal.
func RefusedTargets(refusals fault.Refusals) (targets []Target) {
	seen := map[fault.Object]bool{}
	for _, r := range refusals {
		if r.Object == nil || seen[*r.Object] || len(targets) == MaxRefused {
			continue
		}
		seen[*r.Object] = true
		t := Target{ID: r.Object.ID, Type: r.Object.Type, Label: r.Object.Label, Code: r.Code}
		if _, ok := id.KindOf(t.ID); !ok {
			t.ID, t.Label = unknown, cmp.Or(t.Label, t.ID)
		}
		t.Label = contact.Shown(t.Label, maxLabel)
		targets = append(targets, t)
	}
	return targets
}

// maxLabel is how long a label may be, in bytes.
const maxLabel = 200

// maxBy is how long the name of who has the system do something may be, in bytes.
const maxBy = 100

// actor is who an act is on record under.
func (a Entry) actor() (kind auditevent.ActorKind, id, name string) {
	if a.Viewer == nil {
		name := "Deputy"
		if by := contact.Shown(a.By, maxBy); by != "" {
			name += " (" + by + ")"
		}
		return auditevent.ActorKindSYSTEM, "", name
	}
	if s, ok := a.Viewer.Memberships[a.OrgID]; ok {
		return auditevent.ActorKind(s.Kind), s.ID, s.Name
	}
	return auditevent.ActorKindACCOUNT, a.Viewer.AccountID, a.Viewer.Label
}
