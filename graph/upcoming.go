package graph

import (
	"context"
	"slices"
	"time"

	"entgo.io/ent/dialect/sql"

	"deputy/ent"
	"deputy/ent/creator"
	"deputy/ent/order"
	"deputy/ent/subaccount"
	"deputy/ent/task"
	"deputy/ent/taskassignment"
	"deputy/internal/access"
	"deputy/internal/backoffice"
	"deputy/internal/fault"
	"deputy/internal/feed"
	"deputy/internal/id"
	"deputy/internal/load"
	"deputy/internal/page"
	"deputy/internal/store"
	"deputy/internal/viewer"
)

const (
	// upcomingSize is how many rows are read at once for a stream.
	upcomingSize = 50
	// maxPending is how many changed rows a stream keeps the ids of.
	maxPending = 1000
	// late is how long before it is committed a row may have been stamped: requests end after 30 seconds, the clocks of
	// servers differ.
	late = 2 * time.Minute
	// overlap is what a client that names its last change gets again: a change is stamped when its write begins, and seen
	// when that ends, which takes store.WriteTime at most. The rest is for a commit that the database is slow with.
	overlap = 2 * store.WriteTime
)

var msgAfter = fault.Message{
	Zh: "after 不是该机构的操作日志。",
	En: "after names no event of this org.",
}

// ofOrg keeps the rows of one org.
func ofOrg(orgID string) where {
	return func(s *sql.Selector) { s.Where(sql.EQ(s.C("org_id"), orgID)) }
}

// comingEvents are the events of a trail behind a place.
type comingEvents struct {
	list    func(*viewer.Viewer) page.List[*ent.AuditEvent]
	columns []string
	after   *page.Place
	from    page.List[*ent.AuditEvent] // what rows were read from
	rows    []*ent.AuditEvent
}

// eventsAfter returns the events of the org behind the one with the id, or from now on when there is none.
func (r *Resolver) eventsAfter(
	ctx context.Context, v *viewer.Viewer, orgID string, after *string,
) (*comingEvents, error) {
	c := &comingEvents{columns: auditEventTable.Columns(ctx)}
	c.list = func(v *viewer.Viewer) page.List[*ent.AuditEvent] {
		list := r.auditEvents("Subscription.auditEvents", inOrgs(v, access.AuditLog, access.View), ofOrg(orgID))
		list.Order.Desc = false
		return list
	}
	last := c.list(v)
	last.Order.Desc = true
	if after != nil {
		if !id.Is(id.AuditEvent, *after) {
			return nil, fault.New(fault.BadRequest, msgAfter)
		}
		last.Where = append(last.Where, func(s *sql.Selector) { s.Where(sql.EQ(s.C("id"), *after)) })
	}
	rows, err := last.After(ctx, nil, 1, nil)
	switch {
	case err != nil:
		return nil, err
	case len(rows) > 0:
		c.after = last.At(rows[0])
	case after != nil:
		return nil, fault.New(fault.BadRequest, msgAfter)
	}
	return c, nil
}

func (c *comingEvents) read(ctx context.Context, v *viewer.Viewer, _ *feed.Follower) (found bool, err error) {
	if len(c.rows) > 0 {
		return false, nil // events never change, so they are as good as when they were read
	}
	c.from = c.list(v)
	c.rows, err = c.from.After(ctx, c.after, upcomingSize, c.columns)
	return len(c.rows) > 0, err
}

func (c *comingEvents) next() (event *ent.AuditEvent, ok bool) {
	if len(c.rows) == 0 {
		return nil, false
	}
	event, c.rows = c.rows[0], c.rows[1:]
	c.after = c.from.At(event)
	return event, true
}

// ordersComing returns the orders of the org that changed since an overlap before the moment, if there is one, and
// those that change from now on.
func (r *Resolver) ordersComing(ctx context.Context, orgID string, after *time.Time) *comingRows[*ent.Order] {
	c := &comingRows[*ent.Order]{
		idOf: orderID, columns: orderTable.Columns(ctx), now: r.Now,
		list: func(v *viewer.Viewer) page.List[*ent.Order] {
			list := changing(r.orders(v, "Subscription.ordersChanged"), orgID, order.FieldUpdatedAt, orderChanged)
			if v.Scope(orgID, access.Orders, access.View) == access.Own {
				list.Key, list.Through = order.FieldCreatorID, ownCreators(v, orgID)
			}
			return list
		},
	}
	c.resume(after)
	return c
}

// changing has a list hold the rows of an org, in the order in which they were changed.
func changing[T page.Row](list page.List[T], orgID, column string, place func(T) (any, string)) page.List[T] {
	list.Where = append(list.Where, ofOrg(orgID))
	list.Order, list.Place = page.Order{Column: column}, place
	return list
}

// ownCreators selects the creators in the org whose orders the viewer sees.
func ownCreators(v *viewer.Viewer, orgID string) func(string) *sql.Selector {
	return func(dialect string) *sql.Selector {
		t := sql.Dialect(dialect).Table(creator.Table)
		s := sql.Dialect(dialect).Select(t.C(creator.FieldID)).From(t)
		backoffice.OrderCreators(v, access.View)(s)
		return s.Where(sql.EQ(t.C(creator.FieldOrgID), orgID))
	}
}

// subAccountsComing returns the sub-accounts of the org that change from now on.
func (r *Resolver) subAccountsComing(ctx context.Context, orgID string) *comingRows[*ent.SubAccount] {
	return &comingRows[*ent.SubAccount]{
		idOf: subAccountID, columns: subAccountTable.Columns(ctx), now: r.Now,
		list: func(v *viewer.Viewer) page.List[*ent.SubAccount] {
			return changing(r.subAccounts(v, "Subscription.subAccountsChanged"), orgID, subaccount.FieldUpdatedAt,
				func(row *ent.SubAccount) (any, string) { return row.UpdatedAt, row.ID })
		},
	}
}

// creatorsComing returns the creators of the org that changed since an overlap before the moment, if there is one, and
// those that change from now on.
func (r *Resolver) creatorsComing(ctx context.Context, orgID string, after *time.Time) *comingRows[*ent.Creator] {
	c := &comingRows[*ent.Creator]{idOf: creatorID, columns: creatorTable.Columns(ctx), now: r.Now}
	c.list = func(v *viewer.Viewer) page.List[*ent.Creator] {
		return changing(r.creators(v, "Subscription.creatorsChanged"), orgID, creator.FieldUpdatedAt,
			func(row *ent.Creator) (any, string) { return row.UpdatedAt, row.ID })
	}
	c.resume(after)
	return c
}

// tasksComing returns the tasks of the org that changed, themselves or in an assignment that the viewer sees, since an
// overlap before the moment, if there is one, and those that change from now on.
func (r *Resolver) tasksComing(ctx context.Context, orgID string, after *time.Time) *comingRows[*ent.Task] {
	c := &comingRows[*ent.Task]{idOf: taskID, columns: taskTable.Columns(ctx), now: r.Now}
	c.list = func(v *viewer.Viewer) page.List[*ent.Task] {
		return changing(r.tasks(v, "Subscription.tasksChanged"), orgID, task.FieldUpdatedAt,
			func(row *ent.Task) (any, string) { return row.UpdatedAt, row.ID })
	}
	c.told = func(v *viewer.Viewer, rows []string) where {
		isTask := func(row string) bool { return id.Is(id.Task, row) }
		assigned := slices.DeleteFunc(slices.Clone(rows), isTask)
		return func(s *sql.Selector) {
			itself := page.In(s.C(task.FieldID), rows)
			if len(assigned) == 0 {
				s.Where(itself)
				return
			}
			seen, t := seenAssignments(s.Dialect(), v)
			seen.Where(page.In(t.C(taskassignment.FieldID), assigned))
			s.Where(sql.Or(itself, sql.In(s.C(task.FieldID), seen)))
		}
	}
	c.parts = func(ctx context.Context, v *viewer.Viewer, after *page.Place) (
		ids []string, next *page.Place, at time.Time, err error,
	) {
		list := changing(r.assignments(v, "Subscription.tasksChanged"), orgID, taskassignment.FieldUpdatedAt,
			func(row *ent.TaskAssignment) (any, string) { return row.UpdatedAt, row.ID })
		rows, err := list.After(ctx, after, upcomingSize, nil)
		for _, row := range rows {
			ids, next, at = append(ids, row.ID), list.At(row), row.UpdatedAt
		}
		return ids, next, at, err
	}
	c.resume(after)
	return c
}

// comingRows are rows that changed. They are read, through the predicate of their module, when they are about to be
// sent.
type comingRows[T page.Row] struct {
	list func(*viewer.Viewer) page.List[T] // in the order in which rows were changed
	idOf func(T) string
	// told keeps the rows that were told, some of them by parts of theirs, and parts looks for parts that changed behind a
	// place, and returns where that ends; nil for rows without parts.
	told    func(*viewer.Viewer, []string) where
	parts   func(context.Context, *viewer.Viewer, *page.Place) (ids []string, next *page.Place, at time.Time, err error)
	columns []string
	now     func() time.Time

	pending []string     // changed, and not sent yet
	oldest  time.Time    // before any of them was changed
	after   *page.Place  // where looking for changes goes on, when some were not told
	afterAt time.Time    // its time
	partly  *page.Place  // where looking for parts that changed goes on
	partAt  time.Time    // its time
	before  bool         // what is found from there on comes before what was told
	looked  bool         // the rows were found so
	from    page.List[T] // what rows were read from
	rows    []T          // read, and as good as long as nothing is fresh

	sent map[string]time.Time // when the rows that were sent lately were changed
}

// maxSent is how many rows that were sent are remembered. One that is not may come twice, when changes are looked for.
const maxSent = 2000

func (c *comingRows[T]) read(ctx context.Context, v *viewer.Viewer, fresh *feed.Follower) (found bool, err error) {
	if fresh != nil {
		c.rows = nil
		c.take(fresh)
	}
	if len(c.rows) > 0 {
		return false, nil
	}
	c.from = c.list(v)
	err = c.find(ctx, v)
	return len(c.rows) > 0, err
}

func (c *comingRows[T]) next() (row T, ok bool) {
	if len(c.rows) == 0 {
		return row, false
	}
	row, c.rows = c.rows[0], c.rows[1:]
	if c.looked {
		c.pass(row)
	}
	c.pending = slices.DeleteFunc(c.pending, func(pending string) bool { return pending == c.idOf(row) })
	if c.sent == nil || len(c.sent) >= maxSent {
		c.sent = map[string]time.Time{}
	}
	c.sent[c.idOf(row)] = c.changed(row)
	return row, true
}

// changed returns when the row was changed.
func (c *comingRows[T]) changed(row T) time.Time {
	at, _ := c.from.Place(row)
	changed, _ := at.(time.Time)
	return changed
}

// pass goes on looking behind the row.
func (c *comingRows[T]) pass(row T) { c.after, c.afterAt = c.from.At(row), c.changed(row) }

// take takes over what was told since it was asked last. When that is more than is kept, changes are looked for
// instead.
func (c *comingRows[T]) take(fresh *feed.Follower) {
	rows, lost, since := fresh.Take()
	told := c.now().Add(-since)
	if len(c.pending) == 0 || told.Before(c.oldest) {
		c.oldest = told
	}
	for _, changed := range rows {
		if !slices.Contains(c.pending, changed) {
			c.pending = append(c.pending, changed)
		}
	}
	if !lost && len(c.pending) <= maxPending {
		return
	}
	c.pending = nil
	c.lookFrom(c.oldest.Add(-late))
}

// lookFrom has changes looked for from the moment on, unless they are from an earlier one.
func (c *comingRows[T]) lookFrom(from time.Time) {
	if c.after == nil || from.Before(c.afterAt) {
		c.after, c.afterAt = page.From(from), from
	}
	if c.parts != nil && (c.partly == nil || from.Before(c.partAt)) {
		c.partly, c.partAt = page.From(from), from
	}
}

// resume begins with what changed since an overlap before the moment, if there is one.
func (c *comingRows[T]) resume(after *time.Time) {
	if after != nil {
		c.lookFrom(after.Add(-overlap))
		c.before = true
	}
}

// find reads the next rows: those that were told and those that are looked for, one after the other. What the viewer
// does not reach is passed over.
func (c *comingRows[T]) find(ctx context.Context, v *viewer.Viewer) error {
	ways := []func(context.Context, *viewer.Viewer) error{c.findTold, c.findChanged, c.findParts}
	if c.before {
		ways[0], ways[1] = ways[1], ways[0]
	}
	for _, find := range ways {
		if err := find(ctx, v); err != nil || len(c.rows) > 0 {
			return err
		}
	}
	return nil
}

// findParts tells of parts that changed until there is a row with one.
func (c *comingRows[T]) findParts(ctx context.Context, v *viewer.Viewer) error {
	for c.partly != nil && len(c.rows) == 0 {
		changed, next, at, err := c.parts(ctx, v, c.partly)
		if err != nil {
			return err
		}
		if len(c.pending) == 0 || c.partAt.Before(c.oldest) {
			c.oldest = c.partAt
		}
		c.pending, c.partly, c.partAt = append(c.pending, changed...), next, at
		if err := c.findTold(ctx, v); err != nil {
			return err
		}
	}
	return nil
}

func (c *comingRows[T]) findTold(ctx context.Context, v *viewer.Viewer) (err error) {
	c.looked = false
	for len(c.pending) > 0 {
		wanted, rest := c.pending[:min(len(c.pending), upcomingSize)], c.pending[min(len(c.pending), upcomingSize):]
		told := c.from
		told.Through = nil // they are found by their ids
		keep := func(s *sql.Selector) { s.Where(page.In(s.C("id"), wanted)) }
		if c.told != nil {
			keep = c.told(v, wanted)
		}
		told.Where = append(slices.Clone(c.from.Where), keep)
		if c.rows, err = told.After(ctx, nil, upcomingSize, c.columns); err != nil {
			return err
		}
		if c.pending = append(load.IDs(c.rows, c.idOf), rest...); len(c.rows) > 0 {
			return nil
		}
	}
	return nil
}

func (c *comingRows[T]) findChanged(ctx context.Context, _ *viewer.Viewer) error {
	c.looked = true
	for c.after != nil && len(c.rows) == 0 {
		found, err := c.from.After(ctx, c.after, upcomingSize, c.columns)
		if err != nil {
			return err
		}
		if len(found) == 0 {
			c.after, c.before = nil, false
			return nil
		}
		c.rows = slices.DeleteFunc(slices.Clone(found), func(row T) bool {
			sent, known := c.sent[c.idOf(row)]
			return known && sent.Equal(c.changed(row))
		})
		if len(c.rows) == 0 {
			c.pass(found[len(found)-1])
		}
	}
	return nil
}
