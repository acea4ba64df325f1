package store

import (
	"context"
	sqldriver "database/sql/driver"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"time"

	"github.com/lib/pq"
	"github.com/lib/pq/pqerror"

	"deputy/internal/store/prepared"
)

// ErrUnknownOutcome is returned when the connection was lost after a commit was sent and before its response arrived:
// the transaction may have been committed or not. Write does not retry then; the caller has to check first.
var ErrUnknownOutcome = errors.New(
	"the connection was lost during the commit: it is unknown whether the change was made")

const (
	// retries is the maximum number of attempts of a transaction.
	retries = 6
	// firstPause bounds the pause before the second attempt; the bound doubles with each further one.
	firstPause = 10 * time.Millisecond
)

// Retryable reports whether a transaction that failed with the error was rolled back and may succeed when it runs
// again: it conflicted with another transaction, the schema has changed, or the connection was lost before the commit
// was sent.
func Retryable(err error) bool {
	if err == nil || errors.Is(err, ErrUnknownOutcome) || errors.Is(err, prepared.ErrLost) {
		return false
	}
	return isConflict(err) || isDisconnect(err) || isOutdated(err) || errors.Is(err, ErrOvertaken)
}

// isOutdated reports whether a prepared statement was made for an older schema. Package prepared has dropped it by now;
// within a transaction it can't do more.
func isOutdated(err error) bool {
	failure := pq.As(err, pqerror.FeatureNotSupported, pqerror.InvalidSQLStatementName)
	return failure != nil && (failure.Code == pqerror.InvalidSQLStatementName ||
		failure.Routine == "RevalidateCachedQuery")
}

// isConflict reports whether the transaction conflicted with another one.
func isConflict(err error) bool {
	switch sqlState(err) {
	case string(pqerror.TRSerializationFailure), string(pqerror.TRDeadlockDetected), busy:
		return true
	default:
		return false
	}
}

// isDisconnect reports whether the connection failed or was lost for a temporary reason: another host may have taken
// over.
func isDisconnect(err error) bool {
	var connect *ConnectError
	if errors.As(err, &connect) {
		return connect.passing()
	}
	if failure := pq.As(err); failure != nil {
		switch failure.Code {
		case pqerror.AdminShutdown, pqerror.CrashShutdown, pqerror.CannotConnectNow:
			return true
		}
		return failure.Code.Class() == pqerror.ClassConnectionException
	}
	var network *net.OpError
	if errors.As(err, &network) {
		return !network.Timeout()
	}
	return errors.Is(err, sqldriver.ErrBadConn) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
}

// commitError returns ErrUnknownOutcome when a commit's error leaves the outcome open, and otherwise wraps the error.
func commitError(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, prepared.ErrLost):
		return fmt.Errorf("%w: %w", ErrUnknownOutcome, err)
	}
	return fmt.Errorf("commit: %w", err)
}

// pause waits for a random time before the next attempt, so that conflicting transactions don't conflict again.
func pause(ctx context.Context, attempt int) error {
	timer := time.NewTimer(rand.N(firstPause << (attempt - 1))) //nolint:gosec // spreads retries, no secret
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
