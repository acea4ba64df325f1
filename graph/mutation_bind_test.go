package graph_test

import (
	"context"
	"fmt"
	"time"

	"deputy/ent"
	"deputy/ent/account"
	"deputy/internal/agency"
	"deputy/internal/id"
	"deputy/internal/store"
)

const (
	phoneBoundZh, phoneBoundEn = "该手机号已绑定至此机构", "This phone number is already bound to this org"
	emailBoundZh, emailBoundEn = "该邮箱已绑定至此机构", "This e-mail address is already bound to this org"
	fullZh, fullEn             = "一个机构最多 1000 个子帐号，请先删除不用的子帐号。",
		"An org can have at most 1000 sub-accounts. Delete sub-accounts that you don't use first."
)

// bindTo asks to send a code that binds the contact to A.
func bindTo(contact func(s *fixture) vars) func(*fixture) (*client, vars) {
	return asOwner(func(s *fixture) vars { return vars{"to": contact(s)} })
}

// orgWithManySubAccounts opens an org with a thousand sub-accounts.
func (s *fixture) orgWithManySubAccounts() (owner *client, orgID string) {
	s.Helper()
	owner = s.SignIn(s.T, s.number())
	made := s.must(owner, "createOrg", vars{"name": "千人机构"})
	orgID = made.Text("createOrg.org.id")
	s.orgs[orgID] = "千"
	roleID := owner.Do(`query($id: ID!) { org(id: $id) { roles { nodes { id } } } }`,
		vars{"id": orgID}).OK().Text("org.roles.nodes.0.id")
	s.fill(func(ctx context.Context, tx *store.Tx) error {
		if !tx.LocksRows() {
			if _, err := tx.ExecContext(ctx, "PRAGMA defer_foreign_keys = ON"); err != nil {
				return err
			}
		}
		var (
			accounts []*ent.AccountCreate
			links    []*ent.SubAccountRoleCreate
			seats    []*ent.SubAccountCreate
			now      = s.Clock.Now()
		)
		for i := range agency.MaxSubAccounts {
			person, seat := id.New(id.Account), id.New(id.SubAccount)
			phone := fmt.Sprintf("+86136%08d", s.numbers*agency.MaxSubAccounts+i)
			accounts = append(accounts,
				tx.Account.Create().SetID(person).SetPhone(phone).SetSide(account.SideSEATED).SetCreatedAt(now))
			links = append(links, tx.SubAccountRole.Create().SetSubAccountID(seat).SetRoleID(roleID).SetOrgID(orgID))
			seats = append(seats,
				tx.SubAccount.Create().SetID(
					seat).SetOrgID(
					orgID).SetAccountID(person).SetSlot(1).SetName("某").SetPhone(phone).SetCreatedAt(now).SetUpdatedAt(now))
		}
		if err := tx.Account.CreateBulk(accounts...).Exec(ctx); err != nil {
			return err
		}
		if err := tx.SubAccountRole.CreateBulk(links...).Exec(ctx); err != nil {
			return err
		}
		return tx.SubAccount.CreateBulk(seats...).Exec(ctx)
	})
	return owner, orgID
}

// seatedIn20 returns the phone number of somebody who has 20 seats.
func (s *fixture) seatedIn20() string {
	s.Helper()
	phone := s.number()
	for range agency.MaxSeats {
		owner := s.SignIn(s.T, s.number())
		made := s.must(owner, "createOrg", vars{"name": "一家"})
		orgID := made.Text("createOrg.org.id")
		roleID := owner.Do(`query($id: ID!) { org(id: $id) { roles { nodes { id } } } }`,
			vars{"id": orgID}).OK().Text("org.roles.nodes.0.id")
		code := s.sentCode(s.must(owner, "sendBindCode", vars{
			"orgId": orgID,
			"to":    vars{"phone": phone},
		}).Text("sendBindCode.flow"))
		s.must(owner, "createSubAccount", vars{"orgId": orgID, "name": "忙人", "code": code, "roleIds": []string{roleID}})
		s.Clock.Add(time.Minute)
		s.Store.Client.Throttle.Delete().ExecX(s.Context()) // what is sent to one person in a day is bounded
	}
	return phone
}

var bindDeeds = []mutationCase{
	{
		mutation: "sendBindCode", name: "to a phone number",
		ask:   bindTo(func(*fixture) vars { return vars{"phone": "137 0000 5555"} }),
		event: `OWNER 主帐号 @甲 sendBindCode DONE | VerificationCode "+86 137****5555"`,
	},
	{
		mutation: "sendBindCode", name: "to an e-mail address",
		ask:   bindTo(func(*fixture) vars { return vars{"email": "Someone@Example.COM"} }),
		event: `OWNER 主帐号 @甲 sendBindCode DONE | VerificationCode "s***@example.com"`,
	},
	{
		mutation: "sendBindCode", name: "to no phone number",
		ask:  bindTo(func(*fixture) vars { return vars{"phone": "123"} }),
		want: "INVALID input.to.phone",
		zh:   "请填写有效的手机号，例如 138 0000 0001。", en: "Enter a valid mobile phone number, such as +86 138 0000 0001.",
		event: `OWNER 主帐号 @甲 sendBindCode REFUSED INVALID`,
	},
	{
		mutation: "sendBindCode", name: "to who is bound by phone",
		ask:  bindTo(func(s *fixture) vars { return vars{"phone": "+86 " + s.A.Seats["运营"].Phone} }),
		want: "ALREADY_BOUND input.to.phone", zh: phoneBoundZh, en: phoneBoundEn,
		event: `OWNER 主帐号 @甲 sendBindCode REFUSED ALREADY_BOUND`,
	},
	{
		mutation: "sendBindCode", name: "to who is bound by e-mail", ask: bindTo(func(s *fixture) vars {
			to := vars{"email": s.email()}
			s.must(s.A.Owner, "createSubAccount", vars{
				"orgId": s.A.ID, "name": "邮", "code": s.bindCode(s.A, to),
				"roleIds": []string{s.A.Roles["客服"]},
			})
			return to
		}), want: "ALREADY_BOUND input.to.email", zh: emailBoundZh, en: emailBoundEn,
		event: `OWNER 主帐号 @甲 sendBindCode REFUSED ALREADY_BOUND`,
	},
	{
		mutation: "sendBindCode", name: "again at once", ask: bindTo(func(s *fixture) vars {
			to := vars{"phone": s.number()}
			s.Clock.Add(5 * time.Minute)
			s.bindCode(s.A, to)
			s.Clock.Add(-2 * time.Minute)
			return to
		}), want: "CODE_TOO_SOON input.to.phone", zh: soonZh, en: soonEn,
		event: `OWNER 主帐号 @甲 sendBindCode REFUSED CODE_TOO_SOON`,
	},
	{
		mutation: "sendBindCode", name: "a fourth time", ask: bindTo(func(s *fixture) vars {
			to := vars{"phone": s.number()}
			for range 3 {
				s.bindCode(s.A, to)
			}
			return to
		}), want: "TOO_MANY_ATTEMPTS input.to.phone", zh: todayZh, en: todayEn,
		event: `OWNER 主帐号 @甲 sendBindCode REFUSED TOO_MANY_ATTEMPTS`,
	},
	{mutation: "sendBindCode", name: "from a full org", ask: func(s *fixture) (*client, vars) {
		owner, orgID := s.orgWithManySubAccounts()
		return owner, vars{"orgId": orgID, "to": vars{"phone": s.number()}}
	}, want: "TOO_MANY input", zh: fullZh, en: fullEn, event: `OWNER 主帐号 @千 sendBindCode REFUSED TOO_MANY`},

	{
		mutation: "createSubAccount", name: "by phone", ask: asOwner(func(s *fixture) vars {
			return vars{
				"name": " 小 王 ", "code": s.bindCode(s.A, vars{"phone": "13700006666"}),
				"roleIds": []string{s.A.Roles["客服"], s.A.Roles["运营"], s.A.Roles["客服"]},
			}
		}),
		event: `OWNER 主帐号 @甲 createSubAccount DONE | SubAccount "小 王" name:→小 王 phone:→+86 137****6666 status:→ENABLED roles:→运营, 客服`,
		check: func(s *fixture, a *answer) {
			if a.Text("createSubAccount.subAccount.phone") != "+8613700006666" ||
				a.Text("createSubAccount.subAccount.status") != "ENABLED" ||
				len(a.List("createSubAccount.subAccount.grants")) != 4 ||
				a.Text("createSubAccount.subAccount.roles.0.name") != "运营" ||
				a.Text("createSubAccount.subAccount.auditEvents.nodes.0.operation") != "createSubAccount" {
				s.Errorf("%s", a.Body)
			}
		},
	},
	{
		mutation: "createSubAccount", name: "by e-mail", ask: newSubAccount("小李",
			func(s *fixture) vars { return s.bindCode(s.A, vars{"email": "xiaoli@example.com"}) }),
		event: `OWNER 主帐号 @甲 createSubAccount DONE | SubAccount "小李" name:→小李 email:→x***@example.com status:→ENABLED roles:→客服`,
	},
	{
		mutation: "createSubAccount", name: "without a name", ask: newSubAccount("  ", noCode), want: "INVALID input.name",
		zh: name20Zh, en: name20En, event: `OWNER 主帐号 @甲 createSubAccount REFUSED INVALID`,
	},
	{
		mutation: "createSubAccount", name: "without a role", ask: newSubAccount("某", noCode, noRows...),
		want: "ROLE_REQUIRED input.roleIds", zh: "请至少选择一个岗位。", en: "Choose at least one role.",
		event: `OWNER 主帐号 @甲 createSubAccount REFUSED ROLE_REQUIRED`,
	},
	{
		mutation: "createSubAccount", name: "with eleven roles", ask: newSubAccount("某", noCode, manyIDs(id.Role, 11)...),
		want: "TOO_MANY input.roleIds", zh: "一个子帐号最多 10 个岗位，请减少。",
		en:    "A sub-account can have at most 10 roles. Choose fewer.",
		event: `OWNER 主帐号 @甲 createSubAccount REFUSED TOO_MANY`,
	},
	{
		mutation: "createSubAccount", name: "with another org's role and none", ask: asOwner(func(s *fixture) vars {
			return vars{
				"name": "某", "code": s.bindCode(s.A, vars{"phone": s.number()}),
				"roleIds": []string{s.B.Roles["客服"], s.A.Roles["客服"], "rol_\x00"},
			}
		}), want: "NOT_FOUND input.roleIds.0 | NOT_FOUND input.roleIds.2", zh: noRoleZh, en: noRoleEn,
		event: `OWNER 主帐号 @甲 createSubAccount REFUSED NOT_FOUND`,
	},
	{
		mutation: "createSubAccount", name: "with a wrong code",
		ask:  newSubAccount("某", func(s *fixture) vars { return wrong(s.bindCode(s.A, vars{"phone": s.number()})) }),
		want: "CODE_WRONG input.code.code", zh: badCodeZh, en: badCodeEn,
		event: `OWNER 主帐号 @甲 createSubAccount REFUSED CODE_WRONG`,
	},
	{
		mutation: "createSubAccount", name: "with another org's code",
		ask:  newSubAccount("某", func(s *fixture) vars { return s.bindCode(s.B, vars{"phone": s.number()}) }),
		want: "CODE_EXPIRED input.code.code", zh: oldCodeZh, en: oldCodeEn,
		event: `OWNER 主帐号 @甲 createSubAccount REFUSED CODE_EXPIRED`,
	},
	{
		mutation: "createSubAccount", name: "with a sixth guess", ask: newSubAccount("某", func(s *fixture) vars {
			return guessedOut(s.bindCode(s.A, vars{"phone": s.number()}), func(code vars) {
				s.A.Owner.Do(documentOf("createSubAccount"), vars{"in": vars{
					"orgId": s.A.ID, "name": "某", "code": code,
					"roleIds": []string{s.A.Roles["客服"]},
				}})
			})
		}), want: "TOO_MANY_ATTEMPTS input.code.code", zh: guessedZh, en: guessedEn,
		event: `OWNER 主帐号 @甲 createSubAccount REFUSED TOO_MANY_ATTEMPTS`,
	},
	{
		mutation: "createSubAccount", name: "of who was bound meanwhile", ask: newSubAccount("某", func(s *fixture) vars {
			to := vars{"phone": s.number()}
			code := s.bindCode(s.A, to)
			s.must(s.A.Owner, "createSubAccount", vars{
				"orgId": s.A.ID, "name": "先", "code": s.bindCode(s.A, to),
				"roleIds": []string{s.A.Roles["客服"]},
			})
			return code
		}), want: "ALREADY_BOUND input", zh: phoneBoundZh, en: phoneBoundEn,
		event: `OWNER 主帐号 @甲 createSubAccount REFUSED ALREADY_BOUND`,
	},
	{
		mutation: "createSubAccount", name: "of an owner", ask: newSubAccount("某", func(s *fixture) vars {
			phone := s.number()
			s.must(s.SignIn(s.T, phone), "createOrg", vars{"name": "自己的"})
			return s.bindCode(s.A, vars{"phone": phone})
		}), want: "ACCOUNT_OWNS_ORG input", zh: "该帐号已开通自己的机构，不能成为子帐号，请换一个。",
		en:    "This account owns an org, so it can't become a sub-account. Use another one.",
		event: `OWNER 主帐号 @甲 createSubAccount REFUSED ACCOUNT_OWNS_ORG`,
	},
	{
		mutation: "createSubAccount", name: "of who has 20 seats",
		ask:  newSubAccount("某", func(s *fixture) vars { return s.bindCode(s.A, vars{"phone": s.seatedIn20()}) }),
		want: "ORG_LIMIT_REACHED input", zh: "该帐号已加入 20 个机构，不能再加入；请其先解除一个机构的授权。",
		en:    "This account is already in 20 orgs and can't join another one. It has to leave one first.",
		event: `OWNER 主帐号 @甲 createSubAccount REFUSED ORG_LIMIT_REACHED`,
	},
}

// noRows is no role; without roles newSubAccount takes 客服.
var noRows = []string{""}

func noCode(*fixture) vars { return vars{"flow": id.New(id.Flow), "code": "123456"} }

func newSubAccount(name string, code func(*fixture) vars, roles ...string) func(*fixture) (*client, vars) {
	return asOwner(func(s *fixture) vars {
		given := roles
		switch {
		case len(roles) == 0:
			given = []string{s.A.Roles["客服"]}
		case roles[0] == "":
			given = []string{}
		}
		return vars{"name": name, "code": code(s), "roleIds": given}
	})
}
