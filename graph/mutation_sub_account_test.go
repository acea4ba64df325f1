package graph_test

import (
	"deputy/internal/id"
)

const (
	noSubZh, noSubEn = "找不到该子帐号，请刷新列表后再试。", "The sub-account was not found. Reload the list and try again."
	fewZh, fewEn     = "请至少选择一个子帐号。", "Choose at least one sub-account."
	bigZh, bigEn     = "一次最多处理 100 个子帐号，请分批操作。", "You can change at most 100 sub-accounts at once. Split the list."
)

// ofSeat changes a new sub-account of A, whose role is 客服.
func ofSeat(name string, change func(s *fixture) vars) func(*fixture) (*client, vars) {
	return asOwner(func(s *fixture) vars {
		in := change(s)
		in["id"] = s.seat(name).ID
		return in
	})
}

func always(in vars) func(*fixture) vars {
	return func(*fixture) vars {
		fresh := vars{}
		for key, value := range in {
			fresh[key] = value
		}
		return fresh
	}
}

const updateRefused = `OWNER 主帐号 @甲 updateSubAccount REFUSED `

var subAccountDeeds = []mutationCase{
	{
		mutation: "updateSubAccount", name: "name and roles", ask: ofSeat("旧名", func(s *fixture) vars {
			return vars{"name": "新名", "roleIds": []string{s.A.Roles["财务"], s.A.Roles["运营"]}}
		}), event: `OWNER 主帐号 @甲 updateSubAccount DONE | SubAccount "新名" name:旧名→新名 roles:客服→运营, 财务`,
		check: func(s *fixture, a *answer) {
			if a.Text("updateSubAccount.subAccount.name") != "新名" ||
				a.Text("updateSubAccount.subAccount.roles.1.name") != "财务" ||
				len(a.List("updateSubAccount.subAccount.grants")) != 4 {
				s.Errorf("%s", a.Body)
			}
		},
	},
	{mutation: "updateSubAccount", name: "to what it is", ask: ofSeat("原样", func(s *fixture) vars {
		return vars{"name": "原样", "roleIds": []string{s.A.Roles["客服"], s.A.Roles["客服"]}}
	})},
	{mutation: "updateSubAccount", name: "to nothing new", ask: ofSeat("原样", always(nil))},
	{
		mutation: "updateSubAccount", name: "to a name of null", ask: ofSeat("零", always(vars{"name": nil})),
		want: "INVALID input.name", zh: nullZh, en: nullEn, event: updateRefused + "INVALID",
	},
	{
		mutation: "updateSubAccount", name: "to roles of null", ask: ofSeat("零", always(vars{"roleIds": nil})),
		want: "INVALID input.roleIds", zh: nullZh, en: nullEn, event: updateRefused + "INVALID",
	},
	{
		mutation: "updateSubAccount", name: "to a bad name and no role",
		ask:  ofSeat("坏", always(vars{"name": manyTimes("长", 21), "roleIds": []string{}})),
		want: "INVALID input.name | ROLE_REQUIRED input.roleIds", zh: name20Zh, en: name20En, event: updateRefused +
			"INVALID",
	},
	{
		mutation: "updateSubAccount", name: "to no role", ask: ofSeat("空", always(vars{"roleIds": []string{}})),
		want: "ROLE_REQUIRED input.roleIds", zh: "请至少选择一个岗位。", en: "Choose at least one role.", event: updateRefused +
			"ROLE_REQUIRED",
	},
	{
		mutation: "updateSubAccount", name: "to eleven roles",
		ask: ofSeat("多", always(vars{"roleIds": manyIDs(id.Role, 11)})), want: "TOO_MANY input.roleIds",
		zh: "一个子帐号最多 10 个岗位，请减少。", en: "A sub-account can have at most 10 roles. Choose fewer.", event: updateRefused +
			"TOO_MANY",
	},
	{mutation: "updateSubAccount", name: "to another org's role", ask: ofSeat("外", func(s *fixture) vars {
		return vars{"roleIds": []string{s.A.Roles["客服"], s.B.Roles["客服"]}}
	}), want: "NOT_FOUND input.roleIds.1", zh: noRoleZh, en: noRoleEn, event: updateRefused + "NOT_FOUND"},
	{mutation: "updateSubAccount", name: "of another org", ask: asOwner(func(s *fixture) vars {
		return vars{"id": s.B.Seats["客服"].ID, "name": "某"}
	}), want: "NOT_FOUND input.id", zh: noSubZh, en: noSubEn, event: updateRefused + "NOT_FOUND"},
	{
		mutation: "updateSubAccount", name: "that is none", ask: asOwner(always(vars{"id": "sub_\x00", "name": "某"})),
		want: "NOT_FOUND input.id", zh: noSubZh, en: noSubEn, event: updateRefused + "NOT_FOUND",
	},
}

// ofBatch asks about two new sub-accounts, 一 and 二, of which the second is disabled, and more ids.
func ofBatch(policy string, more ...func(s *fixture) string) func(*fixture) (*client, vars) {
	return asOwner(func(s *fixture) vars {
		one, two := s.seat("一").ID, s.seat("二").ID
		s.must(s.A.Owner, "disableSubAccounts", vars{"orgId": s.A.ID, "ids": []string{two}})
		ids := []string{one, two}
		for _, id := range more {
			ids = append(ids, id(s))
		}
		return vars{"ids": ids, "policy": policy}
	})
}

// ofIDs asks about ids alone.
func ofIDs(policy string, ids func(s *fixture) []string) func(*fixture) (*client, vars) {
	return asOwner(func(s *fixture) vars { return vars{"ids": ids(s), "policy": policy} })
}

func foreign(s *fixture) string { return s.B.Seats["客服"].ID }
func unknown(*fixture) string   { return id.New(id.SubAccount) }
func nonsense(*fixture) string  { return "sub_\x00" }

func foreigners(s *fixture) []string { return []string{foreign(s), unknown(s), "sub_\x00", ""} }

const (
	allFour   = "NOT_FOUND input.ids.0 | NOT_FOUND input.ids.1 | NOT_FOUND input.ids.2 | NOT_FOUND input.ids.3"
	lastThree = "NOT_FOUND input.ids.2 | NOT_FOUND input.ids.3 | NOT_FOUND input.ids.4"
	notThree  = ` | SubAccount "" NOT_FOUND | SubAccount "" NOT_FOUND | SubAccount "sub_" NOT_FOUND`
)

// ofEach are the cases that every mutation of a batch knows.
func ofEach(mutation, one string) []mutationCase {
	record := `OWNER 主帐号 @甲 ` + mutation + " "
	return []mutationCase{
		{
			mutation: mutation, name: "with others per item", some: true, ask: ofBatch("PER_ITEM", foreign, unknown, nonsense),
			want: lastThree, zh: noSubZh, en: noSubEn, event: record + "DONE" + one + notThree,
		},
		{
			mutation: mutation, name: "others alone per item", ask: ofIDs("PER_ITEM", foreigners), want: allFour, zh: noSubZh,
			en: noSubEn, event: record + "REFUSED NOT_FOUND",
		},
		{
			mutation: mutation, name: "with another, all or nothing", ask: ofBatch("ALL_OR_NOTHING", foreign),
			want: "NOT_FOUND input.ids.2", zh: noSubZh, en: noSubEn, event: record + "REFUSED NOT_FOUND",
		},
		{
			mutation: mutation, name: "others per item, with one that is so already", some: true,
			ask: ofIDs("PER_ITEM", func(s *fixture) []string {
				so := map[string]string{"enableSubAccounts": s.A.Seats["财务"].ID, "disableSubAccounts": s.A.Disabled.ID}
				return []string{unknown(s), so[mutation]}
			}), want: map[bool]string{
				false: "NOT_FOUND input.ids.0",
				true:  "NOT_FOUND input.ids.0 | NOT_FOUND input.ids.1",
			}[mutation == "deleteSubAccounts"], zh: noSubZh, en: noSubEn,
			event: record + "REFUSED NOT_FOUND",
		},
		{
			mutation: mutation, name: "none", ask: ofIDs("PER_ITEM", func(*fixture) []string { return []string{} }),
			want: "INVALID input.ids", zh: fewZh, en: fewEn, event: record + "REFUSED INVALID",
		},
		{
			mutation: mutation, name: "too many", ask: ofIDs("PER_ITEM",
				func(*fixture) []string { return manyIDs(id.SubAccount, 101) }), want: "TOO_MANY input.ids", zh: bigZh, en: bigEn,
			event: record + "REFUSED TOO_MANY",
		},
	}
}

const (
	enabledTwo  = ` | SubAccount "二" status:DISABLED→ENABLED`
	disabledOne = ` | SubAccount "一" status:ENABLED→DISABLED`
)

func inOrder(mutation string) func(s *fixture, a *answer) {
	return func(s *fixture, a *answer) {
		if names := a.Texts(mutation+".subAccounts", "name"); len(names) != 2 || names[0] != "一" || names[1] != "二" ||
			a.Text(mutation+".subAccounts.1.roles.0.name") != "客服" {
			s.Errorf("%s", a.Body)
		}
	}
}

var batchDeeds = append(append(append(append([]mutationCase{
	{
		mutation: "enableSubAccounts", name: "all or nothing", ask: ofBatch("ALL_OR_NOTHING"),
		event: `OWNER 主帐号 @甲 enableSubAccounts DONE` + enabledTwo, check: inOrder("enableSubAccounts"),
	},
	{
		mutation: "disableSubAccounts", name: "all or nothing", ask: ofBatch("ALL_OR_NOTHING"),
		event: `OWNER 主帐号 @甲 disableSubAccounts DONE` + disabledOne, check: inOrder("disableSubAccounts"),
	},
	{
		mutation: "disableSubAccounts", name: "that are disabled",
		ask: asOwner(func(s *fixture) vars { return vars{"ids": []string{s.A.Disabled.ID, s.A.Disabled.ID}} }),
	},
	{
		mutation: "deleteSubAccounts", name: "one", ask: asOwner(func(s *fixture) vars {
			return vars{
				"ids":        []string{s.Seat(s.T, s.A, "13700007777", "要删的", s.A.Roles["客服"], s.A.Roles["运营"]).ID},
				"handOverTo": nil,
			}
		}),
		event: `OWNER 主帐号 @甲 deleteSubAccounts DONE | SubAccount "要删的" name:要删的→ phone:+86 137****7777→ status:ENABLED→ roles:运营, 客服→`,
	},
	{
		mutation: "deleteSubAccounts", name: "with an heir", ask: asOwner(func(s *fixture) vars {
			return vars{
				"ids":        []string{s.Seat(s.T, s.A, "13700008888", "要删的", s.A.Roles["客服"]).ID},
				"handOverTo": s.A.Seats["客服"].ID,
			}
		}),
		event: `OWNER 主帐号 @甲 deleteSubAccounts DONE | SubAccount "要删的" name:要删的→ phone:+86 137****8888→ status:ENABLED→ roles:客服→`,
	},
	{
		mutation: "deleteSubAccounts", name: "that hand over to themselves", ask: asOwner(func(s *fixture) vars {
			gone := s.seat("自己").ID
			return vars{"ids": []string{gone}, "handOverTo": gone}
		}), want: "INVALID input.handOverTo", zh: "接手人不能是要删除的子帐号，请另选一人。",
		en:    "A sub-account that is being deleted can't take over creators. Choose somebody else.",
		event: `OWNER 主帐号 @甲 deleteSubAccounts REFUSED INVALID`,
	},
	{
		mutation: "deleteSubAccounts", name: "that hand over to another org", ask: asOwner(func(s *fixture) vars {
			return vars{"ids": []string{s.seat("要删的").ID}, "handOverTo": foreign(s)}
		}), want: "NOT_FOUND input.handOverTo", zh: noSubZh, en: noSubEn,
		event: `OWNER 主帐号 @甲 deleteSubAccounts REFUSED NOT_FOUND`,
	},
}, ofEach("enableSubAccounts", enabledTwo)...), ofEach("disableSubAccounts", disabledOne)...),
	ofEach("deleteSubAccounts", ` | SubAccount "一" name:一→ phone…`)[1:]...), mutationCase{
	mutation: "deleteSubAccounts", name: "with others per item", some: true,
	ask:  ofBatch("PER_ITEM", foreign, unknown, nonsense),
	want: lastThree, zh: noSubZh, en: noSubEn,
	event: `OWNER 主帐号 @甲 deleteSubAccounts DONE | SubAccount "一" name:一→ phone…`,
	check: func(s *fixture, a *answer) {
		if len(a.List("deleteSubAccounts.deletedIds")) != 2 {
			s.Errorf("%s", a.Body)
		}
	},
})
