package backoffice

import (
	"slices"
	"strconv"
	"time"

	"deputy/ent"
	"deputy/internal/audit"
	"deputy/internal/day"
)

// The functions named …Changes compare two states field by field, under the names of the schema; nil is none.

func creatorChanges(before, after *ent.Creator) []audit.Change {
	b, a := orZero(before), orZero(after)
	return slices.Concat(
		audit.Changed("name", b.Name, a.Name),
		audit.Changed("platformId", b.PlatformID, a.PlatformID),
		audit.Changed("category", b.Category, a.Category),
		audit.Changed("followers", count(b.Followers), count(a.Followers)),
		audit.Changed("status", string(b.Status), string(a.Status)),
		audit.Changed("contractFrom", date(b.ContractFrom), date(a.ContractFrom)),
		audit.Changed("contractTo", date(b.ContractTo), date(a.ContractTo)),
		audit.Changed("shareBps", count(int64(b.ShareBps)), count(int64(a.ShareBps))),
		audit.Changed("manager", managerName(&b), managerName(&a)),
	)
}

func taskChanges(before, after *ent.Task) []audit.Change {
	b, a := orZero(before), orZero(after)
	return slices.Concat(
		audit.Changed("title", b.Title, a.Title),
		audit.Changed("brief", b.Brief, a.Brief),
		audit.Changed("reward", count(b.Reward), count(a.Reward)),
		audit.Changed("status", string(b.Status), string(a.Status)),
		audit.Changed("deadline", moment(b.Deadline), moment(a.Deadline)),
	)
}

// orderChanges names the creator by its id: the name may change, and whoever reads the trail may not see it.
func orderChanges(before, after *ent.Order) []audit.Change {
	b, a := orZero(before), orZero(after)
	return slices.Concat(
		audit.Changed("creator", b.CreatorID, a.CreatorID),
		audit.Changed("productName", b.ProductName, a.ProductName),
		audit.Changed("amount", count(b.Amount), count(a.Amount)),
		audit.Changed("commission", count(b.Commission), count(a.Commission)),
		audit.Changed("status", string(b.Status), string(a.Status)),
		audit.Changed("paidAt", moment(&b.PaidAt), moment(&a.PaidAt)),
		audit.Changed("settledAt", moment(b.SettledAt), moment(a.SettledAt)),
	)
}

// voidedChanges keeps all that an order was, zero as well, and why it is no more.
func voidedChanges(o *ent.Order, reason string) (changes []audit.Change) {
	was := func(field, value string) {
		if value != "" {
			changes = append(changes, audit.Change{Field: field, Before: &value})
		}
	}
	was("number", o.Number)
	was("creator", o.CreatorID)
	was("productName", o.ProductName)
	was("amount", strconv.FormatInt(o.Amount, 10))
	was("commission", strconv.FormatInt(o.Commission, 10))
	was("status", string(o.Status))
	was("paidAt", moment(&o.PaidAt))
	was("settledAt", moment(o.SettledAt))
	was("createdAt", moment(&o.CreatedAt))
	was("updatedAt", moment(&o.UpdatedAt))
	return append(changes, audit.Changed("reason", "", reason)...)
}

func orZero[T any](v *T) T {
	if v == nil {
		var zero T
		return zero
	}
	return *v
}

// count writes a number; nothing for zero, which is what a field has before anybody fills it in.
func count(n int64) string {
	if n == 0 {
		return ""
	}
	return strconv.FormatInt(n, 10)
}

func date(d *day.Day) string {
	if d == nil {
		return ""
	}
	return d.String()
}

func moment(t *time.Time) string {
	if t == nil {
		return ""
	}
	return t.UTC().Format(time.RFC3339Nano)
}

// managerName names the manager, whose row is loaded.
func managerName(c *ent.Creator) string {
	if c.Edges.Manager == nil {
		return ""
	}
	return c.Edges.Manager.Name
}

func creatorTarget(c *ent.Creator, changes []audit.Change) audit.Target {
	return audit.Target{ID: c.ID, Type: "Creator", Label: c.Name, Changes: changes}
}

func taskTarget(t *ent.Task, changes []audit.Change) audit.Target {
	return audit.Target{ID: t.ID, Type: "Task", Label: t.Title, Changes: changes}
}

// assignmentTarget is an assignment, called like its creator.
func assignmentTarget(a *ent.TaskAssignment, creatorName string, changes []audit.Change) audit.Target {
	return audit.Target{ID: a.ID, Type: "TaskAssignment", Label: creatorName, Changes: changes}
}

func orderTarget(o *ent.Order, changes []audit.Change) audit.Target {
	return audit.Target{ID: o.ID, Type: "Order", Label: o.Number, Changes: changes}
}
