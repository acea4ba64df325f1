package graph_test

import (
	"fmt"
	"maps"
	"strings"

	"deputy/internal/apitest"
	"deputy/internal/id"
)

const noOrderZh, noOrderEn = "找不到该订单，请刷新列表后再试。", "The order was not found. Reload the list and try again."

// row is an order as the platform reports it, of a creator of A.
func (s *fixture) row(number string, change vars) vars {
	s.Helper()
	if s.platformID == "" {
		s.platformID = "带货1"
		s.creator("带货", vars{"platformId": s.platformID})
	}
	row := vars{
		"number": number, "creatorPlatformId": s.platformID, "productName": "口红", "amount": 19900, "commission": 1990,
		"status": "PAID", "paidAt": "2026-02-27T16:00:00Z",
	}
	maps.Copy(row, change)
	return row
}

// order imports an order of A and returns its id.
func (s *fixture) order(change vars) string {
	s.Helper()
	number := "DY" + s.number()
	s.must(s.A.Owner, "importOrders", vars{"orgId": s.A.ID, "orders": []vars{s.row(number, change)}})
	return s.A.Owner.Do(
		`query($org: ID!, $number: String!) { org(id: $org) { orders(filter: {search: $number}) { nodes { id } } } }`,
		vars{"org": s.A.ID, "number": number}).OK().Text("org.orders.nodes.0.id")
}

// importing brings rows that are changes of a good one.
func importing(changes ...vars) func(*fixture) (*client, vars) {
	return asOwner(func(s *fixture) vars {
		rows := []vars{}
		for _, change := range changes {
			rows = append(rows, s.row("DY"+s.number(), change))
		}
		return vars{"orders": rows}
	})
}

// importTwice brings an order once as first, and once more as second.
func importTwice(first, second vars) func(*fixture) (*client, vars) {
	return asOwner(func(s *fixture) vars {
		number := "DY" + s.number()
		s.must(s.A.Owner, "importOrders", vars{"orgId": s.A.ID, "orders": []vars{s.row(number, first)}})
		return vars{"orders": []vars{s.row(number, second)}}
	})
}

func counted(mutation string, created, changed, unchanged int) func(*fixture, *apitest.Answer) {
	return func(s *fixture, a *answer) {
		want := fmt.Sprint(created, changed, unchanged)
		if got := fmt.Sprint(a.Get(mutation+".created"), a.Get(mutation+".changed"),
			a.Get(mutation+".unchanged")); got != want {
			s.Errorf("created, changed, unchanged: %s, want %s", got, want)
		}
	}
}

const imported = `OWNER 主帐号 @甲 importOrders DONE | ImportOrdersPayload ""`

var settled = vars{"status": "SETTLED", "settledAt": "2026-02-28T00:00:00Z"}

var orderDeeds = []mutationCase{
	{
		mutation: "importOrders", name: "of what one sees and may not edit",
		ask:  lookingOn(func(s *fixture) vars { return vars{"orders": []vars{s.row("DY"+s.number(), nil)}} }),
		want: "OUT_OF_SCOPE input.orders.0.creatorPlatformId", zh: notYoursZh, en: notYoursEn,
		event: `SUB_ACCOUNT 看全部 @甲 importOrders REFUSED OUT_OF_SCOPE`,
	},
	{
		mutation: "settleOrders", name: "of what one sees and may not edit",
		ask:  lookingOn(func(s *fixture) vars { return vars{"ids": []string{s.order(nil)}} }),
		want: "OUT_OF_SCOPE input.ids.0", zh: notYoursZh, en: notYoursEn,
		event: `SUB_ACCOUNT 看全部 @甲 settleOrders REFUSED OUT_OF_SCOPE`,
	},
	{
		mutation: "refundOrder", name: "of what one sees and may not edit", ask: lookingOn(func(s *fixture) vars {
			return vars{"id": s.order(nil), "refundAmount": 1, "reason": "退差价"}
		}), want: "OUT_OF_SCOPE input.id", zh: notYoursZh, en: notYoursEn,
		event: `SUB_ACCOUNT 看全部 @甲 refundOrder REFUSED OUT_OF_SCOPE`,
	},
	{
		mutation: "settleOrders", name: "another number than was seen", ask: asOwner(func(s *fixture) vars {
			number := "DY" + s.number()
			s.must(s.A.Owner, "importOrders", vars{"orgId": s.A.ID, "orders": []vars{s.row(number, nil)}})
			return vars{"filter": vars{"numbers": []string{number}}, "expectedCount": 2}
		}), want: "CHANGED_MEANWHILE input.expectedCount", zh: "现在有 1 个订单符合条件，而不是 2 个，未做任何修改。请核对后按现在的数量重试。",
		en: "The filter now matches 1 orders, not 2, so nothing was changed. " +
			"Check again, and send the current number.",
		event: `OWNER 主帐号 @甲 settleOrders REFUSED CHANGED_MEANWHILE`,
	},
	{
		mutation: "importOrders", name: "new ones", ask: importing(nil, settled, vars{"status": "REFUNDED"}),
		event: imported + ` created:→3 changed:→0 unchanged:→0 refused:→0`, check: counted("importOrders", 3, 0, 0),
	},
	{mutation: "importOrders", name: "one again", ask: importTwice(nil, nil), check: counted("importOrders", 0, 0, 1)},
	{
		mutation: "importOrders", name: "a settled one again without saying when",
		ask: importTwice(settled, vars{"status": "SETTLED"}), check: counted("importOrders", 0, 0, 1),
	},
	{
		mutation: "importOrders", name: "one that has changed",
		ask: importTwice(nil, vars{
			"productName": "眉笔", "amount": 9900, "status": "REFUNDED",
			"paidAt": "2026-02-28T00:00:00Z",
		}),
		event: imported + ` created:→0 changed:→1 unchanged:→0 refused:→0 | Order "DY…`, check: counted("importOrders", 0, 1, 0),
	},
	{
		mutation: "importOrders", name: "a paid one as settled, without saying when", ask: importTwice(nil, vars{"status": "SETTLED"}), event: imported + ` created:→0 changed:→1 unchanged:→0 refused:→0 | Order "DY…`,
		check: counted("importOrders", 0, 1, 0),
	},
	{mutation: "importOrders", name: "a refund of a settled one", ask: importTwice(settled, vars{"status": "REFUNDED"}), event: imported + ` created:→0 changed:→1 unchanged:→0 refused:→0 | Order "DY…`, check: func(s *fixture, a *answer) {
		counted("importOrders", 0, 1, 0)(s, a)
		kept := s.A.Owner.Do(`query($org: ID!) { org(id: $org) { orders(first: 100, filter: {statuses: [REFUNDED]}) { nodes {
			settledAt } } } }`, vars{"org": s.A.ID}).OK()
		if !strings.Contains(kept.Body, "2026-02-28T00:00:00.000000Z") {
			s.Errorf("a refund forgot when it was settled: %s", kept.Body)
		}
	}},
	{
		mutation: "importOrders", name: "good ones and bad ones", some: true,
		ask:  importing(nil, vars{"amount": -1}, vars{"creatorPlatformId": "无"}),
		want: "INVALID input.orders.1.amount | NOT_FOUND input.orders.2.creatorPlatformId",
		zh:   "请填写 0 到 1000000000000 之间的整数。", en: "Enter a whole number from 0 to 1000000000000.", event: imported + ` created:→1 changed:→0 unchanged:→0 refused:→2 | Order "DY…`, check: counted("importOrders", 1, 0, 0),
	},
	{
		mutation: "importOrders", name: "all wrong", ask: importing(
			vars{"number": ""}, vars{"productName": manyTimes("长", 101)}, vars{"commission": 19901},
			vars{"paidAt": "2036-01-01T00:00:00Z"},
			vars{"settledAt": "2026-02-28T00:00:00Z"}, vars{"status": "SETTLED", "settledAt": "2026-02-01T00:00:00Z"},
			vars{"creatorPlatformId": manyTimes("长", 65)},
			vars{"paidAt": "1999-12-31T23:59:59Z"}, vars{"status": "SETTLED", "settledAt": "2036-01-01T00:00:00Z"},
		), want: "INVALID input.orders.0.number | INVALID input.orders.1.productName | INVALID input.orders.2.commission | " +
			"INVALID input.orders.3.paidAt | " +
			"INVALID input.orders.4.settledAt | INVALID input.orders.5.settledAt | INVALID input.orders.6.creatorPlatformId | " +
			"INVALID input.orders.7.paidAt | INVALID input.orders.8.settledAt",
		zh: "请填写 1 到 64 个字。", en: "Enter 1 to 64 characters.", event: `OWNER 主帐号 @甲 importOrders REFUSED INVALID`,
	},
	{
		// The report is older than what is stored.
		mutation: "importOrders", name: "backwards", ask: importTwice(settled, nil), check: counted("importOrders", 0, 0, 1),
	},
	{
		mutation: "importOrders", name: "a number twice", some: true, ask: asOwner(func(s *fixture) vars {
			number := "DY" + s.number()
			return vars{"orders": []vars{s.row(number, nil), s.row(number, vars{"amount": 1, "commission": 0})}}
		}), want: "INVALID input.orders.1.number", zh: "该订单号在本次导入中重复，请只保留一行。",
		en:    "This order number appears twice in the import. Keep only one row.",
		event: imported + ` created:→1 changed:→0 unchanged:→0 refused:→1 | Order "DY…`, check: counted("importOrders", 1, 0, 0),
	},
	{
		mutation: "importOrders", name: "all or nothing", ask: asOwner(func(s *fixture) vars {
			return vars{
				"orders": []vars{s.row("DY"+s.number(), nil), s.row("DY"+s.number(), vars{"creatorPlatformId": "无"})},
				"policy": "ALL_OR_NOTHING",
			}
		}), want: "NOT_FOUND input.orders.1.creatorPlatformId", zh: "找不到平台 ID 为“无”的达人，请先在达人管理中添加，或核对平台 ID。",
		en: "No creator has the platform ID “无”. Add the creator first, or check the ID.", event: `OWNER 主帐号 @甲 importOrders REFUSED NOT_FOUND`, check: counted("importOrders", 0, 0, 0),
	},
	{
		mutation: "importOrders", name: "none", ask: asOwner(func(*fixture) vars { return vars{"orders": []vars{}} }),
		want: "INVALID input.orders",
		zh:   "请至少提供一个订单。", en: "Provide at least one order.", event: `OWNER 主帐号 @甲 importOrders REFUSED INVALID`,
	},
	{
		mutation: "importOrders", name: "too many", ask: importing(make([]vars, 1001)...), want: "TOO_MANY input.orders",
		zh: "一次最多处理 1000 个订单，请分批操作。", en: "You can process at most 1000 orders at once. Split the list.", event: `OWNER 主帐号 @甲 importOrders REFUSED TOO_MANY`,
	},

	{mutation: "settleOrders", name: "two, one of them settled", ask: asOwner(func(s *fixture) vars {
		return vars{"ids": []string{s.order(nil), s.order(settled)}, "settledAt": "2026-02-28T12:00:00Z"}
	}), event: `OWNER 主帐号 @甲 settleOrders DONE | Order "DY…`},
	{
		mutation: "settleOrders", name: "one that was refunded", some: true, ask: asOwner(func(s *fixture) vars {
			return vars{"ids": []string{s.order(nil), s.order(vars{"status": "REFUNDED"})}}
		}), want: "INVALID input.ids.1", zh: "订单状态为 REFUNDED，不能改为 SETTLED。如果系统里的订单有误，请有全部订单编辑权限的人说明原因作废后重新导入。",
		en: "The order is REFUNDED and can't be changed to SETTLED. If the stored order is wrong, ask somebody who can " +
			"edit all orders to void it, with a reason, then import it again.",
		event: `OWNER 主帐号 @甲 settleOrders DONE | Order "DY…`,
	},
	{
		mutation: "settleOrders", name: "before it was paid", ask: asOwner(func(s *fixture) vars {
			return vars{"ids": []string{s.order(nil)}, "settledAt": "2026-02-01T00:00:00Z"}
		}), want: "INVALID input.ids.0", zh: "结算时间不能早于支付时间，请核对。",
		en:    "The settlement time can't be earlier than the payment time. Check both.",
		event: `OWNER 主帐号 @甲 settleOrders REFUSED INVALID`,
	},
	{
		mutation: "settleOrders", name: "none that exists",
		ask: asOwner(func(*fixture) vars { return vars{"ids": []string{"x"}} }), want: "NOT_FOUND input.ids.0",
		zh: noOrderZh, en: noOrderEn, event: `OWNER 主帐号 @甲 settleOrders REFUSED NOT_FOUND`,
	},
	{
		mutation: "settleOrders", name: "too many", ask: asOwner(func(*fixture) vars {
			return vars{"ids": manyIDs(id.Order,
				101)}
		}), want: "TOO_MANY input.ids",
		zh: "一次最多处理 100 个订单，请分批操作。", en: "You can process at most 100 orders at once. Split the list.", event: `OWNER 主帐号 @甲 settleOrders REFUSED TOO_MANY`,
	},

	{
		mutation: "importOrders", name: "more than any order costs",
		ask: importing(vars{"amount": 1_000_000_000_001, "commission": 0}), want: "INVALID input.orders.0.amount",
		zh: "请填写 0 到 1000000000000 之间的整数。", en: "Enter a whole number from 0 to 1000000000000.", event: `OWNER 主帐号 @甲 importOrders REFUSED INVALID`,
	},

	{
		mutation: "refundOrder", name: "a part", ask: asOwner(func(s *fixture) vars {
			return vars{"id": s.order(nil), "refundAmount": 900, "reason": "退差价"}
		}), event: `OWNER 主帐号 @甲 refundOrder DONE | Order "DY…`, check: func(s *fixture, a *answer) {
			if a.Get("refundOrder.order.netAmount") != 19_000.0 || a.Text("refundOrder.order.status") != "PAID" {
				s.Errorf("%s", a.Body)
			}
		},
	},
	{
		mutation: "refundOrder", name: "all of it", ask: asOwner(func(s *fixture) vars {
			return vars{"id": s.order(nil), "refundAmount": 19_900, "reason": "退货"}
		}), event: `OWNER 主帐号 @甲 refundOrder DONE | Order "DY…`, check: func(s *fixture, a *answer) {
			if a.Text("refundOrder.order.status") != "REFUNDED" || a.Get("refundOrder.order.netCommission") != 0.0 {
				s.Errorf("%s", a.Body)
			}
		},
	},
	{
		mutation: "refundOrder", name: "less than before", ask: asOwner(func(s *fixture) vars {
			return vars{"id": s.order(vars{"refundAmount": 900}), "refundAmount": 899, "reason": "退差价"}
		}), want: "INVALID input.refundAmount",
		zh: "已退款的金额更多。退款只增不减；如果系统里的订单有误，请有全部订单编辑权限的人说明原因作废后重新导入。",
		en: "You can't lower the refund of an order. If the stored order is wrong, ask somebody who can edit all orders " +
			"to void it, with a reason, then import it again.",
		event: `OWNER 主帐号 @甲 refundOrder REFUSED INVALID`,
	},
	{
		mutation: "refundOrder", name: "more than the amount", ask: asOwner(func(s *fixture) vars {
			return vars{"id": s.order(nil), "refundAmount": 19_901, "reason": "退差价"}
		}), want: "INVALID input.refundAmount", zh: "退款金额必须在 0 到订单金额之间。",
		en: "The refund must be between 0 and the order amount.", event: `OWNER 主帐号 @甲 refundOrder REFUSED INVALID`,
	},
	{
		mutation: "refundOrder", name: "before it was paid", ask: asOwner(func(s *fixture) vars {
			return vars{"id": s.order(nil), "refundAmount": 1, "refundedAt": "2026-02-01T00:00:00Z", "reason": "退差价"}
		}), want: "INVALID input.refundedAt", zh: "退款时间不能早于支付时间，请核对。",
		en: "The refund time can't be earlier than the payment time. Check both.", event: `OWNER 主帐号 @甲 refundOrder REFUSED INVALID`,
	},
	{
		mutation: "refundOrder", name: "in two days", ask: asOwner(func(s *fixture) vars {
			return vars{"id": s.order(nil), "refundAmount": 1, "refundedAt": "2099-02-01T00:00:00Z", "reason": "退差价"}
		}), want: "INVALID input.refundedAt", zh: "退款时间不能在未来，请核对时间和时区。",
		en:    "The refund time can't be in the future. Check the time and the time zone.",
		event: `OWNER 主帐号 @甲 refundOrder REFUSED INVALID`,
	},
	{
		mutation: "refundOrder", name: "without a reason", ask: asOwner(func(s *fixture) vars {
			return vars{"id": s.order(nil), "refundAmount": 1, "reason": " "}
		}), want: "INVALID input.reason", zh: "请填写 1 到 200 个字。", en: "Enter 1 to 200 characters.",
		event: `OWNER 主帐号 @甲 refundOrder REFUSED INVALID`,
	},
	{
		mutation: "refundOrder", name: "one that does not exist", ask: asOwner(func(*fixture) vars {
			return vars{"id": "x", "refundAmount": 1, "reason": "退差价"}
		}), want: "NOT_FOUND input.id", zh: noOrderZh, en: noOrderEn, event: `OWNER 主帐号 @甲 refundOrder REFUSED NOT_FOUND`,
	},
	{
		mutation: "importOrders", name: "a part of REFUNDED", ask: importing(vars{"status": "REFUNDED", "refundAmount": 1}),
		want: "INVALID input.orders.0.refundAmount", zh: "状态为 REFUNDED 的订单是全额退款：请去掉退款金额，或改用其他状态。",
		en:    "A REFUNDED order is refunded in full. Remove the refund amount, or use another status.",
		event: `OWNER 主帐号 @甲 importOrders REFUSED INVALID`,
	},
	{
		mutation: "importOrders", name: "a moment without a refund",
		ask:  importing(vars{"refundedAt": "2026-02-28T00:00:00Z"}),
		want: "INVALID input.orders.0.refundedAt", zh: "没有退款金额，不能有退款时间：请填写退款金额，或去掉退款时间。",
		en:    "An order without a refund can't have a refund time. Enter the refund amount, or remove the refund time.",
		event: `OWNER 主帐号 @甲 importOrders REFUSED INVALID`,
	},
	{
		mutation: "importOrders", name: "a share of more than what refunds leave",
		ask:  importing(vars{"refundAmount": 9950, "orgShare": 996}),
		want: "INVALID input.orders.0.orgShare", zh: "机构分成必须在 0 到退款后的佣金之间。",
		en:    "The org's share must be between 0 and the commission after refunds.",
		event: `OWNER 主帐号 @甲 importOrders REFUSED INVALID`,
	},
	{
		mutation: "importOrders", name: "an amount below what was refunded",
		ask:  importTwice(vars{"refundAmount": 9950}, vars{"amount": 9949}),
		want: "INVALID input.orders.0.amount",
		zh:   "订单金额少于已退款的金额。退款只增不减；如果系统里的订单有误，请有全部订单编辑权限的人说明原因作废后重新导入。",
		en: "The order amount can't be less than the refund so far, which can only grow. If the stored order is wrong, " +
			"ask somebody who can edit all orders to void it, with a reason, then import it again.",
		event: `OWNER 主帐号 @甲 importOrders REFUSED INVALID`,
	},

	{
		mutation: "voidOrders", name: "two, one of them refunded", ask: asOwner(func(s *fixture) vars {
			return vars{
				"ids":    []string{s.order(vars{"amount": 0, "commission": 0}), s.order(vars{"status": "REFUNDED"})},
				"reason": "误录",
			}
		}), event: `OWNER 主帐号 @甲 voidOrders DONE | Order "DY…`, check: func(s *fixture, a *answer) {
			if len(a.List("voidOrders.voidedIds")) != 2 {
				s.Errorf("%s", a.Body)
			}
		},
	},
	{
		mutation: "voidOrders", name: "one, and one that does not exist", some: true, ask: asOwner(func(s *fixture) vars {
			return vars{"ids": []string{s.order(nil), "x"}, "reason": "误录"}
		}), want: "NOT_FOUND input.ids.1", zh: noOrderZh, en: noOrderEn, event: `OWNER 主帐号 @甲 voidOrders DONE | Order "DY…`,
	},
	{
		mutation: "voidOrders", name: "all or nothing", ask: asOwner(func(s *fixture) vars {
			return vars{"ids": []string{s.order(nil), "x"}, "reason": "误录", "policy": "ALL_OR_NOTHING"}
		}), want: "NOT_FOUND input.ids.1", zh: noOrderZh, en: noOrderEn, event: `OWNER 主帐号 @甲 voidOrders REFUSED NOT_FOUND`,
	},
	{
		mutation: "voidOrders", name: "without a reason",
		ask:  asOwner(func(s *fixture) vars { return vars{"ids": []string{s.order(nil)}, "reason": " "} }),
		want: "INVALID input.reason", zh: "请填写 1 到 200 个字。", en: "Enter 1 to 200 characters.", event: `OWNER 主帐号 @甲 voidOrders REFUSED INVALID`,
	},
	{
		mutation: "voidOrders", name: "none", ask: asOwner(func(*fixture) vars {
			return vars{
				"ids":    []string{},
				"reason": "误录",
			}
		}), want: "INVALID input.ids",
		zh: "请至少提供一个订单。", en: "Provide at least one order.", event: `OWNER 主帐号 @甲 voidOrders REFUSED INVALID`,
	},
	{
		mutation: "voidOrders", name: "too many", ask: asOwner(func(*fixture) vars {
			return vars{"ids": manyIDs(id.Order,
				101), "reason": "误录"}
		}),
		want: "TOO_MANY input.ids", zh: "一次最多处理 100 个订单，请分批操作。", en: "You can process at most 100 orders at once. Split the list.", event: `OWNER 主帐号 @甲 voidOrders REFUSED TOO_MANY`,
	},
}
