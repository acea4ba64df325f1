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

	"deputy/ent"
	"deputy/ent/creator"
	"deputy/ent/order"
	"deputy/internal/backoffice"
	"deputy/internal/orderfile"
	"deputy/internal/orderfile/report"
	"deputy/internal/search"
	"deputy/internal/store"
	"deputy/internal/store/storetest"
)

// listed returns orders, each in a line.
func (d *desk) listed(orders []*ent.Order) string {
	d.Helper()
	moment := func(at *time.Time) string {
		if at == nil {
			return "-"
		}
		return at.In(time.FixedZone("", 8*3600)).Format(time.DateTime)
	}
	var b strings.Builder
	for _, o := range orders {
		fmt.Fprintf(&b, "%s | %s | %s | %d | %d | %s | %s | %s\n", o.Number, o.Edges.Creator.PlatformID, o.ProductName,
			o.Amount, o.Commission, o.Status, moment(&o.PaidAt), moment(o.SettledAt))
	}
	return b.String()
}

// newReportDesk returns a desk with the creators that the files of testdata/reports name. Two of them are called 同名, and the
// contract of 小红 has ended.
func newReportDesk(t *testing.T, s *store.Store) *desk {
	t.Helper()
	d := newDesk(t, s)
	for platformID, name := range map[string]string{"dy_2": "小强", "dy_3": "同名", "dy_4": "同名", "dy_5": "小红"} {
		make := s.Client.Creator.Create().SetCreatedAt(noon).SetUpdatedAt(noon).SetOrgID(d.orgID).SetName(name).
			SetPlatformID(platformID).SetGrams(search.Of(d.orgID, name))
		if name == "小红" {
			make.SetStatus(creator.StatusENDED)
		}
		d.ok(make.Exec(t.Context()))
	}
	return d
}

// bring imports a file as a person does who says what the report needs, and returns what was told, and the error.
func (d *desk) bring(file string, change func(*orderfile.Import)) (string, error) {
	d.Helper()
	out, err := os.Create(filepath.Join(d.dir, "out.txt"))
	d.ok(err)
	now := func() time.Time { return time.Date(2026, 11, 29, 0, 0, 0, 0, time.UTC) }
	run := orderfile.Import{
		Store: d.s, Office: &backoffice.Office{Now: now}, Now: now, File: file, OrgID: d.orgID, Out: out,
	}
	if change != nil {
		change(&run)
	}
	err = run.Run(context.WithoutCancel(d.Context()))
	d.ok(out.Close())
	told, readErr := os.ReadFile(out.Name())
	d.ok(readErr)
	return string(told), err
}

// needed says what a report needs to be imported.
func needed(r *report.Report) func(*orderfile.Import) {
	return func(i *orderfile.Import) {
		if !r.ByCreator() {
			i.Creator = "dy_1"
		}
		if len(r.Columns[report.PaidAt]) == 0 {
			i.PaidAt = orderfile.Ordered
		}
	}
}

func (d *desk) ofReports() string {
	d.Helper()
	all, err := d.s.Client.Order.Query().Where(order.OrgID(d.orgID)).WithCreator().Order(order.ByNumber()).All(d.Context())
	d.ok(err)
	return d.listed(all)
}

// lastLine returns the line of the counts.
func lastLine(told string) string {
	told = strings.TrimSpace(told)
	return told[strings.LastIndexByte(told, '\n')+1:]
}

// TestEachReport has a file, which gives what stands beside it: what is told, and the orders. Again, it changes
// nothing.
func TestEachReport(t *testing.T) {
	t.Parallel()
	for _, r := range report.All() {
		t.Run(r.Name, func(t *testing.T) {
			t.Parallel()
			d := newReportDesk(t, storetest.Open(t, dialect.SQLite))
			name := filepath.Join("testdata", "reports", r.Name)
			body, err := os.ReadFile(name + ".csv")
			d.ok(err)
			file := d.file(r.Name+".csv", string(body))
			dry, dryErr := d.bring(file, func(i *orderfile.Import) { needed(r)(i); i.DryRun = true })
			if got := d.ofReports(); got != "" {
				t.Errorf("a dry run left %s", got)
			}
			told, ran := d.bring(file, needed(r))
			if lastLine(dry) != lastLine(told) || (dryErr == nil) != (ran == nil) {
				t.Errorf("the dry run told %s (%v), the run %s (%v)", dry, dryErr, told, ran)
			}
			read := ran == nil || errors.Is(ran, orderfile.ErrRefused)
			if !read {
				told += ran.Error() + "\n"
			}
			got := told + d.ofReports()
			want, err := os.ReadFile(name + ".want")
			if err != nil || got != string(want) {
				t.Errorf("%v: got\n%s\nwant\n%s", err, got, want)
			}
			before := d.ofReports()
			again, _ := d.bring(file, needed(r))
			if read && !strings.HasPrefix(lastLine(again), "0 created, 0 changed, ") || d.ofReports() != before {
				t.Errorf("again: %s", again)
			}
		})
	}
}
