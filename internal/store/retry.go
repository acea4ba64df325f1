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

// ErrUnknownOutcome says that the connection was lost after a commit was sent and before its response came: the
// transaction may be there or not. Write does not try again then; whoever asked has to look first.
var ErrUnknownOutcome = errors.New(
	"the connection was lost during the commit: whether the change was made is not known")

const (
	// retries bounds how often a transaction is begun in all.
	retries = 6
	// firstPause bounds the pause before the second time; it doubles from then on.
	firstPause = 10 * time.Millisecond
)

// Retryable reports whether a transaction that ended with the error left nothing behind and may end otherwise when it
// runs again: another transaction was given precedence or came first, the schema has changed, or the connection was
// lost before the commit was sent.
func Retryable(err error) bool {
	if err == nil || errors.Is(err, ErrUnknownOutcome) || errors.Is(err, prepared.ErrLost) {
		return false
	}
	return isConflict(err) || isDisconnect(err) || isOutdated(err) || errors.Is(err, ErrOvertaken)
}

// isOutdated reports whether a prepared statement is of an older schema than the database's. Package prepared has
// forgotten it by now; within a transaction that is all it can do.
func isOutdated(err error) bool {
	failure := pq.As(err, pqerror.FeatureNotSupported, pqerror.InvalidSQLStatementName)
	return failure != nil && (failure.Code == pqerror.InvalidSQLStatementName ||
		failure.Routine == "RevalidateCachedQuery")
}

// isConflict reports whether the database gave another transaction the precedence.
func isConflict(err error) bool {
	switch sqlState(err) {
	case string(pqerror.TRSerializationFailure), string(pqerror.TRDeadlockDetected), busy:
		return true
	default:
		return false
	}
}

// isDisconnect reports whether there is no connection, or none any more, for a reason that may pass at once: another
// host may have taken over.
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

// commitError makes of a commit's error what is known about the transaction.
func commitError(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, prepared.ErrLost):
		return fmt.Errorf("%w: %w", ErrUnknownOutcome, err)
	}
	return fmt.Errorf("commit: %w", err)
}

// pause waits before the next attempt, for as long as chance says, so that those that met don't meet again.
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
