// Package signin proves who somebody is, and remembers it: verification codes, passwords and sessions, and the limits
// on guessing and on sending.
//
// # Codes
//
// A code is six digits that were sent to a phone number or an e-mail address. It is good together with its flow, an id
// that only who asked for the code was told, so that nobody's guesses touch somebody else's code. A flow has one
// purpose, one destination and, for binding, one org; it lives five minutes and is used once. A guess is counted in a
// statement that commits by itself before the code is compared, so five guesses are five however many come at once.
//
// # Passwords
//
// A password is 10 to 128 characters (code points) after the OpaqueString profile of RFC 8265: Unicode NFC, spaces of
// any kind as a plain one, no controls; case and width count. It is kept as argon2id.
//
// # Sessions
//
// A token is 32 random bytes; its SHA-256 alone is kept. A session ends after seven days without use, and after thirty
// days in any case; an account has at most fifty. A token says who, never what one may do: that is looked up for each
// request.
//
// # Limits
//
// Each limit is a row of the database, counted in one statement, so it holds for all servers together. Keys of limits
// are hashes: no table tells whom somebody tried to reach.
//
//	one code a minute               to one destination for one purpose
//	10 codes a day                  to one destination; 5 of them only for networks its account signed in from within 30
//	days 100 codes, 300 attempts an hour from one IPv4 address or one /48 of IPv6 (Limits) 3,600 codes an hour
//	for the whole server (Limits) 5 failures in 15 minutes        for one address's password from one network
//
// A window begins with the first thing that is counted in it. No answer tells whether an account exists: an address
// without an account gets the same answers after the same work.
//
// What is refused is a *fault.Error; no error, log line or row holds a code, a password or a token.
package signin

import (
	"context"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"fmt"
	"io"
	"log/slog"
	"time"

	"deputy/internal/fault"
	"deputy/internal/send"
	"deputy/internal/store"
	"deputy/internal/viewer"
)

// Service signs people in. Every field but Countries and Limits is required. It is safe for concurrent use, and so must
// be what its fields hold.
type Service struct {
	Store *store.Store
	// Cache keeps viewers between requests; nil reads them for each.
	Cache *viewer.Cache
	// Sender brings codes to people.
	Sender send.Sender
	// Secret keys codes and limits; at least 16 bytes, the same for all servers of one database. Changing it ends the
	// codes that are under way, and nothing else.
	Secret []byte
	// Now is the clock.
	Now func() time.Time
	// Random is where codes, flows and tokens come from: crypto/rand.Reader, outside of tests.
	Random io.Reader
	// Countries whose phone numbers are accepted, as ISO 3166 codes; none means China alone.
	Countries []string
	Limits    Limits
	Hasher    *Hasher
	// Log gets a line for each refusal, with contacts masked.
	Log *slog.Logger

	uses uses
}

// Limits are what an operator can set of the limits on codes and attempts. Zero means the default.
type Limits struct {
	// Off lifts the pauses and the limits on codes, for load tests. Five guesses a flow and the limits on passwords stay.
	Off bool
	// SendsPerHourPerIP is how many codes one address may ask for; 100 by default.
	SendsPerHourPerIP int
	// AttemptsPerHourPerIP is how many codes and passwords one address may try; 300 by default.
	AttemptsPerHourPerIP int
	// SendsPerHour is how many codes the whole server sends, so that a flood of them costs a known amount; 3,600 by
	// default.
	SendsPerHour int
}

// SessionLife is how long a session lasts at most.
const SessionLife = 30 * 24 * time.Hour

// The times and numbers of the rules.
const (
	codeLife      = 5 * time.Minute
	codeGuesses   = 5
	codePause     = time.Minute
	codesADay     = 10
	codesStrange  = 5
	codesNetwork  = 3
	codesFirst    = 2
	networkKnown  = 30 * 24 * time.Hour
	passwordTries = 5
	passwordPause = 15 * time.Minute
	sessionIdle   = 7 * 24 * time.Hour
	// MaxSessions is how many sessions an account has; with one more, the oldest ends.
	MaxSessions = 50
	touchEvery  = time.Minute
	endAtOnce   = 100

	defaultSendsPerIP    = 100
	defaultAttemptsPerIP = 300
	defaultSends         = 3600
)

// use names what a key derived from the secret is for.
type use string

const (
	forCodes  use = "deputy verification codes 1"
	forLimits use = "deputy limits 1"
)

// mac returns the keyed hash of the parts under a key of its own for the use.
func (s *Service) mac(u use, parts ...string) ([]byte, error) {
	key, err := hkdf.Key(sha256.New, s.Secret, nil, string(u), sha256.Size)
	if err != nil {
		return nil, fmt.Errorf("derive key: %w", err)
	}
	h := hmac.New(sha256.New, key)
	for _, part := range parts { // with lengths, so that no two lists of parts are the same bytes
		_, _ = fmt.Fprintf(h, "%d:%s,", len(part), part)
	}
	return h.Sum(nil), nil
}

// now is the clock as the database keeps it.
func (s *Service) now() time.Time { return s.Now().UTC().Truncate(time.Microsecond) }

// refused logs a refusal, and returns err as it is.
func (s *Service) refused(
	ctx context.Context, v *viewer.Viewer, operation string, err error, attrs ...slog.Attr,
) error {
	refusals, ok := fault.Refused(err)
	if !ok || len(refusals) == 0 {
		return err
	}
	attrs = append(attrs, slog.String("operation", operation), slog.String("code", string(refusals[0].Code)),
		slog.String("network", v.Network), slog.String("request_id", v.RequestID))
	s.Log.LogAttrs(ctx, slog.LevelInfo, "refused", attrs...)
	return err
}
