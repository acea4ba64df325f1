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

// Change says whose access a transaction changed: that of everybody with a membership in the orgs, and of the accounts;
// and what is new for those who wait for changes in an org.
type Change struct {
	Orgs     []string `json:"orgs,omitempty"`
	Accounts []string `json:"accounts,omitempty"`
	// Everybody is said when it can't be told whose, and what is new for all orgs can't be told either.
	Everybody bool `json:"everybody,omitempty"`
	// Updated are the orgs whose audit trails have grown.
	Updated []string `json:"news,omitempty"`
	// Rows are the sub-accounts, creators, tasks, assignments and orders of those orgs that were made or changed, by their
	// ids.
	Rows []string `json:"rows,omitempty"`
	// Many says that there are more of them than can be named.
	Many bool `json:"many,omitempty"`
	// From is the server whose transaction it was, and Number which of its announcements.
	From   string `json:"from,omitempty"`
	Number uint64 `json:"number,omitempty"`
	// Disconnected is for how long changes of other servers may not have arrived, where Everybody is said for that reason.
	Disconnected time.Duration `json:"-"`
}

const (
	// changeChannel carries changes between servers on one PostgreSQL.
	changeChannel = "deputy_change"
	// maxNotice is how long PostgreSQL lets a notification be, in bytes, with some room.
	maxNotice = 7900
	// rowsANotice is how many ids go into one notification, and maxRows how many a transaction names.
	rowsANotice = 200
	maxRows     = 5000
	// heartbeat is how often a server makes sure that it still receives notifications, and listeningFor how long one such
	// proof holds: until then it may go by what it read before somebody's access was taken away. silentFor is when a
	// connection is given up.
	heartbeat    = 250 * time.Millisecond
	listeningFor = 700 * time.Millisecond
	silentFor    = 4 * time.Second
)

// changes hands out what transactions announce.
type changes struct {
	mu    sync.RWMutex
	tell  []func(Change)
	lag   []func(time.Duration)
	began time.Time    // what follows is told in nanoseconds since then, whatever becomes of the clock
	until atomic.Int64 // until when this server is sure to hear the others
	heard atomic.Int64 // before which it has heard everything
	self  string       // what this server's own changes are from

	numbers  atomic.Uint64 // of this server's announcements
	own      own
	followed []func() (orgs, accounts []string)
}

func (c *changes) now() time.Duration { return time.Since(c.began) }

// OnChange has f called with every change: those of this server before Write answers, or when they are received if that
// is sooner, as when the response to a commit is lost; those of others as they arrive. f must be quick.
func (s *Store) OnChange(f func(Change)) {
	s.changes.mu.Lock()
	defer s.changes.mu.Unlock()
	s.changes.tell = append(s.changes.tell, f)
}

// OnLag has f told how long announcements take: every heartbeat, from asking for one until it arrives here. f must be
// quick.
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

// NotifyAccess tells all servers, once the transaction has committed and never otherwise, whose access it changed.
func (tx *Tx) NotifyAccess(orgs, accounts []string) {
	tx.change.Orgs = append(tx.change.Orgs, orgs...)
	tx.change.Accounts = append(tx.change.Accounts, accounts...)
	tx.notifies = true
}

// NotifyAccessOfAll is Announce for every org and account.
func (tx *Tx) NotifyAccessOfAll() { tx.change.Everybody, tx.notifies = true, true }

// NotifyRows tells all servers, once the transaction has committed and never otherwise, that the org's audit trail has
// grown, and which rows of it were made or changed; see Change.
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

// notify puts the announcement into the transaction, as its last statement: PostgreSQL delivers it with the commit.
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
		return fmt.Errorf("announce change: %w", err)
	}
	return nil
}

// parts returns the change as several that each go into one notification.
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
		return "", fmt.Errorf("write announcement: %w", err)
	}
	return string(text), nil
}

// own are announcements of this server that were told once: when their transaction ended, or when they were received.
// The other time nothing is left to tell.
type own struct {
	mu   sync.Mutex
	told map[uint64]struct{}
}

// mostOwn bounds how many announcements are remembered that are not received, as when nobody listens.
const mostOwn = 10_000

func (o *own) has(number uint64) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	_, told := o.told[number]
	return told
}

// note remembers that the announcement was told, and forgets it the second time.
func (o *own) note(number uint64) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if _, told := o.told[number]; told {
		delete(o.told, number)
		return
	}
	if o.told == nil || len(o.told) >= mostOwn {
		o.told = map[uint64]struct{}{}
	}
	o.told[number] = struct{}{}
}

// committed tells what the transaction announced, unless all of it was received already.
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

// Listening reports whether changes made by other servers are sure to arrive. On SQLite there are no other servers.
func (s *Store) Listening() bool {
	return s.Dialect() == dialect.SQLite || s.changes.now() < time.Duration(s.changes.until.Load())
}

// Listen receives the changes of other servers until ctx ends, over a connection of its own, to Options.ListenURL where
// that is given. While it is lost, silent or slow, Listening returns false, and what is followed is looked at instead.
// On SQLite it returns at once.
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
		log.LogAttrs(ctx, slog.LevelWarn, "changes of other servers are not heard: access is read for each request",
			slog.String("error", err.Error()))
		select {
		case <-ctx.Done():
		case <-time.After(heartbeat):
		}
	}
}

var errSilent = errors.New("notifications do not arrive")

// listen receives until the connection is lost, or nothing was received for silentFor. It notifies itself: a server
// notifies itself every heartbeat, and since notifications arrive in the order of their commits, one of its own proves
// that it received everything that was committed before it.
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
	defer listener.Close() //nolint:errcheck // the connection is of no use any more
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
			s.changed(s.disconnected()) // whatever happened before
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
					s.changed(s.disconnected()) // whatever was committed while the connection was made
				}
				s.changes.until.Store(int64(asked + listeningFor))
				s.changes.heard.Store(int64(asked))
				silent.Reset(silentFor)
				s.lagged(s.changes.now() - asked)
			}
		}
	}
}

// disconnected says that anything may have happened since everything was received.
func (s *Store) disconnected() Change {
	return Change{Everybody: true, Disconnected: s.changes.now() - time.Duration(s.changes.heard.Load())}
}

// notice is what goes over the channel: a change, or a server speaking to itself.
type notice struct {
	Change
	Self  string `json:"self,omitempty"`
	Asked int64  `json:"asked,omitempty"`
}

// receive takes one notification, and returns when the server sent it to itself.
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

// beat sends the server a notification of its own, without waiting for it.
func (s *Store) beat(ctx context.Context, self string) {
	text, err := json.Marshal(notice{Self: self, Asked: int64(s.changes.now())})
	if err != nil {
		return
	}
	crash.Start(func() {
		ctx, cancel := context.WithTimeout(ctx, listeningFor)
		defer cancel()
		// Failing is noticed by what is not received.
		_, _ = s.driver.write.ExecContext(ctx, "SELECT pg_notify($1, $2)", changeChannel, string(text))
	})
}
