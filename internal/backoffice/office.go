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

// The limits of inputs, in characters.
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
// every client can represent the sum of thousands of orders.
const MaxAmount = 1_000_000_000_000

// beyond is the least sum that not every client can represent.
const beyond = 1 << 53

// Office implements the operations on the data of the modules. It is safe for concurrent use.
type Office struct {
	// Now returns the time, in UTC and microseconds.
	Now func() time.Time
}

// within restricts a query to the rows of the act's org that the module's predicate allows. An act without a viewer, of
// the system, may access the whole org.
func within(act audit.Entry, cut func(*viewer.Viewer, access.Action) Reach, a access.Action) Reach {
	return func(s *sql.Selector) {
		s.Where(sql.EQ(s.C("org_id"), act.OrgID))
		if act.Viewer != nil {
			cut(act.Viewer, a)(s)
		}
	}
}

// scope returns the viewer's scope in the act's org; ALL for an act of the system.
func scope(act audit.Entry, m access.Module, a access.Action) access.Scope {
	if act.Viewer == nil {
		return access.All
	}
	return act.Viewer.Scope(act.OrgID, m, a)
}

// hold returns the ids of the creators whose rows in a module the viewer may edit under OWN; nil if it may edit all
// rows. If one of them is handed over between the read of a row and its change, the transaction is retried.
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

// rely makes the transaction check again before its event is recorded whether the predicates still hold for all of the
// creators, and retry if they don't. The creators are not locked: a hand-over would wait for all writers of their rows,
// and further ones may keep coming.
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

// isHeld reports whether the creator is among those that hold returned; nil includes all.
func isHeld(held []string, creatorID string) bool {
	return held == nil || slices.Contains(held, creatorID)
}

// wholeModule returns FORBIDDEN unless the viewer may take the action on all rows of the module in the act's org.
func wholeModule(act audit.Entry, m access.Module, a access.Action) error {
	if scope(act, m, a) == access.All {
		return nil
	}
	info, _ := m.Info()
	return fault.New(fault.Forbidden, needsAll, info.InSentence(), act.Viewer.Ask(act.OrgID)).
		With("module", m.String()).With("action", a.String()).
		With("scope", access.All.String()).With("orgId", act.OrgID)
}

// amountFault returns a refusal for an amount that is negative or exceeds MaxAmount.
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

// exactly returns the error of a statement, or its own if the statement did not change the wanted number of rows.
func exactly(doing string, n, want int, err error) error {
	switch {
	case err != nil:
		return fmt.Errorf("%s: %w", doing, err)
	case n != want:
		return fmt.Errorf("%s: %d rows were changed, not %d", doing, n, want)
	}
	return nil
}
