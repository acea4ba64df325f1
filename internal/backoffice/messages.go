package backoffice

import "deputy/internal/fault"

// The messages of refusals: what is wrong, then what to do.
var (
	needsAll = fault.Message{
		Zh: "这需要“%s”全部数据的权限，您只有自己负责的部分；请联系%s。",
		En: "This requires access to all %s, and you have access only to your own. Ask %s.",
	}
	notYours = fault.Message{
		Zh: "您可以查看，但只能编辑自己负责的达人的数据；请联系%s。",
		En: "You can see this, but you can edit only data of your own creators. Ask %s.",
	}
	badAmount = fault.Message{Zh: "请填写 0 到 %d 之间的整数。", En: "Enter a whole number from 0 to %d."}

	noCreators   = fault.Message{Zh: "请至少选择一位达人。", En: "Choose at least one creator."}
	manyCreators = fault.Message{
		Zh: "一次最多处理 %d 位达人，请分批操作。",
		En: "You can change at most %d creators at once. Split the list.",
	}
	noCreator = fault.Message{
		Zh: "找不到该达人，请刷新列表后再试。",
		En: "The creator was not found. Reload the list and try again.",
	}
	fullOfCreators = fault.Message{
		Zh: "一个机构最多 %d 位签约达人，请先结束不再合作的达人的合约。",
		En: "An org can have at most %d creators under contract. End contracts that are no longer needed first.",
	}
	platformTaken = fault.Message{
		Zh: "平台 ID “%s”已属于本机构的另一位达人，请核对。",
		En: "The platform ID “%s” already belongs to another creator of this org. Check it.",
	}
	badShare = fault.Message{
		Zh: "分成比例请填写 0 到 %d 之间的整数（单位：万分之一）。",
		En: "Enter a share from 0 to %d basis points, as a whole number.",
	}
	badContract  = fault.Message{Zh: "合同结束日期不能早于开始日期。", En: "The contract can't end before it starts."}
	badFollowers = fault.Message{Zh: "粉丝数请填写 0 到 %d 之间的整数。", En: "Enter the number of followers, from 0 to %d."}
	noManager    = fault.Message{
		Zh: "找不到该子帐号，请刷新后另选一位经纪人。",
		En: "The sub-account was not found. Reload and choose another manager.",
	}
	managerOff = fault.Message{
		Zh: "该子帐号已停用，请先启用或另选一位经纪人。",
		En: "This sub-account is disabled. Enable it first, or choose another manager.",
	}
	managerSelf = fault.Message{
		Zh: "不能把达人分配给自己，请由机构的主帐号操作。",
		En: "You can't assign creators to yourself. Ask the owner.",
	}
	managerUnsaid = fault.Message{Zh: "请选择经纪人；如不再由任何人负责，请明确传 null。", En: "Choose a manager. For no manager, pass null."}

	noTask      = fault.Message{Zh: "找不到该任务，请刷新列表后再试。", En: "The task was not found. Reload the list and try again."}
	fullOfTasks = fault.Message{
		Zh: "一个机构最多 %d 个未关闭的任务，请先关闭已完成的任务。",
		En: "An org can have at most %d tasks that are not closed. Close finished tasks first.",
	}
	ownTask = fault.Message{
		Zh: "您只能管理自己达人的任务，请至少选择一位自己的达人。",
		En: "You can manage only tasks of your own creators. Choose at least one of your creators.",
	}
	taskClosed = fault.Message{
		Zh: "任务已关闭，请先重新开启再分配达人。",
		En: "The task is closed. Reopen it before you assign creators.",
	}
	creatorEnded = fault.Message{Zh: "达人“%s”已解约，不能参加任务。", En: "The contract of “%s” has ended, so they can't take part."}
	noAssignment = fault.Message{
		Zh: "找不到该达人的任务记录，请刷新列表后再试。",
		En: "The assignment was not found. Reload the list and try again.",
	}
	badAssignment = fault.Message{Zh: "当前进度为 %s，不能改为 %s。", En: "The status is %s and can't be changed to %s."}

	noOrders   = fault.Message{Zh: "请至少提供一个订单。", En: "Provide at least one order."}
	manyOrders = fault.Message{
		Zh: "一次最多处理 %d 个订单，请分批操作。",
		En: "You can process at most %d orders at once. Split the list.",
	}
	noOrder      = fault.Message{Zh: "找不到该订单，请刷新列表后再试。", En: "The order was not found. Reload the list and try again."}
	foreignOrder = fault.Message{
		Zh: "该订单号不在您的数据范围内，请核对，或联系机构的主帐号。",
		En: "The order with this number is outside your data scope. Check the number, or ask the owner.",
	}
	noPlatformID = fault.Message{
		Zh: "找不到平台 ID 为“%s”的达人，请先在达人管理中添加，或核对平台 ID。",
		En: "No creator has the platform ID “%s”. Add the creator first, or check the ID.",
	}
	rewritten = fault.Message{
		Zh: "表格软件缩短或改写了这个号码，请把该列设为文本后重新导出。",
		En: "A spreadsheet program shortened or changed this number. Format the column as text and export again.",
	}
	twicePlatformID = fault.Message{
		Zh: "该平台 ID 在本次导入中重复，请只保留一行。",
		En: "This platform ID appears twice in the import. Keep only one row.",
	}
	manyMatching = fault.Message{
		Zh: "按条件一次最多结算 %d 个订单，请缩小筛选范围。",
		En: "You can settle at most %d orders at once by a filter. Narrow the filter.",
	}
	otherCount = fault.Message{
		Zh: "现在有 %d 个订单符合条件，而不是 %d 个，未做任何修改。请核对后按现在的数量重试。",
		En: "The filter now matches %d orders, not %d, so nothing was changed. Check again, and send the current number.",
	}
	someRefunded = fault.Message{
		Zh: "其中 %d 个订单已退款，不能再结算，未做任何修改。请在条件中只选“已支付”的订单；如果系统里的订单有误，请有全部订单编辑权限的人说明原因作废后重新导入。",
		En: "%d of the orders were refunded and can't be settled, so nothing was changed. Filter by the status PAID. If " +
			"the stored orders are wrong, ask somebody who can edit all orders to void them, with a reason, then import " +
			"them again.",
	}
	someEarly = fault.Message{
		Zh: "其中 %d 个订单的支付时间晚于结算时间，未做任何修改，请核对。",
		En: "%d of the orders were paid after that time, so nothing was changed. Check the time.",
	}
	twiceNumber = fault.Message{
		Zh: "该订单号在本次导入中重复，请只保留一行。",
		En: "This order number appears twice in the import. Keep only one row.",
	}
	badText = fault.Message{Zh: "请使用看得见的文字。", En: "Use visible text."}
	tooMuch = fault.Message{
		Zh: "这样一来，某位达人或某个商品一天的合计会超出系统能准确保存的范围，未做任何修改。请核对订单金额，或请有全部订单编辑权限的人作废错误的订单。",
		En: "The daily total of a creator or product would be larger than can be stored exactly, so nothing was " +
			"changed. Check the order amounts, or ask somebody who can edit all orders to void the wrong ones.",
	}
	badCommission = fault.Message{Zh: "佣金必须在 0 到订单金额之间。", En: "The commission must be between 0 and the order amount."}
	paidAhead     = fault.Message{
		Zh: "支付时间不能在未来，请核对时间和时区。",
		En: "The payment time can't be in the future. Check the time and the time zone.",
	}
	paidBefore = fault.Message{
		Zh: "支付时间不能早于 2000 年，请核对。",
		En: "The payment time can't be before the year 2000. Check it.",
	}
	settledAhead = fault.Message{
		Zh: "结算时间不能在未来，请核对时间和时区。",
		En: "The settlement time can't be in the future. Check the time and the time zone.",
	}
	outOfBounds = fault.Message{Zh: "请填写 2000 年到 2199 年之间的日期。", En: "Enter a date from the year 2000 to 2199."}
	settledPaid = fault.Message{
		Zh: "状态为 PAID 的订单不能有结算时间，请去掉结算时间或把状态改为 SETTLED。",
		En: "A PAID order can't have a settlement time. Remove it, or set the status to SETTLED.",
	}
	settledEarly = fault.Message{
		Zh: "结算时间不能早于支付时间，请核对。",
		En: "The settlement time can't be earlier than the payment time. Check both.",
	}
	badRefund = fault.Message{
		Zh: "退款金额必须在 0 到订单金额之间。",
		En: "The refund must be between 0 and the order amount.",
	}
	partRefunded = fault.Message{
		Zh: "状态为 REFUNDED 的订单是全额退款：请去掉退款金额，或改用其他状态。",
		En: "A REFUNDED order is refunded in full. Remove the refund amount, or use another status.",
	}
	refundedEarly = fault.Message{
		Zh: "退款时间不能早于支付时间，请核对。",
		En: "The refund time can't be earlier than the payment time. Check both.",
	}
	refundedAhead = fault.Message{
		Zh: "退款时间不能在未来，请核对时间和时区。",
		En: "The refund time can't be in the future. Check the time and the time zone.",
	}
	nothingRefunded = fault.Message{
		Zh: "没有退款金额，不能有退款时间：请填写退款金额，或去掉退款时间。",
		En: "An order without a refund can't have a refund time. Enter the refund amount, or remove the refund time.",
	}
	badOrgShare = fault.Message{
		Zh: "机构分成必须在 0 到退款后的佣金之间。",
		En: "The org's share must be between 0 and the commission after refunds.",
	}
	moreRefunded = fault.Message{
		Zh: "订单金额少于已退款的金额。退款只增不减；如果系统里的订单有误，请有全部订单编辑权限的人说明原因作废后重新导入。",
		En: "The order amount can't be less than the refund so far, which can only grow. If the stored order is wrong, " +
			"ask somebody who can edit all orders to void it, with a reason, then import it again.",
	}
	lessRefunded = fault.Message{
		Zh: "已退款的金额更多。退款只增不减；如果系统里的订单有误，请有全部订单编辑权限的人说明原因作废后重新导入。",
		En: "You can't lower the refund of an order. If the stored order is wrong, ask somebody who can edit all orders " +
			"to void it, with a reason, then import it again.",
	}
	backwards = fault.Message{
		Zh: "订单状态为 %s，不能改为 %s。如果系统里的订单有误，请有全部订单编辑权限的人说明原因作废后重新导入。",
		En: "The order is %s and can't be changed to %s. If the stored order is wrong, ask somebody who can edit all " +
			"orders to void it, with a reason, then import it again.",
	}
)
