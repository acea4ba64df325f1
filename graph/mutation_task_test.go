package graph_test

import "deputy/internal/id"

const (
	noTaskZh, noTaskEn             = "找不到该任务，请刷新列表后再试。", "The task was not found. Reload the list and try again."
	fullTasksZh                    = "一个机构最多 10000 个未关闭的任务，请先关闭已完成的任务。"
	fullTasksEn                    = "An org can have at most 10000 tasks that are not closed. Close finished tasks first."
	noAssignmentZh, noAssignmentEn = "找不到该达人的任务记录，请刷新列表后再试。",
		"The assignment was not found. Reload the list and try again."
)

// task makes a task of A in which creators take part, and returns its id.
func (s *fixture) task(title string, creatorIDs ...string) string {
	s.Helper()
	return s.must(s.A.Owner, "createTask", vars{
		"orgId": s.A.ID, "title": title,
		"creatorIds": append([]string{}, creatorIDs...),
	}).Text("createTask.task.id")
}

// foreignTask makes a task of B.
func (s *fixture) foreignTask() string {
	s.Helper()
	return s.must(s.B.Owner, "createTask", vars{"orgId": s.B.ID, "title": "乙任务"}).Text("createTask.task.id")
}

// assignment makes a task with one creator, 一, and returns the assignment's id.
func (s *fixture) assignment() string {
	s.Helper()
	found := s.A.Owner.Do(`query($id: ID!) { node(id: $id) { ... on Task { assignments { nodes { id } } } } }`,
		vars{"id": s.task("任务", s.creator("一", nil))}).OK()
	return found.Text("node.assignments.nodes.0.id")
}

func newTask(in vars) func(*fixture) (*client, vars) {
	return asOwner(func(*fixture) vars {
		all := vars{"title": "双十一"}
		for key, value := range in {
			all[key] = value
		}
		return all
	})
}

// ofTask is about a new task.
func ofTask(change vars) func(*fixture) (*client, vars) {
	return asOwner(func(s *fixture) vars {
		in := vars{"id": s.task("旧题")}
		for key, value := range change {
			in[key] = value
		}
		return in
	})
}

// closed is about a closed task.
func closed(more func(s *fixture) vars) func(*fixture) (*client, vars) {
	return asOwner(func(s *fixture) vars {
		in := vars{"id": s.task("旧题")}
		s.must(s.A.Owner, "closeTask", vars{"orgId": s.A.ID, "id": in["id"]})
		if more != nil {
			for key, value := range more(s) {
				in[key] = value
			}
		}
		return in
	})
}

// judgedAs says of a new assignment that it went through statuses, the last of them in the case.
func judgedAs(statuses ...string) func(*fixture) (*client, vars) {
	return asOwner(func(s *fixture) vars {
		id := s.assignment()
		last := len(statuses) - 1
		for _, status := range statuses[:last] {
			s.must(s.A.Owner, "setAssignmentStatus", vars{"orgId": s.A.ID, "id": id, "status": status})
		}
		return vars{"id": id, "status": statuses[last]}
	})
}

var taskDeeds = []mutationCase{
	{
		mutation: "createTask", name: "of what one sees and may not edit",
		ask:  lookingOn(func(s *fixture) vars { return vars{"title": "新", "creatorIds": []string{s.creator("一", nil)}} }),
		want: "OUT_OF_SCOPE input.creatorIds.0", zh: notYoursZh, en: notYoursEn,
		event: `SUB_ACCOUNT 看全部 @甲 createTask REFUSED OUT_OF_SCOPE`,
	},
	{
		mutation: "updateTask", name: "of what one sees and may not edit",
		ask:  lookingOn(func(s *fixture) vars { return vars{"id": s.task("旧题"), "title": "新"} }),
		want: "OUT_OF_SCOPE input.id", zh: notYoursZh, en: notYoursEn,
		event: `SUB_ACCOUNT 看全部 @甲 updateTask REFUSED OUT_OF_SCOPE`,
	},
	{
		mutation: "openTask", name: "of what one sees and may not edit",
		ask:  lookingOn(func(s *fixture) vars { return vars{"id": s.task("旧题")} }),
		want: "OUT_OF_SCOPE input.id", zh: notYoursZh, en: notYoursEn,
		event: `SUB_ACCOUNT 看全部 @甲 openTask REFUSED OUT_OF_SCOPE`,
	},
	{
		mutation: "closeTask", name: "of what one sees and may not edit",
		ask:  lookingOn(func(s *fixture) vars { return vars{"id": s.task("旧题")} }),
		want: "OUT_OF_SCOPE input.id", zh: notYoursZh, en: notYoursEn,
		event: `SUB_ACCOUNT 看全部 @甲 closeTask REFUSED OUT_OF_SCOPE`,
	},
	{
		mutation: "assignTask", name: "of what one sees and may not edit", ask: lookingOn(func(s *fixture) vars {
			return vars{"id": s.task("旧题"), "creatorIds": []string{s.creator("一", nil)}}
		}),
		want: "OUT_OF_SCOPE input.creatorIds.0", zh: notYoursZh, en: notYoursEn,
		event: `SUB_ACCOUNT 看全部 @甲 assignTask REFUSED OUT_OF_SCOPE`,
	},
	{
		mutation: "setAssignmentStatus", name: "of what one sees and may not edit",
		ask:  lookingOn(func(s *fixture) vars { return vars{"id": s.assignment(), "status": "ACCEPTED"} }),
		want: "OUT_OF_SCOPE input.id", zh: notYoursZh, en: notYoursEn,
		event: `SUB_ACCOUNT 看全部 @甲 setAssignmentStatus REFUSED OUT_OF_SCOPE`,
	},
	{mutation: "createTask", name: "with creators", ask: asOwner(func(s *fixture) vars {
		return vars{
			"title": "双十一", "brief": "直播\n两场", "reward": 50000, "deadline": "2026-11-11T00:00:00Z",
			"creatorIds": []string{s.creator("一", nil), s.creator("二", nil)},
		}
	}), event: `OWNER 主帐号 @甲 createTask DONE | Task "双十一" title:→双十一 brief:→直播` + "\n" +
		`两场 reward:→50000 status:→DRAFT deadline:→2026-11-11T00:00:00Z | TaskAssignment "一" status:→ASSIGNED | TaskAssignment "二" status:→ASSIGNED`},
	{
		mutation: "createTask", name: "by a form that was left empty",
		ask:   newTask(vars{"brief": nil, "reward": nil, "deadline": nil, "creatorIds": nil}),
		event: `OWNER 主帐号 @甲 createTask DONE | Task "双十一" title:→双十一 brief:→ reward:→0 status:→DRAFT`,
	},
	{
		mutation: "createTask", name: "with much wrong", ask: newTask(vars{
			"title": "", "brief": manyTimes("长", 2001),
			"reward": -1,
		}),
		want: "INVALID input.title | INVALID input.brief | INVALID input.reward", zh: name50Zh, en: name50En,
		event: `OWNER 主帐号 @甲 createTask REFUSED INVALID`,
	},
	{
		mutation: "createTask", name: "with a creator of another org", ask: asOwner(func(s *fixture) vars {
			return vars{"title": "双十一", "creatorIds": []string{s.creator("一", nil), s.foreignCreator()}}
		}), want: "NOT_FOUND input.creatorIds.1", zh: noCreatorZh, en: noCreatorEn,
		event: `OWNER 主帐号 @甲 createTask REFUSED NOT_FOUND`,
	},
	{
		mutation: "createTask", name: "with too many creators", ask: newTask(vars{"creatorIds": manyIDs(id.Creator, 101)}),
		want: "TOO_MANY input.creatorIds",
		zh:   "一次最多处理 100 位达人，请分批操作。", en: "You can change at most 100 creators at once. Split the list.",
		event: `OWNER 主帐号 @甲 createTask REFUSED TOO_MANY`,
	},
	{
		mutation: "createTask", name: "beyond ten thousand", ask: func(s *fixture) (*client, vars) {
			full := s.pack()
			return full.Owner, vars{"orgId": full.ID, "title": "多的"}
		}, want: "TOO_MANY input", zh: fullTasksZh, en: fullTasksEn, event: `OWNER 主帐号 @挤 createTask REFUSED TOO_MANY`,
	},

	{
		mutation: "updateTask", name: "all of it", ask: ofTask(vars{
			"title": "新题", "brief": "新", "reward": 1,
			"deadline": "2026-11-11T00:00:00Z",
		}),
		event: `OWNER 主帐号 @甲 updateTask DONE | Task "新题" title:旧题→新题 brief:→新 reward:0→1 deadline:→2026-11-11T00:00:00Z`,
	},
	{mutation: "updateTask", name: "nothing", ask: ofTask(vars{"deadline": nil})},
	{
		mutation: "updateTask", name: "to a year that was mistyped", ask: ofTask(vars{"deadline": "2206-11-11T00:00:00Z"}),
		want: "INVALID input.deadline",
		zh:   "请填写 2000 年到 2199 年之间的日期。", en: "Enter a date from the year 2000 to 2199.",
		event: `OWNER 主帐号 @甲 updateTask REFUSED INVALID`,
	},
	{
		mutation: "updateTask", name: "a title to nothing", ask: ofTask(vars{"title": nil}), want: "INVALID input.title",
		zh: nullZh, en: nullEn, event: `OWNER 主帐号 @甲 updateTask REFUSED INVALID`,
	},
	{
		mutation: "updateTask", name: "one of another org",
		ask:  asOwner(func(s *fixture) vars { return vars{"id": s.foreignTask(), "title": "新"} }),
		want: "NOT_FOUND input.id", zh: noTaskZh, en: noTaskEn, event: `OWNER 主帐号 @甲 updateTask REFUSED NOT_FOUND`,
	},

	{
		mutation: "openTask", name: "a draft", ask: ofTask(nil),
		event: `OWNER 主帐号 @甲 openTask DONE | Task "旧题" status:DRAFT→OPEN`,
	},
	{
		mutation: "openTask", name: "a closed one, beyond ten thousand", ask: func(s *fixture) (*client, vars) {
			full := s.pack()
			return full.Owner, vars{"orgId": full.ID, "id": full.closed}
		}, want: "TOO_MANY input.id", zh: fullTasksZh, en: fullTasksEn, event: `OWNER 主帐号 @挤 openTask REFUSED TOO_MANY`,
	},
	{mutation: "openTask", name: "a draft in an org that is full", ask: func(s *fixture) (*client, vars) {
		full := s.pack()
		return full.Owner, vars{"orgId": full.ID, "id": full.draft}
	}, event: `OWNER 主帐号 @挤 openTask DONE | Task "任务" status:DRAFT→OPEN`},
	{
		mutation: "openTask", name: "a closed one", ask: closed(nil),
		event: `OWNER 主帐号 @甲 openTask DONE | Task "旧题" status:CLOSED→OPEN`,
	},
	{
		mutation: "openTask", name: "one of another org",
		ask:  asOwner(func(s *fixture) vars { return vars{"id": s.foreignTask()} }),
		want: "NOT_FOUND input.id", zh: noTaskZh, en: noTaskEn, event: `OWNER 主帐号 @甲 openTask REFUSED NOT_FOUND`,
	},
	{
		mutation: "closeTask", name: "a draft", ask: ofTask(nil),
		event: `OWNER 主帐号 @甲 closeTask DONE | Task "旧题" status:DRAFT→CLOSED`,
	},
	{mutation: "closeTask", name: "a closed one", ask: closed(nil)},
	{
		mutation: "closeTask", name: "no task", ask: asOwner(func(*fixture) vars { return vars{"id": "x"} }),
		want: "NOT_FOUND input.id", zh: noTaskZh, en: noTaskEn,
		event: `OWNER 主帐号 @甲 closeTask REFUSED NOT_FOUND`,
	},

	{mutation: "assignTask", name: "creators, one of them twice", ask: asOwner(func(s *fixture) vars {
		one := s.creator("一", nil)
		return vars{"id": s.task("旧题", one), "creatorIds": []string{one, s.creator("二", nil), one}}
	}), event: `OWNER 主帐号 @甲 assignTask DONE | Task "旧题" | TaskAssignment "二" status:→ASSIGNED`},
	{
		mutation: "assignTask", name: "a creator whose contract has ended", ask: asOwner(func(s *fixture) vars {
			ended := s.creator("一", nil)
			s.must(s.A.Owner, "endCreators", vars{"orgId": s.A.ID, "ids": []string{ended}})
			return vars{"id": s.task("旧题"), "creatorIds": []string{ended}}
		}), want: "INVALID input.creatorIds.0", zh: "达人“一”已解约，不能参加任务。",
		en: "The contract of “一” has ended, so they can't take part.", event: `OWNER 主帐号 @甲 assignTask REFUSED INVALID`,
	},
	{
		mutation: "assignTask", name: "to a closed task",
		ask:  closed(func(s *fixture) vars { return vars{"creatorIds": []string{s.creator("一", nil)}} }),
		want: "INVALID input.id", zh: "任务已关闭，请先重新开启再分配达人。",
		en:    "The task is closed. Reopen it before you assign creators.",
		event: `OWNER 主帐号 @甲 assignTask REFUSED INVALID`,
	},
	{
		mutation: "assignTask", name: "some that are none", some: true, ask: asOwner(func(s *fixture) vars {
			return vars{"id": s.task("旧题"), "creatorIds": []string{s.creator("一", nil), s.foreignCreator()}}
		}), want: "NOT_FOUND input.creatorIds.1", zh: noCreatorZh, en: noCreatorEn,
		event: `OWNER 主帐号 @甲 assignTask DONE | Task "旧题" | TaskAssignment "一" status:→ASSIGNED | Creator "" NOT_FOUND`,
	},
	{
		mutation: "assignTask", name: "too many", ask: ofTask(vars{"creatorIds": manyIDs(id.Creator, 101)}),
		want: "TOO_MANY input.creatorIds",
		zh:   "一次最多处理 100 位达人，请分批操作。", en: "You can change at most 100 creators at once. Split the list.",
		event: `OWNER 主帐号 @甲 assignTask REFUSED TOO_MANY`,
	},

	{
		mutation: "setAssignmentStatus", name: "accepted", ask: judgedAs("ACCEPTED"),
		event: `OWNER 主帐号 @甲 setAssignmentStatus DONE | TaskAssignment "一" status:ASSIGNED→ACCEPTED`,
	},
	{
		mutation: "setAssignmentStatus", name: "submitted again", ask: judgedAs("SUBMITTED", "REJECTED", "SUBMITTED"),
		event: `OWNER 主帐号 @甲 setAssignmentStatus DONE | TaskAssignment "一" status:REJECTED→SUBMITTED`,
	},
	{mutation: "setAssignmentStatus", name: "as it is", ask: judgedAs("ASSIGNED")},
	{
		mutation: "setAssignmentStatus", name: "backwards", ask: judgedAs("APPROVED", "SUBMITTED"),
		want: "INVALID input.status",
		zh:   "当前进度为 APPROVED，不能改为 SUBMITTED。", en: "The status is APPROVED and can't be changed to SUBMITTED.",
		event: `OWNER 主帐号 @甲 setAssignmentStatus REFUSED INVALID`,
	},
	{
		mutation: "setAssignmentStatus", name: "of no assignment",
		ask:  asOwner(func(s *fixture) vars { return vars{"id": s.task("旧题"), "status": "ACCEPTED"} }),
		want: "NOT_FOUND input.id", zh: noAssignmentZh, en: noAssignmentEn,
		event: `OWNER 主帐号 @甲 setAssignmentStatus REFUSED NOT_FOUND`,
	},
}
