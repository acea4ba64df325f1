package graph_test

import (
	"strings"

	"deputy/internal/id"
)

func manyTimes(text string, n int) string { return strings.Repeat(text, n) }

// manyIDs returns ids of no object.
func manyIDs(kind id.Kind, n int) []string {
	ids := make([]string, n)
	for i := range ids {
		ids[i] = id.New(kind)
	}
	return ids
}

const noSessionZh, noSessionEn = "没有这个登录会话。", "The session was not found."

func (s *fixture) sessionIDs(who *client) []string {
	return who.Do(`{ viewer { sessions { id } } }`, nil).OK().Texts("viewer.sessions", "id")
}

var sessionDeeds = []mutationCase{
	{
		mutation: "signOut", name: "once", ask: func(s *fixture) (*client, vars) {
			who, _ := s.person()
			return who, nil
		}, event: `ACCOUNT p***@example.com @- signOut DONE | Account "p***@example.com" | Session "" createdAt:…`,
		check: func(s *fixture, a *answer) {
			if !id.Is(id.Session, a.Text("signOut.endedId")) {
				s.Errorf("%s", a.Body)
			}
		},
	},
	{
		mutation: "endSessions", name: "all others", ask: func(s *fixture) (*client, vars) {
			who, email := s.person()
			s.signInAgain(email)
			return who, vars{}
		}, event: `ACCOUNT p***@example.com @- endSessions DONE | Account "p***@example.com" | Session "" createdAt:…`,
		check: func(s *fixture, a *answer) {
			if len(a.List("endSessions.endedIds")) != 1 {
				s.Errorf("%s", a.Body)
			}
		},
	},
	{mutation: "endSessions", name: "none", ask: func(s *fixture) (*client, vars) {
		who, _ := s.person()
		return who, vars{}
	}},
	{
		mutation: "endSessions", name: "one and an unknown one", some: true, ask: func(s *fixture) (*client, vars) {
			who, email := s.person()
			s.signInAgain(email)
			return who, vars{"ids": []string{id.New(id.Session), s.sessionIDs(who)[0]}}
		}, want: "NOT_FOUND input.ids.0", zh: noSessionZh, en: noSessionEn,
		event: `ACCOUNT p***@example.com @- endSessions DONE | Account "p***@example.com" | Session "" createdAt:…`,
	},
	{
		mutation: "endSessions", name: "somebody else's, one that is over and none at all",
		ask: func(s *fixture) (*client, vars) {
			who, email := s.person()
			s.signInAgain(email)
			over := s.must(who, "endSessions", vars{}).List("endSessions.endedIds")[0].(string)
			return who, vars{"ids": []string{s.sessionIDs(s.A.Owner)[0], over, id.New(id.Session), "ses_\x00", ""}}
		},
		want: "NOT_FOUND input.ids.0 | NOT_FOUND input.ids.1 | NOT_FOUND input.ids.2 | NOT_FOUND input.ids.3 | NOT_FOUND " +
			"input.ids.4", zh: noSessionZh, en: noSessionEn,
	},
	{mutation: "endSessions", name: "null", ask: func(s *fixture) (*client, vars) {
		who, _ := s.person()
		return who, vars{"ids": nil}
	}, want: "INVALID input.ids", zh: nullZh, en: nullEn},
	{mutation: "endSessions", name: "too many", ask: func(s *fixture) (*client, vars) {
		who, _ := s.person()
		return who, vars{"ids": manyIDs(id.Session, 101)}
	}, want: "TOO_MANY input.ids", zh: "一次最多 100 个。", en: "At most 100 at once."},
}

const (
	nullZh, nullEn   = "这一项不能为 null：不修改时请不要传。", "This can't be null. Leave it out to keep the current value."
	name20Zh         = "请填写 1 到 20 个字。"
	name20En         = "Enter 1 to 20 characters."
	noSeatZh         = "您在该机构没有子帐号。"
	noSeatEn         = "You have no sub-account in this org."
	youOwnZh, youOwn = "您已开通机构，一个帐号只能开通一个机构。", "You already opened an org. An account can open only one."
)

var orgDeeds = []mutationCase{
	{
		mutation: "createOrg", name: "by a stranger", ask: func(s *fixture) (*client, vars) {
			return s.SignIn(s.T, "13700002222"), vars{"name": " 新  机构 ", "ownerName": "老板"}
		},
		event: `OWNER 老板 @ createOrg DONE | Org "新 机构" name:→新 机构 ownerName:→老板 timeZone:→Asia/Shanghai currency:→CNY | Role "运营" name:→运营 description:→管理达人和任务，查看数据 grants:→CREATORS: VIEW, EDIT (ALL); TASKS: VIEW, EDIT (ALL); DATA: VIEW (ALL) | Role "商务"…`, check: func(s *fixture, a *answer) {
			if a.Get("createOrg.org.viewerIsOwner") != true || a.Get("createOrg.org.roles.totalCount") != 4.0 ||
				len(a.List("createOrg.org.navigation")) != 7 || a.Text("createOrg.org.owner.phone") != "+8613700002222" {
				s.Errorf("%s", a.Body)
			}
		},
	},
	{mutation: "createOrg", name: "of a bad name", ask: func(s *fixture) (*client, vars) {
		return s.Stranger, vars{"name": " ", "ownerName": manyTimes("主", 21)}
	}, want: "INVALID input.name | INVALID input.ownerName", zh: "请填写 1 到 50 个字。", en: "Enter 1 to 50 characters."},
	{mutation: "createOrg", name: "by an owner", ask: func(s *fixture) (*client, vars) {
		return s.A.Owner, vars{"name": "又一家"}
	}, want: "ACCOUNT_OWNS_ORG input", zh: youOwnZh, en: youOwn},
	{
		mutation: "createOrg", name: "by a sub-account", ask: func(s *fixture) (*client, vars) {
			return s.A.Seats["客服"].Client, vars{"name": "又一家"}
		}, want: "ACCOUNT_HAS_SEATS input", zh: "您是其他机构的子帐号，请先解除授权再开通机构。",
		en: "You are a sub-account of another org. Leave every org before you open your own.",
	},
	{
		mutation: "createOrg", name: "by a disabled sub-account", ask: func(s *fixture) (*client, vars) {
			return s.A.Disabled.Client, vars{"name": "又一家"}
		}, want: "ACCOUNT_HAS_SEATS input", zh: "您是其他机构的子帐号，请先解除授权再开通机构。",
		en: "You are a sub-account of another org. Leave every org before you open your own.",
	},

	{
		mutation: "updateOrg", name: "all of it", ask: func(s *fixture) (*client, vars) {
			return s.B.Owner, vars{
				"orgId": s.B.ID, "name": "乙机构二", "ownerName": "老乙", "timeZone": "Europe/Berlin",
				"currency": "eur",
			}
		},
		event: `OWNER 主帐号 @乙 updateOrg DONE | Org "乙机构二" name:乙机构→乙机构二 ownerName:主帐号→老乙 timeZone:Asia/Shanghai→Europe/Berlin currency:CNY→EUR`,
	},
	{mutation: "updateOrg", name: "to what it is", ask: func(s *fixture) (*client, vars) {
		return s.B.Owner, vars{"orgId": s.B.ID, "name": "乙机构二", "currency": "EUR"}
	}},
	{mutation: "updateOrg", name: "to nothing new", ask: func(s *fixture) (*client, vars) {
		return s.B.Owner,
			vars{"orgId": s.B.ID}
	}},
	{
		mutation: "updateOrg", name: "to bad values", ask: func(s *fixture) (*client, vars) {
			return s.A.Owner, vars{
				"orgId": s.A.ID, "name": manyTimes("长", 51), "ownerName": "", "timeZone": "Mars/Base",
				"currency": "XYZ",
			}
		},
		want: "INVALID input.name | INVALID input.ownerName | INVALID input.timeZone | INVALID input.currency",
		zh:   "请填写 1 到 50 个字。", en: "Enter 1 to 50 characters.", event: `OWNER 主帐号 @甲 updateOrg REFUSED INVALID`,
	},
	{mutation: "updateOrg", name: "to a name of null", ask: func(s *fixture) (*client, vars) {
		return s.A.Owner, vars{"orgId": s.A.ID, "name": nil}
	}, want: "INVALID input.name", zh: nullZh, en: nullEn, event: `OWNER 主帐号 @甲 updateOrg REFUSED INVALID`},
	{mutation: "updateOrg", name: "to an owner's name of null", ask: func(s *fixture) (*client, vars) {
		return s.A.Owner, vars{"orgId": s.A.ID, "ownerName": nil}
	}, want: "INVALID input.ownerName", zh: nullZh, en: nullEn, event: `OWNER 主帐号 @甲 updateOrg REFUSED INVALID`},
	{mutation: "updateOrg", name: "to a time zone of null", ask: func(s *fixture) (*client, vars) {
		return s.A.Owner, vars{"orgId": s.A.ID, "timeZone": nil}
	}, want: "INVALID input.timeZone", zh: nullZh, en: nullEn, event: `OWNER 主帐号 @甲 updateOrg REFUSED INVALID`},
	{mutation: "updateOrg", name: "to a currency of null", ask: func(s *fixture) (*client, vars) {
		return s.A.Owner, vars{"orgId": s.A.ID, "currency": nil}
	}, want: "INVALID input.currency", zh: nullZh, en: nullEn, event: `OWNER 主帐号 @甲 updateOrg REFUSED INVALID`},

	{
		mutation: "releaseSeat", name: "one's own", ask: func(s *fixture) (*client, vars) {
			return s.Seat(s.T, s.A, "13700003333", "要走的", s.A.Roles["客服"]).Client, vars{"orgId": s.A.ID}
		},
		event: `SUB_ACCOUNT 要走的 @甲 releaseSeat DONE | SubAccount "要走的" name:要走的→ phone:+86 137****3333→ status:ENABLED→ roles:客服→`,
	},
	{
		mutation: "releaseSeat", name: "a disabled one", ask: func(s *fixture) (*client, vars) {
			leaving := s.Seat(s.T, s.A, "13700004444", "停用的", s.A.Roles["客服"])
			s.must(s.A.Owner, "disableSubAccounts", vars{"orgId": s.A.ID, "ids": []string{leaving.ID}})
			return leaving.Client, vars{"orgId": s.A.ID}
		},
		event: `SUB_ACCOUNT 停用的 @甲 releaseSeat DONE | SubAccount "停用的" name:停用的→ phone:+86 137****4444→ status:DISABLED→ roles:客服→`,
	},
	{mutation: "releaseSeat", name: "of a stranger", ask: func(s *fixture) (*client, vars) {
		return s.Stranger, vars{"orgId": s.A.ID}
	}, want: "NOT_FOUND input.orgId", zh: noSeatZh, en: noSeatEn},
	{mutation: "releaseSeat", name: "of no org", ask: func(s *fixture) (*client, vars) {
		return s.Stranger, vars{"orgId": "org_\x00"}
	}, want: "NOT_FOUND input.orgId", zh: noSeatZh, en: noSeatEn},
	{mutation: "releaseSeat", name: "of the owner", ask: func(s *fixture) (*client, vars) {
		return s.A.Owner, vars{"orgId": s.A.ID}
	}, want: "NOT_FOUND input.orgId", zh: noSeatZh, en: noSeatEn, event: `OWNER 主帐号 @甲 releaseSeat REFUSED NOT_FOUND`},
}
