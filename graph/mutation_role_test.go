package graph_test

import (
	"context"
	"fmt"
	"testing"

	"deputy/ent"
	"deputy/internal/agency"
	"deputy/internal/apitest"
	"deputy/internal/id"
	"deputy/internal/store"
)

const (
	noRoleZh, noRoleEn = "找不到该岗位，请刷新岗位列表后再选。", "The role was not found. Reload the list of roles and choose again."
	takenZh, takenEn   = "已有同名岗位“运营”，请换一个名称。", "A role named “运营” already exists. Choose another name."
)

// grant is an entry of a role's grants.
func grant(module, action, scope string) vars {
	return vars{"module": module, "actions": []string{action}, "scope": scope}
}

// asOwner asks as the owner of A, about A.
func asOwner(input func(s *fixture) vars) func(*fixture) (*client, vars) {
	return func(s *fixture) (*client, vars) {
		in := input(s)
		if _, named := in["orgId"]; !named {
			in["orgId"] = s.A.ID
		}
		return s.A.Owner, in
	}
}

func newRole(name string, grants ...any) func(*fixture) (*client, vars) {
	return asOwner(func(*fixture) vars { return vars{"name": name, "grants": append([]any{}, grants...)} })
}

// ofRole changes a new role.
func ofRole(name string, change vars) func(*fixture) (*client, vars) {
	return asOwner(func(s *fixture) vars {
		in := vars{"id": s.must(s.A.Owner, "createRole", vars{
			"orgId": s.A.ID, "name": fmt.Sprint(name, s.number()), "description": "旧",
			"grants": []any{grant("TASKS", "EDIT", "OWN")},
		}).Text("createRole.role.id")}
		for key, value := range change {
			in[key] = value
		}
		return in
	})
}

// fill writes rows in a transaction, past the domain.
func (s *fixture) fill(write func(context.Context, *store.Tx) error) {
	s.Helper()
	err := s.Store.Write(context.Background(), func(ctx context.Context, tx *store.Tx) error {
		tx.Recorded()
		return write(ctx, tx)
	})
	if err != nil {
		s.Fatal(err)
	}
}

// full opens an org with as many roles as an org can have.
func (s *fixture) full() *apitest.Agency {
	s.Helper()
	owner := s.SignIn(s.T, s.number())
	a := &apitest.Agency{Owner: owner, ID: s.must(owner, "createOrg", vars{"name": "满机构"}).Text("createOrg.org.id")}
	s.orgs[a.ID] = "满"
	s.fill(func(ctx context.Context, tx *store.Tx) error {
		rows := make([]*ent.RoleCreate, agency.MaxRoles-4)
		for i := range rows {
			now := s.Clock.Now()
			rows[i] = tx.Role.Create().SetOrgID(a.ID).SetName(fmt.Sprint("岗位",
				i)).SetDescription("").SetGrants(0).SetCreatedAt(now).SetUpdatedAt(now)
		}
		return tx.Role.CreateBulk(rows...).Exec(ctx)
	})
	return a
}

const ownersZh, ownersEn = "该功能模块不能授予岗位，请去掉。", "This module can't be granted to a role. Remove it."

var roleDeeds = []mutationCase{
	{
		mutation: "createRole", name: "with grants", ask: asOwner(func(*fixture) vars {
			return vars{
				"name": "主播", "description": " 直播\n带货 ",
				"grants": []any{grant("CREATORS", "EDIT", "OWN"), grant("ORDERS", "EXPORT", "ALL"), vars{"module": "DATA"}},
			}
		}), event: `OWNER 主帐号 @甲 createRole DONE | Role "主播" name:→主播 description:→直播` + "\n" +
			`带货 grants:→CREATORS: VIEW, EDIT (OWN); DATA: VIEW (ALL); ORDERS: VIEW, EXPORT (ALL)`,
		check: func(s *fixture, a *answer) {
			if a.Text("createRole.role.org.name") != "甲机构" || len(a.List("createRole.role.modules")) != 3 ||
				a.Text("createRole.role.auditEvents.nodes.0.operation") != "createRole" {
				s.Errorf("%s", a.Body)
			}
		},
	},
	{
		mutation: "createRole", name: "without grants", ask: newRole("实习"),
		event: `OWNER 主帐号 @甲 createRole DONE | Role "实习" name:→实习 description:→ grants:→`,
	},
	{mutation: "createRole", name: "by a form that was left empty", ask: asOwner(func(*fixture) vars {
		return vars{"name": "见习", "description": nil, "grants": []any{}}
	}), event: `OWNER 主帐号 @甲 createRole DONE | Role "见习" name:→见习 description:→ grants:→`},
	{
		mutation: "createRole", name: "without a name", ask: newRole(""), want: "INVALID input.name", zh: name20Zh,
		en: name20En, event: `OWNER 主帐号 @甲 createRole REFUSED INVALID`,
	},
	{
		mutation: "createRole", name: "with much wrong", ask: asOwner(func(*fixture) vars {
			return vars{
				"name": manyTimes("长", 21), "description": manyTimes("长", 201),
				"grants": []any{grant("DATA", "VIEW", "ALL"), grant("DATA", "EDIT", "ALL")},
			}
		}), want: "INVALID input.name | INVALID input.description | INVALID input.grants.1.actions", zh: name20Zh,
		en: name20En, event: `OWNER 主帐号 @甲 createRole REFUSED INVALID`,
	},
	{
		mutation: "createRole", name: "with a scope that the module does not know",
		ask: newRole("审", grant("AUDIT_LOG", "VIEW", "OWN")), want: "INVALID input.grants.0.scope",
		zh: "“操作日志”不支持该数据范围，请换一个。", en: "“Audit log” doesn't support this scope. Choose another one.",
		event: `OWNER 主帐号 @甲 createRole REFUSED INVALID`,
	},
	{
		mutation: "createRole", name: "with a grant of no action",
		ask: newRole("审", vars{"module": "TASKS", "actions": []string{}}), want: "INVALID input.grants.0.actions",
		zh: "请为“机构任务”至少选择一个操作。", en: "Choose at least one action for “Tasks”.",
		event: `OWNER 主帐号 @甲 createRole REFUSED INVALID`,
	},
	{
		mutation: "createRole", name: "with what is the owner's", ask: newRole("管", grant("SUB_ACCOUNTS", "VIEW", "ALL")),
		want: "MODULE_NOT_GRANTABLE input.grants.0.module", zh: ownersZh, en: ownersEn,
		event: `OWNER 主帐号 @甲 createRole REFUSED MODULE_NOT_GRANTABLE`,
	},
	{
		mutation: "createRole", name: "of a name that is taken", ask: newRole(" 运营 "), want: "NAME_TAKEN input.name",
		zh: takenZh, en: takenEn, event: `OWNER 主帐号 @甲 createRole REFUSED NAME_TAKEN`,
	},
	{
		mutation: "createRole", name: "beyond a hundred", ask: func(s *fixture) (*client, vars) {
			a := s.full()
			return a.Owner, vars{"orgId": a.ID, "name": "多的", "grants": []any{}}
		}, want: "TOO_MANY input",
		zh: "一个机构最多 100 个岗位，请先删除不用的岗位。", en: "An org can have at most 100 roles. Delete roles that you don't use first.",
		event: `OWNER 主帐号 @满 createRole REFUSED TOO_MANY`,
	},

	{
		mutation: "updateRole", name: "all of it", ask: asOwner(func(s *fixture) vars {
			return vars{
				"id": s.A.Roles["商务"], "name": "商务二", "description": "新",
				"grants": []any{grant("ORDERS", "VIEW", "OWN")},
			}
		}),
		event: `OWNER 主帐号 @甲 updateRole DONE | Role "商务二" name:商务→商务二 description:管理任务，查看达人→新 grants:CREATORS: VIEW (ALL); TASKS: VIEW, EDIT (ALL)→ORDERS: VIEW (OWN)`, check: func(s *fixture, a *answer) {
			if a.Text("updateRole.role.name") != "商务二" || a.Text("updateRole.role.subAccounts.nodes.0.name") != "商务员" {
				s.Errorf("%s", a.Body)
			}
		},
	},
	{mutation: "updateRole", name: "to what it is", ask: asOwner(func(s *fixture) vars {
		return vars{"id": s.A.Roles["商务"], "name": "商务二", "description": "新", "grants": []any{grant("ORDERS", "VIEW", "OWN")}}
	})},
	{mutation: "updateRole", name: "to a description of null", ask: asOwner(func(s *fixture) vars {
		return vars{"id": s.A.Roles["商务"], "description": nil}
	}), event: `OWNER 主帐号 @甲 updateRole DONE | Role "商务二" description:新→`, check: func(s *fixture, a *answer) {
		if a.Get("updateRole.role.description") != "" {
			s.Errorf("%s", a.Body)
		}
	}},
	{mutation: "updateRole", name: "to no grants", ask: asOwner(func(s *fixture) vars {
		return vars{"id": s.A.Roles["商务"], "grants": []any{}}
	}), event: `OWNER 主帐号 @甲 updateRole DONE | Role "商务二" grants:ORDERS: VIEW (OWN)→`},
	{
		mutation: "updateRole", name: "to a name of null", ask: ofRole("零", vars{"name": nil}), want: "INVALID input.name",
		zh: nullZh, en: nullEn, event: `OWNER 主帐号 @甲 updateRole REFUSED INVALID`,
	},
	{
		mutation: "updateRole", name: "to grants of null", ask: ofRole("零", vars{"grants": nil}),
		want: "INVALID input.grants", zh: nullZh, en: nullEn, event: `OWNER 主帐号 @甲 updateRole REFUSED INVALID`,
	},
	{
		mutation: "updateRole", name: "to bad values", ask: ofRole("坏",
			vars{"name": "a\x00b", "grants": []any{grant("AUDIT_LOG", "EDIT", "ALL")}}),
		want: "INVALID input.name | INVALID input.grants.0.actions", zh: "请只使用看得见的文字、数字和标点，去掉字符 U+0000。",
		en:    "Use only letters, digits and punctuation that can be seen; remove the character U+0000.",
		event: `OWNER 主帐号 @甲 updateRole REFUSED INVALID`,
	},
	{
		mutation: "updateRole", name: "to what is the owner's",
		ask:  ofRole("管", vars{"grants": []any{grant("INTEGRATIONS", "VIEW", "ALL")}}),
		want: "MODULE_NOT_GRANTABLE input.grants.0.module", zh: ownersZh, en: ownersEn,
		event: `OWNER 主帐号 @甲 updateRole REFUSED MODULE_NOT_GRANTABLE`,
	},
	{
		mutation: "updateRole", name: "to a name that is taken", ask: ofRole("同", vars{"name": "运营"}),
		want: "NAME_TAKEN input.name", zh: takenZh, en: takenEn, event: `OWNER 主帐号 @甲 updateRole REFUSED NAME_TAKEN`,
	},
	{
		mutation: "updateRole", name: "of another org", ask: asOwner(func(s *fixture) vars {
			return vars{
				"id":   s.B.Roles["运营"],
				"name": "x",
			}
		}), want: "NOT_FOUND input.id", zh: noRoleZh, en: noRoleEn,
		event: `OWNER 主帐号 @甲 updateRole REFUSED NOT_FOUND`,
	},
	{
		mutation: "updateRole", name: "that is none", ask: asOwner(func(*fixture) vars {
			return vars{
				"id":   "rol_\x00",
				"name": "x",
			}
		}), want: "NOT_FOUND input.id", zh: noRoleZh, en: noRoleEn,
		event: `OWNER 主帐号 @甲 updateRole REFUSED NOT_FOUND`,
	},

	{
		mutation: "deleteRole", name: "that nobody holds",
		ask:   asOwner(func(s *fixture) vars { return vars{"id": s.role("短命")} }),
		event: `OWNER 主帐号 @甲 deleteRole DONE | Role "短命" name:短命→ description:→ grants:→`,
	},
	{
		mutation: "deleteRole", name: "that somebody holds",
		ask: asOwner(func(s *fixture) vars { return vars{"id": s.A.Roles["财务"]} }), want: "ROLE_IN_USE input.id",
		zh: "有 1 个子帐号正在使用该岗位，请先为其更换岗位再删除。", en: "Sub-accounts that hold this role: 1. Give them other roles before you " +
			"delete it.",
		event: `OWNER 主帐号 @甲 deleteRole REFUSED ROLE_IN_USE`,
	},
	{
		mutation: "deleteRole", name: "of another org",
		ask: asOwner(func(s *fixture) vars { return vars{"id": s.B.Roles["运营"]} }), want: "NOT_FOUND input.id", zh: noRoleZh,
		en: noRoleEn, event: `OWNER 主帐号 @甲 deleteRole REFUSED NOT_FOUND`,
	},
	{
		mutation: "deleteRole", name: "that is none",
		ask:  asOwner(func(*fixture) vars { return vars{"id": id.New(id.Role)} }),
		want: "NOT_FOUND input.id", zh: noRoleZh, en: noRoleEn, event: `OWNER 主帐号 @甲 deleteRole REFUSED NOT_FOUND`,
	},
}

// TestModulesThatCannotBeGiven: one that is the owner's alone is refused in words, and one that does not exist is no
// value of the enum.
func TestModulesThatCannotBeGiven(t *testing.T) {
	t.Parallel()
	eachRule(t, func(s *fixture) {
		for module, want := range map[string]string{
			"SUB_ACCOUNTS": "MODULE_NOT_GRANTABLE input.grants.1.module",
			"INTEGRATIONS": "MODULE_NOT_GRANTABLE input.grants.1.module", "NOTHING": "",
		} {
			a := s.A.Owner.Do(documentOf("createRole"), vars{"in": vars{
				"orgId": s.A.ID, "name": "x",
				"grants": []any{grant("DATA", "VIEW", "ALL"), grant(module, "VIEW", "ALL")},
			}})
			if want == "" && (a.Code() != "GRAPHQL_VALIDATION_FAILED" || a.Data != nil) || want != "" &&
				userErrorsOf(a.OK(), "createRole") != want {
				s.Errorf("%s: %s", module, a.Body)
			}
		}
		// What a role gives is what a role takes: it can be copied as it is read.
		a := s.A.Owner.Do(`query($id: ID!) { node(id: $id) { ... on Role { grants { module actions scope } } } }`,
			vars{"id": s.A.Roles["财务"]}).OK()
		s.must(s.A.Owner, "createRole", vars{"orgId": s.A.ID, "name": "财务二", "grants": a.Get("node.grants")})
	})
}
