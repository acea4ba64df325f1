package demo_test

import (
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"entgo.io/ent/dialect"

	"deputy/ent/apitoken"
	"deputy/ent/app"
	"deputy/ent/auditevent"
	"deputy/ent/creator"
	"deputy/ent/order"
	"deputy/ent/task"
	"deputy/ent/taskassignment"
	"deputy/internal/access"
	"deputy/internal/agency"
	"deputy/internal/backoffice"
	"deputy/internal/civil"
	"deputy/internal/demo"
	"deputy/internal/signin"
	"deputy/internal/store"
	"deputy/internal/store/storetest"
	"deputy/internal/viewer"
)

var (
	today    = time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC)
	shanghai = time.FixedZone("", 8*60*60)
)

func filler(s *store.Store) *demo.Demo {
	now := func() time.Time { return today }
	return &demo.Demo{
		Store: s, Agency: &agency.Agency{Now: now, Random: rand.Reader}, Office: &backoffice.Office{Now: now}, Now: now,
		Identity: &signin.Service{
			Store: s, Cache: &viewer.Cache{Now: now, Trusted: func() bool { return true }},
			Secret: []byte("a secret of the tests, 32 bytes+"), Now: now,
			Random: rand.Reader, Log: slog.New(slog.DiscardHandler),
			Hasher: signin.NewHasher(signin.Work{KiB: 64, Passes: 1, Lanes: 1}, 0, rand.Reader),
		},
	}
}

// TestDemoIsAnAgencyAtWork holds what a newcomer sees to what the documents say, and that it is the same every time.
func TestDemoIsAnAgencyAtWork(t *testing.T) {
	t.Parallel()
	var before string
	for range 2 {
		storetest.Each(t, func(t *testing.T, s *store.Store) {
			orgID, err := filler(s).Fill(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			ctx, c := t.Context(), s.Client
			if n := c.Creator.Query().Where(creator.OrgID(orgID)).CountX(ctx); n != 40 {
				t.Errorf("%d creators", n)
			}
			if n := c.Task.Query().CountX(ctx); n != 15 {
				t.Errorf("%d tasks", n)
			}
			rows := c.Order.Query().Where(order.OrgID(orgID)).Order(order.ByNumber()).WithCreator().AllX(ctx)
			if len(rows) != 5000 {
				t.Fatalf("%d orders", len(rows))
			}
			var told strings.Builder
			weekend, lowered := 0, 0
			for _, o := range rows {
				if refunded := o.RefundAmount > 0; refunded != (o.RefundedAt != nil) ||
					refunded && (o.RefundedAt.Before(o.PaidAt) || o.RefundedAt.After(o.CreatedAt)) {
					t.Errorf("order %s was paid at %s, refunded at %v, and came in at %s", o.Number, o.PaidAt, o.RefundedAt,
						o.CreatedAt)
				}
				if o.RefundAmount > 0 && o.RefundAmount < o.Amount {
					lowered++
				}
				told.WriteString(o.Number + o.ProductName + string(o.Status) + o.PaidAt.UTC().String() +
					o.CreatedAt.UTC().String() + fmt.Sprint(o.RefundAmount))
				if d := o.PaidAt.Add(8 * time.Hour).UTC().Weekday(); d == time.Saturday || d == time.Sunday {
					weekend++
				}
				switch by := o.Edges.Creator; {
				case !demo.Sells(by.Category, o.ProductName, o.PaidAt):
					t.Errorf("%s, who makes %s, sold %s on %s", by.Name, by.Category, o.ProductName, o.PaidAt)
				case o.PaidAt.Before(by.CreatedAt):
					t.Errorf("%s sold on %s, and was signed on %s", by.Name, o.PaidAt, by.CreatedAt)
				case o.CreatedAt.After(today) || o.PaidAt.After(o.CreatedAt) || o.SettledAt != nil &&
					o.SettledAt.After(o.CreatedAt):
					t.Errorf("order %s was paid at %s, settled at %v, and came in at %s", o.Number, o.PaidAt, o.SettledAt, o.CreatedAt)
				}
			}
			if weekend < 1500 {
				t.Errorf("%d on weekends", weekend)
			}
			if lowered < 50 || lowered > 300 {
				t.Errorf("%d refunded in part", lowered)
			}
			voided := c.AuditEvent.Query().Where(auditevent.OrgID(orgID), auditevent.Operation("voidOrders")).CountX(ctx)
			if voided != 3 {
				t.Errorf("%d times orders were voided", voided)
			}
			if before != "" && told.String() != before {
				t.Error("the demo is not the same every time")
			}
			before = told.String()
			atWork(t, s, orgID)
		})
	}
}

// atWork holds the times of the demo's rows together: nothing was made all at once, and nobody did something before
// they could.
func atWork(t *testing.T, s *store.Store, orgID string) {
	t.Helper()
	ctx, c := t.Context(), s.Client
	of := c.Org.GetX(ctx, orgID)
	months := func(made []time.Time) int {
		seen := map[string]bool{}
		for _, at := range made {
			if at.Before(of.CreatedAt) || at.After(today) {
				t.Errorf("made at %s, in an org of %s", at, of.CreatedAt)
			}
			seen[at.Format("2006-01")] = true
		}
		return len(seen)
	}
	var signed, ordered, told []time.Time
	for _, one := range c.Creator.Query().Where(creator.OrgID(orgID)).AllX(ctx) {
		signed = append(signed, one.CreatedAt)
		if civil.Of(one.CreatedAt, shanghai) != *one.ContractFrom {
			t.Errorf("%s was signed on %s, for %s", one.Name, one.CreatedAt, *one.ContractFrom)
		}
		if one.Status == creator.StatusENDED && one.UpdatedAt.Before(one.CreatedAt) {
			t.Errorf("the contract of %s ended before it began", one.Name)
		}
	}
	for _, one := range c.Order.Query().Where(order.OrgID(orgID)).AllX(ctx) {
		ordered = append(ordered, one.CreatedAt)
	}
	for _, one := range c.AuditEvent.Query().Where(auditevent.OrgID(orgID)).AllX(ctx) {
		told = append(told, one.At)
	}
	if months(signed) < 10 || months(ordered) < 12 || months(told) < 13 {
		t.Errorf("creators of %d months, orders of %d, events of %d", months(signed), months(ordered), months(told))
	}
	for _, one := range c.SubAccount.Query().AllX(ctx) {
		if one.LastActiveAt == nil || one.LastActiveAt.Before(today.AddDate(0, 0, -80)) ||
			one.LastActiveAt.Before(one.CreatedAt) || one.LastActiveAt.After(today) {
			t.Errorf("%s was active on %v", one.Name, one.LastActiveAt)
		}
	}
	token := c.ApiToken.Query().Where(apitoken.OrgID(orgID)).WithApp().OnlyX(ctx)
	if of := token.Edges.App; !of.Grants.Allows(access.Orders, access.Edit) || of.Status != app.StatusENABLED ||
		of.CreatedAt.After(today) || agency.TokenStatusOf(token, today) != agency.TokenLive || token.LastUsedAt != nil {
		t.Errorf("%+v of %+v", token, of)
	}
	statuses := map[task.Status]int{}
	for _, one := range c.Task.Query().Where(task.OrgID(orgID)).AllX(ctx) {
		taking := c.TaskAssignment.Query().Where(taskassignment.TaskID(one.ID)).WithCreator().AllX(ctx)
		statuses[one.Status]++
		categories, month, last := demo.Campaign(one.Title)
		if end := one.Deadline.In(shanghai); end.Month() != month || end.Day() != last {
			t.Errorf("%s ends on %s", one.Title, end)
		}
		if ahead := one.Deadline.Sub(one.CreatedAt); ahead < 14*24*time.Hour || ahead > 70*24*time.Hour {
			t.Errorf("%s was made %s before its end", one.Title, ahead)
		}
		days := today.Sub(*one.Deadline).Hours() / 24
		if days > 14 && one.Status != task.StatusCLOSED || days < 13 && one.Status == task.StatusCLOSED {
			t.Errorf("%s, which ends on %s, is %s", one.Title, one.Deadline, one.Status)
		}
		if len(taking) == 0 {
			t.Errorf("nobody takes part in %s", one.Title)
		}
		for _, a := range taking {
			if by := a.Edges.Creator; len(categories) > 0 && !slices.Contains(categories, by.Category) ||
				by.CreatedAt.After(a.CreatedAt) {
				t.Errorf("%s, who makes %s and was signed on %s, takes part in %s of %s", by.Name, by.Category, by.CreatedAt,
					one.Title, a.CreatedAt)
			}
			if judged := a.Status == taskassignment.StatusAPPROVED ||
				a.Status == taskassignment.StatusREJECTED; one.Status == task.StatusCLOSED && !judged ||
				judged && one.Deadline.After(today) {
				t.Errorf("%s is %s, and an assignment %s", one.Title, one.Status, a.Status)
			}
		}
	}
	if statuses[task.StatusCLOSED] < 8 || statuses[task.StatusOPEN] == 0 {
		t.Errorf("tasks: %v", statuses)
	}
}

// TestOrdersHaveTheirSeasons on whatever day the demo is made: peaks on 双十一, its eve, and 618, and more refunds of
// clothes than of food.
func TestOrdersHaveTheirSeasons(t *testing.T) {
	t.Parallel()
	for _, now := range []time.Time{
		today, time.Date(2026, 6, 18, 3, 0, 0, 0, time.UTC), time.Date(2026, 11, 10, 13, 0, 0, 0, time.UTC),
		time.Date(2026, 11, 29, 8, 0, 0, 0, time.UTC),
		time.Date(2028, 2, 29, 20, 0, 0, 0, time.UTC), time.Date(2027, 12, 31, 16, 30, 0, 0, time.UTC),
	} {
		days, sold, refunded := map[string]int{}, map[string]int{}, map[string]int{}
		for _, o := range demo.Orders(now) {
			days[o.PaidAt.In(shanghai).Format(time.DateOnly)]++
			sold[o.Category]++
			if o.Status == order.StatusREFUNDED {
				refunded[o.Category]++
			}
			if !o.PaidAt.Before(now) || o.PaidAt.Before(now.AddDate(0, 0, -401)) {
				t.Errorf("on %s: paid at %s", now, o.PaidAt)
			}
		}
		usual := 5000 / len(days)
		year := func(month time.Month, day int) int {
			most := 0
			for _, y := range []int{now.Year() - 1, now.Year()} {
				most = max(most, days[time.Date(y, month, day, 0, 0, 0, 0, time.UTC).Format(time.DateOnly)])
			}
			return most
		}
		for _, peak := range []struct {
			month time.Month
			day   int
			times int
		}{{time.November, 11, 5}, {time.November, 10, 2}, {time.June, 18, 4}, {time.June, 17, 2}} {
			if n := year(peak.month, peak.day); n < peak.times*usual {
				t.Errorf("on %s: %d orders on %s %d, and %d a day", now.Format(time.DateOnly), n, peak.month, peak.day, usual)
			}
		}
		top := slices.SortedFunc(maps.Keys(days), func(a, b string) int { return days[b] - days[a] })[0]
		if !strings.HasSuffix(top, "-11-11") && !strings.HasSuffix(top, "-06-18") {
			t.Errorf("on %s: the most orders are of %s", now.Format(time.DateOnly), top)
		}
		rate := func(category string) int { return 100 * refunded[category] / sold[category] }
		if rate("服饰") < 35 || rate("服饰") > 55 || rate("美食") > 10 || rate("美妆") < 12 || rate("美妆") > 25 {
			t.Errorf("refunds on %s: %v of %v", now.Format(time.DateOnly), refunded, sold)
		}
	}
}

// TestCampaignsAreWhereTheirDaysAre, one of each within a year, and one at least ahead.
func TestCampaignsAreWhereTheirDaysAre(t *testing.T) {
	t.Parallel()
	for now := today; now.Before(today.AddDate(2, 0, 0)); now = now.AddDate(0, 0, 5) {
		near, last := 0, time.Time{}
		for title, end := range demo.Ends(now) {
			if end.After(now.AddDate(0, 0, 60)) || end.Before(now.AddDate(0, 0, -306)) {
				t.Errorf("on %s: %s ends on %s", now, title, end)
			}
			if end.After(now) {
				near++
			}
			if end.After(last) {
				last = end
			}
		}
		if near == 0 {
			t.Errorf("on %s no task is ahead: the last one ends on %s", now, last)
		}
	}
}

func TestLoadFillsOrgs(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		shape := func() (all string) {
			if s.Dialect() == dialect.SQLite {
				if err := s.DB().QueryRowContext(t.Context(), "SELECT integrity_check || (SELECT group_concat(sql, '; ') FROM "+
					"(SELECT sql FROM sqlite_master ORDER BY name)) FROM pragma_integrity_check").Scan(&all); err != nil {
					t.Fatal(err)
				}
			}
			return all
		}
		var out bytes.Buffer
		before := shape()
		if err := filler(s).Load(t.Context(), &out, demo.Size{Orgs: 3, Orders: 2500}); err != nil {
			t.Fatal(err)
		}
		if after := shape(); after != before {
			t.Errorf("%s is now %s", before, after)
		}
		if err := filler(s).Load(t.Context(), &out, demo.Size{Orgs: 1}); !errors.Is(err, demo.ErrNotEmpty) {
			t.Errorf("added to a database that has orgs: %v", err)
		}
		if n := s.Client.Order.Query().CountX(t.Context()); n != 2900 || !strings.Contains(out.String(), "2500 orders") {
			t.Errorf("%d orders: %s", n, out.String())
		}
		if n := s.Client.Org.Query().CountX(t.Context()); n != 3 {
			t.Errorf("%d orgs", n)
		}
	})
}

// TestDemoLeadsIntoTheConsole has the link that is printed sign the owner in, once.
func TestDemoLeadsIntoTheConsole(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		d := filler(s)
		var log strings.Builder
		d.Identity.Log = slog.New(slog.NewTextHandler(&log, nil))
		for name, at := range map[string]demo.Place{
			"all documents": {Base: "http://127.0.0.1:8080", Console: true},
			"trusted":       {Base: "http://127.0.0.1:8080", Console: true, Trusted: true},
		} {
			var out strings.Builder
			if err := d.Start(t.Context(), &out, at); err != nil {
				t.Fatal(err)
			}
			if !strings.Contains(out.String(), "\n  Console     http://127.0.0.1:8080/console\n") {
				t.Errorf("%s: the console has no line: %s", name, &out)
			}
			link := regexp.MustCompile(`\n  http://127\.0\.0\.1:8080/console/sign-in#flow=(flw_\w+)&code=(\d{6})\n`).
				FindStringSubmatch(out.String())
			if link == nil {
				t.Fatalf("%s: there is no link: %s", name, &out)
			}
			if strings.Contains(log.String(), link[2]) || strings.Contains(log.String(), link[1]) {
				t.Errorf("%s: the log has the link: %s", name, &log)
			}
			code := signin.SignIn{Code: &signin.Code{Flow: link[1], Code: link[2]}}
			from := &viewer.Viewer{Origin: viewer.Origin{RequestID: "test", Network: "test"}}
			if token, _, err := d.Identity.SignIn(t.Context(), from, code); err != nil || token == "" {
				t.Errorf("%s: the link does not sign in: %v", name, err)
			}
			if _, _, err := d.Identity.SignIn(t.Context(), from, code); err == nil {
				t.Errorf("%s: the link signs in twice", name)
			}
		}
		var out strings.Builder
		if err := d.Start(t.Context(), &out, demo.Place{Base: "http://127.0.0.1:8080"}); err != nil {
			t.Fatal(err)
		}
		if strings.Contains(out.String(), "/console") {
			t.Errorf("without a console: %s", &out)
		}
	})
}
