package agency

import "deputy/internal/fault"

// What people are told: what is wrong, and what to do about it.
var (
	noOrg  = fault.Message{Zh: "找不到该机构，请刷新后再试。", En: "There is no such org; reload and try again."}
	noSeat = fault.Message{Zh: "您在该机构没有子帐号。", En: "You have no sub-account in this org."}
	noRole = fault.Message{
		Zh: "找不到该岗位，请刷新岗位列表后再选。",
		En: "There is no such role; reload the list of roles and choose again.",
	}
	noSubAccount = fault.Message{
		Zh: "找不到该子帐号，请刷新列表后再试。",
		En: "There is no such sub-account; reload the list and try again.",
	}
	noBatch        = fault.Message{Zh: "请至少选择一个子帐号。", En: "Choose at least one sub-account."}
	bigBatch       = fault.Message{Zh: "一次最多处理 %d 个子帐号，请分批操作。", En: "At most %d sub-accounts at once; split them up."}
	handOverToItem = fault.Message{
		Zh: "接手人不能是要删除的子帐号，请另选一人。",
		En: "Who takes over can't be one of those that are deleted; choose somebody else.",
	}
	handOverStopped = fault.Message{
		Zh: "接手人已停用，请先启用或另选一人。",
		En: "Who takes over is disabled; enable them first or choose somebody else.",
	}

	signupClosed = fault.Message{
		Zh: "暂不开放新机构入驻，请联系管理员。",
		En: "New orgs can't be opened at present; ask the administrator.",
	}
	youOwnOrg    = fault.Message{Zh: "您已开通机构，一个帐号只能开通一个机构。", En: "You have opened an org already; an account opens one."}
	youHaveSeats = fault.Message{
		Zh: "您是其他机构的子帐号，请先解除授权再开通机构。",
		En: "You are a sub-account of an org; leave every org before you open one.",
	}
	badTimeZone = fault.Message{
		Zh: "请填写有效的 IANA 时区，例如 Asia/Shanghai。",
		En: "Enter an IANA time zone, such as Asia/Shanghai.",
	}
	badCurrency   = fault.Message{Zh: "请填写有效的 ISO 4217 货币代码，例如 CNY。", En: "Enter an ISO 4217 currency code, such as CNY."}
	currencyFixed = fault.Message{Zh: "机构已有订单，货币不能再修改。", En: "The org has orders, so its currency is fixed."}
	roleNameTaken = fault.Message{
		Zh: "已有同名岗位“%s”，请换一个名称。",
		En: "There is a role named “%s” already; choose another name.",
	}
	manyRoles = fault.Message{Zh: "一个机构最多 %d 个岗位，请先删除不用的岗位。", En: "An org has at most %d roles; delete some first."}
	roleInUse = fault.Message{
		Zh: "有 %d 个子帐号正在使用该岗位，请先为其更换岗位再删除。",
		En: "%d sub-account(s) hold this role; give them other roles first.",
	}
	notGrantable   = fault.Message{Zh: "该功能模块不能授予岗位，请去掉。", En: "This module can't be given to a role; remove it."}
	badGrantScope  = fault.Message{Zh: "“%s”不支持该数据范围，请换一个。", En: "“%s” doesn't know this scope; choose another."}
	badGrantAction = fault.Message{Zh: "“%s”没有该操作，请去掉。", En: "“%s” has no such action; remove it."}
	noGrantAction  = fault.Message{Zh: "请为“%s”至少选择一个操作。", En: "Choose at least one action of “%s”."}

	phoneBound     = fault.Message{Zh: "该手机号已绑定至此机构", En: "This phone number is bound to this org already"}
	emailBound     = fault.Message{Zh: "该邮箱已绑定至此机构", En: "This e-mail address is bound to this org already"}
	accountOwnsOrg = fault.Message{
		Zh: "该帐号已开通自己的机构，不能成为子帐号，请换一个。",
		En: "This account owns an org and can't become a sub-account; use another one.",
	}
	accountFull = fault.Message{
		Zh: "该帐号已加入 %d 个机构，不能再加入；请其先解除一个机构的授权。",
		En: "This account is in %d orgs already; it has to leave one first.",
	}
	manySeats = fault.Message{
		Zh: "一个机构最多 %d 个子帐号，请先删除不用的子帐号。",
		En: "An org has at most %d sub-accounts; delete some first.",
	}
	roleRequired   = fault.Message{Zh: "请至少选择一个岗位。", En: "Choose at least one role."}
	manyRolesOfOne = fault.Message{Zh: "一个子帐号最多 %d 个岗位，请减少。", En: "A sub-account holds at most %d roles; choose fewer."}
)

func refuse(code fault.Code, m fault.Message, args ...any) *fault.Error {
	return fault.New(code, m, args...)
}
