package signin

import (
	"context"
	"fmt"
	"strings"
	"time"

	"deputy/ent"
	"deputy/ent/session"
	"deputy/internal/apitoken"
	"deputy/internal/bulk"
	"deputy/internal/viewer"
)

const whose = `SELECT s.id, s.last_used_at, s.expires_at, s.account_id, a.phone, a.email FROM sessions s JOIN accounts a ON a.id = s.account_id
WHERE s.token_hash = $1 AND s.expires_at > $2 AND s.last_used_at > $3 AND s.expires_at <= $4`

// Viewer returns the viewer for the token of the request: it is the only place where identities are created. An empty,
// unknown or expired token is no error; the viewer is then not signed in. If the viewer is not cached, it reads the
// session and its account in one statement and the memberships in a second one, and stores the use at most once a
// minute.
func (s *Service) Viewer(ctx context.Context, origin viewer.Origin, token string) (*viewer.Viewer, error) {
	if apitoken.Begins(token) {
		return s.appViewer(ctx, origin, token)
	}
	if !strings.HasPrefix(token, tokenPrefix) || len(token) > 2*len(tokenPrefix)+2*tokenBytes {
		return &viewer.Viewer{Origin: origin}, nil
	}
	return s.holder(ctx, origin, string(hashToken(token)))
}

// Again returns the current viewer, for a stream that outlives the check of its request: not signed in when the session
// has ended.
func (s *Service) Again(ctx context.Context, v *viewer.Viewer) (*viewer.Viewer, error) {
	if v.App != nil {
		return s.appHolder(ctx, v.Origin, v.Key)
	}
	return s.holder(ctx, v.Origin, v.Key)
}

// Afresh is Again without the cache, which learns of a change shortly after the commit. The result includes every
// change that the caller can have read before.
func (s *Service) Afresh(ctx context.Context, v *viewer.Viewer) (*viewer.Viewer, error) {
	if v.App != nil {
		return s.readApp(ctx, v.Origin, v.Key)
	}
	return s.readHolder(ctx, v.Origin, v.Key)
}

// OfSession returns the viewer of the session, without the cache; not signed in when it has ended. The caller has
// checked that the request may act for the session.
func (s *Service) OfSession(ctx context.Context, origin viewer.Origin, sessionID string) (*viewer.Viewer, error) {
	found, err := s.Store.Client.Session.Query().Where(session.ID(sessionID)).Select(session.FieldTokenHash).Only(ctx)
	if isNothing(err) {
		return &viewer.Viewer{Origin: origin}, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read session: %w", err)
	}
	return s.readHolder(ctx, origin, string(found.TokenHash))
}

// holder returns the viewer of the session with the key; an empty key is not signed in.
func (s *Service) holder(ctx context.Context, origin viewer.Origin, key string) (*viewer.Viewer, error) {
	if kept, ok := s.Cache.Get(key); ok {
		kept.Origin = origin
		return &kept, nil
	}
	return s.readHolder(ctx, origin, key)
}

// readHolder reads the viewer, and stores it in the cache.
func (s *Service) readHolder(ctx context.Context, origin viewer.Origin, key string) (*viewer.Viewer, error) {
	v := &viewer.Viewer{Origin: origin}
	if key == "" {
		return v, nil
	}
	begun, now := s.Cache.Begin(), s.now()
	lastUsed, expires, err := s.owner(ctx, v, key, now)
	if err != nil || !v.SignedIn() {
		return v, err
	}
	if now.Sub(lastUsed) >= touchEvery || lastUsed.After(now.Add(grain)) {
		s.touch(ctx, v, now)
		lastUsed = now
	}
	v, err = v.Reload(ctx, s.Store.Client, s.now())
	if err != nil {
		return nil, err
	}
	until := lastUsed.Add(touchEvery) // the next use after that must be stored
	if expires.Before(until) {
		until = expires
	}
	s.Cache.Put(key, *v, until, begun)
	return v, nil
}

// Renew returns the viewer with its current memberships, after a change that it made itself. One statement.
func (s *Service) Renew(ctx context.Context, v *viewer.Viewer) (*viewer.Viewer, error) {
	return v.Reload(ctx, s.Store.Client, s.now())
}

// owner sets the account of the session, and returns when the session was last used and when it ends; zero if there is
// none.
func (s *Service) owner(
	ctx context.Context, v *viewer.Viewer, key string, now time.Time,
) (lastUsed, expires time.Time, err error) {
	args := []any{[]byte(key), now, now.Add(-sessionIdle), now.Add(SessionLife + grain)}
	err = bulk.Each(ctx, s.Store.Client, whose, args, func(scan bulk.Scan) error {
		var owner ent.Account
		if err := scan(&v.SessionID, &lastUsed, &expires, &v.AccountID, &owner.Phone, &owner.Email); err != nil {
			return err
		}
		v.Label, v.Key, v.Ends = label(&owner), key, expires
		return nil
	})
	return lastUsed, expires, reading("session", err)
}

// touchPatience is how long a request waits to store its use when the database is busy.
const touchPatience = time.Second

// touch stores the use of the session. The request continues when that fails, because a read-only database can still be
// queried.
func (s *Service) touch(ctx context.Context, v *viewer.Viewer, now time.Time) {
	const used = `UPDATE sessions SET last_used_at = $1 WHERE id = $2 AND (last_used_at <= $3 OR last_used_at > $4)`
	patient, cancel := context.WithTimeout(ctx, touchPatience)
	defer cancel()
	if _, err := s.Store.Client.ExecContext(patient, used, now, v.SessionID, now.Add(-touchEvery),
		now.Add(grain)); err != nil && ctx.Err() == nil {
		s.warnUnnoted(ctx, v, err)
	}
}
