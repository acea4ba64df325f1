package agency_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"deputy/ent"
	"deputy/ent/account"
	"deputy/ent/role"
	"deputy/internal/access"
	"deputy/internal/agency"
	"deputy/internal/audit"
	"deputy/internal/store"
)

func TestCreateOrgMakesAnOwnerAndPresetRoles(t *testing.T) {
	each(t, func(w *world) {
		owner, opened := w.open(" 星河传媒 ")
		same(w, "name", opened.Name, "星河传媒")
		same(w, "time zone", opened.TimeZone, "Asia/Shanghai")
		same(w, "currency", opened.Currency, "CNY")
		side, err := w.s.Client.Account.Get(w.Context(), owner.AccountID)
		w.ok(err)
		same(w, "side", side.Side, account.SideOWNER)
		roles, err := w.s.Client.Role.Query().Where(role.OrgID(opened.ID)).Order(role.ByID()).All(w.Context())
		w.ok(err)
		var names []string
		for _, r := range roles {
			names = append(names, r.Name)
		}
		same(w, "presets", strings.Join(names, " "), "运营 商务 财务 客服")
		same(w, "财务 exports orders", roles[2].Grants.Scope(access.Orders, access.Export), access.All)
		same(w, "财务 edits orders", roles[2].Grants.Scope(access.Orders, access.Edit), access.None)
		w.onRecord(opened.ID,
			"OWNER 老板 createOrg DONE",
			`Org "星河传媒" account; name -→星河传媒; ownerName -→老板; timeZone -→Asia/Shanghai; currency -→CNY`,
			`Role "运营"; name -→运营; description -→管理达人和任务，查看数据; grants -→CREATORS: VIEW, EDIT (ALL); TASKS: VIEW, EDIT (ALL); DATA: VIEW (ALL)`,
			`Role "商务"; name -→商务; description -→管理任务，查看达人; grants -→CREATORS: VIEW (ALL); TASKS: VIEW, EDIT (ALL)`,
			`Role "财务"; name -→财务; description -→查看和导出订单，查看数据; grants -→DATA: VIEW (ALL); ORDERS: VIEW, EXPORT (ALL)`,
			`Role "客服"; name -→客服; description -→查看订单; grants -→ORDERS: VIEW (ALL)`,
		)
	})
}

func TestCreateOrgRefuses(t *testing.T) {
	each(t, func(w *world) {
		owner, first := w.open("甲")
		seated := w.seat(owner, first.ID, "小王", w.role(first.ID, "客服").ID)
		disabled := w.seat(owner, first.ID, "小李", w.role(first.ID, "客服").ID)
		w.ok(w.setStatus(owner, first.ID, "DISABLED", disabled.ID))
		for _, c := range []struct {
			name, org, ownerName string
			accountID            string
			want                 string
		}{
			{"an owner", "乙", "老板", owner.AccountID, "ACCOUNT_OWNS_ORG input"},
			{"a sub-account", "乙", "老板", seated.AccountID, "ACCOUNT_HAS_SEATS input"},
			{"a disabled sub-account", "乙", "老板", disabled.AccountID, "ACCOUNT_HAS_SEATS input"},
			{"no name", "  ", "老板", w.person().AccountID, "INVALID input.name"},
			{"a long name", strings.Repeat("长", 51), "老板", w.person().AccountID, "INVALID input.name"},
			{"a link", "加微信 t.cn/abc", "老板", w.person().AccountID, "INVALID input.name"},
			{"two bad names", "", strings.Repeat("长", 21), w.person().AccountID, "INVALID input.name | INVALID input.ownerName"},
		} {
			err := w.do(w.asking(c.accountID), "", "createOrg", func(ctx context.Context, tx *store.Tx, act audit.Entry) error {
				_, err := w.a.CreateOrg(ctx, tx, act, c.org, c.ownerName)
				return err
			})
			if said(err) != c.want {
				w.Errorf("%s: got %q, want %q", c.name, said(err), c.want)
			}
			w.refused(err, c.want)
		}
		w.a.SignupClosed = true
		_, err := w.createOrg(w.person(), "丙")
		w.refused(err, "FORBIDDEN")
	})
}

func TestAnAccountOpensAnOrgOnceItsLastSeatIsGone(t *testing.T) {
	each(t, func(w *world) {
		owner, first := w.open("甲")
		seated := w.seat(owner, first.ID, "小王", w.role(first.ID, "客服").ID)
		w.ok(w.release(w.asking(seated.AccountID), first.ID))
		_, err := w.createOrg(w.asking(seated.AccountID), "乙")
		w.ok(err)
		_, err = w.bind(owner, first.ID, "小王", *seated.Phone, w.role(first.ID, "客服").ID)
		w.refused(err, "ACCOUNT_OWNS_ORG input")
	})
}

func TestUpdateOrg(t *testing.T) {
	each(t, func(w *world) {
		owner, opened := w.open("甲")
		update := func(in agency.OrgChange) (after *ent.Org, err error) {
			err = w.do(owner, opened.ID, "updateOrg", func(ctx context.Context, tx *store.Tx, act audit.Entry) (err error) {
				after, err = w.a.UpdateOrg(ctx, tx, act, in)
				return err
			})
			return after, err
		}
		for _, c := range []struct {
			in   agency.OrgChange
			want string
		}{
			{agency.OrgChange{Name: new("https://evil.example")}, "INVALID input.name"},
			{agency.OrgChange{OwnerName: new("")}, "INVALID input.ownerName"},
			{agency.OrgChange{TimeZone: new("")}, "INVALID input.timeZone"},
			{agency.OrgChange{TimeZone: new("Local")}, "INVALID input.timeZone"},
			{agency.OrgChange{TimeZone: new("posixrules")}, "INVALID input.timeZone"},
			{agency.OrgChange{TimeZone: new("../../etc/passwd")}, "INVALID input.timeZone"},
			{agency.OrgChange{TimeZone: new("/etc/localtime")}, "INVALID input.timeZone"},
			{agency.OrgChange{TimeZone: new("Asia/Atlantis")}, "INVALID input.timeZone"},
			{agency.OrgChange{TimeZone: new("Asia")}, "INVALID input.timeZone"},
			{agency.OrgChange{TimeZone: new("Asia//Shanghai")}, "INVALID input.timeZone"},
			{agency.OrgChange{TimeZone: new("Asia/./Shanghai")}, "INVALID input.timeZone"},
			{agency.OrgChange{TimeZone: new("right/UTC")}, "INVALID input.timeZone"},
			{agency.OrgChange{TimeZone: new("Asia/Shanghai\x00")}, "INVALID input.timeZone"},
			{agency.OrgChange{Currency: new("XXX")}, "INVALID input.currency"},
			{agency.OrgChange{Currency: new("DEM")}, "INVALID input.currency"},
			{agency.OrgChange{Currency: new("HRK")}, "INVALID input.currency"},
			{agency.OrgChange{Currency: new("BGN")}, "INVALID input.currency"},
			{agency.OrgChange{Currency: new("CLF")}, "INVALID input.currency"},
			{agency.OrgChange{Currency: new("ＵＳＤ")}, "INVALID input.currency"},
			{agency.OrgChange{Currency: new("")}, "INVALID input.currency"},
			{agency.OrgChange{Currency: new("AAA"), TimeZone: new("x")}, "INVALID input.timeZone | INVALID input.currency"},
		} {
			_, err := update(c.in)
			w.refused(err, c.want)
		}
		before := w.events(opened.ID)
		w.pass(time.Second)
		after, err := update(agency.OrgChange{Name: new("甲"), TimeZone: new("Asia/Shanghai")})
		w.ok(err)
		same(w, "unchanged since", after.UpdatedAt.Equal(opened.UpdatedAt), true)
		same(w, "events of no change", w.events(opened.ID), before)

		w.pass(time.Hour)
		after, err = update(agency.OrgChange{OwnerName: new("大老板"), TimeZone: new("America/New_York"), Currency: new("ves")})
		w.ok(err)
		same(w, "currency", after.Currency, "VES")
		same(w, "changed at", after.UpdatedAt.Equal(w.now()), true)
		w.onRecord(opened.ID, "OWNER 老板 updateOrg DONE",
			`Org "甲" account; ownerName 老板→大老板; timeZone Asia/Shanghai→America/New_York; currency CNY→VES`)
	})
}
