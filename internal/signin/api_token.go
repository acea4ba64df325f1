package signin

import (
	"context"
	"net/netip"
	"strings"
	"time"

	"deputy/internal/apitoken"
	"deputy/internal/bulk"
	"deputy/internal/fault"
	"deputy/internal/viewer"
)

// tokenKept is how long a token that has ended is kept, to tell who still uses it.
const tokenKept = 30 * 24 * time.Hour

var msgPageToken = fault.Message{
	Zh: "网页不能使用接口令牌：请在服务器端使用，不要放在浏览器中。",
	En: "A page can't use an API token. Use it on a server, and keep it out of browsers.",
}

// ofApp is whose token it is, whether or not it still works, but for its grants.
const ofApp = `SELECT t.id, t.org_id, t.app_id, t.ends_at, t.revoked_at IS NULL AND a.status = 'ENABLED', t.last_used_at,
t.last_refused_at, a.name, a.ip_ranges, a.budget_rows, a.budget_refill FROM api_tokens t JOIN apps a ON a.id = t.app_id WHERE t.token_hash = $1`

// appViewer returns the app that holds the API token: nobody for one that does not work. A page of another origin is
// refused with BAD_REQUEST, whatever the settings allow.
func (s *Service) appViewer(ctx context.Context, origin viewer.Origin, token string) (*viewer.Viewer, error) {
	if origin.Elsewhere {
		return nil, fault.New(fault.BadRequest, msgPageToken)
	}
	if !apitoken.Is(token) {
		return &viewer.Viewer{Origin: origin, TokenRefused: true}, nil
	}
	return s.appHolder(ctx, origin, string(apitoken.Hash(token)))
}

// appHolder returns the app whose token is found by the key.
func (s *Service) appHolder(ctx context.Context, origin viewer.Origin, key string) (*viewer.Viewer, error) {
	if kept, ok := s.Cache.Get(key); ok && kept.App.Admits(origin.IP) {
		kept.Origin = origin
		return &kept, nil
	}
	return s.readApp(ctx, origin, key)
}

// readApp reads the app, notes the use of its token or the refusal at most once a minute, and keeps it in the cache.
func (s *Service) readApp(ctx context.Context, origin viewer.Origin, key string) (*viewer.Viewer, error) {
	nobody := &viewer.Viewer{Origin: origin, TokenRefused: true}
	begun, now := s.Cache.Begin(), s.now()
	found, err := s.tokenOf(ctx, key)
	if err != nil || found.app.ID == "" {
		return nobody, err
	}
	v := &viewer.Viewer{Origin: origin, App: &found.app, Label: found.name, Key: key, Ends: found.ends}
	if !found.enabled || !found.ends.After(now) || !found.app.Admits(origin.IP) {
		if unnoted(found.refused, now) {
			s.noteRefusedToken(ctx, v, now)
		}
		return nobody, nil
	}
	if v, err = v.Reload(ctx, s.Store.Client, now); err != nil {
		return nil, err
	}
	if len(v.Memberships) == 0 { // it ended a moment ago
		return nobody, nil
	}
	used := now
	if unnoted(found.used, now) {
		s.noteToken(ctx, v, now)
	} else {
		used = *found.used
	}
	until := used.Add(touchEvery) // the use after that is to be noted
	if found.ends.Before(until) {
		until = found.ends
	}
	s.Cache.Put(key, *v, until, begun)
	return v, nil
}

// heldToken is a token and the app that holds it.
type heldToken struct {
	app           viewer.App
	name          string
	enabled       bool
	ends          time.Time
	used, refused *time.Time
}

// tokenOf returns the token of a hash; one without an app when there is none.
func (s *Service) tokenOf(ctx context.Context, key string) (found heldToken, err error) {
	err = bulk.Each(ctx, s.Store.Client, ofApp, []any{[]byte(key)}, func(scan bulk.Scan) error {
		var (
			ranges       string
			rows, refill *int
		)
		if err := scan(&found.app.TokenID, &found.app.OrgID, &found.app.ID, &found.ends, &found.enabled, &found.used,
			&found.refused, &found.name, &ranges, &rows, &refill); err != nil {
			return err
		}
		if rows != nil && refill != nil {
			found.app.Rows, found.app.Refill = *rows, *refill
		}
		for _, text := range strings.Fields(ranges) {
			prefix, err := netip.ParsePrefix(text)
			if err != nil {
				return err
			}
			found.app.Ranges = append(found.app.Ranges, prefix)
		}
		return nil
	})
	return found, reading("API token", err)
}

// unnoted reports whether a use, last noted at a moment, is to be noted now.
func unnoted(last *time.Time, now time.Time) bool {
	return last == nil || now.Sub(*last) >= touchEvery || last.After(now.Add(grain))
}

// noteToken notes the use of a token on it and on its app. The request goes on when that fails: a database that can't
// be written to can still be read.
func (s *Service) noteToken(ctx context.Context, v *viewer.Viewer, now time.Time) {
	const ofToken = `UPDATE api_tokens SET last_used_at = $1, last_used_ip = $2, last_used_user_agent = $3
WHERE id = $4 AND (last_used_at IS NULL OR last_used_at <= $5 OR last_used_at > $6)`
	const ofApp = `UPDATE apps SET last_used_at = $1 WHERE id = $2 AND (last_used_at IS NULL OR last_used_at <= $3
OR last_used_at > $4)`
	before, ahead := now.Add(-touchEvery), now.Add(grain)
	s.noteUse(ctx, v, ofToken, now, none(v.IP), none(v.UserAgent), v.App.TokenID, before, ahead)
	s.noteUse(ctx, v, ofApp, now, v.App.ID, before, ahead)
}

// noteRefusedToken notes on a token that a request with it was refused.
func (s *Service) noteRefusedToken(ctx context.Context, v *viewer.Viewer, now time.Time) {
	const refused = `UPDATE api_tokens SET last_refused_at = $1, last_refused_ip = $2
WHERE id = $3 AND (last_refused_at IS NULL OR last_refused_at <= $4 OR last_refused_at > $5)`
	s.noteUse(ctx, v, refused, now, none(v.IP), v.App.TokenID, now.Add(-touchEvery), now.Add(grain))
}

func (s *Service) noteUse(ctx context.Context, v *viewer.Viewer, query string, args ...any) {
	patient, cancel := context.WithTimeout(ctx, touchPatience)
	defer cancel()
	if _, err := s.Store.Client.ExecContext(patient, query, args...); err != nil && ctx.Err() == nil {
		s.warnUnnoted(ctx, v, err)
	}
}

// none returns nothing for an empty text.
func none(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}
