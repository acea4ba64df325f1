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

// Entry is an operation by somebody. The caller creates it, and the operation passes it down to the code that records
// it.
type Entry struct {
	// Viewer is the actor, as the transaction sees it; nil for the system.
	Viewer *viewer.Viewer
	// OrgID of the operation; empty for operations of an account outside any org.
	OrgID string
	// Operation is the mutation's field, or the name of the system's operation.
	Operation string
	// At is the time of the operation.
	At time.Time
	// By is the person on whose behalf the system acts, if known.
	By string
	// Source is the name of the imported file, if there is one.
	Source string
	// EventID is the id of the event, if rows refer to it; a new one when empty.
	EventID string
	// Made are the ids of new objects that are not targets themselves, in their order.
	Made []string
}

// Target is an object of the operation.
type Target struct {
	// ID and Type of the object; Type as in the GraphQL schema.
	ID, Type string
	// Label is the name of the object. Phone numbers and addresses are masked.
	Label string
	// AccountID of the person concerned, who can read the event too; empty when there is none.
	AccountID string
	// Code of the refusal for this object of a batch; empty when it was changed.
	Code fault.Code
	// Changes field by field.
	Changes []Change
}

// Change is one field before and after; nil when the field is empty, or the object does not exist. Zero, false and ""
// are values. Secrets and codes are never included, phone numbers and addresses are masked.
type Change struct {
	Field  string  `json:"f"`
	Before *string `json:"b,omitempty"`
	After  *string `json:"a,omitempty"`
}

// Value is one field of an object, under its name in the schema.
type Value struct {
	// Field is its name.
	Field string
	// Stored is the value that is compared, and Shown the one that is recorded; nil for none.
	Stored, Shown *string
}

// Text returns a field that always has a value.
func Text[S ~string](field string, s S) Value { return Maybe(field, new(string(s))) }

// Number returns an integer field.
func Number[N ~int | ~int64](field string, n N) Value {
	return Text(field, strconv.FormatInt(int64(n), 10))
}

// Flag returns a boolean field.
func Flag(field string, b bool) Value { return Text(field, strconv.FormatBool(b)) }

// IDs returns a field that lists objects by their sorted ids. Their names are looked up when the event is read.
func IDs(field string, ids []string) Value {
	return Text(field, strings.Join(slices.Sorted(slices.Values(ids)), " "))
}

// Maybe returns a field that can be empty.
func Maybe(field string, s *string) Value { return Value{Field: field, Stored: s, Shown: s} }

// Told returns a field whose recorded value differs from the stored one, such as a masked number.
func Told(field string, stored *string, told func(string) string) Value {
	v := Maybe(field, stored)
	if stored != nil {
		v.Shown = new(told(*stored))
	}
	return v
}

// Changed returns the differences between two states of an object, by their stored values. The states have the same
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

// Set returns the changes of fields that had no value before.
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

// Changes decodes the changes of a stored target.
func Changes(t *ent.AuditTarget) ([]Change, error) {
	var changes []Change
	if err := json.Unmarshal([]byte(t.Changes), &changes); err != nil {
		return nil, fmt.Errorf("read changes of an audit event: %w", err)
	}
	return changes, nil
}

// MaxRefused is how many refused objects of a call are recorded; of more, only their number is.
const MaxRefused = 100

// unknown replaces an id that is missing or was not given.
const unknown = "?"

// RefusedTargets returns the objects of refusals, each once and at most MaxRefused of them, with the code of the first
// refusal.
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

// maxLabel is the maximum length of a label, in bytes.
const maxLabel = 200

// maxBy is the maximum length of By, in bytes.
const maxBy = 100

// actor returns the actor that is recorded.
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
