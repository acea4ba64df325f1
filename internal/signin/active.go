package signin

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"entgo.io/ent/dialect/sql"

	"deputy/ent"
	"deputy/ent/predicate"
	"deputy/ent/subaccount"
	"deputy/internal/audit"
	"deputy/internal/lru"
	"deputy/internal/store"
	"deputy/internal/viewer"
)

// Silence is the time without a sign-in and without a request after which a seat is dormant. When it is used again, an
// event is recorded in its org: the phone number may have a new owner.
const Silence = 90 * 24 * time.Hour

// maxUses is the maximum number of uses in memory, which ensure that each is stored at most once a minute.
const maxUses = 20_000

// seatUse is the use of a seat by a session.
type seatUse struct{ sessionID, orgID string }

// uses are the times of the last uses of seats by sessions that this server stored, in microseconds. The zero value is
// empty.
type uses struct {
	once sync.Once
	kept *lru.Cache[seatUse, *atomic.Int64]
}

// lastUse returns when a session last used a seat; 0 for never.
func (u *uses) lastUse(one seatUse) *atomic.Int64 {
	u.once.Do(func() { u.kept = lru.New[seatUse, *atomic.Int64](maxUses) })
	if last, ok := u.kept.Get(one); ok {
		return last
	}
	return u.kept.Add(one, new(atomic.Int64))
}

// Unnoted returns the orgs in which the viewer has an enabled seat whose use by the session was not stored within the
// last minute.
func (s *Service) Unnoted(v *viewer.Viewer) (orgIDs []string) {
	now := s.now()
	return slices.DeleteFunc(seats(v), func(orgID string) bool {
		return recent(s.uses.lastUse(seatUse{
			v.SessionID,
			orgID,
		}).Load(), now)
	})
}

// seats returns the orgs in which the viewer has an enabled seat.
func seats(v *viewer.Viewer) (orgIDs []string) {
	for orgID, membership := range v.Memberships {
		if membership.Kind == viewer.SubAccount && !membership.Disabled {
			orgIDs = append(orgIDs, orgID)
		}
	}
	return orgIDs
}

// recent reports whether a use that was stored at a time, in microseconds, is recent enough not to be stored again.
func recent(noted int64, now time.Time) bool {
	last := time.UnixMicro(noted)
	return now.Sub(last) < touchEvery && !last.After(now.Add(grain))
}

// Active stores that a request of the viewer named the org: at most once a minute for each session and org, in one
// statement. The first use of a dormant seat is recorded. The request continues when that fails, because a read-only
// database can still be queried.
func (s *Service) Active(ctx context.Context, v *viewer.Viewer, orgID string) {
	if v.App != nil { // the use of its token is noted
		return
	}
	now, last := s.now(), s.uses.lastUse(seatUse{v.SessionID, orgID})
	noted := last.Load()
	if recent(noted, now) || !last.CompareAndSwap(noted, now.UnixMicro()) {
		return
	}
	if err := s.note(ctx, v, now, orgID); err != nil {
		if errors.Is(err, errAsleep) { // the next request wakes it
			last.CompareAndSwap(now.UnixMicro(), noted)
		}
		s.warnUnnoted(ctx, v, err)
	}
}

// warnUnnoted logs that a use could not be stored.
func (s *Service) warnUnnoted(ctx context.Context, v *viewer.Viewer, err error) {
	s.Log.LogAttrs(ctx, slog.LevelWarn, "note last use", slog.String("error", err.Error()),
		slog.String("request_id", v.RequestID))
}

// noteSignIn stores the sign-in as a use of all enabled seats of the account.
func (s *Service) noteSignIn(ctx context.Context, v *viewer.Viewer, now time.Time) {
	orgIDs := seats(v)
	if len(orgIDs) == 0 {
		return
	}
	if err := s.note(ctx, v, now, orgIDs...); err != nil {
		s.warnUnnoted(ctx, v, err)
	}
}

// note sets the last use of seats of the viewer's account to now, in one statement, and wakes dormant ones. It is not
// cancelled with the request.
func (s *Service) note(ctx context.Context, v *viewer.Viewer, now time.Time, orgIDs ...string) error {
	patient, cancel := context.WithTimeout(context.WithoutCancel(ctx), touchPatience)
	defer cancel()
	n, err := s.Store.Client.SubAccount.Update().Where(
		working(v.AccountID), subaccount.OrgIDIn(orgIDs...), subaccount.Not(dormantSeats(now)),
		subaccount.Or(subaccount.LastActiveAtIsNil(), subaccount.LastActiveAtLTE(now),
			subaccount.LastActiveAtGT(now.Add(grain))),
	).SetLastActiveAt(now).Save(patient)
	if err != nil {
		return fmt.Errorf("note last use: %w", err)
	}
	if n == len(orgIDs) {
		return nil
	}
	for _, orgID := range orgIDs { // one is dormant, or another request was later
		if err := s.wake(patient, v, now, orgID); err != nil {
			return err
		}
	}
	return nil
}

// working selects the enabled seats of an account.
func working(accountID string) predicate.SubAccount {
	return subaccount.And(subaccount.AccountID(accountID), subaccount.StatusEQ(subaccount.StatusENABLED))
}

// dormantSeats selects the seats that were not used for Silence, counted from their creation if they never were.
func dormantSeats(now time.Time) predicate.SubAccount {
	return func(s *sql.Selector) {
		last := sql.ExprFunc(func(b *sql.Builder) {
			b.WriteString("COALESCE(").IdentComma(s.C(subaccount.FieldLastActiveAt),
				s.C(subaccount.FieldCreatedAt)).WriteString(")")
		})
		s.Where(sql.P(func(b *sql.Builder) { b.Join(last).WriteString(" <= ").Arg(now.Add(-Silence)) }))
	}
}

// wake stores the use of a dormant seat, and records who used it and from where. Of two concurrent calls, one does.
func (s *Service) wake(ctx context.Context, v *viewer.Viewer, now time.Time, orgID string) error {
	err := s.Store.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		seat, err := store.Lock(tx, tx.SubAccount.Query().Where(working(v.AccountID), subaccount.OrgID(orgID),
			dormantSeats(now))).Only(ctx)
		if ent.IsNotFound(err) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("read seat: %w", err)
		}
		if err := tx.SubAccount.Update().Where(subaccount.ID(seat.ID)).SetLastActiveAt(now).Exec(ctx); err != nil {
			return fmt.Errorf("write seat: %w", err)
		}
		act := audit.Entry{Viewer: v, OrgID: orgID, Operation: "wakeSeat", At: now}
		return act.Record(ctx, tx, audit.Target{
			ID: seat.ID, Type: "SubAccount", Label: seat.Name, AccountID: seat.AccountID,
			Changes: audit.Changed(lastActive(seat.LastActiveAt), lastActive(&now)),
		})
	})
	if err != nil {
		return fmt.Errorf("%w: %w", errAsleep, err)
	}
	return nil
}

// errAsleep is returned when a seat could not be woken.
var errAsleep = errors.New("wake seat")

func lastActive(at *time.Time) []audit.Value {
	if at == nil {
		return []audit.Value{audit.Maybe("lastActiveAt", nil)}
	}
	return []audit.Value{audit.Text("lastActiveAt", at.UTC().Format(time.RFC3339Nano))}
}
