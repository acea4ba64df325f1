package signin

import (
	"context"
	"encoding/base64"
	"fmt"
	"math"
	"strings"
	"time"

	"deputy/internal/bulk"
	"deputy/internal/fault"
	"deputy/internal/viewer"
)

// window is a limit: a maximum number within a duration, counted under the key.
type window struct {
	key    string
	limit  int
	length time.Duration
}

// window returns a limit; the key is a hash of what and about.
func (s *Service) window(limit int, length time.Duration, what string, about ...string) (window, error) {
	hash, err := s.mac(forLimits, append([]string{what}, about...)...)
	if err != nil {
		return window{}, err
	}
	return window{what + ":" + base64.RawURLEncoding.EncodeToString(hash[:18]), limit, length}, nil
}

// count adds one if the limit allows it, and begins a new window when the old one has ended, or ends later than a new
// one would: then it began while the clock was ahead. It is one statement, so two servers cannot both take the last
// one.
const count = `INSERT INTO throttles (id, count, ends_at) VALUES ($1, 1, $2)
ON CONFLICT (id) DO UPDATE SET
	count = CASE WHEN throttles.ends_at <= $3 OR throttles.ends_at > $5 THEN 1 ELSE throttles.count + 1 END,
	ends_at = CASE WHEN throttles.ends_at <= $3 OR throttles.ends_at > $5 THEN excluded.ends_at ELSE throttles.ends_at END
WHERE throttles.ends_at <= $3 OR throttles.ends_at > $5 OR throttles.count < $4
RETURNING count`

// take counts one, in a statement that commits by itself, and reports whether it was within the limit.
func (s *Service) take(ctx context.Context, w window) (bool, error) {
	n, err := s.counted(ctx, w)
	return n > 0, err
}

// counted counts one, in a statement that commits by itself, and returns the new count; 0 when it was beyond the limit.
func (s *Service) counted(ctx context.Context, w window) (n int, err error) {
	now := s.now()
	n, _, err = bulk.One[int](ctx, s.Store.Client, count, w.key, now.Add(w.length), now, w.limit, now.Add(w.length+grain))
	if err != nil {
		return 0, fmt.Errorf("count against a limit: %w", err)
	}
	return n, nil
}

// full reports whether the limit is reached. It counts nothing.
func (s *Service) full(ctx context.Context, w window) (bool, error) {
	const full = `SELECT count FROM throttles WHERE id = $1 AND ends_at > $2 AND ends_at <= $4 AND count >= $3`
	now := s.now()
	_, is, err := bulk.One[int](ctx, s.Store.Client, full, w.key, now, w.limit, now.Add(w.length+grain))
	if err != nil {
		return false, fmt.Errorf("read a limit: %w", err)
	}
	return is, nil
}

// reset clears the count, even when the request has ended meanwhile.
func (s *Service) reset(ctx context.Context, w window) error {
	if err := s.Store.Client.Throttle.DeleteOneID(w.key).Exec(context.WithoutCancel(ctx)); err != nil && !isNothing(err) {
		return fmt.Errorf("reset a limit: %w", err)
	}
	return nil
}

// onceKept is how long a use is stored: far longer than single-use values are valid, also when the clock is set back
// meanwhile.
const onceKept = time.Hour

// Once stores, in a statement that commits by itself, that a single-use value was used, and reports whether this is the
// first use. It is one statement, so only one of two servers is first.
func (s *Service) Once(ctx context.Context, what, text string) (bool, error) {
	const first = `INSERT INTO throttles (id, count, ends_at) VALUES ($1, 1, $2) ON CONFLICT (id) DO NOTHING RETURNING count`
	w, err := s.window(1, onceKept, what, text)
	if err != nil {
		return false, err
	}
	_, is, err := bulk.One[int](ctx, s.Store.Client, first, w.key, s.now().Add(w.length))
	if err != nil {
		return false, fmt.Errorf("note a first use: %w", err)
	}
	return is, nil
}

// perIP counts against the hourly limit of an address. It returns RATE_LIMITED with retryAfter in seconds.
func (s *Service) perIP(ctx context.Context, v *viewer.Viewer, what string, limit int) error {
	address := v.IP
	if address == "" || strings.Contains(address, ":") {
		address = v.Network // a client with one address of IPv6 has a whole network
	}
	w, err := s.window(limit, time.Hour, what, address)
	if err != nil {
		return err
	}
	return s.limited(ctx, w)
}

// attempt counts against the hourly limit of codes and passwords that an address may try.
func (s *Service) attempt(ctx context.Context, v *viewer.Viewer) error {
	return s.perIP(ctx, v, "attempts-ip", or(s.Limits.AttemptsPerHourPerIP, defaultAttemptsPerIP))
}

func (s *Service) limited(ctx context.Context, w window) error {
	ok, err := s.take(ctx, w)
	if err != nil || ok {
		return err
	}
	rest := w.length
	if row, err := s.Store.Client.Throttle.Get(ctx, w.key); err == nil {
		rest = min(max(row.EndsAt.Sub(s.now()), time.Second), w.length)
	}
	return fault.New(fault.RateLimited, tooBusy).With("retryAfter", int(math.Ceil(rest.Seconds())))
}

func or(n, otherwise int) int {
	if n > 0 {
		return n
	}
	return otherwise
}
