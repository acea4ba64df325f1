package backoffice

import (
	"slices"
	"strconv"
	"time"

	"deputy/ent"
	"deputy/ent/taskassignment"
	"deputy/internal/audit"
	"deputy/internal/civil"
)

// The functions named …Values return the fields of an object under the names of the schema; nil for no object. They
// refer to other objects by id: names change, and are not unique.

func creatorValues(c *ent.Creator) []audit.Value {
	if c == nil {
		return nil
	}
	return []audit.Value{
		audit.Text("name", c.Name),
		audit.Text("platformId", c.PlatformID),
		audit.Text("category", c.Category),
		audit.Number("followers", c.Followers),
		audit.Text("status", c.Status),
		audit.Maybe("contractFrom", date(c.ContractFrom)),
		audit.Maybe("contractTo", date(c.ContractTo)),
		audit.Number("shareBps", c.ShareBps),
		audit.Maybe("manager", c.ManagerID),
	}
}

func creatorChanges(before, after *ent.Creator) []audit.Change {
	return audit.Changed(creatorValues(before), creatorValues(after))
}

func taskValues(t *ent.Task) []audit.Value {
	if t == nil {
		return nil
	}
	return []audit.Value{
		audit.Text("title", t.Title),
		audit.Text("brief", t.Brief),
		audit.Number("reward", t.Reward),
		audit.Text("status", t.Status),
		audit.Maybe("deadline", moment(t.Deadline)),
	}
}

func taskChanges(before, after *ent.Task) []audit.Change {
	return audit.Changed(taskValues(before), taskValues(after))
}

func orderValues(o *ent.Order) []audit.Value {
	if o == nil {
		return nil
	}
	return []audit.Value{
		audit.Text("creator", o.CreatorID),
		audit.Text("productName", o.ProductName),
		audit.Number("amount", o.Amount),
		audit.Number("commission", o.Commission),
		audit.Text("status", o.Status),
		audit.Maybe("paidAt", moment(&o.PaidAt)),
		audit.Maybe("settledAt", moment(o.SettledAt)),
		audit.Maybe("parentNumber", o.ParentNumber),
		audit.Number("refundAmount", o.RefundAmount),
		audit.Maybe("refundedAt", moment(o.RefundedAt)),
		audit.Flag("commissionAfterRefunds", o.CommissionAfterRefunds),
		audit.Number("netCommission", o.NetCommission),
		audit.Maybe("shareBps", digits(o.ShareBps)),
		audit.Maybe("givenShare", digits(o.GivenShare)),
		audit.Maybe("givenNet", digits(o.GivenNet)),
		audit.Number("orgShare", o.OrgShare),
		audit.Number("creatorShare", o.CreatorShare),
	}
}

func digits[N int | int64](n *N) *string {
	if n == nil {
		return nil
	}
	return new(strconv.FormatInt(int64(*n), 10))
}

func orderChanges(before, after *ent.Order) []audit.Change {
	return audit.Changed(orderValues(before), orderValues(after))
}

// voidedChanges returns all values of a voided order, and the reason.
func voidedChanges(o *ent.Order, reason string) []audit.Change {
	was := slices.Concat(
		[]audit.Value{audit.Text("number", o.Number)}, orderValues(o),
		[]audit.Value{
			audit.Maybe("createdAt", moment(&o.CreatedAt)), audit.Maybe("updatedAt", moment(&o.UpdatedAt)),
			audit.Maybe("madeBy", o.MadeBy), audit.Maybe("settledBy", o.SettledBy),
		},
	)
	return append(audit.Changed(was, nil), audit.Set(audit.Text("reason", reason))...)
}

func date(d *civil.Day) *string {
	if d == nil {
		return nil
	}
	return new(d.String())
}

func moment(t *time.Time) *string {
	if t == nil {
		return nil
	}
	return new(t.UTC().Format(time.RFC3339Nano))
}

func creatorTarget(c *ent.Creator, changes []audit.Change) audit.Target {
	return audit.Target{ID: c.ID, Type: "Creator", Label: c.Name, Changes: changes}
}

func taskTarget(t *ent.Task, changes []audit.Change) audit.Target {
	return audit.Target{ID: t.ID, Type: "Task", Label: t.Title, Changes: changes}
}

// assignmentTarget returns an assignment as a target, with its creator's name as label.
func assignmentTarget(a *ent.TaskAssignment, creatorName string, changes []audit.Change) audit.Target {
	return audit.Target{ID: a.ID, Type: "TaskAssignment", Label: creatorName, Changes: changes}
}

func orderTarget(o *ent.Order, changes []audit.Change) audit.Target {
	return audit.Target{ID: o.ID, Type: "Order", Label: o.Number, Changes: changes}
}

func assignmentValues(status taskassignment.Status) []audit.Value {
	return []audit.Value{audit.Text("status", status)}
}
