package prepared

import (
	"context"
	"database/sql/driver"
	"fmt"
)

// Session is how a connection is set up for what runs on it outside of transactions.
type Session struct {
	// Base are the statements that set it up, and Set those that follow them, alone when Base was there before; separated
	// by semicolons, without arguments.
	Base, Set string
	// Reset are the statements that undo both. They are the same for all sessions of a connector.
	Reset string
}

type sessionKey struct{}

// In returns a context whose queries outside of transactions run on connections that are set up like this. A connection
// stays so until something else is to run on it, so that one who asks twice is set up once. It is not for poolers,
// which give each query another connection.
func In(ctx context.Context, s Session) context.Context {
	return context.WithValue(ctx, sessionKey{}, s)
}

// enter sets the connection up for what is to run on it. What fails leaves it in a state that nothing runs in.
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
		return driver.ErrBadConn // what was to run has not been sent, and may run on another one
	}
	if err != nil {
		return fmt.Errorf("set up the connection: %w", err)
	}
	c.session = wanted
	return nil
}

// unknown is what no session is set up by.
const unknown = "unknown"
