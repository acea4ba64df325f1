package signin_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"entgo.io/ent/dialect"

	"deputy/internal/fault"
	"deputy/internal/send"
	"deputy/internal/signin"
	"deputy/internal/store"
	"deputy/internal/viewer"
	"deputy/internal/web"
)

// clock is a time that tests move.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// lines is a log that tests read.
type lines struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

func (l *lines) logger() *slog.Logger {
	return slog.New(slog.NewJSONHandler(l, &slog.HandlerOptions{
		Level: slog.LevelDebug,
		ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
			if a.Key == slog.TimeKey { // its digits may be those of a code
				return slog.Attr{}
			}
			return a
		},
	}))
}

// desk is a Service under test. When the test ends, it looks for secrets in every table and in the log.
type desk struct {
	*signin.Service
	t      testing.TB
	clock  *clock
	outbox *lines
	log    *lines
	mu     sync.Mutex
	secret []string
}

func open(t testing.TB, s *store.Store) *desk {
	t.Helper()
	d := &desk{t: t, clock: &clock{now: time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC)}, outbox: &lines{}, log: &lines{}}
	d.Service = &signin.Service{
		Store: s, Sender: send.Log{Logger: d.outbox.logger()}, Secret: []byte("0123456789abcdef0123456789abcdef"),
		Now:    d.clock.Now,
		Random: rand.Reader, Hasher: signin.NewHasher(signin.StandardWork(), 0, rand.Reader), Log: d.log.logger(),
	}
	t.Cleanup(d.leaksNothing)
	return d
}

// code returns the code that was sent for the flow.
func (d *desk) code(flow string) string {
	d.t.Helper()
	for line := range strings.Lines(d.outbox.String()) {
		var sent struct{ Flow, Code string }
		if err := json.Unmarshal([]byte(line), &sent); err != nil {
			d.t.Fatal(err)
		}
		if sent.Flow == flow {
			return sent.Code
		}
	}
	d.t.Fatal("no such code was sent")
	return ""
}

// wrong returns a code that is not the flow's.
func (d *desk) wrong(flow string) string {
	digits := []byte(d.code(flow))
	digits[0] = '0' + (digits[0]-'0'+1)%10
	return string(digits)
}

func (d *desk) keep(secret string) string {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.secret = append(d.secret, secret)
	return secret
}

// sent asks for a code, which must be sent.
func (d *desk) sent(v *viewer.Viewer, to signin.Contact, purpose send.Purpose) string {
	d.t.Helper()
	sent, err := d.SendCode(d.t.Context(), v, to, purpose)
	must(d.t, err)
	return sent.Flow
}

// enter signs in with a phone number, and waits out the pause before.
func (d *desk) enter(v *viewer.Viewer, number string) (token string, signedIn *viewer.Viewer) {
	d.t.Helper()
	d.clock.pass(time.Minute)
	flow := d.sent(v, phone(number), send.SignIn)
	token, signedIn, err := d.SignIn(d.t.Context(), v, signin.SignIn{Code: &signin.Code{Flow: flow, Code: d.code(flow)}})
	must(d.t, err)
	return d.keep(token), signedIn
}

// setPassword sets a password through a code.
func (d *desk) setPassword(v *viewer.Viewer, address, password string) string {
	d.t.Helper()
	d.clock.pass(time.Minute)
	flow := d.sent(v, email(address), send.SetPassword)
	account, err := d.SetPassword(d.t.Context(), v, signin.Code{Flow: flow, Code: d.code(flow)}, d.keep(password))
	must(d.t, err)
	return account.ID
}

// try signs in with a password.
func (d *desk) try(ctx context.Context, v *viewer.Viewer, address, password string) error {
	token, _, err := d.SignIn(ctx, v, signin.SignIn{Password: &signin.Password{
		Email:    address,
		Password: d.keep(password),
	}})
	if err == nil {
		d.keep(token)
	}
	return err
}

func phone(s string) signin.Contact { return signin.Contact{Phone: &s} }

func email(s string) signin.Contact { return signin.Contact{Email: &s} }

// from is nobody at the address.
func from(ip string) *viewer.Viewer {
	return &viewer.Viewer{Origin: viewer.Origin{
		IP: ip, Network: web.Network(ip), UserAgent: "test/1",
		RequestID: "request", Lang: fault.En,
	}}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// codeOf returns the code of an error, DONE for none.
func codeOf(err error) fault.Code {
	var f *fault.Error
	switch {
	case err == nil:
		return "DONE"
	case errors.As(err, &f):
		return f.Code
	default:
		return fault.Code("not a fault: " + err.Error())
	}
}

// refuses checks the code and the field of a refusal.
func refuses(t testing.TB, err error, code fault.Code, field string) {
	t.Helper()
	var f *fault.Error
	if !errors.As(err, &f) || f.Code != code || strings.Join(f.Field, ".") != field {
		t.Fatalf("got %v, want %s at %q", err, code, field)
	}
	if f.Text(fault.Zh) == f.Text(fault.En) || strings.Contains(f.Text(fault.Zh)+f.Text(fault.En), "%!") {
		t.Fatalf("message of %s: %q, %q", code, f.Text(fault.Zh), f.Text(fault.En))
	}
}

// count tells how often each outcome came of n calls at once.
func count(n int, call func(i int) error) map[fault.Code]int {
	var (
		start, done sync.WaitGroup
		mu          sync.Mutex
		outcomes    = map[fault.Code]int{}
	)
	start.Add(1)
	for i := range n {
		done.Go(func() {
			start.Wait()
			code := codeOf(call(i))
			mu.Lock()
			defer mu.Unlock()
			outcomes[code]++
		})
	}
	start.Done()
	done.Wait()
	return outcomes
}

// statements returns the statements that call runs.
func statements(ctx context.Context, call func(ctx context.Context)) []string {
	var (
		mu  sync.Mutex
		ran []string
	)
	call(store.Watch(ctx, func(query string) {
		mu.Lock()
		defer mu.Unlock()
		ran = append(ran, query)
	}))
	return ran
}

func (d *desk) leaksNothing() {
	ctx := context.Background()
	for line := range strings.Lines(d.outbox.String()) {
		var sent struct{ Code string }
		if err := json.Unmarshal([]byte(line), &sent); err != nil {
			d.t.Error(err)
		}
		d.keep(sent.Code)
	}
	names := `SELECT name FROM sqlite_master WHERE type = 'table'`
	if d.Store.Dialect() == dialect.Postgres {
		names = `SELECT table_name FROM information_schema.tables WHERE table_schema = current_schema()`
	}
	tables := 0
	for _, row := range d.rows(ctx, names) {
		tables++
		for _, value := range d.rows(ctx, `SELECT * FROM "`+row+`"`) {
			d.leaks("table "+row, value)
		}
	}
	if tables < 10 {
		d.t.Errorf("looked into %d tables", tables)
	}
	d.leaks("the log", d.log.String())
}

func (d *desk) leaks(where, text string) {
	for _, secret := range d.secret {
		if secret != "" && strings.Contains(text, secret) {
			d.t.Errorf("a secret stands in %s", where)
		}
	}
}

// rows returns every text and blob of every row.
func (d *desk) rows(ctx context.Context, query string) (values []string) {
	rows, err := d.Store.DB().QueryContext(ctx, query)
	if err != nil {
		d.t.Error(err)
		return nil
	}
	defer rows.Close() //nolint:errcheck // rows.Err tells
	for rows.Next() {
		columns, err := rows.Columns()
		if err != nil {
			d.t.Error(err)
		}
		row := make([]any, len(columns))
		for i := range row {
			row[i] = new(any)
		}
		if err := rows.Scan(row...); err != nil {
			d.t.Error(err)
		}
		for _, cell := range row {
			switch value := (*cell.(*any)).(type) {
			case string:
				values = append(values, value)
			case []byte:
				values = append(values, string(value))
			}
		}
	}
	if err := rows.Err(); err != nil {
		d.t.Error(err)
	}
	return values
}

// EndSessions ends sessions in a transaction of its own.
func (d *desk) EndSessions(
	ctx context.Context, v *viewer.Viewer, ids *[]string,
) (ended []string, refused fault.Refusals, err error) {
	err = d.Store.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		ended, refused, err = d.Service.EndSessions(ctx, tx, v, ids)
		return err
	})
	return ended, refused, err
}
