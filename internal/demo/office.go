package demo

import (
	"context"
	"fmt"
	"slices"
	"time"

	"deputy/ent"
	"deputy/ent/task"
	"deputy/ent/taskassignment"
	"deputy/internal/audit"
	"deputy/internal/backoffice"
	"deputy/internal/day"
	"deputy/internal/form"
	"deputy/internal/store"
)

// How much of each the demo agency has.
const (
	creators = 40
	orders   = 5_000
)

// campaigns are the demo's tasks, the newest last.
var campaigns = []string{
	"春节年货节直播", "三八女神节种草", "春季新品试用", "五一出游好物", "520 礼盒专场", "六一亲子专场", "618 大促直播", "夏日防晒测评", "开学季文具", "中秋礼盒推广",
	"国庆返场", "秋冬护肤专场", "双十一预热短视频", "双十一直播", "双十二返场",
}

// furnish gives the act's org creators, whom managers look after, tasks and orders.
func (d *Demo) furnish(ctx context.Context, tx *store.Tx, act audit.Act, managers []string) error {
	m := newMaker(d.Now())
	signed, err := d.sign(ctx, tx, act, m, creators, managers)
	if err != nil {
		return err
	}
	if err := d.campaign(ctx, tx, act, m, signed); err != nil {
		return err
	}
	return d.sell(ctx, tx, act, m.orders(orders, platformIDs(signed)))
}

func platformIDs(signed []*ent.Creator) []string {
	ids := make([]string, len(signed))
	for i, c := range signed {
		ids[i] = c.PlatformID
	}
	return ids
}

// sign takes creators under contract; a few contracts have ended, and a few creators have no manager.
func (d *Demo) sign(ctx context.Context, tx *store.Tx, act audit.Act, m *maker, count int, managers []string) ([]*ent.Creator, error) {
	taken := map[string]bool{}
	signed := make([]*ent.Creator, count)
	for i := range signed {
		from := day.Of(m.now.AddDate(0, 0, -100-m.IntN(400)), m.zone)
		to := from + 365*day.Day(1+m.Int32N(3))
		in := backoffice.NewCreator{
			Name: m.creatorName(taken), PlatformID: fmt.Sprintf("dy_%d", 10_001+i), Category: pick(m, categories), Followers: m.followers(),
			ContractFrom: &from, ContractTo: &to, ShareBps: 500 * (2 + m.IntN(7)),
		}
		if len(managers) > 0 && i%10 != 9 {
			in.ManagerID = &managers[i%len(managers)]
		}
		made, err := d.Office.CreateCreator(ctx, tx, d.doing(act, "createCreator"), in)
		if err != nil {
			return nil, fmt.Errorf("sign creator: %w", err)
		}
		signed[i] = made
	}
	var ended []string
	for i := 12; i < count; i += 13 {
		ended = append(ended, signed[i].ID)
	}
	if len(ended) == 0 {
		return signed, nil
	}
	_, _, err := d.Office.EndCreators(ctx, tx, d.doing(act, "endCreators"), ended, form.AllOrNothing)
	return signed, err
}

// campaign makes the tasks: old ones are closed and judged, the newest are open, the last is a draft.
func (d *Demo) campaign(ctx context.Context, tx *store.Tx, act audit.Act, m *maker, signed []*ent.Creator) error {
	for i, title := range campaigns {
		var takes []string
		for range 2 + m.IntN(5) {
			if k := m.IntN(len(signed)); (k-12)%13 != 0 {
				takes = append(takes, signed[k].ID)
			}
		}
		deadline := m.now.AddDate(0, 0, 14*(i-len(campaigns)+3)).Truncate(time.Hour)
		made, err := d.Office.CreateTask(ctx, tx, d.doing(act, "createTask"), backoffice.NewTask{
			Title: title, Brief: "按脚本完成直播或短视频，提交链接后等待审核。", Reward: int64(500+m.IntN(40)*50) * 100, Deadline: &deadline, CreatorIDs: takes,
		})
		if err != nil {
			return fmt.Errorf("make task: %w", err)
		}
		if i == len(campaigns)-1 {
			continue
		}
		statuses := []task.Status{task.StatusOPEN}
		if i < len(campaigns)-5 {
			statuses = append(statuses, task.StatusCLOSED)
		}
		for _, status := range statuses {
			if _, err := d.Office.UpdateTask(ctx, tx, d.doing(act, "openTask"), made.ID, backoffice.TaskChange{Status: &status}); err != nil {
				return fmt.Errorf("open task: %w", err)
			}
		}
		if err := d.judge(ctx, tx, act, m, made, len(statuses) > 1); err != nil {
			return err
		}
	}
	return nil
}

// judge says how far each creator is with a task.
func (d *Demo) judge(ctx context.Context, tx *store.Tx, act audit.Act, m *maker, of *ent.Task, closed bool) error {
	taking, err := tx.TaskAssignment.Query().Where(taskassignment.TaskID(of.ID)).Order(taskassignment.ByID()).All(ctx)
	if err != nil {
		return fmt.Errorf("read assignments: %w", err)
	}
	far := []taskassignment.Status{taskassignment.StatusASSIGNED, taskassignment.StatusACCEPTED, taskassignment.StatusSUBMITTED}
	if closed {
		far = []taskassignment.Status{taskassignment.StatusAPPROVED, taskassignment.StatusAPPROVED, taskassignment.StatusREJECTED}
	}
	for _, a := range taking {
		if _, err := d.Office.SetAssignmentStatus(ctx, tx, d.doing(act, "setAssignmentStatus"), a.ID, pick(m, far)); err != nil {
			return fmt.Errorf("judge: %w", err)
		}
	}
	return nil
}

// sell brings orders in.
func (d *Demo) sell(ctx context.Context, tx *store.Tx, act audit.Act, rows []backoffice.OrderRow) error {
	for part := range slices.Chunk(rows, backoffice.MaxImport) {
		if _, _, err := d.Office.ImportOrders(ctx, tx, d.doing(act, "importOrders"), part, form.AllOrNothing); err != nil {
			return fmt.Errorf("import orders: %w", err)
		}
	}
	return nil
}

func (d *Demo) doing(act audit.Act, operation string) audit.Act {
	act.Operation, act.At = operation, d.Now()
	return act
}
