package graph_test

import (
	"fmt"
	"slices"

	"deputy/internal/id"
)

const (
	noCreatorZh, noCreatorEn = "找不到该达人，请刷新列表后再试。", "The creator was not found. Reload the list and try again."
	fullCreatorsZh           = "一个机构最多 10000 位签约达人，请先结束不再合作的达人的合约。"
	fullCreatorsEn           = "An org can have at most 10000 creators under contract. End contracts that are no longer " +
		"needed first."
	name50Zh, name50En = "请填写 1 到 50 个字。", "Enter 1 to 50 characters."
)

// creator makes a creator of A whom nobody manages, unless input says so, and returns its id.
func (s *fixture) creator(name string, input vars) string {
	s.Helper()
	in := vars{"orgId": s.A.ID, "name": name, "platformId": fmt.Sprint(name, s.number())}
	for key, value := range input {
		in[key] = value
	}
	return s.must(s.A.Owner, "createCreator", in).Text("createCreator.creator.id")
}

// foreignCreator makes a creator of B.
func (s *fixture) foreignCreator() string {
	s.Helper()
	return s.must(s.B.Owner, "createCreator", vars{
		"orgId": s.B.ID, "name": "乙达人",
		"platformId": s.number(),
	}).Text("createCreator.creator.id")
}

func newCreator(in vars) func(*fixture) (*client, vars) {
	return asOwner(func(s *fixture) vars {
		all := vars{"name": "小美", "platformId": s.number()}
		for key, value := range in {
			all[key] = value
		}
		return all
	})
}

// ofCreator changes a new creator.
func ofCreator(change vars) func(*fixture) (*client, vars) {
	return asOwner(func(s *fixture) vars {
		in := vars{"id": s.creator("旧名", vars{
			"category": "美妆", "followers": 7, "contractFrom": "2026-01-01",
			"contractTo": "2026-12-31", "shareBps": 3000,
		})}
		for key, value := range change {
			in[key] = value
		}
		return in
	})
}

// ofCreators is a batch of new creators, called 一, 二 and so on, and other ids.
func ofCreators(n int, more func(s *fixture) vars, others ...string) func(*fixture) (*client, vars) {
	return asOwner(func(s *fixture) vars {
		ids := []string{}
		for i := range n {
			ids = append(ids, s.creator([]string{"一", "二", "三"}[i], nil))
		}
		in := vars{"ids": append(ids, others...)}
		if more != nil {
			for key, value := range more(s) {
				in[key] = value
			}
		}
		return in
	})
}

func toManager(s *fixture) vars { return vars{"managerId": s.A.Seats["商务"].ID} }

func toNobody(*fixture) vars { return vars{"managerId": nil} }

var creatorDeeds = []mutationCase{
	{
		mutation: "importCreators", name: "new ones, one that is there, and wrong ones", some: true,
		ask: asOwner(func(s *fixture) vars {
			s.creator("旧", vars{"platformId": "imp_1", "category": "美妆", "followers": 7, "contractTo": "2026-12-31"})
			s.creator("同", vars{"platformId": "imp_2"})
			return vars{"creators": []vars{
				{"platformId": "imp_1", "name": " 新 ", "category": nil, "contractTo": nil, "shareBps": 2500},
				{"platformId": "imp_2", "name": "同"},
				{"platformId": "imp_3", "name": "三", "followers": 9, "status": "ENDED", "contractFrom": "2026-01-01"},
				{"platformId": "imp_3", "name": "三"},
				{"platformId": "imp_4", "name": "四", "shareBps": 10_001},
			}}
		}),
		want: "INVALID input.creators.3.platformId | INVALID input.creators.4.shareBps",
		zh:   "该平台 ID 在本次导入中重复，请只保留一行。",
		event: `OWNER 主帐号 @甲 importCreators DONE | ImportCreatorsPayload "" created:→1 changed:→1 unchanged:→1 refused:→2 | ` +
			`Creator "新" name:旧→新 category:美妆→ contractTo:2026-12-31→ shareBps:0→2500 | ` +
			`Creator "三" name:→三 platformId:→imp_3 category:→ followers:→9 status:→ENDED contractFrom:→2026-01-01 shareBps:→0 | ` +
			`Creator "imp_3" INVALID | Creator "imp_4" INVALID`,
		check: counted("importCreators", 1, 1, 1),
	},
	{
		mutation: "importCreators", name: "again", ask: asOwner(func(s *fixture) vars {
			in := vars{"orgId": s.A.ID, "creators": []vars{{"platformId": "imp_9", "name": "九", "followers": 3}}}
			s.must(s.A.Owner, "importCreators", in)
			return in
		}),
		check: counted("importCreators", 0, 0, 1),
	},
	{
		mutation: "importCreators", name: "all or nothing",
		ask: asOwner(func(*fixture) vars {
			return vars{"policy": "ALL_OR_NOTHING", "creators": []vars{
				{"platformId": "imp_10", "name": "十"},
				{"platformId": "6.92353E+18", "name": "十一"},
			}}
		}),
		want: "INVALID input.creators.1.platformId", zh: "表格软件缩短或改写了这个号码，请把该列设为文本后重新导出。",
		en:    "A spreadsheet program shortened or changed this number. Format the column as text and export again.",
		event: `OWNER 主帐号 @甲 importCreators REFUSED INVALID`,
	},
	{
		mutation: "importCreators", name: "none", ask: asOwner(func(*fixture) vars { return vars{"creators": []vars{}} }),
		want: "INVALID input.creators", zh: "请至少选择一位达人。", en: "Choose at least one creator.",
		event: `OWNER 主帐号 @甲 importCreators REFUSED INVALID`,
	},
	{
		mutation: "importCreators", name: "too many",
		ask: asOwner(func(*fixture) vars {
			return vars{"creators": slices.Repeat([]vars{{"platformId": "1", "name": "一"}}, 1001)}
		}),
		want: "TOO_MANY input.creators", zh: "一次最多处理 1000 位达人，请分批操作。",
		en:    "You can change at most 1000 creators at once. Split the list.",
		event: `OWNER 主帐号 @甲 importCreators REFUSED TOO_MANY`,
	},
	{
		mutation: "updateCreator", name: "of what one sees and may not edit",
		ask:  lookingOn(func(s *fixture) vars { return vars{"id": s.creator("一", nil), "category": "新"} }),
		want: "OUT_OF_SCOPE input.id", zh: notYoursZh, en: notYoursEn,
		event: `SUB_ACCOUNT 看全部 @甲 updateCreator REFUSED OUT_OF_SCOPE`,
	},
	{
		mutation: "endCreators", name: "of what one sees and may not edit",
		ask:  lookingOn(func(s *fixture) vars { return vars{"ids": []string{s.creator("一", nil)}} }),
		want: "OUT_OF_SCOPE input.ids.0", zh: notYoursZh, en: notYoursEn,
		event: `SUB_ACCOUNT 看全部 @甲 endCreators REFUSED OUT_OF_SCOPE`,
	},
	{
		mutation: "createCreator", name: "with everything", ask: asOwner(func(s *fixture) vars {
			return vars{
				"name": " 小　美 ", "platformId": "dy_1", "category": "美妆", "followers": 1_200_000, "contractFrom": "2026-01-01",
				"contractTo": "2026-12-31",
				"shareBps":   3000, "managerId": s.A.Seats["运营"].ID,
			}
		}),
		event: `OWNER 主帐号 @甲 createCreator DONE | Creator "小 美" name:→小 美 platformId:→dy_1 category:→美妆 followers:→1200000 status:→SIGNED contractFrom:→2026-01-01 contractTo:→2026-12-31 shareBps:→3000 manager:→运营员`,
		check: func(s *fixture, a *answer) {
			if a.Text("createCreator.creator.manager.name") != "运营员" ||
				a.Text("createCreator.creator.contractTo") != "2026-12-31" ||
				a.Get("createCreator.creator.followers") != 1_200_000.0 {
				s.Errorf("%s", a.Body)
			}
		},
	},
	{
		mutation: "createCreator", name: "with much wrong",
		ask: newCreator(vars{
			"name": "", "platformId": manyTimes("长", 65), "category": manyTimes("长", 21), "followers": -1,
			"shareBps": 10001, "contractFrom": "2026-02-01", "contractTo": "2026-01-01",
		}),
		want: "INVALID input.name | INVALID input.platformId | INVALID input.category | INVALID input.followers | INVALID " +
			"input.shareBps | INVALID input.contractTo",
		zh: name50Zh, en: name50En, event: `OWNER 主帐号 @甲 createCreator REFUSED INVALID`,
	},
	{
		mutation: "createCreator", name: "by a form that was left empty",
		ask: newCreator(vars{
			"platformId": "dy_9", "category": nil, "followers": nil, "contractFrom": nil, "shareBps": nil,
			"managerId": nil,
		}),
		event: `OWNER 主帐号 @甲 createCreator DONE | Creator "小美" name:→小美 platformId:→dy_9 category:→ followers:→0 status:→SIGNED shareBps:→0`,
	},
	{
		mutation: "createCreator", name: "with the platform id of another", ask: newCreator(vars{"platformId": "dy_1"}),
		want: "NAME_TAKEN input.platformId",
		zh:   "平台 ID “dy_1”已属于本机构的另一位达人，请核对。", en: "The platform ID “dy_1” already belongs to another creator of this org. " +
			"Check it.",
		event: `OWNER 主帐号 @甲 createCreator REFUSED NAME_TAKEN`,
	},
	{
		mutation: "createCreator", name: "for a manager of another org", ask: asOwner(func(s *fixture) vars {
			return vars{"name": "小美", "platformId": s.number(), "managerId": s.B.Seats["运营"].ID}
		}), want: "NOT_FOUND input.managerId", zh: "找不到该子帐号，请刷新后另选一位经纪人。",
		en:    "The sub-account was not found. Reload and choose another manager.",
		event: `OWNER 主帐号 @甲 createCreator REFUSED NOT_FOUND`,
	},
	{
		mutation: "createCreator", name: "for a disabled manager", ask: asOwner(func(s *fixture) vars {
			return vars{"name": "小美", "platformId": s.number(), "managerId": s.A.Disabled.ID}
		}), want: "INVALID input.managerId", zh: "该子帐号已停用，请先启用或另选一位经纪人。",
		en:    "This sub-account is disabled. Enable it first, or choose another manager.",
		event: `OWNER 主帐号 @甲 createCreator REFUSED INVALID`,
	},
	{
		mutation: "createCreator", name: "for oneself", ask: func(s *fixture) (*client, vars) {
			asking := s.seat("自任员", s.A.Roles["运营"])
			return asking.Client, vars{"orgId": s.A.ID, "name": "小美", "platformId": s.number(), "managerId": asking.ID}
		}, want: "INVALID input.managerId", zh: "不能把达人分配给自己，请由机构的主帐号操作。",
		en:    "You can't assign creators to yourself. Ask the owner.",
		event: `SUB_ACCOUNT 自任员 @甲 createCreator REFUSED INVALID`,
	},
	{
		mutation: "createCreator", name: "beyond ten thousand", ask: func(s *fixture) (*client, vars) {
			full := s.pack()
			return full.Owner, vars{"orgId": full.ID, "name": "多的", "platformId": "more"}
		}, want: "TOO_MANY input", zh: fullCreatorsZh, en: fullCreatorsEn,
		event: `OWNER 主帐号 @挤 createCreator REFUSED TOO_MANY`,
	},

	{
		mutation: "updateCreator", name: "back under contract, beyond ten thousand", ask: func(s *fixture) (*client, vars) {
			full := s.pack()
			return full.Owner, vars{"orgId": full.ID, "id": full.ended, "status": "SIGNED"}
		}, want: "TOO_MANY input.status", zh: fullCreatorsZh, en: fullCreatorsEn,
		event: `OWNER 主帐号 @挤 updateCreator REFUSED TOO_MANY`,
	},
	{mutation: "updateCreator", name: "back under contract", ask: asOwner(func(s *fixture) vars {
		ended := s.creator("一", nil)
		s.must(s.A.Owner, "endCreators", vars{"orgId": s.A.ID, "ids": []string{ended}})
		return vars{"id": ended, "status": "SIGNED"}
	}), event: `OWNER 主帐号 @甲 updateCreator DONE | Creator "一" status:ENDED→SIGNED`},
	{mutation: "updateCreator", name: "one under contract in an org that is full", ask: func(s *fixture) (*client, vars) {
		full := s.pack()
		return full.Owner, vars{"orgId": full.ID, "id": full.signed, "status": "SIGNED"}
	}},
	{
		mutation: "updateCreator", name: "all of it", ask: ofCreator(vars{
			"name": "新名", "platformId": "dy_2", "category": nil,
			"followers": 8, "status": "ENDED", "contractFrom": nil, "contractTo": "2027-01-01", "shareBps": 0,
		}),
		event: `OWNER 主帐号 @甲 updateCreator DONE | Creator "新名" name:旧名→新名 platformId:…`,
	},
	{mutation: "updateCreator", name: "nothing", ask: ofCreator(nil)},
	{mutation: "updateCreator", name: "to what it is", ask: ofCreator(vars{"name": "旧名", "followers": 7})},
	{
		mutation: "updateCreator", name: "a name to nothing", ask: ofCreator(vars{"name": nil}), want: "INVALID input.name",
		zh: nullZh, en: nullEn,
		event: `OWNER 主帐号 @甲 updateCreator REFUSED INVALID`,
	},
	{
		mutation: "updateCreator", name: "one of another org",
		ask:  asOwner(func(s *fixture) vars { return vars{"id": s.foreignCreator(), "name": "新"} }),
		want: "NOT_FOUND input.id", zh: noCreatorZh, en: noCreatorEn, event: `OWNER 主帐号 @甲 updateCreator REFUSED NOT_FOUND`,
	},
	{
		mutation: "updateCreator", name: "to the platform id of another", ask: ofCreator(vars{"platformId": "dy_1"}),
		want: "NAME_TAKEN input.platformId",
		zh:   "平台 ID “dy_1”已属于本机构的另一位达人，请核对。", en: "The platform ID “dy_1” already belongs to another creator of this org. " +
			"Check it.",
		event: `OWNER 主帐号 @甲 updateCreator REFUSED NAME_TAKEN`,
	},

	{
		mutation: "assignCreators", name: "to a manager", ask: ofCreators(2, toManager),
		event: `OWNER 主帐号 @甲 assignCreators DONE | Creator "一" manager:→商务员 | Creator "二" manager:→商务员`,
	},
	{mutation: "assignCreators", name: "to nobody", ask: asOwner(func(s *fixture) vars {
		return vars{"ids": []string{s.creator("一", vars{"managerId": s.A.Seats["商务"].ID})}, "managerId": nil}
	}), event: `OWNER 主帐号 @甲 assignCreators DONE | Creator "一" manager:商务员→`},
	{mutation: "assignCreators", name: "to nobody, as they are", ask: ofCreators(1, toNobody)},
	{
		mutation: "assignCreators", name: "without saying to whom", ask: ofCreators(1, nil), want: "INVALID input.managerId",
		zh: "请选择经纪人；如不再由任何人负责，请明确传 null。", en: "Choose a manager. For no manager, pass null.",
		event: `OWNER 主帐号 @甲 assignCreators REFUSED INVALID`,
	},
	{
		mutation: "assignCreators", name: "some that are none", ask: ofCreators(1, toManager, "x"), some: true,
		want: "NOT_FOUND input.ids.1", zh: noCreatorZh, en: noCreatorEn,
		event: `OWNER 主帐号 @甲 assignCreators DONE | Creator "一" manager:→商务员 | Creator "x" NOT_FOUND`,
	},
	{
		mutation: "assignCreators", name: "to somebody of another org",
		ask:  ofCreators(1, func(s *fixture) vars { return vars{"managerId": s.B.Seats["商务"].ID} }),
		want: "NOT_FOUND input.managerId", zh: "找不到该子帐号，请刷新后另选一位经纪人。",
		en:    "The sub-account was not found. Reload and choose another manager.",
		event: `OWNER 主帐号 @甲 assignCreators REFUSED NOT_FOUND`,
	},
	{
		mutation: "assignCreators", name: "too many", ask: ofCreators(0, toManager, manyIDs(id.Creator, 101)...),
		want: "TOO_MANY input.ids",
		zh:   "一次最多处理 100 位达人，请分批操作。", en: "You can change at most 100 creators at once. Split the list.",
		event: `OWNER 主帐号 @甲 assignCreators REFUSED TOO_MANY`,
	},

	{
		mutation: "endCreators", name: "two", ask: ofCreators(2, nil),
		event: `OWNER 主帐号 @甲 endCreators DONE | Creator "一" status:SIGNED→ENDED | Creator "二" status:SIGNED→ENDED`,
	},
	{
		mutation: "endCreators", name: "none", ask: ofCreators(0, nil), want: "INVALID input.ids", zh: "请至少选择一位达人。",
		en:    "Choose at least one creator.",
		event: `OWNER 主帐号 @甲 endCreators REFUSED INVALID`,
	},
	{
		mutation: "endCreators", name: "all or nothing", ask: ofCreators(1,
			func(*fixture) vars { return vars{"policy": "ALL_OR_NOTHING"} }, "x"),
		want: "NOT_FOUND input.ids.1", zh: noCreatorZh, en: noCreatorEn, event: `OWNER 主帐号 @甲 endCreators REFUSED NOT_FOUND`,
	},
	{
		mutation: "endCreators", name: "too many", ask: ofCreators(0, nil, manyIDs(id.Creator, 101)...),
		want: "TOO_MANY input.ids",
		zh:   "一次最多处理 100 位达人，请分批操作。", en: "You can change at most 100 creators at once. Split the list.",
		event: `OWNER 主帐号 @甲 endCreators REFUSED TOO_MANY`,
	},

	{
		mutation: "deleteSubAccounts", name: "whose creators somebody takes over", ask: asOwner(func(s *fixture) vars {
			gone := s.seat("离职员").ID
			s.creator("交接", vars{"managerId": gone})
			return vars{"ids": []string{gone}, "handOverTo": s.A.Seats["商务"].ID}
		}), event: `OWNER 主帐号 @甲 deleteSubAccounts DONE | SubAccount "离职员" name:离职员→ phone:…`,
		check: func(s *fixture, a *answer) {
			if a.Get("deleteSubAccounts.handedOverCreators") != 1.0 || a.Get("deleteSubAccounts.unmanagedCreators") != 0.0 {
				s.Errorf("%s", a.Body)
			}
		},
	},
	{
		mutation: "releaseSeat", name: "of who manages creators", ask: func(s *fixture) (*client, vars) {
			gone := s.seat("离开员")
			s.creator("无主", vars{"managerId": gone.ID})
			return gone.Client, vars{"orgId": s.A.ID}
		}, event: `SUB_ACCOUNT 离开员 @甲 releaseSeat DONE | SubAccount "离开员" name:离开员→ phone:…`,
		check: func(s *fixture, a *answer) {
			if a.Get("releaseSeat.unmanagedCreators") != 1.0 {
				s.Errorf("%s", a.Body)
			}
		},
	},
}
