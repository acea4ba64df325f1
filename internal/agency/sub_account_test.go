package agency_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"deputy/ent"
	"deputy/ent/account"
	"deputy/ent/subaccount"
	"deputy/internal/agency"
	"deputy/internal/audit"
	"deputy/internal/fault"
	"deputy/internal/id"
	"deputy/internal/store"
	"deputy/internal/viewer"
)

// speak returns what a refusal tells people in Chinese.
func speak(err error) string {
	refusals, _ := fault.Refused(err)
	var all []string
	for _, r := range refusals {
		all = append(all, r.Text(fault.Zh))
	}
	return strings.Join(all, "\n")
}

func (w *world) updateSubAccount(
	v *viewer.Viewer, orgID, subID string, in agency.SubAccountChange,
) (after *ent.SubAccount, err error) {
	err = w.do(v, orgID, "updateSubAccount", func(ctx context.Context, tx *store.Tx, act audit.Entry) (err error) {
		after, err = w.a.UpdateSubAccount(ctx, tx, act, subID, in)
		return err
	})
	return after, err
}

func (w *world) release(v *viewer.Viewer, orgID string) error {
	return w.do(v, "", "releaseSeat", func(ctx context.Context, tx *store.Tx, act audit.Entry) error {
		_, err := w.a.ReleaseSeat(ctx, tx, act, orgID)
		return err
	})
}

func TestCreateSubAccount(t *testing.T) {
	each(t, func(w *world) {
		owner, opened := w.open("甲")
		made, err := w.bind(owner, opened.ID, " 小 王 ", "+8613900001234", w.role(opened.ID, "客服").ID,
			w.role(opened.ID, "运营").ID)
		w.ok(err)
		same(w, "name", made.Name, "小 王")
		same(w, "status", made.Status, subaccount.StatusENABLED)
		same(w, "slot", made.Slot, 1)
		reached, err := w.s.Client.Account.Get(w.Context(), made.AccountID)
		w.ok(err)
		same(w, "side", reached.Side, account.SideSEATED)
		w.onRecord(opened.ID, "OWNER 老板 createSubAccount DONE",
			`SubAccount "小 王" account; name -→小 王; phone -→+86 139****1234; status -→ENABLED; roles -→运营, 客服`)

		byMail, err := w.bind(owner, opened.ID, "小李", "xiaoli@example.com", w.role(opened.ID, "客服").ID)
		w.ok(err)
		same(w, "e-mail", *byMail.Email, "xiaoli@example.com")
		w.onRecord(opened.ID, "OWNER 老板 createSubAccount DONE",
			`SubAccount "小李" account; name -→小李; email -→x***@example.com; status -→ENABLED; roles -→客服`)
	})
}

func TestCreateSubAccountRefuses(t *testing.T) {
	each(t, func(w *world) {
		owner, opened := w.open("甲")
		second, other := w.open("乙")
		role, foreign := w.role(opened.ID, "客服").ID, w.role(other.ID, "客服").ID
		bound := w.seat(owner, opened.ID, "小王", role)
		_, err := w.bind(owner, opened.ID, "小李", "bound@example.com", role)
		w.ok(err)
		ownerAccount, err := w.s.Client.Account.Get(w.Context(), second.AccountID)
		w.ok(err)
		unknown := id.New(id.Role)
		for _, c := range []struct {
			name, destination string
			roles             []string
			want              string
			burns             bool
		}{
			{"", w.number(), []string{role}, "INVALID input.name", false},
			{"新", w.number(), nil, "ROLE_REQUIRED input.roleIds", false},
			{"", w.number(), nil, "INVALID input.name | ROLE_REQUIRED input.roleIds", false},
			{"新", w.number(), manyIDs(id.Role, 11), "TOO_MANY input.roleIds", false},
			{
				"新", w.number(),
				[]string{role, role, foreign, unknown, "x\x00"},
				"NOT_FOUND input.roleIds.2 | NOT_FOUND input.roleIds.3 | NOT_FOUND input.roleIds.4", false,
			},
			{"新", *bound.Phone, []string{role}, "ALREADY_BOUND input", true},
			{"新", "bound@example.com", []string{role}, "ALREADY_BOUND input", true},
			{"新", *ownerAccount.Phone, []string{role}, "ACCOUNT_OWNS_ORG input", true},
		} {
			_, err := w.bind(owner, opened.ID, c.name, c.destination, c.roles...)
			w.refused(err, c.want)
			same(w, "burns the code of "+c.want, agency.BurnsCode(err), c.burns)
		}
		_, err = w.bind(owner, opened.ID, "新", *bound.Phone, role)
		same(w, "phone bound", speak(err), "该手机号已绑定至此机构")
		_, err = w.bind(owner, opened.ID, "新", "bound@example.com", role)
		same(w, "e-mail bound", speak(err), "该邮箱已绑定至此机构")
		same(w, "sub-accounts", w.s.Client.SubAccount.Query().CountX(w.Context()), 2)
	})
}

func manyIDs(kind id.Kind, n int) []string {
	ids := make([]string, n)
	for i := range ids {
		ids[i] = id.New(kind)
	}
	return ids
}

func TestCheckBindTellsOnlyOfTheOrg(t *testing.T) {
	each(t, func(w *world) {
		owner, opened := w.open("甲")
		second, other := w.open("乙")
		bound := w.seat(owner, opened.ID, "小王", w.role(opened.ID, "客服").ID)
		_, err := w.bind(owner, opened.ID, "小李", "bound@example.com", w.role(opened.ID, "客服").ID)
		w.ok(err)
		ownerAccount, err := w.s.Client.Account.Get(w.Context(), second.AccountID)
		w.ok(err)
		// The person behind bound has an e-mail address too, which the org does not know.
		w.ok(w.s.Client.Account.UpdateOneID(bound.AccountID).SetEmail("private@example.com").Exec(w.Context()))
		check := func(orgID, destination string) error {
			return w.a.CheckBind(w.Context(), w.s.Client, orgID, destination)
		}
		err = check(opened.ID, *bound.Phone)
		w.refused(err, "ALREADY_BOUND input.to.phone")
		same(w, "phone bound", speak(err), "该手机号已绑定至此机构")
		err = check(opened.ID, "bound@example.com")
		w.refused(err, "ALREADY_BOUND input.to.email")
		same(w, "e-mail bound", speak(err), "该邮箱已绑定至此机构")
		w.refused(check(other.ID, *bound.Phone), "")
		w.refused(check(opened.ID, *ownerAccount.Phone), "")
		w.refused(check(opened.ID, "private@example.com"), "")
		w.refused(check(opened.ID, w.number()), "")

		_, err = w.bind(owner, opened.ID, "新", "private@example.com", w.role(opened.ID, "客服").ID)
		w.refused(err, "ALREADY_BOUND input")
		same(w, "burns", agency.BurnsCode(err), true)
	})
}

func TestAnOrgHasAtMost1000SubAccounts(t *testing.T) {
	each(t, func(w *world) {
		owner, opened := w.open("甲")
		role := w.role(opened.ID, "客服").ID
		w.fill(opened.ID, role, agency.MaxSubAccounts-3)
		w.ok(w.a.CheckBind(w.Context(), w.s.Client, opened.ID, w.number()))
		last := w.seat(owner, opened.ID, "末", role)
		w.ends(atOnce(func(int) error {
			_, err := w.bind(owner, opened.ID, "新", w.number(), role)
			return err
		}), map[string]int{"": 2, "TOO_MANY input": crowd - 2})
		w.refused(w.a.CheckBind(w.Context(), w.s.Client, opened.ID, w.number()), "TOO_MANY input")
		_, err := w.bind(owner, opened.ID, "新", w.number(), role)
		w.refused(err, "TOO_MANY input")
		same(w, "burns", agency.BurnsCode(err), false)
		w.ok(w.release(w.asking(last.AccountID), opened.ID))
		w.seat(owner, opened.ID, "新", role)
	})
}

// fill gives the org n sub-accounts in a few statements.
func (w *world) fill(orgID, roleID string, n int) {
	w.Helper()
	w.ok(w.s.Write(w.Context(), func(ctx context.Context, tx *store.Tx) error {
		tx.Recorded()
		if !tx.LocksRows() {
			if _, err := tx.ExecContext(ctx, "PRAGMA defer_foreign_keys = ON"); err != nil {
				return err
			}
		}
		people := make([]*ent.AccountCreate, n)
		links := make([]*ent.SubAccountRoleCreate, n)
		seats := make([]*ent.SubAccountCreate, n)
		for i := range n {
			accountID, subID, phone := id.New(id.Account), id.New(id.SubAccount), w.number()
			people[i] = tx.Account.Create().SetID(accountID).SetPhone(phone).SetSide(account.SideSEATED).SetCreatedAt(w.now())
			links[i] = tx.SubAccountRole.Create().SetSubAccountID(subID).SetRoleID(roleID).SetOrgID(orgID)
			seats[i] = tx.SubAccount.Create().SetID(
				subID).SetOrgID(orgID).SetAccountID(accountID).SetSlot(1).SetName("某").SetPhone(phone).
				SetCreatedAt(w.now()).SetUpdatedAt(w.now())
		}
		return errors.Join(
			tx.Account.CreateBulk(people...).Exec(ctx), tx.SubAccountRole.CreateBulk(links...).Exec(ctx),
			tx.SubAccount.CreateBulk(seats...).Exec(ctx),
		)
	}))
}

func TestASeatTakesTheSmallestFreeSlotOfTwenty(t *testing.T) {
	each(t, func(w *world) {
		phone := w.number()
		var seats []*ent.SubAccount
		for range agency.MaxSeats {
			owner, opened := w.open("机构")
			made, err := w.bind(owner, opened.ID, "小王", phone, w.role(opened.ID, "客服").ID)
			w.ok(err)
			seats = append(seats, made)
		}
		same(w, "last slot", seats[19].Slot, 20)
		owner, opened := w.open("第21家")
		_, err := w.bind(owner, opened.ID, "小王", phone, w.role(opened.ID, "客服").ID)
		w.refused(err, "ORG_LIMIT_REACHED input")
		same(w, "burns", agency.BurnsCode(err), true)
		w.ok(w.release(w.asking(seats[6].AccountID), seats[6].OrgID))
		made, err := w.bind(owner, opened.ID, "小王", phone, w.role(opened.ID, "客服").ID)
		w.ok(err)
		same(w, "slot", made.Slot, 7)
	})
}

func TestUpdateSubAccount(t *testing.T) {
	each(t, func(w *world) {
		owner, opened := w.open("甲")
		second, other := w.open("乙")
		ops, desk, money := w.role(opened.ID, "运营").ID, w.role(opened.ID, "客服").ID, w.role(opened.ID, "财务").ID
		made := w.seat(owner, opened.ID, "小王", ops, desk)
		foreign := w.seat(second, other.ID, "别家", w.role(other.ID, "客服").ID)

		for _, c := range []struct {
			subID string
			in    agency.SubAccountChange
			want  string
		}{
			{made.ID, agency.SubAccountChange{Name: new("")}, "INVALID input.name"},
			{made.ID, agency.SubAccountChange{RoleIDs: &[]string{}}, "ROLE_REQUIRED input.roleIds"},
			{made.ID, agency.SubAccountChange{RoleIDs: new(manyIDs(id.Role, 11))}, "TOO_MANY input.roleIds"},
			{made.ID, agency.SubAccountChange{RoleIDs: &[]string{ops, w.role(other.ID, "客服").ID}}, "NOT_FOUND input.roleIds.1"},
			{foreign.ID, agency.SubAccountChange{Name: new("新")}, "NOT_FOUND input.id"},
			{id.New(id.SubAccount), agency.SubAccountChange{Name: new("新")}, "NOT_FOUND input.id"},
			{"\xff", agency.SubAccountChange{Name: new("新")}, "NOT_FOUND input.id"},
		} {
			_, err := w.updateSubAccount(owner, opened.ID, c.subID, c.in)
			w.refused(err, c.want)
		}

		events := w.events(opened.ID)
		w.pass(time.Second)
		after, err := w.updateSubAccount(owner, opened.ID, made.ID,
			agency.SubAccountChange{Name: new("小王"), RoleIDs: &[]string{desk, ops, desk}})
		w.ok(err)
		same(w, "events of no change", w.events(opened.ID), events)
		same(w, "unchanged since", after.UpdatedAt.Equal(made.UpdatedAt), true)

		after, err = w.updateSubAccount(owner, opened.ID, made.ID,
			agency.SubAccountChange{Name: new("大王"), RoleIDs: &[]string{money}})
		w.ok(err)
		same(w, "changed at", after.UpdatedAt.Equal(w.now()), true)
		w.onRecord(opened.ID, "OWNER 老板 updateSubAccount DONE", `SubAccount "大王" account; name 小王→大王; roles 运营, 客服→财务`)
		_, err = w.updateSubAccount(owner, opened.ID, made.ID, agency.SubAccountChange{RoleIDs: &[]string{ops, money}})
		w.ok(err)
		w.onRecord(opened.ID, "OWNER 老板 updateSubAccount DONE", `SubAccount "大王" account; roles 财务→运营, 财务`)
	})
}

func TestReleaseSeat(t *testing.T) {
	each(t, func(w *world) {
		owner, opened := w.open("甲")
		_, other := w.open("乙")
		made := w.seat(owner, opened.ID, "小王", w.role(opened.ID, "客服").ID)
		w.ok(w.setStatus(owner, opened.ID, "DISABLED", made.ID))
		person := w.asking(made.AccountID)
		for _, orgID := range []string{other.ID, id.New(id.Org), "", "x\x00"} {
			w.refused(w.release(person, orgID), "NOT_FOUND input.orgId")
		}
		w.refused(w.release(owner, opened.ID), "NOT_FOUND input.orgId")
		w.ok(w.release(person, opened.ID))
		w.onRecord(opened.ID, "SUB_ACCOUNT 小王 releaseSeat DONE",
			`SubAccount "小王" account; name 小王→-; phone +86 138****`+(*made.Phone)[10:]+`→-; status DISABLED→-; roles 客服→-`)
		w.refused(w.release(person, opened.ID), "NOT_FOUND input.orgId")
		_, err := w.bind(owner, opened.ID, "小王", *made.Phone, w.role(opened.ID, "客服").ID)
		w.ok(err)
	})
}
