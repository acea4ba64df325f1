package signin

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"io"
	"slices"
	"strconv"
	"time"

	"entgo.io/ent/dialect/sql"

	"deputy/ent"
	"deputy/ent/apitoken"
	"deputy/ent/predicate"
	"deputy/ent/session"
	"deputy/internal/audit"
	"deputy/internal/fault"
	"deputy/internal/id"
	"deputy/internal/page"
	"deputy/internal/store"
	"deputy/internal/viewer"
)

// A token is this prefix, which secret scanners recognize, and 32 bytes in base64url.
const (
	tokenPrefix = "dps_"
	tokenBytes  = 32
)

func (s *Service) token() (string, error) {
	secret := make([]byte, tokenBytes)
	if _, err := io.ReadFull(s.Random, secret); err != nil {
		return "", fmt.Errorf("make token: %w", err)
	}
	return tokenPrefix + base64.RawURLEncoding.EncodeToString(secret), nil
}

func hashToken(token string) []byte {
	sum := sha256.Sum256([]byte(token))
	return sum[:]
}

// Live selects the valid sessions: used within seven days and begun within thirty, and not begun while the clock was
// ahead.
func (s *Service) Live() []predicate.Session {
	now := s.now()
	return []predicate.Session{
		session.ExpiresAtGT(now), session.LastUsedAtGT(now.Add(-sessionIdle)),
		session.ExpiresAtLTE(now.Add(SessionLife + grain)),
	}
}

// begin creates a session of the account, whose row the transaction has locked. It ends the oldest ones beyond fifty
// and returns them.
func (s *Service) begin(
	ctx context.Context, tx *store.Tx, v *viewer.Viewer, accountID, token string,
) (begun *ent.Session, over []*ent.Session, err error) {
	const beyond = `DELETE FROM sessions WHERE account_id = $1 AND id NOT IN (
	SELECT id FROM sessions WHERE account_id = $1 AND expires_at > $2 AND last_used_at > $3 ORDER BY created_at DESC, id DESC LIMIT $4)`
	now := s.now()
	over, err = tx.Session.Query().Where(append(s.Live(), session.AccountID(accountID))...).
		Order(session.ByCreatedAt(sql.OrderDesc()),
			session.ByID(sql.OrderDesc())).Offset(MaxSessions - 1).Limit(MaxSessions).All(ctx)
	if err != nil {
		return nil, nil, fmt.Errorf("read oldest sessions: %w", err)
	}
	if _, err := tx.ExecContext(ctx, beyond, accountID, now, now.Add(-sessionIdle), MaxSessions-1); err != nil {
		return nil, nil, fmt.Errorf("end oldest sessions: %w", err)
	}
	create := tx.Session.Create().SetAccountID(accountID).SetTokenHash(hashToken(token)).
		SetCreatedAt(now).SetLastUsedAt(now).SetExpiresAt(now.Add(SessionLife))
	if v.IP != "" {
		create.SetIP(v.IP)
	}
	if v.UserAgent != "" {
		create.SetUserAgent(v.UserAgent)
	}
	if begun, err = create.Save(ctx); err != nil {
		return nil, nil, fmt.Errorf("begin session: %w", err)
	}
	return begun, over, nil
}

// ended returns the targets of sessions that have ended.
func ended(accountID string, over []*ent.Session) []audit.Target {
	targets := make([]audit.Target, len(over))
	for i, one := range over {
		targets[i] = audit.Target{ID: one.ID, Type: "Session", AccountID: accountID, Changes: audit.Changed(
			[]audit.Value{audit.Text("createdAt", one.CreatedAt.UTC().Format(time.RFC3339Nano))}, nil)}
	}
	return targets
}

// SignOut ends the session of the request, and returns its id. Anyone signed in may call it; others get
// UNAUTHENTICATED.
func (s *Service) SignOut(ctx context.Context, v *viewer.Viewer) (string, error) {
	if !v.SignedIn() || v.SessionID == "" {
		return "", fault.New(fault.Unauthenticated, signInFirst)
	}
	err := s.Store.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		mine := []predicate.Session{session.ID(v.SessionID), session.AccountID(v.AccountID)}
		over, err := tx.Session.Query().Where(mine...).All(ctx)
		if err != nil {
			return fmt.Errorf("read session: %w", err)
		}
		n, err := tx.Session.Delete().Where(mine...).Exec(ctx)
		if err != nil {
			return fmt.Errorf("end session: %w", err)
		}
		if n == 0 { // it ended after the request began
			return fault.New(fault.Unauthenticated, signInFirst)
		}
		return s.record(ctx, tx, v, "signOut", nil, ended(v.AccountID, over)...)
	})
	if err != nil {
		return "", fmt.Errorf("sign out: %w", err)
	}
	return v.SessionID, nil
}

// EndSessions ends sessions of the viewer in the transaction, and returns their ids: the given ones, or all but the
// current one when ids is nil. An id that is not the viewer's, or has ended, is refused with NOT_FOUND at
// input.ids.<index>, and the others end all the same. More than 100 are refused with TOO_MANY. Anyone signed in may
// call it; others get UNAUTHENTICATED.
func (s *Service) EndSessions(
	ctx context.Context, tx *store.Tx, v *viewer.Viewer, ids *[]string,
) (gone []string, refused fault.Refusals, err error) {
	if !v.SignedIn() {
		return nil, nil, fault.New(fault.Unauthenticated, signInFirst)
	}
	which := append(s.Live(), session.AccountID(v.AccountID))
	if ids == nil {
		which = append(which, session.IDNEQ(v.SessionID))
	} else if len(*ids) > endAtOnce {
		return nil, nil, fault.New(fault.TooMany, tooManyIDs, endAtOnce).At("input", "ids")
	} else {
		which = append(which, page.Among[predicate.Session](session.FieldID, wellFormed(*ids)))
	}
	query := tx.Session.Query().Where(which...).Order(session.ByCreatedAt(), session.ByID())
	query.Select(session.FieldID, session.FieldCreatedAt) // the role of requests cannot read the hashes of tokens
	over, err := query.All(ctx)
	if err != nil {
		return nil, nil, fmt.Errorf("read sessions: %w", err)
	}
	for _, one := range over {
		gone = append(gone, one.ID)
	}
	if len(over) > 0 {
		if err := s.end(ctx, tx, v, gone, over); err != nil {
			return nil, nil, err
		}
	}
	if ids != nil {
		for i, sessionID := range *ids {
			if !slices.Contains(gone, sessionID) {
				refused = append(refused, fault.New(fault.NotFound, noSuchSession).At("input", "ids", strconv.Itoa(i)))
			}
		}
	}
	return gone, refused, nil
}

// end deletes sessions of the viewer, and records the event.
func (s *Service) end(ctx context.Context, tx *store.Tx, v *viewer.Viewer, ids []string, over []*ent.Session) error {
	if _, err := tx.Session.Delete().Where(session.AccountID(v.AccountID),
		page.Among[predicate.Session](session.FieldID, ids)).Exec(ctx); err != nil {
		return fmt.Errorf("end sessions: %w", err)
	}
	return s.record(ctx, tx, v, "endSessions", nil, ended(v.AccountID, over)...)
}

// EndAll ends all sessions, all pending codes and all API tokens, and returns their numbers. The operator calls it
// after restoring a backup, because what ended since the backup would be valid again. It is recorded, and takes effect
// on every server at once.
func (s *Service) EndAll(ctx context.Context) (sessions, codes, tokens int, err error) {
	err = s.Store.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		if sessions, err = tx.Session.Delete().Exec(ctx); err != nil {
			return fmt.Errorf("end sessions: %w", err)
		}
		if codes, err = tx.CodeFlow.Delete().Exec(ctx); err != nil {
			return fmt.Errorf("end codes: %w", err)
		}
		now := s.now()
		if tokens, err = tx.ApiToken.Update().Where(apitoken.RevokedAtIsNil(), apitoken.EndsAtGT(now)).
			SetEndsAt(now).SetRevokedAt(now).Save(ctx); err != nil {
			return fmt.Errorf("end API tokens: %w", err)
		}
		tx.NotifyAccessOfAll()
		act := audit.Entry{Operation: "endSessions", At: s.now()}
		return act.Record(ctx, tx, audit.Target{ID: "all", Type: "Session", Changes: audit.Changed(
			[]audit.Value{audit.Number("sessions", sessions), audit.Number("codes", codes), audit.Number("tokens", tokens)},
			nil)})
	})
	if err != nil {
		return 0, 0, 0, fmt.Errorf("end all sessions: %w", err)
	}
	return sessions, codes, tokens, nil
}

// wellFormed returns the valid ids of sessions; PostgreSQL rejects some other texts.
func wellFormed(ids []string) []string {
	return slices.DeleteFunc(slices.Clone(ids), func(s string) bool { return !id.Is(id.Session, s) })
}

// record records a change of the actor's own account.
func (s *Service) record(
	ctx context.Context, tx *store.Tx, actor *viewer.Viewer, operation string, changes []audit.Change,
	more ...audit.Target,
) error {
	act := audit.Entry{Viewer: actor, Operation: operation, At: s.now()}
	target := audit.Target{
		ID: actor.AccountID, Type: "Account", Label: actor.Label, AccountID: actor.AccountID,
		Changes: changes,
	}
	return act.Record(ctx, tx, append([]audit.Target{target}, more...)...)
}
