package store_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"entgo.io/ent/dialect"
	entsql "entgo.io/ent/dialect/sql"

	"deputy/ent/auditevent"
	"deputy/ent/role"
	business "deputy/internal/agency"
	"deputy/internal/audit"
	"deputy/internal/backoffice"
	"deputy/internal/demo"
	"deputy/internal/id"
	"deputy/internal/signin"
	"deputy/internal/store"
	"deputy/internal/store/storetest"
	"deputy/internal/viewer"
)

// TestBackupWhileWriting restores a backup that was made while somebody wrote: it is the database of one moment, with
// its audit trail and all that keeps it right.
func TestBackupWhileWriting(t *testing.T) {
	t.Parallel()
	for _, d := range storetest.Dialects() {
		t.Run(storetest.Name(d), func(t *testing.T) {
			t.Parallel()
			url := storetest.URL(t, d)
			s := storetest.Connect(t, url)
			w := newWriter(t, s)
			for range 10 {
				w.write(t.Context(), t)
			}
			acknowledged, ahead := w.written, make(chan struct{})
			stop, stopped := context.WithCancel(t.Context())
			ended := make(chan struct{})
			go func() {
				defer close(ended)
				for n := 0; stop.Err() == nil; n++ {
					if n == 5 {
						close(ahead)
					}
					w.write(t.Context(), t)
				}
			}()
			<-ahead
			restored := storetest.Connect(t, backUp(t, url))
			stopped()
			<-ended
			checkRestored(t, s, restored, acknowledged, w.written)
			checkWalls(t, restored)
		})
	}
}

// backUp makes a backup of the database, and returns where it was restored.
func backUp(t *testing.T, url string) (restored string) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "backup")
	if place, err := store.Locate(url); err == nil && !place.Postgres() {
		if err := store.Backup(t.Context(), url, file, true); err != nil {
			t.Fatal(err)
		}
		return file
	}
	restored = storetest.Empty(t, dialect.Postgres)
	postgresTool(t, "pg_dump", "--format=custom", "--file="+file, "--dbname="+url)
	postgresTool(t, "pg_restore", "--exit-on-error", "--single-transaction", "--no-owner", "--dbname="+restored, file)
	return restored
}

func postgresTool(t *testing.T, name string, args ...string) {
	t.Helper()
	if out, err := exec.CommandContext(t.Context(), name, args...).CombinedOutput(); err != nil {
		t.Fatalf("%s, of the package postgresql-client: %v: %s", name, err, out)
	}
}

// checkRestored compares a restored database with the one that went on.
func checkRestored(t *testing.T, live, restored *store.Store, least, most int) {
	t.Helper()
	if err := restored.CheckVersion(t.Context()); err != nil {
		t.Fatal(err)
	}
	if want, got := snapshot(t, live), snapshot(t, restored); !slices.Equal(want, got) {
		t.Errorf("the schema is another:\n%s", difference(strings.Join(want, "\n"), strings.Join(got, "\n")))
	}
	// One moment: the change that is there last is the one on record last.
	name := must[string](
		t)(restored.Client.Role.Query().Where(role.NameHasPrefix("r")).Select(role.FieldName).String(t.Context()))
	n := must[int](t)(strconv.Atoi(strings.TrimPrefix(name, "r")))
	events := must[int](t)(restored.Client.AuditEvent.Query().Where(auditevent.Operation("updateRole")).Count(t.Context()))
	if n != events || n < least || n > most {
		t.Errorf("the last change is %d, on record are %d; %d were acknowledged before the backup, %d in all", n, events,
			least, most)
	}
	for _, table := range []string{"audit_events", "audit_targets", "audit_tallies"} {
		all, kept := rows(t, live, table), rows(t, restored, table)
		if len(kept) == 0 && table != "audit_tallies" {
			t.Errorf("%s is empty", table)
		}
		for _, row := range kept {
			if !slices.Contains(all, row) {
				t.Errorf("%s: a row that was never there: %s", table, row)
			}
		}
	}
	// What was there before the writer began is all there.
	for _, table := range []string{"orgs", "accounts", "sub_accounts", "sub_account_roles"} {
		if want, got := rows(t, live, table), rows(t, restored, table); !slices.Equal(want, got) {
			t.Errorf("%s: %d rows, want %d, or others", table, len(got), len(want))
		}
	}
}

// checkWalls tries what the database itself refuses.
func checkWalls(t *testing.T, s *store.Store) {
	t.Helper()
	for _, statement := range []string{
		"UPDATE audit_events SET operation = 'x'", "DELETE FROM audit_targets",
		"DELETE FROM audit_events",
	} {
		refused(t, s, run(t.Context(), s, statement), "append_only", "append_only")
	}
	refused(t, s, run(t.Context(), s, "DELETE FROM sub_account_roles"), "role_required", "role_required")
	refused(t, s, run(t.Context(), s, "UPDATE sub_accounts SET slot = 21"), "sub_accounts_slot", "sub_accounts_slot")
	a := makeAgency(t, s)
	refused(t, s, run(t.Context(), s, link(a.org.ID, "sub_nobody", a.roles[0].ID)),
		"sub_account_roles_sub_accounts_sub_account", foreignKey)
}

// rows returns a table's rows as text, in order.
func rows(t *testing.T, s *store.Store, table string) []string {
	t.Helper()
	query := "SELECT t::text FROM " + table + " t"
	if s.Dialect() == dialect.SQLite {
		columns := value(t, s, "SELECT group_concat('quote(' || name || ')', ',') FROM pragma_table_info('"+table+"')")
		query = "SELECT concat_ws('|', " + columns + ") FROM " + table
	}
	found, err := s.DB().QueryContext(t.Context(), query)
	if err != nil {
		t.Fatal(err)
	}
	var texts []string
	if err := errors.Join(entsql.ScanSlice(found, &texts), found.Close()); err != nil {
		t.Fatal(err)
	}
	slices.Sort(texts)
	return texts
}

// writer renames a role of the demo's agency again and again, on record.
type writer struct {
	s       *store.Store
	agency  *business.Agency
	act     audit.Entry
	role    string
	written int
}

func newWriter(t *testing.T, s *store.Store) *writer {
	t.Helper()
	secret := []byte("a secret of the tests, 32 bytes+")
	identity := &signin.Service{
		Store: s, Secret: secret, Now: now, Random: rand.Reader,
		Log: slog.New(slog.DiscardHandler),
	}
	w := &writer{s: s, agency: &business.Agency{Now: now, Random: rand.Reader}}
	filler := &demo.Demo{Store: s, Agency: w.agency, Office: &backoffice.Office{Now: now}, Identity: identity, Now: now}
	orgID := must[string](t)(filler.Fill(t.Context()))
	org := s.Client.Org.GetX(t.Context(), orgID)
	owner := &viewer.Viewer{Origin: viewer.Origin{RequestID: "test"}, AccountID: org.OwnerID, Label: "主"}
	w.act = audit.Entry{
		Viewer: must[*viewer.Viewer](t)(owner.Reload(t.Context(), s.Client, time.Now())), OrgID: orgID,
		Operation: "updateRole",
	}
	w.role = s.Client.Role.Query().Where(role.OrgID(orgID), role.Name("客服")).OnlyIDX(t.Context())
	return w
}

// write makes the next change.
func (w *writer) write(ctx context.Context, t *testing.T) {
	name := fmt.Sprintf("r%d", w.written+1)
	err := w.s.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		act := w.act
		act.At = now()
		_, err := w.agency.UpdateRole(ctx, tx, act, w.role, business.RoleChange{Name: &name})
		return err
	})
	if err != nil {
		t.Error(err)
		return
	}
	w.written++
}

// TestABackupHoldsNoSession makes a backup of a database with a session, a code and an API token: neither their rows
// nor the bytes of their hashes are in it.
func TestABackupHoldsNoSession(t *testing.T) {
	t.Parallel()
	url := storetest.URL(t, dialect.SQLite)
	s := storetest.Connect(t, url)
	token, code := []byte(rand.Text() + rand.Text())[:32], []byte(rand.Text() + rand.Text())[:32]
	apiToken := []byte(rand.Text() + rand.Text())[:32]
	err := s.Write(t.Context(), func(ctx context.Context, tx *store.Tx) error {
		tx.Recorded()
		who, err := tx.Account.Create().SetPhone("+8613800000001").SetSide("OWNER").SetCreatedAt(now()).Save(ctx)
		if err != nil {
			return err
		}
		err = tx.Session.Create().SetAccountID(
			who.ID).SetTokenHash(token).SetCreatedAt(now()).SetLastUsedAt(now()).SetExpiresAt(now().Add(time.Hour)).Exec(ctx)
		org := tx.Org.Create().SetName("机构").SetOwnerID(who.ID).SetOwnerName("主").SetCreatedAt(now()).SetUpdatedAt(now()).
			SaveX(ctx)
		app := tx.App.Create().SetOrgID(org.ID).SetName("应用").SetDescription("").SetContacts("").SetIPRanges("").SetGrants(0).
			SetStatus("ENABLED").SetCreatedAt(now()).SetUpdatedAt(now()).SaveX(ctx)
		tx.ApiToken.Create().SetOrgID(org.ID).SetAppID(app.ID).SetName("令牌").SetHint("deputy_live_0000").
			SetTokenHash(apiToken).SetCreatedByName("主").SetCreatedAt(now()).SetEndsAt(now().Add(time.Hour)).ExecX(ctx)
		return errors.Join(err, tx.CodeFlow.Create().SetPurpose("SIGN_IN").SetDestination("+8613800000001").SetCodeHash(code).
			SetCreatedAt(now()).SetExpiresAt(now().Add(time.Minute)).Exec(ctx))
	})
	if err != nil {
		t.Fatal(err)
	}
	file := backUp(t, url)
	kept := must[[]byte](t)(os.ReadFile(file))
	if bytes.Contains(kept, token) || bytes.Contains(kept, code) || bytes.Contains(kept, apiToken) {
		t.Error("the backup holds the hash of a token or a code")
	}
	restored := storetest.Connect(t, file)
	ctx := t.Context()
	if n, m := restored.Client.Session.Query().CountX(ctx), restored.Client.CodeFlow.Query().CountX(ctx); n+m != 0 ||
		restored.Client.Account.Query().CountX(ctx) != 1 {
		t.Errorf("%d sessions and %d codes in the backup", n, m)
	}
	if n, m := restored.Client.ApiToken.Query().CountX(ctx), restored.Client.App.Query().CountX(ctx); n != 0 || m != 1 {
		t.Errorf("%d API tokens of %d apps in the backup", n, m)
	}
	if n := s.Client.Session.Query().CountX(ctx); n != 1 {
		t.Errorf("the database has %d sessions left", n)
	}
}

// TestBackupFiles shows what lies on the disk, and what is refused.
func TestBackupFiles(t *testing.T) {
	t.Parallel()
	url := storetest.URL(t, dialect.SQLite)
	folder := t.TempDir()
	file := filepath.Join(folder, "backup")
	if err := os.WriteFile(url+store.SecretSuffix, []byte("kept\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := store.Backup(t.Context(), url, file, true); err != nil { // no server runs
		t.Fatal(err)
	}
	for _, name := range []string{file, file + store.SecretSuffix} {
		if info, err := os.Stat(name); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v", name, info, err)
		}
	}
	if secret, err := os.ReadFile(file + store.SecretSuffix); err != nil || string(secret) != "kept\n" {
		t.Errorf("secret %q, %v", secret, err)
	}
	before := must[[]byte](t)(os.ReadFile(file))
	if err := store.Backup(t.Context(), url, file, true); !errors.Is(err, store.ErrExists) {
		t.Errorf("over a backup: %v", err)
	}
	if !slices.Equal(before, must[[]byte](t)(os.ReadFile(file))) {
		t.Error("a backup was overwritten")
	}
	other := filepath.Join(folder, "other")
	if err := store.Backup(t.Context(), filepath.Join(folder, id.New(id.Org)), other, true); !errors.Is(err,
		fs.ErrNotExist) {
		t.Errorf("of nothing: %v", err)
	}
	if err := store.Backup(t.Context(), "postgres://there", other, true); !errors.Is(err, store.ErrNoBackup) {
		t.Errorf("of PostgreSQL: %v", err)
	}
	damaged := filepath.Join(t.TempDir(), "damaged")
	if err := os.WriteFile(damaged, damage(t, before), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := store.Backup(t.Context(), damaged, other, true); !errors.Is(err, store.ErrDamaged) {
		t.Errorf("of a damaged database: %v", err)
	}
	ended, end := context.WithCancel(t.Context())
	end()
	if err := store.Backup(ended, url, other, true); err == nil {
		t.Error("a backup that was broken off is there")
	}
	if left := must[[]os.DirEntry](t)(os.ReadDir(folder)); len(left) != 2 {
		t.Errorf("left behind: %v", left)
	}
}

// damage returns a database without its pages from the third on.
func damage(t *testing.T, content []byte) []byte {
	t.Helper()
	broken := slices.Clone(content)
	const page = 4096
	for at := 2 * page; at < len(broken); at += page {
		copy(broken[at:at+page], make([]byte, page))
	}
	return broken
}

func now() time.Time { return time.Now().UTC().Truncate(time.Microsecond) }
