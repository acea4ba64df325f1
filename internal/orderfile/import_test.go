package orderfile_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"entgo.io/ent/dialect"
	"golang.org/x/text/encoding/simplifiedchinese"

	"deputy/ent"
	"deputy/ent/account"
	"deputy/ent/auditevent"
	"deputy/ent/audittarget"
	"deputy/ent/order"
	"deputy/internal/backoffice"
	"deputy/internal/id"
	"deputy/internal/orderfile"
	"deputy/internal/search"
	"deputy/internal/store"
	"deputy/internal/store/storetest"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// desk is where files are imported: an org with one creator, whose id on the platform is dy_1.
type desk struct {
	*testing.T
	s     *store.Store
	orgID string
	dir   string
	// encoding and mapped are what a person names.
	encoding string
	mapped   []string
	// by is who runs the import.
	by string
	// rows are what files hold.
	rows orderfile.Rows
	// told is the last line that was told, all of it is all.
	told, all string
}

func newDesk(t *testing.T, s *store.Store) *desk {
	t.Helper()
	d := &desk{T: t, s: s, dir: t.TempDir()}
	owner, err := s.Client.Account.Create().SetCreatedAt(noon).SetEmail(id.New(id.Account) +
		"@example.org").SetSide(account.SideOWNER).Save(t.Context())
	d.ok(err)
	org, err := s.Client.Org.Create().SetCreatedAt(
		noon).SetUpdatedAt(noon).SetName("机构").SetOwnerID(owner.ID).SetOwnerName("主").Save(t.Context())
	d.ok(err)
	d.orgID = org.ID
	d.ok(s.Client.Creator.Create().SetCreatedAt(
		noon).SetUpdatedAt(noon).SetOrgID(org.ID).SetName("小美").SetPlatformID("dy_1").
		SetGrams(search.Of(org.ID, "小美")).Exec(t.Context()))
	return d
}

func (d *desk) ok(err error) {
	d.Helper()
	if err != nil {
		d.Fatal(err)
	}
}

// file writes a file and returns its name.
func (d *desk) file(name, text string) string {
	d.Helper()
	path := filepath.Join(d.dir, name)
	d.ok(os.WriteFile(path, []byte(text), 0o600))
	return path
}

// run imports a file.
func (d *desk) run(file string, dry bool) error {
	d.Helper()
	out, err := os.Create(filepath.Join(d.dir, "out.txt"))
	d.ok(err)
	now := func() time.Time { return noon }
	err = orderfile.Import{
		Store: d.s, Office: &backoffice.Office{Now: now}, Now: now, File: file, OrgID: d.orgID, DryRun: dry, Out: out,
		Encoding: d.encoding, Map: d.mapped, By: d.by, Rows: d.rows,
	}.Run(context.WithoutCancel(d.Context()))
	d.ok(out.Close())
	told, readErr := os.ReadFile(out.Name())
	d.ok(readErr)
	d.told = strings.TrimSpace(string(told))
	d.all = d.told
	d.told = d.told[strings.LastIndexByte(d.told, '\n')+1:]
	return err
}

func (d *desk) orders() []*ent.Order {
	d.Helper()
	rows, err := d.s.Client.Order.Query().Order(order.ByNumber()).All(d.Context())
	d.ok(err)
	return rows
}

const heading = "订单号,达人平台ID,达人,商品,金额(元),佣金(元),状态,支付时间,结算时间\n"

// TestFilesAsPeopleHaveThem are read alike, whatever wrote them.
func TestFilesAsPeopleHaveThem(t *testing.T) {
	t.Parallel()
	plain := heading + "DY1,dy_1,小美,\"口红,礼盒\",\"1,199.00\",119.9,已结算,2026-02-28 10:00:00,2026-02-28 11:00\n"
	gb, err := simplifiedchinese.GB18030.NewEncoder().String(plain)
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"UTF-8": plain, "with a mark": "\uFEFF" + plain, "GB18030": gb, "CRLF": strings.ReplaceAll(plain, "\n", "\r\n"),
		"tabs": "订单号\t达人平台ID\t商品\t金额（元）\t佣金（元）\t状态\t支付时间\t结算时间\nDY1\tdy_1\t口红,礼盒\t¥1199\t119.90\tSETTLED\t2026/2/28 " +
			"10:00\t2026-02-28T03:00:00Z\n",
		"semicolons": "number;creatorPlatformId;productName;amount;commission;status;paidAt;settledAt\n" +
			"DY1;dy_1;口红,礼盒;119900;11990;SETTLED;2026-02-28T02:00:00Z;2026-02-28T03:00:00Z\n",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			storetest.Each(t, func(t *testing.T, s *store.Store) {
				d := newDesk(t, s)
				d.ok(d.run(d.file("orders.csv", text), false))
				rows := d.orders()
				if len(rows) != 1 || d.told != "1 created, 0 changed, 0 unchanged, 0 refused" {
					t.Fatalf("%d rows: %s", len(rows), d.told)
				}
				o := rows[0]
				if o.Number != "DY1" || o.ProductName != "口红,礼盒" || o.Amount != 119900 || o.Commission != 11990 ||
					o.Status != order.StatusSETTLED ||
					!o.PaidAt.Equal(time.Date(2026, 2, 28, 2, 0, 0, 0, time.UTC)) ||
					!o.SettledAt.Equal(time.Date(2026, 2, 28, 3, 0, 0, 0, time.UTC)) {
					t.Errorf("%+v", o)
				}
			})
		})
	}
}

// TestRefusedRowsAreGivenAgain corrects the file of refused rows and imports that.
func TestRefusedRowsAreGivenAgain(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		d := newDesk(t, s)
		file := d.file("orders.csv", heading+
			"DY1,dy_1,小美,口红,199,19.9,已支付,2026-02-28 10:00:00,\n"+
			"DY2,dy_9,小美,口红,199,19.9,已支付,2026-02-28 10:00:00,\n"+
			"DY3,dy_1,小美,口红,199.999,19.9,已支付,2026-02-28 10:00:00,\n"+
			"DY4,dy_1,小美,口红,199,19.9,发货中,2026-02-28 10:00:00,\n")
		if err := d.run(file, true); !errors.Is(err, orderfile.ErrRefused) ||
			d.told != "1 created, 0 changed, 0 unchanged, 3 refused" || len(d.orders()) != 0 {
			t.Fatalf("%v: %s, %d orders", err, d.told, len(d.orders()))
		}
		if err := d.run(file, false); !errors.Is(err, orderfile.ErrRefused) || len(d.orders()) != 1 {
			t.Fatalf("%v: %s", err, d.told)
		}
		refused, err := os.ReadFile(file + ".refused.csv")
		d.ok(err)
		text := string(refused)
		for _, want := range []string{"拒绝原因 / reason", "找不到平台 ID 为“dy_9”的达人", "199.999", "发货中"} {
			if !strings.Contains(text, want) {
				t.Errorf("%q is not in\n%s", want, text)
			}
		}
		corrected := strings.NewReplacer("dy_9", "dy_1", "199.999", "199.99", "发货中", "已支付").Replace(text)
		d.ok(d.run(d.file("again.csv", corrected), false))
		if d.told != "3 created, 0 changed, 0 unchanged, 0 refused" || len(d.orders()) != 4 {
			t.Errorf("%s, %d orders", d.told, len(d.orders()))
		}
	})
}

// TestRefusedRowsAreAsPrivateAsTheFile: they are rows of it.
func TestRefusedRowsAreAsPrivateAsTheFile(t *testing.T) {
	t.Parallel()
	d := newDesk(t, storetest.Open(t, dialect.SQLite))
	for _, mode := range []os.FileMode{0o600, 0o640, 0o644, 0o400} {
		for _, left := range []bool{false, true} {
			file := d.file(fmt.Sprintf("orders-%o-%v.csv", mode, left),
				heading+"DY2,dy_9,小美,口红,199,19.9,已支付,2026-02-28 10:00:00,\n")
			d.ok(os.Chmod(file, mode))
			if left { // of an earlier import
				d.ok(os.WriteFile(file+".refused.csv", []byte(strings.Repeat("old", 1000)), 0o600))
				d.ok(os.Chmod(file+".refused.csv", 0o666))
			}
			if err := d.run(file, false); !errors.Is(err, orderfile.ErrRefused) {
				t.Fatal(err)
			}
			about, err := os.Stat(file + ".refused.csv")
			d.ok(err)
			if about.Mode().Perm() != mode || about.Size() > 1000 {
				t.Errorf("%o: the refused rows are %o, %d bytes", mode, about.Mode().Perm(), about.Size())
			}
		}
	}
}

func TestWhatIsNoFileOfOrders(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		d := newDesk(t, s)
		for text, want := range map[string]string{
			"": "the file is empty", "订单号,商品\n1,2\n": "no column 达人平台id / creatorplatformid, 金额 / amount",
		} {
			if err := d.run(d.file("orders.csv", text), false); err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%q: %v, want %q", text, err, want)
			}
		}
		d.orgID = id.New(id.Org)
		if err := d.run(d.file("orders.csv", heading), false); err == nil || !strings.Contains(err.Error(), "names no org") {
			t.Error(err)
		}
	})
}

func FuzzFile(f *testing.F) {
	f.Add([]byte(heading + "DY1,dy_1,小美,口红,199,19.9,已支付,2026-02-28 10:00:00,\n"))
	f.Add([]byte("a;b\n\""))
	f.Add([]byte("sep=;\r\n订单号;达人平台ID;商品;金额(元);佣金(元);状态;支付时间\r1;\"2\n3;4\";5\r"))
	f.Add([]byte("\xff\xfea\x00,\x00"))
	for _, name := range []string{"doudian-settlement", "weixin-shop", "taobao-union", "kuaishou-shop"} {
		text, err := os.ReadFile(filepath.Join("testdata", "reports", name+".csv"))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		file, err := os.CreateTemp(t.TempDir(), "")
		if err != nil {
			t.Fatal(err)
		}
		defer file.Close() //nolint:errcheck // it is thrown away
		if _, err := file.Write(text); err != nil {
			t.Fatal(err)
		}
		if _, err := file.Seek(0, 0); err != nil {
			t.Fatal(err)
		}
		orderfile.Check(file)
	})
}

// TestAnImportIsOnRecordUnderItsFile and under who ran it, as far as that is known.
func TestAnImportIsOnRecordUnderItsFile(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		d := newDesk(t, s)
		for i, c := range []struct{ file, by, label, actor string }{
			{"订单 3月.csv", "alice", "订单 3月.csv", "Deputy (alice)"},
			{"a\u202eb\u200b\n.csv", "root\x00\u202e", "ab .csv", "Deputy (root)"},
			{strings.Repeat("长", 80) + ".csv", strings.Repeat("x", 300), strings.Repeat("长", 66), "Deputy (" +
				strings.Repeat("x", 100) + ")"},
			{"orders.csv", "", "orders.csv", "Deputy"},
		} {
			d.by = c.by
			d.ok(d.run(d.file(c.file, short+fmt.Sprintf("DY%d", i)+tail), false))
			o := s.Client.Order.Query().Where(order.Number(fmt.Sprintf("DY%d", i))).OnlyX(t.Context())
			event := s.Client.AuditEvent.Query().Where(auditevent.ID(*o.MadeBy)).OnlyX(t.Context())
			target := s.Client.AuditTarget.Query().Where(audittarget.EventID(event.ID)).OnlyX(t.Context())
			if event.ActorName != c.actor || target.Label != c.label || event.Made == nil || *event.Made != o.ID {
				t.Errorf("%q by %q: made %v, %q by %q", c.file, c.by, event.Made, target.Label, event.ActorName)
			}
		}
	})
}
