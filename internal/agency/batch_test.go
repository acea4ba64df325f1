package agency_test

import (
	"context"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"deputy/ent"
	"deputy/ent/subaccount"
	"deputy/internal/audit"
	"deputy/internal/fault"
	"deputy/internal/form"
	"deputy/internal/id"
	"deputy/internal/store"
	"deputy/internal/viewer"
)

// batched is how a batch ended.
type batched struct {
	done     []string
	refusals fault.Refusals
	err      error
}

func (w *world) status(
	v *viewer.Viewer, orgID string, to subaccount.Status, policy form.Policy, ids ...string,
) (b batched) {
	b.err = w.do(v, orgID, "setStatus", func(ctx context.Context, tx *store.Tx, act audit.Entry) error {
		rows, refusals, err := w.a.SetStatus(ctx, tx, act, ids, to, policy)
		b.done, b.refusals = names(rows), refusals
		return err
	})
	return b
}

func (w *world) delete(v *viewer.Viewer, orgID string, heir *string, policy form.Policy, ids ...string) (b batched) {
	b.err = w.do(v, orgID, "deleteSubAccounts", func(ctx context.Context, tx *store.Tx, act audit.Entry) (err error) {
		deleted, refusals, err := w.a.DeleteSubAccounts(ctx, tx, act, ids, heir, policy)
		b.done, b.refusals = deleted.IDs, refusals
		return err
	})
	return b
}

func (w *world) setStatus(v *viewer.Viewer, orgID string, to subaccount.Status, ids ...string) error {
	return w.status(v, orgID, to, form.AllOrNothing, ids...).err
}

func names(rows []*ent.SubAccount) (all []string) {
	for _, s := range rows {
		all = append(all, s.Name+" "+string(s.Status))
	}
	return all
}

func (w *world) ended(b batched, done, refusals, err string) {
	w.Helper()
	same(w, "done", strings.Join(b.done, ", "), done)
	same(w, "refusals", list(b.refusals), refusals)
	same(w, "error", said(b.err), err)
}

// staff opens an org with three sub-accounts, of which the last is disabled.
func (w *world) staff() (owner *viewer.Viewer, orgID string, ids []string) {
	w.Helper()
	owner, opened := w.open("甲")
	for _, name := range []string{"一", "二", "三"} {
		ids = append(ids, w.seat(owner, opened.ID, name, w.role(opened.ID, "客服").ID).ID)
	}
	w.ok(w.setStatus(owner, opened.ID, "DISABLED", ids[2]))
	return owner, opened.ID, ids
}

func TestSetStatus(t *testing.T) {
	each(t, func(w *world) {
		owner, orgID, ids := w.staff()
		other, otherOrg, foreign := w.staff()
		unknown := id.New(id.SubAccount)
		w.onRecord(orgID, "OWNER 老板 setStatus DONE", `SubAccount "三" account; status ENABLED→DISABLED`)

		w.ended(w.status(owner, orgID, "DISABLED", form.PerItem), "", "", "INVALID input.ids")
		w.ended(w.status(owner, orgID, "DISABLED", form.PerItem, manyIDs(id.SubAccount, 101)...), "", "",
			"TOO_MANY input.ids")

		// Nothing changes, so nothing is on record.
		events := w.events(orgID)
		w.ended(w.status(owner, orgID, "ENABLED", form.PerItem, ids[1], ids[0], ids[1]), "二 ENABLED, 一 ENABLED", "", "")
		w.ended(w.status(owner, orgID, "DISABLED", form.AllOrNothing, ids[0], foreign[0]), "",
			"NOT_FOUND input.ids.1", "NOT_FOUND input.ids.1")
		all := "NOT_FOUND input.ids.0 | NOT_FOUND input.ids.1 | NOT_FOUND input.ids.2"
		w.ended(w.status(owner, orgID, "DISABLED", form.PerItem, foreign[0], unknown, "x\x00"), "", all, all)
		same(w, "events", w.events(orgID), events)

		// Duplicates count once, the order is that of the ids, the untouched one has no target.
		w.pass(time.Second)
		w.ended(w.status(owner, orgID, "DISABLED", form.PerItem, ids[2], ids[1], unknown, ids[1], unknown, foreign[0], ids[0],
			"x\x00"),
			"三 DISABLED, 二 DISABLED, 一 DISABLED", "NOT_FOUND input.ids.2 | NOT_FOUND input.ids.5 | NOT_FOUND input.ids.7", "")
		w.onRecord(orgID, "OWNER 老板 setStatus DONE",
			`SubAccount "二" account; status ENABLED→DISABLED`, `SubAccount "一" account; status ENABLED→DISABLED`,
			`SubAccount "" NOT_FOUND`, `SubAccount "" NOT_FOUND`, `SubAccount "x" NOT_FOUND`)
		touched := w.s.Client.SubAccount.Query().Where(subaccount.OrgID(orgID),
			subaccount.UpdatedAt(w.now())).CountX(w.Context())
		same(w, "touched", touched, 2)
		same(w, "status of the other org's", w.s.Client.SubAccount.GetX(w.Context(), foreign[0]).Status,
			subaccount.StatusENABLED)
		w.ok(w.setStatus(other, otherOrg, "DISABLED", foreign[0]))
	})
}

func TestDeleteSubAccounts(t *testing.T) {
	each(t, func(w *world) {
		owner, orgID, ids := w.staff()
		_, _, foreign := w.staff()
		unknown := id.New(id.SubAccount)
		for _, c := range []struct {
			heir string
			want string
		}{
			{ids[0], "INVALID input.handOverTo"},
			{ids[2], "INVALID input.handOverTo"}, // disabled
			{foreign[0], "NOT_FOUND input.handOverTo"},
			{unknown, "NOT_FOUND input.handOverTo"},
			{"", "NOT_FOUND input.handOverTo"},
		} {
			b := w.delete(owner, orgID, &c.heir, form.PerItem, ids[0])
			w.ended(b, "", "", c.want)
			w.refused(b.err, c.want)
		}
		w.ended(w.delete(owner, orgID, nil, form.AllOrNothing, ids[0], unknown), "", "NOT_FOUND input.ids.1",
			"NOT_FOUND input.ids.1")
		same(w, "all are there", w.s.Client.SubAccount.Query().Where(subaccount.OrgID(orgID)).CountX(w.Context()), 3)

		phones := map[string]string{}
		for _, s := range w.s.Client.SubAccount.Query().Where(subaccount.OrgID(orgID)).AllX(w.Context()) {
			phones[s.ID] = "+86 138****" + (*s.Phone)[10:]
		}
		w.ended(w.delete(owner, orgID, &ids[1], form.PerItem, ids[2], foreign[1], ids[0], ids[2]),
			ids[2]+", "+ids[0], "NOT_FOUND input.ids.1", "")
		w.onRecord(orgID, "OWNER 老板 deleteSubAccounts DONE",
			`SubAccount "三" account; name 三→-; phone `+phones[ids[2]]+`→-; status DISABLED→-; roles 客服→-`,
			`SubAccount "一" account; name 一→-; phone `+phones[ids[0]]+`→-; status ENABLED→-; roles 客服→-`,
			`SubAccount "" NOT_FOUND`)
		same(w, "left", w.s.Client.SubAccount.Query().Where(subaccount.OrgID(orgID)).OnlyIDX(w.Context()), ids[1])
		same(w, "links left", w.s.Client.SubAccountRole.Query().CountX(w.Context()), 4)
	})
}

// TestStatementsOfABatch counts what reaches the database for 2 and for 100 sub-accounts.
func TestStatementsOfABatch(t *testing.T) {
	each(t, func(w *world) {
		owner, opened := w.open("甲")
		role := w.role(opened.ID, "客服").ID
		w.fill(opened.ID, role, 102)
		ids := w.s.Client.SubAccount.Query().IDsX(w.Context())
		run := func(ids []string, f func(context.Context, *store.Tx, audit.Entry, []string) error) (statements int64) {
			var n atomic.Int64
			w.ok(w.do(owner, opened.ID, "batch", func(ctx context.Context, tx *store.Tx, act audit.Entry) error {
				return f(store.Watch(ctx, func(string) { n.Add(1) }), tx, act, ids)
			}))
			return n.Load()
		}
		disable := func(ctx context.Context, tx *store.Tx, act audit.Entry, ids []string) error {
			_, _, err := w.a.SetStatus(ctx, tx, act, ids, "DISABLED", form.PerItem)
			return err
		}
		remove := func(ctx context.Context, tx *store.Tx, act audit.Entry, ids []string) error {
			_, _, err := w.a.DeleteSubAccounts(ctx, tx, act, ids, nil, form.PerItem)
			return err
		}
		// What recording in turn takes is the last event, and before it a lock where rows are locked, as before managers are
		// deleted.
		turn, managers := int64(1), int64(0)
		if w.s.LocksRows() {
			turn, managers = 2, 1
		}
		same(w, "statements to disable 2", run(ids[:2], disable), 4+turn)
		same(w, "statements to disable 100", run(ids[2:], disable), 4+turn)
		few, many := run(ids[:2], remove), run(ids[2:], remove)
		same(w, "statements to delete 2", few, 6+turn+managers)
		same(w, "statements to delete 100", many, 6+turn+managers)
	})
}
