package prepared

import (
	"context"
	"database/sql/driver"
	"fmt"
)

// Session is the set-up of a connection for statements outside of transactions.
type Session struct {
	// Base are the first statements of the set-up, and Set those that follow them; only Set runs when Base has run before.
	// Statements are separated by semicolons, without arguments.
	Base, Set string
	// Reset are the statements that undo both. They are the same for all sessions of a connector.
	Reset string
}

type sessionKey struct{}

// In returns a context whose queries outside of transactions run on connections with this set-up. A connection keeps it
// until a statement with another one runs, so that consecutive queries of one tenant need it only once. It is not for
// poolers, which give each query another connection.
func In(ctx context.Context, s Session) context.Context {
	return context.WithValue(ctx, sessionKey{}, s)
}

// enter sets the connection up for the next statement. After an error no statement runs until the set-up succeeds.
func (c *conn) enter(ctx context.Context) error {
	if c.inTx {
		return nil
	}
	wanted, _ := ctx.Value(sessionKey{}).(Session)
	if wanted == c.session {
		return nil
	}
	text := wanted.Base + "; " + wanted.Set
	switch wanted.Base {
	case "":
		text = c.session.Reset
	case c.session.Base:
		text = wanted.Set
	}
	c.session.Base, c.session.Set = unknown, unknown
	if wanted.Reset != "" {
		c.session.Reset = wanted.Reset
	}
	_, err := exec(ctx, c, func() (driver.Result, error) { return c.pqConn.ExecContext(ctx, text, nil) })
	if err != nil && ctx.Err() == nil && !c.IsValid() {
		return driver.ErrBadConn // the statement has not been sent, and may run on another connection
	}
	if err != nil {
		return fmt.Errorf("set up the connection: %w", err)
	}
	c.session = wanted
	return nil
}

// unknown is the state of a connection whose set-up has failed.
const unknown = "unknown"
