package graph_test

import (
	"fmt"
	"maps"

	"deputy/ent"
	"deputy/internal/id"
)

const (
	noAppZh, noAppEn = "找不到该应用，请刷新列表后再试。", "The app was not found. Reload the list and try again."
	noTokZh, noTokEn = "找不到该接口令牌，请刷新列表后再试。", "The API token was not found. Reload the list and try again."
)

// newApp makes an app of A, and returns its id.
func (s *fixture) newApp(name string) string {
	s.Helper()
	return s.must(s.A.Owner, "createApp", vars{
		"orgId": s.A.ID, "name": name, "grants": []vars{{"module": "ORDERS"}},
	}).Text("createApp.app.id")
}

// newToken makes a token of an app of A, and returns its id.
func (s *fixture) newToken(appID string) string {
	s.Helper()
	return s.must(s.A.Owner, "createApiToken", vars{"orgId": s.A.ID, "appId": appID, "name": "机器"}).Text(
		"createApiToken.token.id")
}

// removeApps leaves A without apps.
func (s *fixture) removeApps() {
	s.Helper()
	list := s.A.Owner.Do("query($org: ID!) { org(id: $org) { apps { id } } }", vars{"org": s.A.ID}).OK()
	for _, appID := range list.Texts("org.apps", "id") {
		s.must(s.A.Owner, "deleteApp", vars{"orgId": s.A.ID, "id": appID})
	}
}

// ofApp asks about a new app of A.
func ofApp(name string, change vars) func(*fixture) (*client, vars) {
	return asOwner(func(s *fixture) vars {
		s.removeApps()
		in := vars{"id": s.newApp(name)}
		maps.Copy(in, change)
		return in
	})
}

// notOfOrg asks about an id of the kind that the org does not have.
func notOfOrg(kind id.Kind, field string, more vars) func(*fixture) (*client, vars) {
	return asOwner(func(*fixture) vars {
		in := vars{field: id.New(kind)}
		maps.Copy(in, more)
		return in
	})
}

var appDeeds = []mutationCase{
	{
		mutation: "createApp", name: "with all there is", ask: asOwner(func(s *fixture) vars {
			s.removeApps()
			return vars{
				"name": "同步", "description": "取订单", "contacts": []string{"Ops@Partner.Example.org"},
				"grants":   []vars{{"module": "ORDERS", "actions": []string{"EDIT"}}, {"module": "DATA"}},
				"ipRanges": []string{"203.0.113.9/24", "203.0.113.0/24"}, "budget": vars{"rows": 1000, "refill": 10},
			}
		}),
		event: `OWNER 主帐号 @甲 createApp DONE | App "同步" name:→同步 description:→取订单 contacts:→…`,
		check: func(s *fixture, a *answer) {
			if got := fmt.Sprint(a.Get("createApp.app.ipRanges"), a.Get("createApp.app.contacts"),
				a.Get("createApp.app.grants.0.module"), a.Get("createApp.app.grants.0.scope"), a.Get("createApp.app.status"),
				a.Get("createApp.app.budget.rows")); got !=
				"[203.0.113.0/24] [ops@partner.example.org]DATAALLENABLED1000" {
				s.Errorf("%s: %s", got, a.Body)
			}
		},
	},
	{
		mutation: "createApp", name: "with much wrong", ask: asOwner(func(*fixture) vars {
			return vars{
				"name": "", "grants": []vars{{"module": "DATA", "actions": []string{"EDIT"}}},
				"budget": vars{"rows": 5, "refill": 10},
			}
		}), want: "INVALID input.name | INVALID input.grants.0.actions | INVALID input.budget", zh: name50Zh, en: name50En, event: `OWNER 主帐号 @甲 createApp REFUSED INVALID`,
	},
	{
		mutation: "createApp", name: "with what is the owner's", ask: asOwner(func(*fixture) vars {
			return vars{"name": "管", "grants": []vars{{"module": "INTEGRATIONS"}}}
		}), want: "MODULE_NOT_GRANTABLE input.grants.0.module", zh: "该功能模块不能授予应用，请去掉。",
		en: "This module can't be granted to an app. Remove it.", event: `OWNER 主帐号 @甲 createApp REFUSED MODULE_NOT_GRANTABLE`,
	},
	{
		mutation: "createApp", name: "of a name that is taken", ask: asOwner(func(s *fixture) vars {
			s.removeApps()
			s.newApp("同名")
			return vars{"name": " 同名 ", "grants": []vars{}}
		}), want: "NAME_TAKEN input.name", zh: "已有同名应用“同名”，请换一个名称。",
		en: "An app named “同名” already exists. Choose another name.", event: `OWNER 主帐号 @甲 createApp REFUSED NAME_TAKEN`,
	},
	{
		mutation: "createApp", name: "beyond twenty", ask: asOwner(func(s *fixture) vars {
			s.removeApps()
			for i := range 20 {
				s.newApp(fmt.Sprint("应用", i))
			}
			return vars{"name": "多的", "grants": []vars{}}
		}), want: "TOO_MANY input", zh: "一个机构最多 20 个应用，请先删除不用的应用。",
		en: "An org can have at most 20 apps. Delete apps that you don't use first.", event: `OWNER 主帐号 @甲 createApp REFUSED TOO_MANY`,
	},

	{
		mutation: "updateApp", name: "its grants", ask: ofApp("改", vars{"grants": []vars{{"module": "TASKS"}}}),
		event: `OWNER 主帐号 @甲 updateApp DONE | App "改" grants:ORDERS: VIEW (ALL)→TASKS: VIEW (ALL)`,
	},
	{mutation: "updateApp", name: "to what it is", ask: ofApp("同",
		vars{"name": "同", "budget": nil, "ipRanges": []string{}})},
	{
		mutation: "updateApp", name: "to a name of null", ask: ofApp("空", vars{"name": nil}), want: "INVALID input.name",
		zh: nullZh, en: nullEn, event: `OWNER 主帐号 @甲 updateApp REFUSED INVALID`,
	},
	{
		mutation: "updateApp", name: "that is not there", ask: notOfOrg(id.App, "id", vars{"name": "无"}),
		want: "NOT_FOUND input.id",
		zh:   noAppZh, en: noAppEn, event: `OWNER 主帐号 @甲 updateApp REFUSED NOT_FOUND`,
	},
	{
		mutation: "updateApp", name: "to a name that is taken", ask: asOwner(func(s *fixture) vars {
			s.removeApps()
			s.newApp("一")
			return vars{"id": s.newApp("二"), "name": "一"}
		}), want: "NAME_TAKEN input.name", zh: "已有同名应用“一”，请换一个名称。",
		en: "An app named “一” already exists. Choose another name.", event: `OWNER 主帐号 @甲 updateApp REFUSED NAME_TAKEN`,
	},
	{
		mutation: "updateApp", name: "to what is the owner's",
		ask:  ofApp("管", vars{"grants": []vars{{"module": "SUB_ACCOUNTS"}}}),
		want: "MODULE_NOT_GRANTABLE input.grants.0.module", zh: "该功能模块不能授予应用，请去掉。",
		en: "This module can't be granted to an app. Remove it.", event: `OWNER 主帐号 @甲 updateApp REFUSED MODULE_NOT_GRANTABLE`,
	},
	{
		mutation: "updateApp", name: "that changed meanwhile", ask: ofApp("后", vars{
			"name": "前", "expectedUpdatedAt": "2020-01-01T00:00:00Z",
		}), want: "CHANGED_MEANWHILE input.expectedUpdatedAt", event: `OWNER 主帐号 @甲 updateApp REFUSED CHANGED_MEANWHILE`,
		zh: "在您查看之后，内容已被修改，本次未做任何更改。请查看最新内容后再试。",
		en: "This has changed since you read it, so nothing was done. Look at what it is now, and try again.",
	},

	{
		mutation: "disableApp", name: "that works", ask: ofApp("停", nil),
		event: `OWNER 主帐号 @甲 disableApp DONE | App "停" status:ENABLED→DISABLED`,
	},
	{
		mutation: "disableApp", name: "that is not there", ask: notOfOrg(id.App, "id", nil), want: "NOT_FOUND input.id",
		zh: noAppZh, en: noAppEn, event: `OWNER 主帐号 @甲 disableApp REFUSED NOT_FOUND`,
	},
	{mutation: "enableApp", name: "that is enabled", ask: ofApp("启", nil)},
	{
		mutation: "enableApp", name: "that is not there", ask: notOfOrg(id.App, "id", nil), want: "NOT_FOUND input.id",
		zh: noAppZh, en: noAppEn, event: `OWNER 主帐号 @甲 enableApp REFUSED NOT_FOUND`,
	},
	{
		mutation: "deleteApp", name: "with its tokens", ask: asOwner(func(s *fixture) vars {
			s.removeApps()
			appID := s.newApp("删")
			s.newToken(appID)
			return vars{"id": appID}
		}), event: `OWNER 主帐号 @甲 deleteApp DONE | App "删" name:删→…`,
	},
	{
		mutation: "deleteApp", name: "that is not there", ask: notOfOrg(id.App, "id", nil), want: "NOT_FOUND input.id",
		zh: noAppZh, en: noAppEn, event: `OWNER 主帐号 @甲 deleteApp REFUSED NOT_FOUND`,
	},

	{
		mutation: "createApiToken", name: "of an app", ask: asOwner(func(s *fixture) vars {
			s.removeApps()
			return vars{"appId": s.newApp("令"), "name": "机器", "days": 1}
		}), event: `OWNER 主帐号 @甲 createApiToken DONE | ApiToken "机器" name:→机器 hint:→deputy_live_…`,
	},
	{
		mutation: "createApiToken", name: "for ever", ask: asOwner(func(s *fixture) vars {
			s.removeApps()
			return vars{"appId": s.newApp("令"), "name": "机器", "days": 367}
		}), want: "INVALID input.days", zh: "有效期必须为 1 到 366 天，请修改。", en: "A token works for 1 to 366 days. Change it.",
		event: `OWNER 主帐号 @甲 createApiToken REFUSED INVALID`,
	},
	{
		mutation: "createApiToken", name: "of no app", ask: notOfOrg(id.App, "appId", vars{"name": "机器"}),
		want: "NOT_FOUND input.appId", zh: noAppZh, en: noAppEn, event: `OWNER 主帐号 @甲 createApiToken REFUSED NOT_FOUND`,
	},
	{
		mutation: "createApiToken", name: "beyond five", ask: asOwner(func(s *fixture) vars {
			s.removeApps()
			appID := s.newApp("令")
			for range 5 {
				s.newToken(appID)
			}
			return vars{"appId": appID, "name": "六"}
		}), want: "TOO_MANY input.appId", zh: "一个应用最多 5 个有效令牌，请先吊销不用的令牌。",
		en: "An app can have at most 5 live tokens. Revoke one first.", event: `OWNER 主帐号 @甲 createApiToken REFUSED TOO_MANY`,
	},
	{
		mutation: "createApiToken", name: "after a hundred", ask: asOwner(func(s *fixture) vars {
			s.removeApps()
			appID, now := s.newApp("令"), s.Clock.Now()
			var ended []*ent.ApiTokenCreate
			for i := range 100 {
				ended = append(ended, s.Store.Client.ApiToken.Create().SetOrgID(s.A.ID).SetAppID(appID).SetName("旧").
					SetHint("deputy_live_0000").SetTokenHash(fmt.Appendf(nil, "%032d", i)).SetCreatedByName("主帐号").
					SetCreatedAt(now).SetEndsAt(now))
			}
			s.Store.Client.ApiToken.CreateBulk(ended...).ExecX(s.T.Context())
			return vars{"appId": appID, "name": "机器"}
		}), want: "TOO_MANY input", zh: "该应用最近 30 天的令牌已达 100 个，请稍后再建，或新建一个应用。",
		en:    "The app already had 100 tokens in the last 30 days. Wait, or create another app.",
		event: `OWNER 主帐号 @甲 createApiToken REFUSED TOO_MANY`,
	},
	{
		mutation: "rotateApiToken", name: "that works", ask: asOwner(func(s *fixture) vars {
			s.removeApps()
			return vars{"id": s.newToken(s.newApp("换"))}
		}), event: `OWNER 主帐号 @甲 rotateApiToken DONE | ApiToken "机器" name:→机器 hint:→…`,
	},
	{
		mutation: "rotateApiToken", name: "for too long", ask: asOwner(func(s *fixture) vars {
			s.removeApps()
			return vars{"id": s.newToken(s.newApp("换")), "overlapHours": 169}
		}), want: "INVALID input.overlapHours", zh: "旧令牌可继续使用 0 到 168 小时，请修改。",
		en: "The old token can keep working for 0 to 168 hours. Change it.", event: `OWNER 主帐号 @甲 rotateApiToken REFUSED INVALID`,
	},
	{
		mutation: "rotateApiToken", name: "that is not there", ask: notOfOrg(id.APIToken, "id", nil),
		want: "NOT_FOUND input.id",
		zh:   noTokZh, en: noTokEn, event: `OWNER 主帐号 @甲 rotateApiToken REFUSED NOT_FOUND`,
	},
	{
		mutation: "rotateApiToken", name: "beyond five", ask: asOwner(func(s *fixture) vars {
			s.removeApps()
			one := s.newToken(s.newApp("换"))
			for range 5 {
				one = s.must(s.A.Owner, "rotateApiToken", vars{"orgId": s.A.ID, "id": one}).Text("rotateApiToken.token.id")
			}
			return vars{"id": one}
		}), want: "TOO_MANY input.id", zh: "最多 5 个已更换的令牌可同时继续使用，请先吊销其中一个。",
		en: "At most 5 rotated tokens can keep working at once. Revoke one first.", event: `OWNER 主帐号 @甲 rotateApiToken REFUSED TOO_MANY`,
	},
	{
		mutation: "revokeApiTokens", name: "and one that is not there", some: true, ask: asOwner(func(s *fixture) vars {
			s.removeApps()
			return vars{"ids": []string{s.newToken(s.newApp("吊")), id.New(id.APIToken)}}
		}), want: "NOT_FOUND input.ids.1", zh: noTokZh, en: noTokEn,
		event: `OWNER 主帐号 @甲 revokeApiTokens DONE | ApiToken "机器" endsAt:…`,
	},
	{
		mutation: "revokeApiTokens", name: "of none", ask: asOwner(func(*fixture) vars { return vars{"ids": []string{}} }),
		want: "INVALID input.ids", zh: "请至少选择一个接口令牌。", en: "Choose at least one API token.",
		event: `OWNER 主帐号 @甲 revokeApiTokens REFUSED INVALID`,
	},
	{
		mutation: "revokeApiTokens", name: "too many at once", ask: asOwner(func(*fixture) vars {
			ids := make([]string, 101)
			for i := range ids {
				ids[i] = id.New(id.APIToken)
			}
			return vars{"ids": ids}
		}), want: "TOO_MANY input.ids", zh: "一次最多处理 100 个接口令牌，请分批操作。",
		en: "You can change at most 100 API tokens at once. Split the list.", event: `OWNER 主帐号 @甲 revokeApiTokens REFUSED TOO_MANY`,
	},
}
