package report

// statuses are the states by the platforms' statuses of orders, in canonical form.
var statuses = map[string]State{
	"订单付款": Paid, "已付款": Paid, "订单已支付": Paid, "已支付": Paid, "备货中": Paid, "待发货": Paid, "部分发货": Paid, "已发货": Paid,
	"待收货": Paid, "已签收": Paid, "pending": Paid, "paid": Paid,
	"订单收货": Received, "已收货": Received, "订单已确认收货": Received, "确认收货": Received, "已完成": Received, "完成": Received,
	"交易成功": Received, "订单成功": Received, "已成团": Received,
	"订单结算": Settled, "已结算": Settled, "结算": Settled, "settled": Settled,
	"订单退货退款": Full, "订单退款退货": Full, "已全额退款": Full, "已退款": Full, "refunded": Full,
	"全部商品售后之后,订单取消": Full, "订单有退款": Partly,
	"待付款": Unpaid, "待支付": Unpaid, "未支付": Unpaid, "awaitingpayment": Unpaid, "unpaidbycustomer": Unpaid,
	"未付款用户主动取消或超时未付款订单自动取消": Unpaid,
	"已取消": Cancelled, "订单已取消": Cancelled, "已失效": Cancelled, "订单失效": Cancelled, "ineligible": Cancelled, "审核失败": Cancelled,
	"已关闭": Closed, "交易关闭": Closed,
}

// afterSales are the states by the platforms' after-sale statuses.
var afterSales = map[string]State{
	"退款成功": Full, "已全额退款": Full, "售后成功": FullIfClosed,
	"退款中": None, "售后处理中": None, "售后待处理": None, "待退货": None, "待收退货": None,
	"售后关闭": None, "售后失败": None,
}

// moneyLines are the states by the kinds of settlement lines of 抖店.
var moneyLines = map[string]State{
	"已结算": moneySettled, "结算后退款-原路退回": moneyRefunded, "结算后退款-非原路退回": moneyRefunded,
	"保证金退款-支出退回": moneyRefunded,
}

// Statuses returns the states by the statuses of all reports.
func Statuses() map[string]State { return statuses }

// AfterSales returns the states by the known after-sale statuses.
func AfterSales() map[string]State { return afterSales }
