package store

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"entgo.io/ent/dialect"
	"github.com/lib/pq"

	"deputy/internal/crash"
)

// Change is a change that a transaction made: the orgs and the accounts whose access changed, and the rows that
// subscriptions to an org wait for.
type Change struct {
	Orgs     []string `json:"orgs,omitempty"`
	Accounts []string `json:"accounts,omitempty"`
	// Everybody reports that any access and any row may have changed.
	Everybody bool `json:"everybody,omitempty"`
	// Updated are the orgs whose audit trails have grown.
	Updated []string `json:"news,omitempty"`
	// Rows are the sub-accounts, creators, tasks, assignments and orders of those orgs that were made or changed, by their
	// ids.
	Rows []string `json:"rows,omitempty"`
	// Many reports that there are too many rows to list.
	Many bool `json:"many,omitempty"`
	// From identifies the server that made the change, and Number counts its notifications.
	From   string `json:"from,omitempty"`
	Number uint64 `json:"number,omitempty"`
	// Disconnected is for how long changes of other servers may have been missed, when that is the reason for Everybody.
	Disconnected time.Duration `json:"-"`
}

const (
	// changeChannel carries changes between servers on one PostgreSQL.
	changeChannel = "deputy_change"
	// maxNotice is the maximum size of a notification, in bytes, somewhat below PostgreSQL's limit.
	maxNotice = 7900
	// rowsANotice is the maximum number of ids in one notification, and maxRows in one transaction.
	rowsANotice = 200
	maxRows     = 5000
	// heartbeat is how often a server notifies itself to check that notifications arrive, and listeningFor how long a
	// received one proves it: until then the server may use access that another server has changed since. After silentFor
	// without notifications, the connection is given up.
	heartbeat    = 250 * time.Millisecond
	listeningFor = 700 * time.Millisecond
	silentFor    = 4 * time.Second
)

// changes distributes the changes of transactions.
type changes struct {
	mu    sync.RWMutex
	tell  []func(Change)
	lag   []func(time.Duration)
	began time.Time    // the times below are nanoseconds since then, independent of the clock
	until atomic.Int64 // until when notifications of other servers are sure to arrive
	heard atomic.Int64 // all notifications up to then have arrived
	self  string       // Change.From of this server

	numbers  atomic.Uint64 // of this server's notifications
	own      own
	followed []func() (orgs, accounts []string)
}

func (c *changes) now() time.Duration { return time.Since(c.began) }

// OnChange registers f to be called with every change: those of this server before Write returns, or when their
// notification arrives if that is sooner, as when the response to a commit is lost; those of others when they arrive. f
// must be quick.
func (s *Store) OnChange(f func(Change)) {
	s.changes.mu.Lock()
	defer s.changes.mu.Unlock()
	s.changes.tell = append(s.changes.tell, f)
}

// OnLag registers f to be called every heartbeat with the time that a notification took to arrive. f must be quick.
func (s *Store) OnLag(f func(time.Duration)) {
	s.changes.mu.Lock()
	defer s.changes.mu.Unlock()
	s.changes.lag = append(s.changes.lag, f)
}

func (s *Store) lagged(took time.Duration) {
	s.changes.mu.RLock()
	defer s.changes.mu.RUnlock()
	for _, f := range s.changes.lag {
		f(took)
	}
}

func (s *Store) changed(c Change) {
	s.changes.mu.RLock()
	defer s.changes.mu.RUnlock()
	for _, f := range s.changes.tell {
		f(c)
	}
}

// NotifyAccess notifies all servers, once the transaction has committed, that access changed in the orgs and of the
// accounts.
func (tx *Tx) NotifyAccess(orgs, accounts []string) {
	tx.change.Orgs = append(tx.change.Orgs, orgs...)
	tx.change.Accounts = append(tx.change.Accounts, accounts...)
	tx.notifies = true
}

// NotifyAccessOfAll is NotifyAccess for every org and account.
func (tx *Tx) NotifyAccessOfAll() { tx.change.Everybody, tx.notifies = true, true }

// NotifyRows notifies all servers, once the transaction has committed, that the org's audit trail has grown, and which
// rows of the org were created or changed; see Change.
func (tx *Tx) NotifyRows(orgID string, rows ...string) {
	if !slices.Contains(tx.change.Updated, orgID) {
		tx.change.Updated = append(tx.change.Updated, orgID)
	}
	if len(tx.change.Rows)+len(rows) > maxRows {
		tx.change.Rows, tx.change.Many = nil, true
	}
	if !tx.change.Many {
		tx.change.Rows = append(tx.change.Rows, rows...)
	}
	tx.notifies = true
}

// notify adds the notifications to the transaction, as its last statement: PostgreSQL delivers them with the commit.
func (tx *Tx) notify(ctx context.Context) error {
	if !tx.notifies || tx.driver.name != dialect.Postgres {
		return nil
	}
	parts := tx.change.parts()
	notices := make([]string, len(parts))
	for i, part := range parts {
		part.Number = tx.changes.numbers.Add(1)
		tx.notifications = append(tx.notifications, part.Number)
		text, err := part.notice()
		if err != nil {
			return err
		}
		notices[i] = text
	}
	const announce = "SELECT pg_notify($1, n) FROM unnest($2::text[]) n"
	if _, err := tx.driver.tx.ExecContext(ctx, announce, changeChannel, pq.Array(notices)); err != nil {
		return fmt.Errorf("notify servers of a change: %w", err)
	}
	return nil
}

// parts splits the change into parts that each fit into one notification.
func (c Change) parts() []Change {
	parts := []Change{{
		Orgs: c.Orgs, Accounts: c.Accounts, Everybody: c.Everybody, Updated: c.Updated, Many: c.Many,
		From: c.From,
	}}
	for rows := range slices.Chunk(c.Rows, rowsANotice) {
		parts = append(parts, Change{Updated: c.Updated, Rows: rows, From: c.From})
	}
	return parts
}

// notice returns the text of a notification.
func (c Change) notice() (string, error) {
	text, err := json.Marshal(c)
	if err == nil && len(text) > maxNotice {
		text, err = json.Marshal(Change{Everybody: true, From: c.From, Number: c.Number})
	}
	if err != nil {
		return "", fmt.Errorf("encode a notification: %w", err)
	}
	return string(text), nil
}

// own holds this server's notifications that were handled once: when their transaction ended, or when they were
// received. The second time, they are skipped.
type own struct {
	mu      sync.Mutex
	handled map[uint64]struct{}
}

// mostOwn bounds the number of notifications that are kept in memory when they are not received.
const mostOwn = 10_000

func (o *own) has(number uint64) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	_, handled := o.handled[number]
	return handled
}

// note records that the notification was handled, and removes it the second time.
func (o *own) note(number uint64) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if _, handled := o.handled[number]; handled {
		delete(o.handled, number)
		return
	}
	if o.handled == nil || len(o.handled) >= mostOwn {
		o.handled = map[uint64]struct{}{}
	}
	o.handled[number] = struct{}{}
}

// committed handles the change of the transaction, unless all of its notifications were received already.
func (s *Store) committed(tx *Tx) {
	if !tx.notifies {
		return
	}
	unheard := func(number uint64) bool { return !s.changes.own.has(number) }
	if len(tx.notifications) == 0 || slices.ContainsFunc(tx.notifications, unheard) {
		s.changed(tx.change)
	}
	for _, number := range tx.notifications {
		s.changes.own.note(number)
	}
}

// Listening reports whether changes of other servers are sure to arrive. On SQLite there are no other servers.
func (s *Store) Listening() bool {
	return s.Dialect() == dialect.SQLite || s.changes.now() < time.Duration(s.changes.until.Load())
}

// Listen receives the changes of other servers until ctx ends, over a connection of its own, to Options.ListenURL if
// that is set. While the connection is lost, silent or slow, Listening returns false, and Listen polls what is followed
// instead. On SQLite it returns at once.
func (s *Store) Listen(ctx context.Context, log *slog.Logger) {
	if s.Dialect() != dialect.Postgres {
		return
	}
	crashes := &crash.Reporter{Log: log}
	looked := crashes.Keep(ctx, func(ctx context.Context) { s.poll(ctx, log) })
	defer func() { <-looked }()
	for s.Dialect() == dialect.Postgres && ctx.Err() == nil {
		err := s.listen(ctx)
		s.changes.until.Store(0)
		if ctx.Err() != nil {
			return
		}
		log.LogAttrs(ctx, slog.LevelWarn, "no notifications from other servers: access is read for each request",
			slog.String("error", err.Error()))
		select {
		case <-ctx.Done():
		case <-time.After(heartbeat):
		}
	}
}

var errSilent = errors.New("notifications do not arrive")

// listen receives notifications until the connection is lost, or nothing was received for silentFor. The server
// notifies itself every heartbeat: since notifications arrive in the order of their commits, one of its own proves that
// it has received everything that was committed before.
func (s *Store) listen(ctx context.Context) error {
	lost := make(chan error, 1)
	listener := pq.NewListener(s.listener, time.Second, time.Second, func(event pq.ListenerEventType, err error) {
		if event == pq.ListenerEventDisconnected || event == pq.ListenerEventConnectionAttemptFailed {
			select {
			case lost <- err:
			default:
			}
		}
	})
	defer listener.Close() //nolint:errcheck // the connection is not used any more
	opened, open, proven := make(chan error, 1), false, false
	crash.Start(func() { opened <- listener.Listen(changeChannel) })
	self := rand.Text()
	beat := time.NewTicker(heartbeat)
	defer beat.Stop()
	silent := time.NewTimer(silentFor)
	defer silent.Stop()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err() //nolint:wrapcheck // the caller knows
		case err := <-opened:
			if err != nil {
				return fmt.Errorf("listen: %w", err)
			}
			open = true
			s.changed(s.disconnected()) // anything may have happened before
			s.beat(ctx, self)
		case err := <-lost:
			return errors.Join(errors.New("connection lost"), err)
		case <-silent.C:
			return errSilent
		case <-beat.C:
			s.beat(ctx, self)
		case notice := <-listener.Notify:
			if asked, ok := s.receive(notice, self); ok && open {
				if !proven {
					proven = true
					s.changed(s.disconnected()) // anything may have been committed while connecting
				}
				s.changes.until.Store(int64(asked + listeningFor))
				s.changes.heard.Store(int64(asked))
				silent.Reset(silentFor)
				s.lagged(s.changes.now() - asked)
			}
		}
	}
}

// disconnected returns the change that stands for everything that may have been missed.
func (s *Store) disconnected() Change {
	return Change{Everybody: true, Disconnected: s.changes.now() - time.Duration(s.changes.heard.Load())}
}

// notice is the content of a notification: a change, or a server's notification to itself.
type notice struct {
	Change
	Self  string `json:"self,omitempty"`
	Asked int64  `json:"asked,omitempty"`
}

// receive handles a notification. For one that this server sent to itself, it returns when it was sent.
func (s *Store) receive(n *pq.Notification, self string) (asked time.Duration, ok bool) {
	if n == nil { // the connection was lost meanwhile
		s.changed(s.disconnected())
		return asked, false
	}
	var heard notice
	if err := json.Unmarshal([]byte(n.Extra), &heard); err != nil {
		heard.Everybody = true
	}
	if heard.Self != "" {
		return time.Duration(heard.Asked), heard.Self == self
	}
	mine := heard.From == s.changes.self
	if !mine || !s.changes.own.has(heard.Number) {
		s.changed(heard.Change)
	}
	if mine {
		s.changes.own.note(heard.Number)
	}
	return asked, false
}

// beat sends a notification to the server itself, without waiting for it.
func (s *Store) beat(ctx context.Context, self string) {
	text, err := json.Marshal(notice{Self: self, Asked: int64(s.changes.now())})
	if err != nil {
		return
	}
	crash.Start(func() {
		ctx, cancel := context.WithTimeout(ctx, listeningFor)
		defer cancel()
		// A failure is noticed by the missing notification.
		_, _ = s.driver.write.ExecContext(ctx, "SELECT pg_notify($1, $2)", changeChannel, string(text))
	})
}
