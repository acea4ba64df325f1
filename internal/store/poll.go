package store

import (
	"context"
	"log/slog"
	"time"

	"github.com/lib/pq"

	"deputy/internal/bulk"
)

const (
	// pollInterval is how often a server that receives no notifications looks itself.
	pollInterval = 400 * time.Millisecond
	// pollTimeout is how long looking may take.
	pollTimeout = 2 * time.Second
	// logInterval is how often the log says at most that a server receives no notifications.
	logInterval = time.Minute
)

// Follow has followed called, which returns the ids of what somebody follows, whenever the server has to look for
// changes because it is not notified of them.
func (s *Store) Follow(followed func() (orgs, accounts []string)) {
	s.changes.mu.Lock()
	defer s.changes.mu.Unlock()
	s.changes.followed = append(s.changes.followed, followed)
}

// followed returns the ids of what is followed.
func (s *Store) followed() (orgs, accounts []string) {
	s.changes.mu.RLock()
	defer s.changes.mu.RUnlock()
	for _, of := range s.changes.followed {
		its, their := of()
		orgs, accounts = append(orgs, its...), append(accounts, their...)
	}
	return orgs, accounts
}

// poll has whoever follows something read again when this server is not notified of what others change, and from then
// on whenever something has changed, until notifications arrive again.
func (s *Store) poll(ctx context.Context, log *slog.Logger) {
	var (
		heads map[string]string
		said  time.Time
	)
	for ctx.Err() == nil {
		if left := time.Duration(s.changes.until.Load()) - s.changes.now(); left > 0 {
			heads = nil
			rest(ctx, left)
			continue
		}
		if time.Since(said) > logInterval {
			said = time.Now()
			log.LogAttrs(ctx, slog.LevelWarn, "notifications do not arrive in time: access is read for each request, and "+
				"streams are looked at")
		}
		heads = s.changedSince(ctx, heads)
		rest(ctx, pollInterval)
	}
}

// changedSince tells what has changed since the heads were read, or everybody when they were not, and returns the heads
// of now; none when they can't be read.
func (s *Store) changedSince(ctx context.Context, before map[string]string) map[string]string {
	now, err := s.heads(ctx)
	if err != nil || before == nil {
		s.changed(s.disconnected())
		return now
	}
	change := Change{Many: true}
	for key, head := range now {
		if known, ok := before[key]; ok && known == head {
			continue
		}
		if kind, id := key[:1], key[1:]; kind == "o" {
			change.Orgs, change.Updated = append(change.Orgs, id), append(change.Updated, id)
		} else {
			change.Accounts = append(change.Accounts, id)
		}
	}
	if len(change.Orgs)+len(change.Accounts) > 0 {
		s.changed(change)
	}
	return now
}

// heads returns the latest event of each org that is followed, for whatever changes somebody's access in an org is on
// record there, and the sessions and orgs of each account. One statement for all of them.
func (s *Store) heads(ctx context.Context) (map[string]string, error) {
	const query = `SELECT 'o' || o, coalesce((SELECT id FROM audit_events WHERE org_id = o ORDER BY at DESC, id DESC LIMIT 1), '') FROM unnest($1::text[]) o
UNION ALL SELECT 'a' || a, concat_ws(' ', (SELECT string_agg(id, ',' ORDER BY id) FROM sessions WHERE account_id = a),
(SELECT string_agg(id, ',' ORDER BY id) FROM sub_accounts WHERE account_id = a), (SELECT id FROM orgs WHERE owner_id = a)) FROM unnest($2::text[]) a`
	heads := map[string]string{}
	orgs, accounts := s.followed()
	if len(orgs)+len(accounts) == 0 {
		return heads, nil
	}
	ctx, cancel := context.WithTimeout(ctx, pollTimeout)
	defer cancel()
	args := []any{pq.Array(orgs), pq.Array(accounts)}
	err := bulk.Each(ctx, s.driver.read, query, args, func(scan bulk.Scan) error {
		var key, head string
		err := scan(&key, &head)
		heads[key] = head
		return err
	})
	return heads, err
}

func rest(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}
