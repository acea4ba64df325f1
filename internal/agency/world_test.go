package agency_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"deputy/ent"
	"deputy/ent/auditevent"
	"deputy/ent/audittarget"
	"deputy/ent/role"
	"deputy/internal/agency"
	"deputy/internal/audit"
	"deputy/internal/fault"
	"deputy/internal/store"
	"deputy/internal/store/storetest"
	"deputy/internal/viewer"
)

// world is a database, the agency over it and a clock that stands still until a test moves it.
type world struct {
	*testing.T
	s     *store.Store
	a     *agency.Agency
	mu    sync.Mutex
	clock time.Time
	phone int
}

func each(t *testing.T, f func(w *world)) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := &world{T: t, s: s, clock: time.Date(2026, 5, 4, 3, 2, 1, 0, time.UTC)}
		w.a = &agency.Agency{Now: w.now}
		f(w)
	})
}

func (w *world) now() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.clock
}

func (w *world) pass(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.clock = w.clock.Add(d)
}

// number returns a phone number that nobody has yet.
func (w *world) number() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.phone++
	return fmt.Sprintf("+86138%08d", w.phone)
}

func (w *world) ok(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

// person makes an account and returns its viewer.
func (w *world) person() *viewer.Viewer {
	w.Helper()
	phone := w.number()
	made, err := w.s.Client.Account.Create().SetPhone(phone).SetCreatedAt(w.now()).Save(w.Context())
	w.ok(err)
	return w.asking(made.ID)
}

func (w *world) asking(accountID string) *viewer.Viewer {
	return &viewer.Viewer{AccountID: accountID, Label: "+86 138****0000", Origin: viewer.Origin{RequestID: "test"}}
}

// do runs an operation as the graph does: in a transaction, under the org's lock, with the viewer read again.
func (w *world) do(
	v *viewer.Viewer, orgID, operation string, f func(context.Context, *store.Tx, audit.Entry) error,
) error {
	return w.s.Write(w.Context(), func(ctx context.Context, tx *store.Tx) error {
		who := v
		if orgID != "" {
			if _, err := w.a.LockOrg(ctx, tx, orgID); err != nil {
				return err
			}
			var err error
			if who, err = v.Reload(ctx, tx.Client, time.Now()); err != nil {
				return err
			}
		}
		return f(ctx, tx, audit.Entry{Viewer: who, OrgID: orgID, Operation: operation, At: w.now()})
	})
}

// open opens an org for a new person.
func (w *world) open(name string) (*viewer.Viewer, *ent.Org) {
	w.Helper()
	owner := w.person()
	opened, err := w.createOrg(owner, name)
	w.ok(err)
	return owner, opened
}

func (w *world) createOrg(v *viewer.Viewer, name string) (made *ent.Org, err error) {
	err = w.do(v, "", "createOrg", func(ctx context.Context, tx *store.Tx, act audit.Entry) (err error) {
		made, err = w.a.CreateOrg(ctx, tx, act, name, "老板")
		return err
	})
	return made, err
}

func (w *world) role(orgID, name string) *ent.Role {
	w.Helper()
	found, err := w.s.Client.Role.Query().Where(role.OrgID(orgID), role.Name(name)).Only(w.Context())
	w.ok(err)
	return found
}

// bind makes a sub-account of the org, as its owner does with the right code.
func (w *world) bind(
	owner *viewer.Viewer, orgID, name, destination string, roleIDs ...string,
) (made *ent.SubAccount, err error) {
	err = w.do(owner, orgID, "createSubAccount", func(ctx context.Context, tx *store.Tx, act audit.Entry) (err error) {
		made, err = w.a.CreateSubAccount(ctx, tx, act, w.fresh(name, destination, roleIDs...))
		return err
	})
	return made, err
}

// seat is bind that must succeed.
func (w *world) seat(owner *viewer.Viewer, orgID, name string, roleIDs ...string) *ent.SubAccount {
	w.Helper()
	made, err := w.bind(owner, orgID, name, w.number(), roleIDs...)
	w.ok(err)
	return made
}

// said returns a refusal as "CODE field.path | CODE field.path", and anything else as it is.
func said(err error) string {
	if err == nil {
		return ""
	}
	refusals, ok := fault.Refused(err)
	var one *fault.Error
	if !ok {
		if errors.As(err, &one) {
			return string(one.Code)
		}
		return err.Error()
	}
	return list(refusals)
}

func list(refusals fault.Refusals) string {
	var all []string
	for _, r := range refusals {
		all = append(all, string(r.Code)+" "+strings.Join(r.Field, "."))
	}
	return strings.Join(all, " | ")
}

// refused checks how an operation was refused, in code and field, and that its messages exist in both languages.
func (w *world) refused(err error, want string) {
	w.Helper()
	if got := said(err); got != want {
		w.Errorf("got %q (%v), want %q", got, err, want)
	}
	refusals, _ := fault.Refused(err)
	for _, r := range refusals {
		for _, lang := range []fault.Lang{fault.Zh, fault.En} {
			if text := r.Text(lang); text == "" || strings.Contains(text, "%!") {
				w.Errorf("%s speaks %q in %s", r.Code, text, lang)
			}
		}
	}
}

// events counts what is on record in the org.
func (w *world) events(orgID string) int {
	w.Helper()
	n, err := w.s.Client.AuditEvent.Query().Where(auditevent.OrgID(orgID)).Count(w.Context())
	w.ok(err)
	return n
}

// recorded returns the org's last event, a line for the event and one for each target.
func (w *world) recorded(orgID string) string {
	w.Helper()
	event, err := w.s.Client.AuditEvent.Query().Where(
		auditevent.OrgID(orgID)).Order(ent.Desc(auditevent.FieldID)).First(w.Context())
	w.ok(err)
	targets, err := w.s.Client.AuditTarget.Query().Where(
		audittarget.EventID(event.ID)).Order(ent.Asc(audittarget.FieldID)).All(w.Context())
	w.ok(err)
	lines := []string{fmt.Sprintf("%s %s %s %s", event.ActorKind, event.ActorName, event.Operation, event.Outcome)}
	for _, t := range targets {
		line := fmt.Sprintf("%s %q", t.Type, t.Label)
		if t.AccountID != nil {
			line += " account"
		}
		if t.Code != nil {
			line += " " + *t.Code
		}
		changes, err := audit.Changes(t)
		w.ok(err)
		for _, c := range changes {
			line += fmt.Sprintf("; %s %s→%s", c.Field, w.called(c.Field, text(c.Before)), w.called(c.Field, text(c.After)))
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, "\n")
}

// called returns the roles by their names, of which the record keeps the ids.
func (w *world) called(field, ids string) string {
	w.Helper()
	if field != "roles" || ids == "-" {
		return ids
	}
	var names []string
	for _, id := range strings.Fields(ids) {
		role, err := w.s.Client.Role.Get(w.Context(), id)
		w.ok(err)
		names = append(names, role.Name)
	}
	return strings.Join(names, ", ")
}

func text(s *string) string {
	if s == nil {
		return "-"
	}
	return *s
}

func (w *world) onRecord(orgID string, want ...string) {
	w.Helper()
	if got := w.recorded(orgID); got != strings.Join(want, "\n") {
		w.Errorf("on record is\n%s\nwant\n%s", got, strings.Join(want, "\n"))
	}
}

// same checks that two values are equal.
func same[T comparable](w *world, what string, got, want T) {
	w.Helper()
	if got != want {
		w.Errorf("%s: got %v, want %v", what, got, want)
	}
}
