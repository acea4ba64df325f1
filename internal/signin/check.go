package signin

import (
	"context"
	"crypto/hmac"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"unicode"

	"golang.org/x/text/width"

	"deputy/ent"
	"deputy/ent/codeflow"
	"deputy/internal/bulk"
	"deputy/internal/fault"
	"deputy/internal/id"
	"deputy/internal/send"
	"deputy/internal/store"
	"deputy/internal/viewer"
)

// Code is a code as entered, with its flow.
type Code struct{ Flow, Code string }

// Checked is a code that was verified and not used yet.
type Checked struct {
	Flow string
	// Destination that the code was sent to, which the person has thereby proved to be theirs.
	Destination Destination
}

// Check counts a guess and reports whether the code is right; it does not use the code up. The flow must be of the
// purpose and the org (empty for SIGN_IN and SET_PASSWORD). It refuses, at input.code.code, with INVALID (a text that
// is no code, which is not counted), CODE_WRONG, CODE_EXPIRED (also for a flow that was used, is unknown or has another
// purpose) and TOO_MANY_ATTEMPTS (after five guesses), and returns the error RATE_LIMITED.
func (s *Service) Check(
	ctx context.Context, v *viewer.Viewer, purpose send.Purpose, orgID string, c Code,
) (Checked, error) {
	digits, ok := sixDigitsOf(c.Code)
	if !ok {
		return Checked{}, fault.New(fault.Invalid, sixDigits).At(fieldCode...)
	}
	if !s.Limits.Off {
		if err := s.attempt(ctx, v); err != nil {
			return Checked{}, err
		}
	}
	if !id.Is(id.Flow, c.Flow) {
		return Checked{}, expired()
	}
	destination, hash, err := s.guess(ctx, purpose, orgID, c.Flow)
	if err != nil {
		return Checked{}, err
	}
	right, err := s.mac(forCodes, c.Flow, digits)
	if err != nil {
		return Checked{}, err
	}
	if !hmac.Equal(hash, right) {
		return Checked{}, fault.New(fault.CodeWrong, codeWrong).At(fieldCode...)
	}
	d := Destination{send.Phone, destination}
	if strings.Contains(destination, "@") {
		d.Channel = send.Email
	}
	return Checked{Flow: c.Flow, Destination: d}, nil
}

// guess counts one of the flow's guesses, and returns what the code is compared with.
func (s *Service) guess(
	ctx context.Context, purpose send.Purpose, orgID, flow string,
) (destination string, hash []byte, err error) {
	const take = `UPDATE code_flows SET guesses = guesses + 1
WHERE id = $1 AND purpose = $2 AND COALESCE(org_id, '') = $3 AND used_at IS NULL AND expires_at > $4 AND expires_at <= $6 AND guesses < $5
RETURNING destination, code_hash`
	now := s.now()
	latest := now.Add(codeLife + grain) // a later end was stored while the clock was ahead
	args, found := []any{flow, string(purpose), orgID, now, codeGuesses, latest}, false
	err = bulk.Each(ctx, s.Store.Client, take, args, func(scan bulk.Scan) error {
		found = true
		return scan(&destination, &hash)
	})
	if err != nil {
		return "", nil, fmt.Errorf("count guess: %w", err)
	}
	if found {
		return destination, hash, nil
	}
	const guessedOut = `SELECT 1 FROM code_flows
WHERE id = $1 AND purpose = $2 AND COALESCE(org_id, '') = $3 AND used_at IS NULL AND expires_at > $4 AND expires_at <= $6 AND guesses >= $5`
	_, over, err := bulk.One[int](ctx, s.Store.Client, guessedOut, args...)
	switch {
	case err != nil:
		return "", nil, fmt.Errorf("read guesses: %w", err)
	case over:
		return "", nil, fault.New(fault.TooManyAttempts, tooManyGuesses).At(fieldCode...)
	default:
		return "", nil, expired()
	}
}

// Spend uses the code up in the transaction that it authorizes, and takes effect with its commit. It refuses with
// CODE_EXPIRED when the code was used meanwhile.
func (s *Service) Spend(ctx context.Context, tx *store.Tx, c Checked) error {
	return s.spend(ctx, tx.Client, c)
}

// Burn uses the code up in a separate statement: for a caller whose transaction was refused after the code was
// verified.
func (s *Service) Burn(ctx context.Context, c Checked) error {
	return s.spend(ctx, s.Store.Client, c)
}

func (s *Service) spend(ctx context.Context, client *ent.Client, c Checked) error {
	n, err := client.CodeFlow.Update().Where(codeflow.ID(c.Flow), codeflow.UsedAtIsNil()).SetUsedAt(s.now()).Save(ctx)
	if err != nil {
		return fmt.Errorf("use code up: %w", err)
	}
	if n == 0 {
		return expired()
	}
	return nil
}

func expired() error { return fault.New(fault.CodeExpired, codeExpired).At(fieldCode...) }

// sixDigitsOf reads a code as people copy it: six digits, full-width or not, possibly with spaces and hyphens between
// them, and invisible characters around them.
func sixDigitsOf(text string) (string, bool) {
	if len(text) > 64 {
		return "", false
	}
	digits := strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || unicode.In(r, unicode.Pd, unicode.Cf) {
			return -1
		}
		return r
	}, width.Narrow.String(text))
	if len(digits) != 6 || strings.Trim(digits, "0123456789") != "" {
		return "", false
	}
	return digits, true
}

// isNothing reports whether a statement found no row.
func isNothing(err error) bool { return errors.Is(err, sql.ErrNoRows) || ent.IsNotFound(err) }
