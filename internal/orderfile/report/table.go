package report

// The platforms.
var (
	douyin      = Text{"抖音", "Douyin"}
	taobao      = Text{"淘宝", "Taobao"}
	kuaishou    = Text{"快手", "Kuaishou"}
	weixin      = Text{"视频号", "WeChat Channels"}
	xiaohongshu = Text{"小红书", "Xiaohongshu"}
	tiktok      = Text{"TikTok Shop", "TikTok Shop"}
	pinduoduo   = Text{"拼多多", "Pinduoduo"}
	jingdong    = Text{"京东", "JD"}
)

// partsAreUnread are the unread contents of reports of 抖音.
var partsAreUnread = Text{
	"佣金率、奖励佣金、推广费、补贴、店铺与流量信息", "commission rates, bonuses, promotion fees, subsidies, shop and traffic",
}

// buyersAreUnread are the unread contents of order reports of shops.
var buyersAreUnread = Text{
	"收件人、电话、地址、留言等买家信息（一概不读）、优惠与运费", "buyers' names, phones, addresses and messages (never), discounts and freight",
}

// all are the known reports.
var all = []*Report{
	{
		Name: "douyin-alliance-shop", Platform: douyin, Side: Shop,
		Menu:   []string{"精选联盟", "联盟订单明细"},
		Title:  Text{"精选联盟 联盟订单明细", "Alliance orders (精选联盟 联盟订单明细)"},
		Marks:  [][]string{{"订单id"}, {"预估佣金支出", "实际佣金支出"}, {"作者账号", "抖音/火山号"}},
		Unread: partsAreUnread,
		Columns: map[Field][]string{
			Number: {"订单id"}, ProductName: {"商品名称"}, CreatorID: {"抖音/火山号"}, CreatorName: {"作者账号"}, Amount: {"支付金额"},
			Estimate: {"预估佣金支出"}, Actual: {"实际佣金支出"}, Status: {"订单状态"}, PaidAt: {"付款时间"},
			SettledAt: {"订单结算时间", "结算时间"},
		},
	},
	{
		Name: "douyin-buyin", Platform: douyin, Side: Creator,
		Menu:  []string{"百应", "订单明细"},
		Title: Text{"百应 订单明细", "Buyin orders (百应 订单明细)"},
		Marks: [][]string{
			{"订单id"}, {"预估佣金收入-达人", "预估佣金收入-机构", "结算佣金收入-达人", "结算佣金收入-机构"},
		},
		Unread: Text{"总佣金（含平台技术服务费）、佣金率、分成比例", "the commission before the platform's fee, rates"},
		Columns: map[Field][]string{
			Number: {"订单id"}, ProductName: {"商品名称"}, CreatorID: {"抖音/火山号"}, CreatorName: {"作者账号", "达人昵称"},
			Amount: {"成交金额", "支付金额"}, Estimate: {"预估佣金收入"}, OrgEstimate: {"预估佣金收入-机构"}, OrgActual: {"结算佣金收入-机构"},
			CreatorEstimate: {"预估佣金收入-达人"}, CreatorActual: {"结算佣金收入-达人"}, Status: {"订单状态"},
			PaidAt: {"订单支付时间", "付款时间"}, SettledAt: {"订单结算时间", "结算时间"},
		},
	},
	{
		Name: "douyin-leader", Platform: douyin, Side: Agency,
		Menu:   []string{"团长", "招商订单明细"},
		Title:  Text{"团长 招商订单明细", "Campaign orders (团长 招商订单明细)"},
		Marks:  [][]string{{"订单id"}, {"预估服务费收入", "实际服务费收入"}},
		Unread: partsAreUnread,
		Columns: map[Field][]string{
			Number: {"订单id"}, ProductName: {"商品名称"}, Amount: {"支付金额"},
			OrgEstimate: {"预估服务费收入"}, OrgActual: {"实际服务费收入"}, Status: {"订单状态"},
			PaidAt: {"付款时间"}, SettledAt: {"结算时间", "订单结算时间"},
		},
	},
	{
		Name: "doudian-orders", Platform: douyin, Side: Shop,
		Menu:  []string{"抖店", "订单管理", "导出"},
		Title: Text{"抖店 订单管理 导出", "Shop orders (抖店 订单管理 导出)"},
		Marks: [][]string{{"子订单编号", "主订单编号"}, {"订单应付金额", "选购商品"}},
		Instead: Text{
			"该报表没有佣金：请改为导出精选联盟的“联盟订单明细”", "this report has no commission: export 联盟订单明细 from 精选联盟 instead",
		},
		Unread: buyersAreUnread,
		Columns: map[Field][]string{
			Number: {"子订单编号"}, Parent: {"主订单编号"}, ProductName: {"选购商品"}, CreatorID: {"达人ID"}, CreatorName: {"达人昵称"},
			Amount: {"订单应付金额"}, Status: {"订单状态"}, AfterSale: {"售后状态"}, PaidAt: {"支付完成时间"},
		},
	},
	{
		Name: "doudian-settlement", Platform: douyin, Side: Shop, Money: true, AfterRefunds: true, Signed: true,
		Menu:   []string{"抖店", "资金结算明细"},
		Title:  Text{"抖店 资金结算明细", "Settlements (抖店 资金结算明细)"},
		Marks:  [][]string{{"结算单类型"}, {"子订单号", "订单号"}, {"达人佣金", "佣金"}},
		Unread: Text{"平台服务费、招商服务费、补贴与其他分成", "the platform's fee, the agency's fee, subsidies and other shares"},
		Columns: map[Field][]string{
			Number: {"子订单号"}, Parent: {"订单号"}, ProductName: {"商品名称"}, CreatorID: {"达人ID"}, CreatorName: {"达人名称"},
			Amount: {"用户实付"}, Actual: {"达人佣金", "佣金"}, Kind: {"结算单类型"}, OrderedAt: {"下单时间"}, SettledAt: {"结算时间"},
		},
		Statuses: moneyLines,
	},
	{
		Name: "doudian-account", Platform: douyin, Side: Shop, NoOrders: true,
		Menu:  []string{"抖店", "动账明细"},
		Title: Text{"抖店 动账明细", "Account movements (抖店 动账明细)"},
		Marks: [][]string{{"动账金额"}, {"动账时间", "动账方向", "动帐流水号", "动账流水号"}},
		Instead: Text{
			"该报表是帐户流水，不是订单：请改为导出“资金结算明细”", "this report has account transactions, not orders: export 资金结算明细 instead",
		},
	},
	{
		Name: "taobao-live-tcp", Platform: taobao, Side: Agency, AfterRefunds: true,
		Menu:   []string{"热浪引擎", "TCP 预估订单（未出账）"},
		Title:  Text{"热浪引擎 TCP 预估订单（未出账）", "Live orders not yet billed (热浪引擎 TCP 预估订单)"},
		Marks:  [][]string{{"淘宝子订单号"}, {"预估出佣总额"}, {"主播昵称"}},
		Unread: Text{"预估计佣金额（基数）、出佣比例、备注", "the base of the commission, rates, notes"},
		Columns: map[Field][]string{
			Number: {"淘宝子订单号"}, Parent: {"淘宝主订单号"}, ProductName: {"商品名称"}, CreatorName: {"主播昵称"}, Amount: {"订单支付金额"},
			Estimate: {"预估出佣总额"}, Refund: {"订单退款金额"}, Status: {"订单状态"},
			OrderedAt: {"订单创建时间"}, PaidAt: {"订单支付时间"},
		},
	},
	{
		Name: "taobao-live-agency", Platform: taobao, Side: Agency,
		Menu:   []string{"热浪引擎"},
		Title:  Text{"热浪引擎 机构订单表", "Live orders of an agency (热浪引擎)"},
		Marks:  [][]string{{"淘宝子编号"}, {"预估佣金收入"}},
		Unread: Text{"成交金额、预测总金额、佣金比例、流量、备注", "other sums, rates, traffic, notes"},
		Columns: map[Field][]string{
			Number: {"淘宝子编号"}, Parent: {"淘宝主编号"}, ProductName: {"商品名称"}, CreatorName: {"达人昵称"}, Amount: {"支付金额"},
			Estimate: {"预估佣金收入"}, Refund: {"退款金额"}, Status: {"订单状态"}, PaidAt: {"支付日期"},
		},
	},
	{
		Name: "taobao-union", Platform: taobao, Side: Promoter, ParentServes: true,
		Menu:  []string{"淘宝联盟", "推广订单明细"},
		Title: Text{"淘宝联盟 推广订单明细", "Promoted orders (淘宝联盟 推广订单明细)"},
		Marks: [][]string{
			{"付款预估收入", "结算预估收入", "效果预估"}, {"淘宝子订单号", "淘宝订单编号", "订单编号"},
		},
		Unread: Text{
			"佣金金额（分成前）、比率、补贴、技术服务费、维权标签", "the commission before the share, rates, subsidies, service fees, claims",
		},
		Columns: map[Field][]string{
			Number: {"淘宝子订单号", "订单编号"}, Parent: {"淘宝订单编号"}, ProductName: {"商品标题", "商品名称", "商品信息"},
			CreatorName: {"推广位名称", "广告位名称"}, Amount: {"付款金额"}, Estimate: {"付款预估收入", "效果预估"},
			Actual: {"结算预估收入", "预估收入"}, Status: {"订单状态"}, OrderedAt: {"创建时间"}, PaidAt: {"付款时间", "淘宝付款时间"},
			SettledAt: {"结算时间"},
		},
	},
	{
		Name: "taobao-union-shop", Platform: taobao, Side: Shop, NoShareIsZero: true,
		Menu:   []string{"淘宝联盟", "成交订单（订单结算）"},
		Title:  Text{"淘宝联盟 成交订单（订单结算）", "Orders of promoters (淘宝联盟 成交订单)"},
		Marks:  [][]string{{"淘客结算时间"}, {"淘宝子订单编号", "淘宝父订单编号"}},
		Unread: Text{"确认收货与账户支出时间、比例、计划与团长名称", "times of receipt and of payment, rates, plans and agencies"},
		Columns: map[Field][]string{
			Number: {"淘宝子订单编号"}, Parent: {"淘宝父订单编号"}, ProductName: {"商品名称"}, CreatorName: {"来源或淘客昵称"},
			Amount: {"实际成交价格"}, CreatorActual: {"佣金"}, OrgActual: {"服务费金额"}, Deposit: {"是否预售未付尾款订单"},
			OrderedAt: {"创建时间"}, SettledAt: {"淘客结算时间"},
		},
	},
	{
		Name: "taobao-union-claims", Platform: taobao, Side: Promoter, NoOrders: true,
		Menu:  []string{"淘宝联盟", "维权订单"},
		Title: Text{"淘宝联盟 维权订单", "Claims (淘宝联盟 维权订单)"},
		Marks: [][]string{{"维权状态"}, {"维权退款金额", "应返商家金额"}},
		Instead: Text{
			"该报表只有维权，没有商品和佣金：请在 Deputy 中登记这些订单的退款",
			"this report has only claims, without products or commissions: record the refunds of these orders in Deputy",
		},
	},
	{
		Name: "kuaishou-shop", Platform: kuaishou, Side: Shop,
		Menu:   []string{"快手小店", "订单导出"},
		Title:  Text{"快手小店 订单导出", "Shop orders (快手小店 订单导出)"},
		Marks:  [][]string{{"订单号"}, {"CPS达人ID", "CPS达人昵称"}},
		Unread: Text{"收货人、电话、地址、留言等买家信息（一概不读）、补贴、团长与快赚客", buyersAreUnread.En + ", other promoters"},
		Columns: map[Field][]string{
			Number: {"订单号"}, ProductName: {"商品名称"}, CreatorID: {"CPS达人ID"}, CreatorName: {"CPS达人昵称"}, Amount: {"实付款"},
			Estimate: {"预估推广佣金"}, Status: {"订单状态"}, AfterSale: {"售后状态"}, OrderedAt: {"订单创建时间"},
			PaidAt: {"订单支付时间"},
		},
	},
	{
		Name: "kuaishou-settlement", Platform: kuaishou, Side: Shop, Settles: true, AfterRefunds: true, Signed: true,
		Menu:   []string{"快手小店", "资金/结算明细"},
		Title:  Text{"快手小店 资金/结算明细", "Settlements (快手小店 结算明细)"},
		Marks:  [][]string{{"订单号"}, {"实际结算时间", "实际结算金额"}, {"达人佣金"}},
		Unread: Text{"团长、快赚客与服务商佣金、服务费、补贴、帐户", "commissions of others, service fees, subsidies, accounts"},
		Columns: map[Field][]string{
			Number: {"订单号"}, ProductName: {"商品名称"}, CreatorID: {"达人ID"}, CreatorName: {"达人昵称", "达人名称"}, Amount: {"订单实付"},
			Actual: {"达人佣金"}, Refund: {"订单退款"}, OrderedAt: {"订单创建时间"}, SettledAt: {"实际结算时间"},
		},
	},
	{
		Name: "weixin-shop", Platform: weixin, Side: Shop, AfterRefunds: true,
		Menu:   []string{"微信小店", "订单导出"},
		Title:  Text{"微信小店 订单导出", "Shop orders (微信小店 订单导出)"},
		Marks:  [][]string{{"订单号"}, {"带货账号昵称", "带货费用"}},
		Unread: Text{"收件人、手机、地址、备注等买家信息（一概不读）、整单金额、优惠与运费", buyersAreUnread.En + ", sums of whole orders"},
		Columns: map[Field][]string{
			Number: {"订单号"}, Line: {"商品编码(平台)", "SKU编码(自定义)", "商品属性", "商品名称"}, ProductName: {"商品名称"}, CreatorID: {"带货ID"},
			CreatorName: {"带货账号昵称"}, Amount: {"商品实际价格(总共)"}, Estimate: {"带货费用"}, FeeKind: {"带货费用渠道"},
			Refund: {"商品已退款金额"}, Status: {"订单状态"}, OrderedAt: {"订单下单时间"}, PaidAt: {"支付时间"},
			SettledAt: {"订单完成结算时间"},
		},
	},
	{
		Name: "xiaohongshu-buyer", Platform: xiaohongshu, Side: Shop, AfterRefunds: true,
		Menu:   []string{"千帆", "买手数据", "订单明细"},
		Title:  Text{"千帆 买手数据 订单明细", "Orders by buyers (千帆 买手数据 订单明细)"},
		Marks:  [][]string{{"订单ID"}, {"预估支出佣金"}, {"达人ID", "达人名称"}},
		Unread: Text{"价格、商家实收、有效销售金额（计佣基数）、佣金率", "the price, what the shop got, the base of the commission, rates"},
		Columns: map[Field][]string{
			Number: {"订单ID"}, Line: {"规格ID"}, ProductName: {"商品名称", "规格名称"}, CreatorID: {"达人ID"}, CreatorName: {"达人名称"},
			Amount: {"用户实付金额"}, Estimate: {"预估支出佣金"}, Refund: {"退款金额"}, Status: {"订单状态"}, PaidAt: {"支付时间"},
		},
	},
	{
		Name: "xiaohongshu-deals", Platform: xiaohongshu, Side: Agency, NoOrders: true,
		Menu:  []string{"蒲公英", "订单报告"},
		Title: Text{"蒲公英 订单报告", "Brand deals (蒲公英 订单报告)"},
		Marks: [][]string{{"博主报价", "报备品牌"}},
		Instead: Text{
			"该报表是品牌商单，不是带货订单：请改为导出千帆的“买手数据 订单明细”",
			"this report has brand deals, not sales: export 买手数据 订单明细 from 千帆 instead",
		},
	},
	{
		Name: "tiktok-creators-zh", Platform: tiktok, Side: Shop, DayFirst: true,
		Menu:   []string{"达人订单"},
		Title:  Text{"达人订单（中文表头）", "Creator orders, in Chinese (达人订单)"},
		Marks:  [][]string{{"订单 ID"}, {"达人用户名"}, {"预计标准佣金付款", "实际佣金"}},
		Unread: Text{"合资奖金、计佣金额（基数）、佣金率", "bonuses, bases, rates"},
		Columns: map[Field][]string{
			Number: {"订单 ID"}, Line: {"SKU ID"}, ProductName: {"商品名称"}, CreatorID: {"达人用户名"}, Amount: {"支付金额"},
			Currency: {"货币单位"},
			Estimate: {"预计标准佣金付款"}, Actual: {"实际佣金"}, AdsEstimate: {"预计店铺广告佣金付款"}, AdsActual: {"实际店铺广告佣金付款"},
			Refunded: {"已全部退货或全额退款"}, Status: {"订单状态"}, OrderedAt: {"创建时间"}, PaidAt: {"支付时间"}, SettledAt: {"佣金结算时间"},
		},
	},
	{
		Name: "tiktok-creators", Platform: tiktok, Side: Shop, DayFirst: true,
		Menu:  []string{"达人订单"},
		Title: Text{"达人订单（英文表头）", "Creator orders"},
		Marks: [][]string{
			{"Order ID"}, {"Creator Username"}, {"Est. standard commission payment", "Actual Commission Payment"},
		},
		Unread: Text{"合资奖金、计佣金额（基数）、佣金率", "bonuses, bases, rates"},
		Columns: map[Field][]string{
			Number: {"Order ID"}, Line: {"SKU ID"}, ProductName: {"Product Name"}, CreatorID: {"Creator Username"},
			Amount:   {"Payment Amount"},
			Currency: {"Currency"}, Estimate: {"Est. standard commission payment"}, Actual: {"Actual Commission Payment"},
			AdsEstimate: {"Est. Shop Ads commission payment"}, AdsActual: {"Actual Shop Ads commission payment"},
			Refunded: {"Fully returned or refunded"}, Status: {"Order Status"}, OrderedAt: {"Time Created"},
			PaidAt: {"Payment time"}, SettledAt: {"Time Commission Paid"},
		},
	},
	{
		Name: "tiktok-affiliate-creator", Platform: tiktok, Side: Creator, DayFirst: true,
		Menu:  []string{"Affiliate orders"},
		Title: Text{"联盟订单（达人侧）", "Affiliate orders of a creator"},
		Marks: [][]string{{"Order ID"}, {"Order settlement status"}, {"Est. standard commission", "Standard commission"}},
		Not: []string{
			"Creator Username", "Est. affiliate partner commission", "Standard commission for affiliate partner",
		},
		Unread: Text{"奖金、税费与分成、计佣金额（基数）", "bonuses, taxes, shared portions, bases"},
		Columns: map[Field][]string{
			Number: {"Order ID"}, Line: {"SKU ID"}, ProductName: {"Product name"}, Amount: {"GMV"}, Currency: {"Currency"},
			Estimate: {"Est. standard commission"}, Actual: {"Standard commission"},
			AdsEstimate: {"Est. Shop Ads commission"}, AdsActual: {"Shop Ads commission"},
			Sold: {"Items sold"}, Returned: {"Items refunded"},
			Status: {"Order settlement status"}, OrderedAt: {"Order date"}, SettledAt: {"Commission settlement date"},
		},
	},
	{
		Name: "tiktok-affiliate-partner", Platform: tiktok, Side: Agency, DayFirst: true,
		Menu:  []string{"Affiliate orders"},
		Title: Text{"联盟订单（机构侧）", "Affiliate orders of a partner"},
		Marks: [][]string{
			{"Order ID"},
			{"Creator Username"},
			{"Est. affiliate partner commission", "Standard commission for affiliate partner"},
		},
		Unread: Text{"佣金率、计佣金额（基数）、付款编号", "rates, bases, payment ids"},
		Columns: map[Field][]string{
			Number: {"Order ID"}, Line: {"SKU ID"}, ProductName: {"Product Name"}, CreatorID: {"Creator Username"},
			Amount: {"Payment Amount", "GMV", "Commission GMV"}, Currency: {"Currency"},
			OrgEstimate: {"Est. affiliate partner commission"}, OrgActual: {"Standard commission for affiliate partner"},
			CreatorEstimate: {"Est. creator commission"}, CreatorActual: {"Standard creator commission"},
			Refunded: {"Fully returned or refunded"}, Status: {"Order settlement status"}, OrderedAt: {"Time Created"},
		},
	},
	{
		Name: "pinduoduo-shop", Platform: pinduoduo, Side: Shop,
		Menu:  []string{"多多进宝"},
		Title: Text{"多多进宝 推广订单（商家侧）", "Promoted orders of a shop (多多进宝)"},
		Marks: [][]string{{"订单编号"}, {"预估支付佣金", "预估招商佣金"}},
		Instead: Text{
			"该报表没有商品名称、达人和订单状态：请改用带有这些列的报表，或用 --map 和 --creator 指明",
			"this report has no product, creator or status: use one that has them, or set them with --map and --creator",
		},
		Columns: map[Field][]string{
			Number: {"订单编号"}, ProductName: {"商品名称"}, Amount: {"订单总金额"}, Estimate: {"预估支付佣金"}, Status: {"订单状态"}, PaidAt: {"成交时间"},
		},
	},
	{
		Name: "jingdong-union", Platform: jingdong, Side: Promoter,
		Menu:  []string{"京东联盟"},
		Title: Text{"京东联盟 订单明细", "Promoted orders (京东联盟 订单明细)"},
		Marks: [][]string{{"主单号"}, {"预估佣金", "实际佣金"}},
		Instead: Text{
			"该报表没有商品名称、订单金额和支付时间：请改用带有这些列的报表，或用 --map 指明",
			"this report has no product, amount or payment time: use one that has them, or set them with --map",
		},
		Columns: map[Field][]string{
			Number: {"订单号"}, Parent: {"主单号"}, ProductName: {"商品名称"}, CreatorName: {"推广位"}, Estimate: {"预估佣金"},
			Actual: {"实际佣金"}, Status: {"订单状态"}, OrderedAt: {"下单时间"}, SettledAt: {"结算时间"},
		},
	},
}
