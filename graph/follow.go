package graph

import (
	"context"
	"errors"

	"deputy/internal/bounds"
	"deputy/internal/crash"
	"deputy/internal/feed"
	"deputy/internal/gqlserve"
	"deputy/internal/id"
	"deputy/internal/page"
	"deputy/internal/viewer"
)

var errNoStream = errors.New("subscriptions run in streams alone")

// upcoming hands out events one by one.
type upcoming[T any] interface {
	// read reads the next events that the viewer may see, unless some are at hand, and reports whether it found any. Fresh
	// is given when something may have changed since it was asked last.
	read(ctx context.Context, v *viewer.Viewer, fresh *feed.Follower) (bool, error)
	// next returns the next event that was read, and false when there is none for now.
	next() (event T, ok bool)
}

// follow returns the events that open finds for the running field, which is guarded by a module in the org. An event is
// looked for when the client waits for one, and not before: it is judged by the access of that moment, and a client
// that does not read costs nothing. Once the access is lost, the subscription is stopped with the error that says so.
func follow[T page.Row, S upcoming[T]](
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
	// What happened meanwhile is found when the access is judged, and the source asked, for the first time.
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

// forward hands over events until ctx ends or the access is lost.
func forward[T page.Row](
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
		case <-follower.News:
			fresh = follower
		case <-run.Asked():
			asked = true
		}
		if !asked || fresh == nil && !more {
			continue
		}
		run.Begin()
		event, ok, err := look(ctx, r, orgID, source, follower, fresh)
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
		event.SetLevel(page.NewLevel([]T{event}))
		select {
		case events <- event: // the client waits for it
			asked = false
		case <-ctx.Done():
			return nil
		}
	}
}

// look returns the next event, and false when there is none for now. What was read is judged by the access of a later
// moment, so nobody is shown the change that took their access away, nor a later one.
func look[T any](
	ctx context.Context, r *Resolver, orgID string, source upcoming[T], follower, fresh *feed.Follower,
) (event T, ok bool, err error) {
	v, err := r.recheck(ctx, orgID, r.Identity.Again)
	for err == nil {
		var found bool
		if found, err = source.read(ctx, v, fresh); err != nil {
			break
		}
		then := v.Standings[orgID]
		if found {
			v, err = r.recheck(ctx, orgID, r.Identity.Afresh)
		}
		if err == nil && v.Standings[orgID] == then {
			event, ok = source.next()
			break
		}
		fresh = follower
	}
	return event, ok, err
}

// recheck makes the viewer of a running field what it is now, and judges the field's rule again.
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
	m, a, _ := guard(ctx)
	return again, allowed(again, orgID, m, a)
}
