// Package backoffice implements the data of the modules: creators, tasks, orders, and the figures of orders. Every
// function that changes data runs in the caller's transaction, changes only rows that the act's viewer may edit,
// records its changes there, and returns errors that people can correct as refusals of package fault.
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

// Reach is the predicate of a module: it restricts a query to the rows on which the viewer may take an action. Lists,
// node, nested edges, counts, figures, downloads and mutations share it.
type Reach = func(*sql.Selector)

// Creators returns the predicate of creators: all of the org, or under OWN those that the viewer's sub-account manages.
func Creators(v *viewer.Viewer, a access.Action) Reach {
	return visibleRows(v, access.Creators, a, managed)
}

// managed returns the predicate of creators that one of the sub-accounts manages.
func managed(s *sql.Selector, managers []string) *sql.Predicate {
	return page.In(s.C(creator.FieldManagerID), managers)
}

// Tasks returns the predicate of tasks: all of the org, or under OWN those with an assignment of an own creator.
func Tasks(v *viewer.Viewer, a access.Action) Reach {
	return visibleRows(v, access.Tasks, a, func(s *sql.Selector, managers []string) *sql.Predicate {
		t := sql.Dialect(s.Dialect()).Table(taskassignment.Table)
		assigned := sql.Dialect(s.Dialect()).Select(t.C(taskassignment.FieldTaskID)).From(t)
		return sql.In(s.C(task.FieldID), assigned.Where(ofManagers(assigned, taskassignment.FieldCreatorID, managers)))
	})
}

// Assignments returns the predicate of assignments: all of the org, or under OWN those of own creators.
func Assignments(v *viewer.Viewer, a access.Action) Reach {
	return visibleRows(v, access.Tasks, a, func(s *sql.Selector, managers []string) *sql.Predicate {
		return ofManagers(s, taskassignment.FieldCreatorID, managers)
	})
}

// Orders returns the predicate of orders: all of the org, or under OWN those of own creators.
func Orders(v *viewer.Viewer, a access.Action) Reach {
	return visibleRows(v, access.Orders, a, func(s *sql.Selector, managers []string) *sql.Predicate {
		return ofManagers(s, order.FieldCreatorID, managers)
	})
}

// OrderCreators returns the predicate of creators whose orders the viewer may access.
func OrderCreators(v *viewer.Viewer, a access.Action) Reach {
	return visibleRows(v, access.Orders, a, managed)
}

// Figures returns the predicate of a table of figures with a creator_id: all of the org, or under OWN those of own
// creators.
func Figures(v *viewer.Viewer, a access.Action) Reach {
	return visibleRows(v, access.Data, a, func(s *sql.Selector, managers []string) *sql.Predicate {
		return ofManagers(s, "creator_id", managers)
	})
}

// visibleRows returns the predicate of all rows in the orgs where the viewer has the scope ALL, and of own rows where
// it has OWN. Without either, no row matches.
func visibleRows(
	v *viewer.Viewer, m access.Module, a access.Action, own func(*sql.Selector, []string) *sql.Predicate,
) Reach {
	all, some := v.Orgs(m, a)
	orgs, managers := make([]string, len(all)), make([]string, len(some))
	for i, membership := range all {
		orgs[i] = membership.OrgID
	}
	for i, membership := range some {
		managers[i] = membership.ID // a sub-account belongs to one org
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

// ofManagers returns the predicate of rows whose creator one of the sub-accounts manages.
func ofManagers(s *sql.Selector, column string, managers []string) *sql.Predicate {
	t := sql.Dialect(s.Dialect()).Table(creator.Table)
	return sql.In(s.C(column), sql.Dialect(s.Dialect()).Select(t.C(creator.FieldID)).From(t).
		Where(page.In(t.C(creator.FieldManagerID), managers)))
}
