package graph

import (
	"sync/atomic"
	"time"

	"entgo.io/ent/dialect/sql"

	"deputy/ent"
	"deputy/internal/access"
	"deputy/internal/fault"
	"deputy/internal/id"
	"deputy/internal/page"
	"deputy/internal/plan"
	"deputy/internal/share"
	"deputy/internal/viewer"
)

// RulesOfPlans are those of the server's plans, with every decision about a module of an org counted.
func RulesOfPlans(n *atomic.Int64) plan.Rules {
	rules := planRules()
	allow := rules.Allow
	rules.Allow = func(v *viewer.Viewer, org string, m access.Module, a access.Action) error {
		n.Add(1)
		return allow(v, org, m, a)
	}
	return rules
}

// The lists without the predicate that cuts them, for the test of the wall behind it.

func uncut[T page.Row](list page.List[T]) page.List[T] {
	list.Where = nil
	return list
}

// HeldBy is the parent of the roles of sub-accounts.
func HeldBy(s *sql.Selector) string { return heldBy(s) }

// Uncut are the lists of a viewer as they would be if their predicates were forgotten.
type Uncut struct {
	Orgs        page.List[*ent.Org]
	Roles       page.List[*ent.Role]
	SubAccounts page.List[*ent.SubAccount]
	Events      page.List[*ent.AuditEvent]
}

// Uncut returns the lists without their predicates.
func (r *Resolver) Uncut(v *viewer.Viewer) Uncut {
	return Uncut{
		Orgs: uncut(orgTable.list(r, v, access.View)), Roles: uncut(roleTable.list(r, v, access.View)),
		SubAccounts: uncut(subAccountTable.list(r, v, access.View)),
		Events:      uncut(auditEventTable.list(r, v, access.View)),
	}
}

// Files are the places of files that are being sent.
func (r *Resolver) Files() *share.Places { return r.files }

// PacedFor is how long a file may take that sent so many bytes.
func PacedFor(limit time.Duration, sent int) time.Duration {
	p := &paced{limit: limit}
	p.sent.Store(int64(sent))
	return p.end().Sub(p.begun)
}

// Words are what downloads call the names of the schema.
func Words() (w struct {
	Operations, Types, Fields map[string]fault.Message
	Values                    map[string]map[string]fault.Message
},
) {
	w.Operations, w.Fields, w.Values, w.Types = operationNames, fieldNames, valueNames, map[string]fault.Message{}
	for _, of := range id.Objects() {
		w.Types[of.Type] = of.Name
	}
	return w
}

// RecordedTypes are the types of objects on record that live in a module.
func RecordedTypes() (names []string) {
	for _, of := range id.Objects() {
		if of.Module != 0 {
			names = append(names, of.Type)
		}
	}
	return names
}
