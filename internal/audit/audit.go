// Package audit keeps who did what: one event for each change, written in the transaction that made it, and one for the
// refusals of a minute, written after.
package audit

import (
	"encoding/json"
	"fmt"
	"time"

	"deputy/ent"
	"deputy/ent/auditevent"
	"deputy/internal/fault"
	"deputy/internal/viewer"
)

// Act is somebody doing something: it goes from the door of the server down to whoever puts it on record.
type Act struct {
	// Viewer who does it, as the transaction sees it.
	Viewer *viewer.Viewer
	// OrgID it is done in; empty for what an account does outside any org.
	OrgID string
	// Operation is the mutation's field, or what the system does.
	Operation string
	// At is when.
	At time.Time
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

// Change is one field before and after; nil for empty. Secrets and codes never, phone numbers and addresses masked.
type Change struct {
	Field  string  `json:"f"`
	Before *string `json:"b,omitempty"`
	After  *string `json:"a,omitempty"`
}

// Changed answers the change of a field, or nothing when before and after are the same. It fits append.
func Changed(field, before, after string) []Change {
	if before == after {
		return nil
	}
	return []Change{{Field: field, Before: filled(before), After: filled(after)}}
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

// actor is who an act is on record under.
func (a Act) actor() (kind auditevent.ActorKind, id, name string) {
	if a.Viewer == nil {
		return auditevent.ActorKindSYSTEM, "", "Deputy"
	}
	if s, ok := a.Viewer.Standings[a.OrgID]; ok {
		return auditevent.ActorKind(s.Kind), s.ID, s.Name
	}
	return auditevent.ActorKindACCOUNT, a.Viewer.AccountID, a.Viewer.Label
}
