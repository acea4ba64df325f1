package store

import (
	"context"
	"log/slog"
	"time"

	"github.com/lib/pq"

	"deputy/internal/bulk"
)

const (
	// pollInterval is the interval at which a server polls while it receives no notifications.
	pollInterval = 400 * time.Millisecond
	// pollTimeout bounds one poll.
	pollTimeout = 2 * time.Second
	// logInterval is the minimum interval between log lines about missing notifications.
	logInterval = time.Minute
)

// Follow registers a function that returns the ids of the orgs and accounts that are followed. It is called whenever
// the server polls because notifications do not arrive.
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

// poll looks for changes while this server receives no notifications: first it makes all followers read again, and then
// those whose data has changed, until notifications arrive again.
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
			log.LogAttrs(ctx, slog.LevelWarn, "notifications are late: access is read for each request, and streams poll")
		}
		heads = s.changedSince(ctx, heads)
		rest(ctx, pollInterval)
	}
}

// changedSince publishes what has changed since the heads were read, or that anything may have if there are none. It
// returns the current heads, or none when they can't be read.
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

// heads returns the latest audit event of each followed org, because every change of access in an org is recorded
// there, and the sessions and orgs of each account. It runs one statement.
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
