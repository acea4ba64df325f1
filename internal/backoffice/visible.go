// Package backoffice is the data of the modules: creators, tasks, orders, and the figures made from orders. Every
// function that changes something works in the caller's transaction, reaches no row that the act's viewer does not
// reach, puts what it did on record there, and returns what somebody can put right as a refusal of package fault.
//
// Locks are taken after those of package agency, in the order sub-accounts, creators, tasks, assignments, orders, each
// kind by id (orders by number), and the slot of the figures last.
package backoffice

import (
	"entgo.io/ent/dialect/sql"

	"deputy/ent/creator"
	"deputy/ent/order"
	"deputy/ent/task"
	"deputy/ent/taskassignment"
	"deputy/internal/access"
	"deputy/internal/page"
	"deputy/internal/viewer"
)

// Reach is the one predicate of a module: it cuts a query to the rows that the viewer reaches with an action. Lists,
// node, nested edges, counts, figures, downloads and mutations share it.
type Reach = func(*sql.Selector)

// Creators cuts a query of creators: all of the org, or under OWN those that the viewer's sub-account manages.
func Creators(v *viewer.Viewer, a access.Action) Reach {
	return visibleRows(v, access.Creators, a, managed)
}

// managed holds for creators that one of the sub-accounts manages.
func managed(s *sql.Selector, managers []string) *sql.Predicate {
	return page.In(s.C(creator.FieldManagerID), managers)
}

// Tasks cuts a query of tasks: all of the org, or under OWN those with an assignment of an own creator.
func Tasks(v *viewer.Viewer, a access.Action) Reach {
	return visibleRows(v, access.Tasks, a, func(s *sql.Selector, managers []string) *sql.Predicate {
		t := sql.Dialect(s.Dialect()).Table(taskassignment.Table)
		assigned := sql.Dialect(s.Dialect()).Select(t.C(taskassignment.FieldTaskID)).From(t)
		return sql.In(s.C(task.FieldID), assigned.Where(ofManagers(assigned, taskassignment.FieldCreatorID, managers)))
	})
}

// Assignments cuts a query of assignments: all of the org, or under OWN those of own creators.
func Assignments(v *viewer.Viewer, a access.Action) Reach {
	return visibleRows(v, access.Tasks, a, func(s *sql.Selector, managers []string) *sql.Predicate {
		return ofManagers(s, taskassignment.FieldCreatorID, managers)
	})
}

// Orders cuts a query of orders: all of the org, or under OWN those of own creators.
func Orders(v *viewer.Viewer, a access.Action) Reach {
	return visibleRows(v, access.Orders, a, func(s *sql.Selector, managers []string) *sql.Predicate {
		return ofManagers(s, order.FieldCreatorID, managers)
	})
}

// OrderCreators cuts a query of creators to those whose orders the viewer reaches.
func OrderCreators(v *viewer.Viewer, a access.Action) Reach {
	return visibleRows(v, access.Orders, a, managed)
}

// Figures cuts a query of a table of figures that has a creator_id: all of the org, or under OWN those of own creators.
func Figures(v *viewer.Viewer, a access.Action) Reach {
	return visibleRows(v, access.Data, a, func(s *sql.Selector, managers []string) *sql.Predicate {
		return ofManagers(s, "creator_id", managers)
	})
}

// visibleRows keeps the rows of orgs in which the viewer has the whole module, and the own ones where it has no more. A
// viewer without either reaches nothing.
func visibleRows(
	v *viewer.Viewer, m access.Module, a access.Action, own func(*sql.Selector, []string) *sql.Predicate,
) Reach {
	all, some := v.Orgs(m, a)
	orgs, managers := make([]string, len(all)), make([]string, len(some))
	for i, membership := range all {
		orgs[i] = membership.OrgID
	}
	for i, membership := range some {
		managers[i] = membership.ID // a sub-account is one of one org
	}
	return func(s *sql.Selector) {
		whole := page.In(s.C("org_id"), orgs)
		switch {
		case len(managers) == 0:
			s.Where(whole)
		case len(orgs) == 0:
			s.Where(own(s, managers))
		default:
			s.Where(sql.Or(whole, own(s, managers)))
		}
	}
}

// ofManagers holds for rows whose creator one of the sub-accounts manages.
func ofManagers(s *sql.Selector, column string, managers []string) *sql.Predicate {
	t := sql.Dialect(s.Dialect()).Table(creator.Table)
	return sql.In(s.C(column), sql.Dialect(s.Dialect()).Select(t.C(creator.FieldID)).From(t).
		Where(page.In(t.C(creator.FieldManagerID), managers)))
}
