package agency

import "deputy/internal/fault"

// The messages of refusals: what is wrong, and what to do about it.
var (
	noOrg  = fault.Message{Zh: "找不到该机构，请刷新后再试。", En: "The org was not found. Reload and try again."}
	noSeat = fault.Message{Zh: "您在该机构没有子帐号。", En: "You have no sub-account in this org."}
	noRole = fault.Message{
		Zh: "找不到该岗位，请刷新岗位列表后再选。",
		En: "The role was not found. Reload the list of roles and choose again.",
	}
	noSubAccount = fault.Message{
		Zh: "找不到该子帐号，请刷新列表后再试。",
		En: "The sub-account was not found. Reload the list and try again.",
	}
	noBatch  = fault.Message{Zh: "请至少选择一个子帐号。", En: "Choose at least one sub-account."}
	bigBatch = fault.Message{
		Zh: "一次最多处理 %d 个子帐号，请分批操作。",
		En: "You can change at most %d sub-accounts at once. Split the list.",
	}
	handOverToItem = fault.Message{
		Zh: "接手人不能是要删除的子帐号，请另选一人。",
		En: "A sub-account that is being deleted can't take over creators. Choose somebody else.",
	}
	handOverStopped = fault.Message{
		Zh: "接手人已停用，请先启用或另选一人。",
		En: "The sub-account that takes over is disabled. Enable it first, or choose another one.",
	}

	signupClosed = fault.Message{
		Zh: "暂不开放新机构入驻，请联系管理员。",
		En: "New orgs can't be opened at present. Ask the administrator.",
	}
	youOwnOrg = fault.Message{
		Zh: "您已开通机构，一个帐号只能开通一个机构。",
		En: "You already opened an org. An account can open only one.",
	}
	youHaveSeats = fault.Message{
		Zh: "您是其他机构的子帐号，请先解除授权再开通机构。",
		En: "You are a sub-account of another org. Leave every org before you open your own.",
	}
	badTimeZone = fault.Message{
		Zh: "请填写有效的 IANA 时区，例如 Asia/Shanghai。",
		En: "Enter a valid IANA time zone, such as Asia/Shanghai.",
	}
	badCurrency = fault.Message{
		Zh: "请填写有效的 ISO 4217 货币代码，例如 CNY。",
		En: "Enter a valid ISO 4217 currency code, such as CNY.",
	}
	currencyFixed = fault.Message{
		Zh: "机构已有订单，货币不能再修改。",
		En: "The org already has orders, so its currency can't be changed.",
	}
	roleNameTaken = fault.Message{
		Zh: "已有同名岗位“%s”，请换一个名称。",
		En: "A role named “%s” already exists. Choose another name.",
	}
	manyRoles = fault.Message{
		Zh: "一个机构最多 %d 个岗位，请先删除不用的岗位。",
		En: "An org can have at most %d roles. Delete roles that you don't use first.",
	}
	roleInUse = fault.Message{
		Zh: "有 %d 个子帐号正在使用该岗位，请先为其更换岗位再删除。",
		En: "Sub-accounts that hold this role: %d. Give them other roles before you delete it.",
	}
	notGrantable   = fault.Message{Zh: "该功能模块不能授予岗位，请去掉。", En: "This module can't be granted to a role. Remove it."}
	badGrantScope  = fault.Message{Zh: "“%s”不支持该数据范围，请换一个。", En: "“%s” doesn't support this scope. Choose another one."}
	badGrantAction = fault.Message{Zh: "“%s”没有该操作，请去掉。", En: "“%s” doesn't have this action. Remove it."}
	noGrantAction  = fault.Message{Zh: "请为“%s”至少选择一个操作。", En: "Choose at least one action for “%s”."}

	phoneBound     = fault.Message{Zh: "该手机号已绑定至此机构", En: "This phone number is already bound to this org"}
	emailBound     = fault.Message{Zh: "该邮箱已绑定至此机构", En: "This e-mail address is already bound to this org"}
	accountOwnsOrg = fault.Message{
		Zh: "该帐号已开通自己的机构，不能成为子帐号，请换一个。",
		En: "This account owns an org, so it can't become a sub-account. Use another one.",
	}
	accountFull = fault.Message{
		Zh: "该帐号已加入 %d 个机构，不能再加入；请其先解除一个机构的授权。",
		En: "This account is already in %d orgs and can't join another one. It has to leave one first.",
	}
	manySeats = fault.Message{
		Zh: "一个机构最多 %d 个子帐号，请先删除不用的子帐号。",
		En: "An org can have at most %d sub-accounts. Delete sub-accounts that you don't use first.",
	}
	roleRequired   = fault.Message{Zh: "请至少选择一个岗位。", En: "Choose at least one role."}
	manyRolesOfOne = fault.Message{
		Zh: "一个子帐号最多 %d 个岗位，请减少。",
		En: "A sub-account can have at most %d roles. Choose fewer.",
	}

	noApp = fault.Message{
		Zh: "找不到该应用，请刷新列表后再试。",
		En: "The app was not found. Reload the list and try again.",
	}
	appNameTaken = fault.Message{
		Zh: "已有同名应用“%s”，请换一个名称。",
		En: "An app named “%s” already exists. Choose another name.",
	}
	manyApps = fault.Message{
		Zh: "一个机构最多 %d 个应用，请先删除不用的应用。",
		En: "An org can have at most %d apps. Delete apps that you don't use first.",
	}
	notForApps = fault.Message{
		Zh: "该功能模块不能授予应用，请去掉。",
		En: "This module can't be granted to an app. Remove it.",
	}
	manyContacts = fault.Message{Zh: "一个应用最多 %d 个联系邮箱，请减少。", En: "An app can have at most %d contacts. Remove some."}
	manyRanges   = fault.Message{Zh: "一个应用最多 %d 个地址段，请减少。", En: "An app can have at most %d ranges. Remove some."}
	badRange     = fault.Message{
		Zh: "请填写有效的 CIDR 地址段，例如 203.0.113.0/24 或 2001:db8::/32。",
		En: "Enter a valid CIDR range, such as 203.0.113.0/24 or 2001:db8::/32.",
	}
	lowBudget = fault.Message{
		Zh: "额度至少为每次 %d 行、每秒恢复 %d 行，请调高。",
		En: "A budget has at least %d rows and %d rows per second. Raise it.",
	}
	highBudget = fault.Message{
		Zh: "额度不能超过服务器的：每次 %d 行、每秒恢复 %d 行，请调低。",
		En: "A budget can't exceed the server's: %d rows and %d rows per second. Lower it.",
	}

	noTokens  = fault.Message{Zh: "请至少选择一个接口令牌。", En: "Choose at least one API token."}
	bigTokens = fault.Message{
		Zh: "一次最多处理 %d 个接口令牌，请分批操作。",
		En: "You can change at most %d API tokens at once. Split the list.",
	}
	noToken = fault.Message{
		Zh: "找不到该接口令牌，请刷新列表后再试。",
		En: "The API token was not found. Reload the list and try again.",
	}
	tokenDays    = fault.Message{Zh: "有效期必须为 1 到 %d 天，请修改。", En: "A token works for 1 to %d days. Change it."}
	overlapHours = fault.Message{
		Zh: "旧令牌可继续使用 0 到 %d 小时，请修改。",
		En: "The old token can keep working for 0 to %d hours. Change it.",
	}
	manyTokens = fault.Message{
		Zh: "一个应用最多 %d 个有效令牌，请先吊销不用的令牌。",
		En: "An app can have at most %d live tokens. Revoke one first.",
	}
	manyRotated = fault.Message{
		Zh: "最多 %d 个已更换的令牌可同时继续使用，请先吊销其中一个。",
		En: "At most %d rotated tokens can keep working at once. Revoke one first.",
	}
	keptTokens = fault.Message{
		Zh: "该应用最近 30 天的令牌已达 %d 个，请稍后再建，或新建一个应用。",
		En: "The app already had %d tokens in the last 30 days. Wait, or create another app.",
	}
	tokenOver     = fault.Message{Zh: "该令牌已结束，请新建一个。", En: "This token has ended. Create a new one."}
	tokenReplaced = fault.Message{
		Zh: "该令牌已更换，新令牌已在使用或已结束：请更换新令牌，或新建一个。",
		En: "This token was replaced by one that is in use or has ended. Rotate that one, or create a new one.",
	}
)

func refuse(code fault.Code, m fault.Message, args ...any) *fault.Error {
	return fault.New(code, m, args...)
}
