package graph_test

import (
	"fmt"
	"strings"
	"testing"

	"deputy/internal/apitest"
	"deputy/internal/store"
	"deputy/internal/store/storetest"
)

// TestForbiddenSaysWhomToAsk: the owner by name to whoever works in the org, and to nobody else.
func TestForbiddenSaysWhomToAsk(t *testing.T) {
	t.Parallel()
	storetest.Rules(t, func(t *testing.T, db *store.Store) {
		s := newFixture(t, db)
		a := s.A
		s.must(a.Owner, "updateOrg", vars{"orgId": a.ID, "ownerName": "王总"})
		own := s.seat("自己的", s.role4(grant("CREATORS", "EDIT", "OWN")))
		const (
			roles = `mutation($org: ID!) { deleteRole(input: {orgId: $org, id: "x"}) { deletedId } }`
			hand  = `mutation($org: ID!) { assignCreators(input: {orgId: $org, ids: ["x"], managerId: null}) { userErrors {
				code } } }`
			orders = `query($org: ID!) { org(id: $org) { orders { totalCount } } }`
			export = `mutation($org: ID!) { exportOrders(input: {orgId: $org}) { url } }`
		)
		for name, test := range map[string]struct {
			caller       *apitest.Client
			query        string
			zh, en       string
			module, does string
		}{
			"view": {
				a.Seats["商务"].Client, orders, "您在该机构没有“订单管理”的查看权限，请联系机构的主帐号（王总）。",
				"You can't view orders in this org. Ask the owner, 王总.", "ORDERS", "VIEW",
			},
			"edit": {
				a.Seats["商务"].Client, roles, "您在该机构没有“子帐号管理”的编辑权限，请联系机构的主帐号（王总）。",
				"You can't edit sub-accounts in this org. Ask the owner, 王总.", "SUB_ACCOUNTS", "EDIT",
			},
			"export": {
				a.Seats["客服"].Client, export, "您在该机构没有“订单管理”的导出权限，请联系机构的主帐号（王总）。",
				"You can't export orders in this org. Ask the owner, 王总.", "ORDERS", "EXPORT",
			},
			"own rows": {
				own.Client, hand, "这需要“达人管理”全部数据的权限，您只有自己负责的部分；请联系机构的主帐号（王总）。",
				"This requires access to all creators, and you have access only to your own. Ask the owner, 王总.", "CREATORS",
				"EDIT",
			},
			"disabled": {
				a.Disabled.Client, roles, "您在该机构没有“子帐号管理”的编辑权限，请联系机构的主帐号。",
				"You can't edit sub-accounts in this org. Ask the owner.", "SUB_ACCOUNTS", "EDIT",
			},
			"stranger": {
				s.Stranger, roles, "您在该机构没有“子帐号管理”的编辑权限，请联系机构的主帐号。",
				"You can't edit sub-accounts in this org. Ask the owner.", "SUB_ACCOUNTS", "EDIT",
			},
			"elsewhere": {
				s.B.Owner, roles, "您在该机构没有“子帐号管理”的编辑权限，请联系机构的主帐号。",
				"You can't edit sub-accounts in this org. Ask the owner.", "SUB_ACCOUNTS", "EDIT",
			},
		} {
			for lang, want := range map[string]string{"zh": test.zh, "en": test.en} {
				c := *test.caller
				c.Lang = lang
				answer := c.Do(test.query, apitest.Vars{"org": a.ID})
				if answer.Code() != "FORBIDDEN" || answer.Errors[0].Message != want {
					t.Errorf("%s, %s: %s", name, lang, answer.Body)
				}
				e := answer.Errors[0].Extensions
				if got, want := fmt.Sprint(e["module"], e["action"], e["orgId"]),
					test.module+test.does+a.ID; strings.ReplaceAll(got, " ", "") != want {
					t.Errorf("%s: %s, want %s", name, got, want)
				}
			}
		}
		s.must(a.Owner, "updateOrg", vars{"orgId": a.ID, "ownerName": "李总"})
		if after := a.Seats["商务"].Do(orders, apitest.Vars{"org": a.ID}); !strings.Contains(after.Body, "李总") {
			t.Errorf("the owner has another name now: %s", after.Body)
		}
	})
}
