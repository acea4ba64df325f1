package backoffice

import (
	"context"
	"fmt"
	"slices"
	"time"

	"entgo.io/ent/dialect/sql"

	"deputy/ent/creator"
	"deputy/ent/predicate"
	"deputy/internal/access"
	"deputy/internal/audit"
	"deputy/internal/fault"
	"deputy/internal/page"
	"deputy/internal/store"
	"deputy/internal/viewer"
)

// The bounds of what people fill in, in characters.
const (
	maxName        = 50
	maxPlatformID  = 64
	maxCategory    = 20
	maxBrief       = 2_000
	maxNumber      = 64
	maxProductName = 100
	maxReason      = 200
	maxShare       = 10_000 // basis points
)

// MaxAmount is the largest amount of an order, the largest reward of a task, and the largest number of followers. So
// thousands of orders add up to what every client can hold.
const MaxAmount = 1_000_000_000_000

// beyond is the least sum that not every client can hold.
const beyond = 1 << 53

// Office does what people ask for with the data of the modules. It is safe for concurrent use.
type Office struct {
	// Now returns the time, in UTC and microseconds.
	Now func() time.Time
}

// within cuts a query to the rows of the act's org that it reaches by a module's predicate. What the system does
// reaches the whole org.
func within(act audit.Entry, cut func(*viewer.Viewer, access.Action) Reach, a access.Action) Reach {
	return func(s *sql.Selector) {
		s.Where(sql.EQ(s.C("org_id"), act.OrgID))
		if act.Viewer != nil {
			cut(act.Viewer, a)(s)
		}
	}
}

// scope returns which rows of its org the act reaches; all, when the system does it.
func scope(act audit.Entry, m access.Module, a access.Action) access.Scope {
	if act.Viewer == nil {
		return access.All
	}
	return act.Viewer.Scope(act.OrgID, m, a)
}

// hold returns the ids of the creators for whose sake the act may edit rows of a module under OWN; nil where it may
// edit all rows. A hand-over of them comes before or after the transaction, never between the look at a row and its
// change.
func hold(ctx context.Context, tx *store.Tx, act audit.Entry, m access.Module) ([]string, error) {
	if scope(act, m, access.Edit) == access.All {
		return nil, nil
	}
	own := func(v *viewer.Viewer, a access.Action) Reach { return visibleRows(v, m, a, managed) }
	mine := predicate.Creator(within(act, own, access.Edit))
	held, err := tx.Creator.Query().Where(mine).Order(creator.ByID()).IDs(ctx)
	if err != nil {
		return nil, fmt.Errorf("hold creators: %w", err)
	}
	rely(tx, held, mine)
	return append([]string{}, held...), nil
}

// rely has the transaction run again unless what holds for the creators still does when it is put on record. They are
// not locked: who takes them away would wait for all who write for their sake, and those may keep coming.
func rely(tx *store.Tx, ids []string, holds ...predicate.Creator) {
	if len(ids) == 0 {
		return
	}
	tx.Recheck(func(ctx context.Context) error {
		n, err := tx.Creator.Query().Where(page.Among[predicate.Creator](creator.FieldID, ids)).Where(holds...).Count(ctx)
		if err == nil && n != len(ids) {
			err = store.ErrOvertaken
		}
		if err != nil {
			return fmt.Errorf("look at creators again: %w", err)
		}
		return nil
	})
}

// isHeld reports whether the creator is held, or need not be.
func isHeld(held []string, creatorID string) bool {
	return held == nil || slices.Contains(held, creatorID)
}

// wholeModule returns FORBIDDEN unless the act reaches all rows of the module in its org.
func wholeModule(act audit.Entry, m access.Module, a access.Action) error {
	if scope(act, m, a) == access.All {
		return nil
	}
	info, _ := m.Info()
	return fault.New(fault.Forbidden, needsAll, info.InSentence(), act.Viewer.Ask(act.OrgID)).
		With("module", m.String()).With("action", a.String()).
		With("scope", access.All.String()).With("orgId", act.OrgID)
}

// amountFault refuses an amount that is negative or more than any is.
func amountFault(amount int64) *fault.Error {
	if amount < 0 || amount > MaxAmount {
		return refuse(fault.Invalid, badAmount, MaxAmount)
	}
	return nil
}

func refuse(code fault.Code, m fault.Message, args ...any) *fault.Error {
	return fault.New(code, m, args...)
}

func apply[T any](field, value *T) {
	if value != nil {
		*field = *value
	}
}

// exactly returns the error of a statement, or one of its own when the statement changed another number of rows than it
// should.
func exactly(doing string, n, want int, err error) error {
	switch {
	case err != nil:
		return fmt.Errorf("%s: %w", doing, err)
	case n != want:
		return fmt.Errorf("%s: %d rows were changed, not %d", doing, n, want)
	}
	return nil
}
