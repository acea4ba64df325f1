package graph

import (
	"context"
	"errors"
	"slices"
	"time"

	"entgo.io/ent/dialect/sql"

	"deputy/internal/access"
	"deputy/internal/bounds"
	"deputy/internal/crash"
	"deputy/internal/feed"
	"deputy/internal/gqlserve"
	"deputy/internal/id"
	"deputy/internal/load"
	"deputy/internal/page"
	"deputy/internal/store"
	"deputy/internal/viewer"
)

var errNoStream = errors.New("subscriptions run in streams alone")

// upcoming returns events one by one.
type upcoming[T any] interface {
	// readNext reads the next events that the viewer may see, unless some are left, and reports whether it found any.
	// fresh is not nil when something may have changed since the last call.
	readNext(ctx context.Context, v *viewer.Viewer, fresh *feed.Follower) (bool, error)
	// next returns the next event that was read, and false when there is none at present.
	next() (event T, ok bool)
}

// follow returns the events of the source that open returns for the running field. The field is guarded by a module in
// the org, or orgID is empty and it requires only a signed-in viewer. An event is read only when the client waits for
// one: it is checked with the access of that moment, and a client that does not read costs nothing. When the access is
// lost, the subscription ends with that error.
func follow[T any, S upcoming[T]](
	ctx context.Context, r *Resolver, orgID string, kinds []id.Kind, open func(*viewer.Viewer) (S, error),
) (<-chan T, error) {
	run, ok := gqlserve.RunOf(ctx)
	if !ok {
		return nil, errNoStream
	}
	v, err := viewer.SignedIn(ctx)
	if err != nil {
		return nil, err
	}
	source, err := open(v)
	if err != nil {
		return nil, err
	}
	// Changes before this line are found by the first check of the access and the first read.
	follower := r.Feed.Follow(orgID, v.AccountID, kinds...)
	if _, err := r.recheck(ctx, orgID, r.Identity.Again); err != nil {
		follower.Stop()
		return nil, err
	}
	events := make(chan T)
	crash.Start(func() {
		defer close(events)
		defer follower.Stop()
		if err := crash.Try(func() error { return forward[T](ctx, r, orgID, run, follower, source, events) }); err != nil {
			run.End(err)
		}
	})
	return events, nil
}

// forward forwards events until ctx ends or the access is lost.
func forward[T any](
	ctx context.Context, r *Resolver, orgID string, run *gqlserve.Run, follower *feed.Follower, source upcoming[T],
	events chan<- T,
) error {
	asked, fresh, more := false, follower, true
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-follower.Access:
			if _, err := r.recheck(ctx, orgID, r.Identity.Again); err != nil {
				return err
			}
			fresh = follower
		case <-follower.Updated:
			fresh = follower
		case <-run.Asked():
			asked = true
		}
		if !asked || fresh == nil && !more {
			continue
		}
		run.Begin()
		event, ok, err := nextEvent(ctx, r, orgID, source, follower, fresh)
		if err != nil {
			return err
		}
		if fresh, more = nil, ok; !ok {
			run.Rest()
			continue
		}
		if err := bounds.ChargeEvent(ctx); err != nil {
			return err
		}
		select {
		case events <- event: // the client waits for it
			asked = false
		case <-ctx.Done():
			return nil
		}
	}
}

// nextEvent returns the next event, and false when there is none at present. The access is checked after reading, so
// nobody sees the change that ended their access, or a later one.
func nextEvent[T any](
	ctx context.Context, r *Resolver, orgID string, source upcoming[T], follower, fresh *feed.Follower,
) (event T, ok bool, err error) {
	v, err := r.recheck(ctx, orgID, r.Identity.Again)
	for err == nil {
		var found bool
		if found, err = source.readNext(ctx, v, fresh); err != nil {
			break
		}
		then := v.Memberships[orgID]
		if found {
			v, err = r.recheck(ctx, orgID, r.Identity.Afresh)
		}
		if err == nil && v.Memberships[orgID] == then {
			event, ok = source.next()
			break
		}
		fresh = follower
	}
	return event, ok, err
}

// recheck sets the current viewer of a running field, and checks the field's rule again: that of a module, if it has
// one.
func (r *Resolver) recheck(
	ctx context.Context, orgID string, now func(context.Context, *viewer.Viewer) (*viewer.Viewer, error),
) (*viewer.Viewer, error) {
	v, err := viewer.SignedIn(ctx)
	if err != nil {
		return nil, err
	}
	again, err := now(ctx, v)
	if err != nil {
		return nil, err
	}
	if err := viewer.Become(ctx, again); err != nil {
		return nil, err
	}
	if _, err := viewer.SignedIn(ctx); err != nil {
		return nil, err
	}
	m, a, guarded := guard(ctx)
	if !guarded {
		return again, nil
	}
	return again, allowed(again, orgID, m, a)
}

// alone returns the row of an event as a level with one row.
func alone[T page.Row](row T) T {
	row.SetLevel(page.NewLevel([]T{row}))
	return row
}

const (
	// upcomingSize is how many rows a stream reads at once.
	upcomingSize = 50
	// maxPending is the maximum number of ids of changed rows that a stream keeps.
	maxPending = 1000
	// late is how long before its commit a row may have been stamped: requests end after 30 seconds, and the clocks of
	// servers differ.
	late = 2 * time.Minute
	// overlap is the period before a client's last change that is sent again: a change is stamped when its write begins,
	// and visible when it ends, which takes at most store.WriteTime. The rest is for a slow commit.
	overlap = 2 * store.WriteTime
)

// followRows returns the rows that change, of the given kinds.
func followRows[T page.Row](
	ctx context.Context, r *Resolver, orgID string, rows *comingRows[T], kinds ...id.Kind,
) (<-chan T, error) {
	return follow[T](ctx, r, orgID, kinds, func(*viewer.Viewer) (*comingRows[T], error) { return rows, nil })
}

// coming returns the changed rows of the org, with the cuts applied: those since an overlap before the time, if it is
// given, and all later ones.
func coming[E any, T entity[E]](
	ctx context.Context, r *Resolver, of *table[E, T], orgID string, after *time.Time,
	cuts ...func(*viewer.Viewer, *page.List[T]),
) *comingRows[T] {
	c := &comingRows[T]{columns: of.Columns(ctx), now: r.Now}
	c.list = func(v *viewer.Viewer) page.List[T] {
		list := changing(of.list(r, v, access.View), orgID)
		for _, cut := range cuts {
			cut(v, &list)
		}
		return list
	}
	c.resume(after)
	return c
}

// changing limits a list to the rows of an org, in the order of their changes.
func changing[T page.Row](list page.List[T], orgID string) page.List[T] {
	list.Where = append(list.Where, ofOrg(orgID))
	list.Order = page.Order{Column: "updated_at"}
	return list
}

// comingRows are changed rows. They are read, through the predicate of their module, when they are about to be sent.
type comingRows[T page.Row] struct {
	list func(*viewer.Viewer) page.List[T] // in the order of changes
	// told keeps the rows with the notified ids, which may be ids of parts of rows, and parts finds changed parts after a
	// place, and returns the place where it stopped; both are nil for rows without parts.
	told    func(*viewer.Viewer, []string) where
	parts   func(context.Context, *viewer.Viewer, *page.Place) (ids []string, next *page.Place, at time.Time, err error)
	columns []string
	now     func() time.Time

	pending []string     // changed, and not sent yet
	oldest  time.Time    // a time before any of these changes
	after   *page.Place  // the place from which changes are searched, when notifications were lost
	afterAt time.Time    // its time
	partly  *page.Place  // the place from which changed parts are searched
	partAt  time.Time    // its time
	before  bool         // search before the notified rows
	looked  bool         // whether rows were found by searching
	from    page.List[T] // the list that rows were read from
	rows    []T          // read, and valid until the next notification

	sent map[string]time.Time // the times of changes that were sent recently
}

// maxSent is how many sent rows are remembered. Others may be sent twice after a search.
const maxSent = 2000

func (c *comingRows[T]) readNext(ctx context.Context, v *viewer.Viewer, fresh *feed.Follower) (found bool, err error) {
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
	c.pending = slices.DeleteFunc(c.pending, func(pending string) bool { return pending == row.RowID() })
	if c.sent == nil || len(c.sent) >= maxSent {
		c.sent = map[string]time.Time{}
	}
	c.sent[row.RowID()] = c.changed(row)
	return alone(row), true
}

// changed returns the time of the row's change.
func (c *comingRows[T]) changed(row T) time.Time {
	changed, _ := c.from.Value(row).(time.Time)
	return changed
}

// pass continues the search after the row.
func (c *comingRows[T]) pass(row T) { c.after, c.afterAt = c.from.At(row), c.changed(row) }

// take adds the rows that were notified since the last call. If there are more than are kept, it starts a search
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

// lookFrom starts a search from the time, unless one from an earlier time is in progress.
func (c *comingRows[T]) lookFrom(from time.Time) {
	if c.after == nil || from.Before(c.afterAt) {
		c.after, c.afterAt = page.From(from), from
	}
	if c.parts != nil && (c.partly == nil || from.Before(c.partAt)) {
		c.partly, c.partAt = page.From(from), from
	}
}

// resume starts a search from an overlap before the time, if it is given.
func (c *comingRows[T]) resume(after *time.Time) {
	if after != nil {
		c.lookFrom(after.Add(-overlap))
		c.before = true
	}
}

// find reads the next rows: those that were notified and those that a search finds. It skips rows that the viewer
// cannot access.
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

// findParts searches for changed parts until it finds a row with one that the viewer can access.
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
		if c.pending = append(load.IDs(c.rows, T.RowID), rest...); len(c.rows) > 0 {
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
			sent, known := c.sent[row.RowID()]
			return known && sent.Equal(c.changed(row))
		})
		if len(c.rows) == 0 {
			c.pass(found[len(found)-1])
		}
	}
	return nil
}
