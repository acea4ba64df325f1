package fill

import (
	"context"
	"fmt"
	"time"

	"deputy/internal/id"
)

// event is one on its way: its targets are copied after all events are there.
type event struct {
	id  string
	at  time.Time
	org *org
	of  person
}

var operations = []string{"updateSubAccount", "disableSubAccounts", "enableSubAccounts", "updateSubAccount"}

// events puts on record what people did over the year, the orgs among one another as in life.
func (f *filler) events(ctx context.Context) error {
	made := make([]event, f.Events)
	step := 365 * 24 * time.Hour / time.Duration(max(f.Events, 1))
	columns := []string{
		"id", "org_id", "at", "actor_kind", "actor_id", "account_id", "actor_name", "operation", "outcome",
		"ip", "user_agent", "request_id",
	}
	err := f.copyIn(ctx, "audit_events", columns, func(put func(...any) error) error {
		for i := range made {
			o := f.orgs[i%len(f.orgs)]
			e := event{
				f.next(id.AuditEvent), First.Add(time.Duration(i) * step).Truncate(time.Microsecond), o,
				o.people[f.random.IntN(len(o.people))],
			}
			made[i] = e
			kind, actor, account, name := "OWNER", o.Owner, o.Owner, "主帐号"
			if f.random.IntN(3) > 0 {
				p := o.people[f.random.IntN(len(o.people))]
				kind, actor, account, name = "SUB_ACCOUNT", p.id, p.account, p.name
			}
			err := put(e.id, o.ID, e.at, kind, actor, account, name, operations[(i/len(f.orgs))%len(operations)], "DONE",
				fmt.Sprintf("10.0.%d.%d", i%200, i%251), "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7)",
				fmt.Sprintf("%016x", f.random.Uint64()))
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	columns = []string{"org_id", "at", "target_id", "type", "label", "account_id", "outcome", "changes", "event_id"}
	return f.copyIn(ctx, "audit_targets", columns, func(put func(...any) error) error {
		for i, e := range made {
			changes := []string{
				`[{"f":"name","b":"` + f.name() + `","a":"` + e.of.name + `"},{"f":"roles","b":"运营 1 组","a":"运营 1 组, 商务 2 组"}]`,
				`[{"f":"status","b":"ENABLED","a":"DISABLED"}]`,
				`[{"f":"status","b":"DISABLED","a":"ENABLED"}]`,
				`[{"f":"email","a":"w***@org.example"}]`,
			}[(i/len(f.orgs))%len(operations)]
			if err := put(e.org.ID, e.at, e.of.id, "SubAccount", e.of.name, e.of.account, "DONE", changes, e.id); err != nil {
				return err
			}
			if i%4 == 0 {
				other := e.org.people[f.random.IntN(len(e.org.people))]
				if err := put(e.org.ID, e.at, other.id, "SubAccount", other.name, other.account, "DONE", changes,
					e.id); err != nil {
					return err
				}
			}
		}
		return nil
	})
}
