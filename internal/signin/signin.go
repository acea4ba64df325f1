// Package signin authenticates accounts: it has verification codes, passwords and sessions, and the limits on guesses
// and on codes.
//
// # Codes
//
// A code is six digits that were sent to a phone number or an e-mail address. It is valid only with its flow, an id
// that only the client that requested the code has, so that nobody can use up the guesses of somebody else's code. A
// flow has one purpose, one destination and, for binding, one org; it lasts five minutes and is used once. A guess is
// counted in a statement that commits before the code is compared, so there are at most five guesses, also concurrent
// ones.
//
// # Passwords
//
// A password is 10 to 128 characters (code points) after the OpaqueString profile of RFC 8265: Unicode NFC, spaces of
// any kind replaced by the ASCII one, no controls; case and width are significant. It is stored as an argon2id hash.
//
// # Sessions
//
// A token is 32 random bytes; only its SHA-256 is stored. A session ends after seven days without use, and after thirty
// days in any case; an account has at most fifty. A token identifies an account and holds no permissions: they are
// looked up for each request.
//
// # Limits
//
// Each limit is a row of the database, counted in one statement, so it applies to all servers together. Keys of limits
// are hashes: no table reveals who was contacted.
//
//	one code a minute               to one destination for one purpose
//	10 codes a day                  to one destination; 5 of them for networks its account did not sign in from
//	                                within 30 days
//	100 codes, 300 attempts an hour from one IPv4 address or one /48 of IPv6 (Limits)
//	3,600 codes an hour             for the whole server (Limits)
//	5 failures in 15 minutes        for one address's password from one network
//
// A window begins with the first event that is counted in it. No response reveals whether an account exists: an address
// without an account gets the same responses after the same work.
//
// Refusals are *fault.Error; no error, log line or row contains a code, a password or a token.
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

// Service signs people in. Every field except Countries and Limits is required. It is safe for concurrent use, as the
// values of its fields must be.
type Service struct {
	Store *store.Store
	// Cache keeps viewers between requests; nil reads them for each.
	Cache *viewer.Cache
	// Sender sends codes to people.
	Sender send.Sender
	// Secret is the key of codes and limits; at least 16 bytes, the same for all servers of one database. Changing it
	// invalidates pending codes, and nothing else.
	Secret []byte
	// Now is the clock.
	Now func() time.Time
	// Random is the source of codes, flows and tokens: crypto/rand.Reader, except in tests.
	Random io.Reader
	// Countries are the ISO 3166 codes of the countries whose phone numbers are accepted; empty means only China.
	Countries []string
	Limits    Limits
	Hasher    *Hasher
	// Log gets a line for each refusal, with contacts masked.
	Log *slog.Logger

	uses uses
}

// Limits are the limits on codes and attempts that an operator can set. Zero means the default.
type Limits struct {
	// Off disables the pauses and the limits on codes, for load tests. Five guesses per flow and the limits on passwords
	// stay.
	Off bool
	// SendsPerHourPerIP is how many codes one address may request; 100 by default.
	SendsPerHourPerIP int
	// AttemptsPerHourPerIP is how many codes and passwords one address may try; 300 by default.
	AttemptsPerHourPerIP int
	// SendsPerHour is how many codes the whole server sends, which bounds the cost of an attack; 3,600 by default.
	SendsPerHour int
}

// SessionLife is the maximum duration of a session.
const SessionLife = 30 * 24 * time.Hour

// The durations and numbers of the rules.
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
	// MaxSessions is the maximum number of sessions of an account; one more ends the oldest.
	MaxSessions = 50
	touchEvery  = time.Minute
	endAtOnce   = 100

	defaultSendsPerIP    = 100
	defaultAttemptsPerIP = 300
	defaultSends         = 3600
)

// use names the purpose of a key that is derived from the secret.
type use string

const (
	forCodes  use = "deputy verification codes 1"
	forLimits use = "deputy limits 1"
)

// mac returns the keyed hash of the parts, with a separate key for each use.
func (s *Service) mac(u use, parts ...string) ([]byte, error) {
	key, err := hkdf.Key(sha256.New, s.Secret, nil, string(u), sha256.Size)
	if err != nil {
		return nil, fmt.Errorf("derive key: %w", err)
	}
	h := hmac.New(sha256.New, key)
	for _, part := range parts { // with lengths, so that different lists of parts never have the same bytes
		_, _ = fmt.Fprintf(h, "%d:%s,", len(part), part)
	}
	return h.Sum(nil), nil
}

// now returns the time as the database stores it.
func (s *Service) now() time.Time { return s.Now().UTC().Truncate(time.Microsecond) }

// refused logs a refusal, and returns err unchanged.
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
