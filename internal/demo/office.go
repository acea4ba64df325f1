package demo

import (
	"context"
	"fmt"
	"slices"
	"time"

	"deputy/ent"
	"deputy/ent/order"
	"deputy/ent/task"
	"deputy/ent/taskassignment"
	"deputy/internal/audit"
	"deputy/internal/backoffice"
	"deputy/internal/civil"
	"deputy/internal/form"
	"deputy/internal/store"
)

// The amount of data of the demo agency.
const (
	creators = 40
	orders   = 5_000
	// orderDays is the number of days of orders: more than a year, so that they always include a 双十一 and a 618.
	orderDays = 400
	// openedDays is how many days ago the agency was created.
	openedDays = orderDays + 20
)

// step is an operation at a time.
type step struct {
	at time.Time
	do func(ctx context.Context, tx *store.Tx, then *Demo, act audit.Entry) error
}

// take runs the steps in the order of their times, each with the clock at its time.
func (d *Demo) take(ctx context.Context, tx *store.Tx, act audit.Entry, steps []step) error {
	slices.SortStableFunc(steps, func(a, b step) int { return a.at.Compare(b.at) })
	for _, one := range steps {
		then := d.withClock(one.at)
		act.At = then.Now()
		if err := one.do(ctx, tx, then, act); err != nil {
			return err
		}
	}
	return nil
}

// withClock returns the demo with the clock at a time, at most the present.
func (d *Demo) withClock(moment time.Time) *Demo {
	moment = moment.UTC().Truncate(time.Microsecond)
	if now := d.Now(); moment.After(now) {
		moment = now
	}
	then, agency, office := *d, *d.Agency, *d.Office
	then.Now = func() time.Time { return moment }
	agency.Now, office.Now = then.Now, then.Now
	then.Agency, then.Office = &agency, &office
	return &then
}

// signed is a creator of the demo.
type signed struct {
	*ent.Creator
	seller
}

// sellers returns creators as orders need them.
func sellers(all []*signed) []seller {
	some := make([]seller, len(all))
	for i, one := range all {
		some[i] = one.seller
	}
	return some
}

// contracts plans when creators sign, who manages them, and when a few contracts end. A few have no manager. The first
// half signs in the first weeks, and the others as the agency grows.
func (m *maker) contracts(count int, managers []string) (all []*signed, steps []step) {
	taken := map[string]bool{}
	opened := m.days[0].AddDate(0, 0, -8)
	for i := range count {
		of := &lines[trades[i%len(trades)]]
		one := &signed{seller: seller{platformID: fmt.Sprintf("dy_%d", 10_001+i), line: of}}
		one.from = opened.Add(time.Duration(10+m.IntN(9)) * time.Hour).Add(time.Duration(m.IntN(3600)) * time.Second)
		switch half := count / 2; {
		case i >= half:
			one.from = one.from.AddDate(0, 0, 10+(i-half)*(len(m.days)-30)/(count-half))
		case i > 0:
			one.from = one.from.AddDate(0, 0, m.IntN(8))
		}
		from := civil.Of(one.from, m.zone)
		to := from + 365*civil.Day(2+m.Int32N(2))
		in := backoffice.NewCreator{
			Name: m.creatorName(of, taken), PlatformID: one.platformID, Category: of.category, Followers: m.followers(),
			ContractFrom: &from, ContractTo: &to, ShareBps: 500 * (2 + m.IntN(7)),
		}
		if len(managers) > 0 && i%10 != 9 {
			in.ManagerID = &managers[i%len(managers)]
		}
		all = append(all, one)
		steps = append(steps, step{one.from, func(ctx context.Context, tx *store.Tx, then *Demo,
			act audit.Entry,
		) (err error) {
			act.Operation = "createCreator"
			if one.Creator, err = then.Office.CreateCreator(ctx, tx, act, in); err != nil {
				return fmt.Errorf("sign creator: %w", err)
			}
			return nil
		}})
	}
	for i := 12; i < count; i += 13 {
		one := all[i]
		last := max(30, int(m.now.Sub(one.from).Hours()/24)/3)
		one.to = m.now.AddDate(0, 0, -5-m.IntN(last))
		if one.to.Before(one.from) {
			one.to = one.from.Add(time.Hour)
		}
		steps = append(steps, step{one.to, func(ctx context.Context, tx *store.Tx, then *Demo, act audit.Entry) error {
			act.Operation = "endCreators"
			if _, _, err := then.Office.EndCreators(ctx, tx, act, []string{one.ID}, form.AllOrNothing); err != nil {
				return fmt.Errorf("end contract: %w", err)
			}
			return nil
		}})
	}
	return all, steps
}

// campaign is a yearly task: its title, its last day, and its creators.
type campaign struct {
	title      string
	month      time.Month
	day        int
	categories []string // all when empty
}

// campaigns are the campaigns of a year. That of 中秋 ends before the festival, which is between 8 September and 7
// October.
var campaigns = []campaign{
	{"年货节直播", time.January, 20, nil},
	{"情人节礼盒专场", time.February, 14, []string{"美妆", "服饰"}},
	{"三八女神节种草", time.March, 8, []string{"美妆", "服饰"}},
	{"春季新品试用", time.April, 10, []string{"美妆", "服饰", "运动"}},
	{"五一出游好物", time.May, 1, []string{"服饰", "运动", "数码", "美食"}},
	{"520 礼盒专场", time.May, 20, []string{"美妆", "美食"}},
	{"六一亲子专场", time.June, 1, []string{"母婴"}},
	{"618 大促直播", time.June, 18, nil},
	{"夏日防晒测评", time.July, 15, []string{"美妆"}},
	{"开学季好物", time.August, 28, []string{"母婴", "数码"}},
	{"中秋礼盒推广", time.September, 7, []string{"美食"}},
	{"国庆返场", time.October, 7, nil},
	{"双十一预热短视频", time.October, 31, nil},
	{"双十一直播", time.November, 11, nil},
	{"双十二返场", time.December, 12, nil},
}

const (
	// plannedDays is how many days before its end the last task is created.
	plannedDays = 60
	// draftDays is how many days before its end a task is still a draft, and judgedDays how many days after its end it is
	// reviewed.
	draftDays  = 25
	judgedDays = 14
)

// end returns the end of the latest campaign that is already planned.
func (c campaign) end(m *maker) time.Time {
	last := m.now.AddDate(0, 0, plannedDays)
	for year := last.In(m.zone).Year(); ; year-- {
		if end := time.Date(year, c.month, c.day, 23, 59, 0, 0, m.zone); !end.After(last) {
			return end
		}
	}
}

// tasks plans the campaigns: they are created some weeks before they end. Past ones are reviewed and closed, near ones
// are open, and the others are drafts.
func (m *maker) tasks(all []*signed) (steps []step) {
	for _, c := range campaigns {
		end := c.end(m)
		made := end.AddDate(0, 0, -28-m.IntN(10)).Add(-time.Duration(6+m.IntN(7)) * time.Hour)
		if made.After(m.now) {
			made = m.now.Add(-time.Duration(2+m.IntN(70)) * time.Hour)
		}
		in := backoffice.NewTask{
			Title: c.title, Brief: "按脚本完成直播或短视频，提交链接后等待审核。", Reward: int64(500+m.IntN(40)*50) * 100, Deadline: new(end.UTC()),
		}
		takes := m.takes(c, all, made)
		var of *ent.Task
		steps = append(steps, step{made, func(ctx context.Context, tx *store.Tx, then *Demo, act audit.Entry) (err error) {
			for _, one := range takes {
				in.CreatorIDs = append(in.CreatorIDs, one.ID)
			}
			act.Operation = "createTask"
			if of, err = then.Office.CreateTask(ctx, tx, act, in); err != nil {
				return fmt.Errorf("make task: %w", err)
			}
			return nil
		}})
		set := func(at time.Time, operation string, status task.Status) {
			steps = append(steps, step{at, func(ctx context.Context, tx *store.Tx, then *Demo, act audit.Entry) error {
				act.Operation = operation
				if _, err := then.Office.UpdateTask(ctx, tx, act, of.ID, backoffice.TaskChange{Status: &status}); err != nil {
					return fmt.Errorf("open or close task: %w", err)
				}
				return nil
			}})
		}
		if end.After(m.now.AddDate(0, 0, draftDays)) {
			continue
		}
		opened := made.Add(time.Duration(1+m.IntN(4)) * time.Hour)
		if opened.After(m.now) {
			opened = m.now
		}
		set(opened, "openTask", task.StatusOPEN)
		judged := m.atWork(end.AddDate(0, 0, 3+m.IntN(judgedDays-4)))
		steps = append(steps, m.judge(&of, len(takes), opened, end, judged)...)
		if closed := m.atWork(end.AddDate(0, 0, judgedDays)); closed.Before(m.now) {
			set(closed, "closeTask", task.StatusCLOSED)
		}
	}
	return steps
}

// atWork returns a time of the day within working hours.
func (m *maker) atWork(on time.Time) time.Time {
	year, month, day := on.In(m.zone).Date()
	return time.Date(year, month, day, 10+m.IntN(8), m.IntN(60), m.IntN(60), 0, m.zone)
}

// takes returns the participants of a campaign: creators of its categories whose contracts cover it.
func (m *maker) takes(c campaign, all []*signed, made time.Time) (some []*signed) {
	for _, i := range m.Perm(len(all)) {
		one := all[i]
		fits := len(c.categories) == 0 || slices.Contains(c.categories, one.line.category)
		if fits && one.from.Before(made) && one.to.IsZero() && len(some) < 2+len(c.title)%5 {
			some = append(some, one)
		}
	}
	return some
}

// judge plans the status of each assignment: accepted, submitted before the end, and reviewed after it.
func (m *maker) judge(of **ent.Task, count int, opened, end, judged time.Time) (steps []step) {
	within := func(from, to time.Time) time.Time {
		return from.Add(time.Duration(m.Float64() * float64(to.Sub(from))))
	}
	var taking []*ent.TaskAssignment
	for n := range count {
		accepted := within(opened, opened.Add(72*time.Hour))
		handedIn := within(accepted, end)
		far := taskassignment.StatusAPPROVED
		if m.IntN(6) == 0 {
			far = taskassignment.StatusREJECTED
		}
		at := judged
		switch {
		case accepted.After(m.now):
			continue
		case handedIn.After(m.now):
			at, far = accepted, taskassignment.StatusACCEPTED
		case judged.After(m.now):
			at, far = handedIn, taskassignment.StatusSUBMITTED
		}
		steps = append(steps, step{
			at.Add(time.Duration(n) * time.Minute),
			func(ctx context.Context, tx *store.Tx, then *Demo, act audit.Entry) (err error) {
				if taking == nil {
					taking, err = tx.TaskAssignment.Query().Where(
						taskassignment.TaskID((*of).ID)).Order(taskassignment.ByID()).All(ctx)
				}
				if err != nil {
					return fmt.Errorf("read assignments: %w", err)
				}
				act.Operation = "setAssignmentStatus"
				if _, err := then.Office.SetAssignmentStatus(ctx, tx, act, taking[n].ID, far); err != nil {
					return fmt.Errorf("judge: %w", err)
				}
				return nil
			},
		})
	}
	return steps
}

// importedDays is the number of days in one import.
const importedDays = 30

// reports plans the imports of orders: the orders of some days together, once the platform has settled them, and the
// latest ones as they are paid.
func (m *maker) reports(count int, from []seller) (steps []step) {
	type sale struct {
		row backoffice.OrderRow
		of  *line
	}
	parts := make([][]sale, (len(m.days)+importedDays-1)/importedDays)
	for n := range count {
		row, by := m.paid(n+1, from)
		i := int(row.PaidAt.Sub(m.days[0]).Hours()/24) / importedDays
		parts[i] = append(parts[i], sale{row, by.line})
	}
	for i, part := range parts {
		end := m.days[0].AddDate(0, 0, (i+1)*importedDays)
		at := end.AddDate(0, 0, settling+1).Add(10 * time.Hour)
		if at.After(m.now) {
			at = end.Add(10 * time.Hour)
		}
		if at.After(m.now) {
			at = m.now
		}
		rows := make([]backoffice.OrderRow, len(part))
		for k, one := range part {
			m.follow(&one.row, one.of, at)
			rows[k] = one.row
		}
		var twice string
		if i%4 == 2 && len(rows) > 0 { // one of them was already entered by hand, with another number
			again := rows[0]
			again.Number += "-1"
			twice, rows = again.Number, append(rows, again)
		}
		steps = append(steps, step{at, func(ctx context.Context, tx *store.Tx, then *Demo, act audit.Entry) error {
			return then.sell(ctx, tx, act, rows)
		}})
		if twice != "" {
			steps = append(steps, void(at.Add(5*time.Hour), twice))
		}
	}
	return steps
}

// void plans that a duplicate order is voided.
func void(at time.Time, number string) step {
	return step{at, func(ctx context.Context, tx *store.Tx, then *Demo, act audit.Entry) error {
		ids, err := tx.Order.Query().Where(order.OrgID(act.OrgID), order.Number(number)).IDs(ctx)
		if err != nil {
			return fmt.Errorf("find order: %w", err)
		}
		act.Operation = "voidOrders"
		if _, _, err := then.Office.VoidOrders(ctx, tx, act, ids, "重复录入", form.AllOrNothing); err != nil {
			return fmt.Errorf("void order: %w", err)
		}
		return nil
	}}
}

// sell imports orders.
func (d *Demo) sell(ctx context.Context, tx *store.Tx, act audit.Entry, rows []backoffice.OrderRow) error {
	for part := range slices.Chunk(rows, backoffice.MaxImport) {
		if _, _, err := d.Office.ImportOrders(ctx, tx, d.doing(act, "importOrders"), part, form.AllOrNothing); err != nil {
			return fmt.Errorf("import orders: %w", err)
		}
	}
	return nil
}

func (d *Demo) doing(act audit.Entry, operation string) audit.Entry {
	act.Operation, act.At = operation, d.Now()
	return act
}
