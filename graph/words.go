package graph

import (
	"cmp"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"deputy/graph/model"
	"deputy/internal/access"
	"deputy/internal/download"
	"deputy/internal/fault"
	"deputy/internal/id"
)

// The names of the schema in downloads. A name that is missing here is used as it is.

// operationNames are the names of mutations and of other recorded operations.
var operationNames = map[string]fault.Message{
	"assignCreators":      {Zh: "分配经纪人", En: "Assign creators"},
	"assignTask":          {Zh: "分配任务", En: "Assign a task"},
	"closeTask":           {Zh: "关闭任务", En: "Close a task"},
	"createApiToken":      {Zh: "新建接口令牌", En: "Create an API token"},
	"createApp":           {Zh: "新建应用", En: "Create an app"},
	"createCreator":       {Zh: "签约达人", En: "Sign a creator"},
	"createOrg":           {Zh: "开通机构", En: "Open an org"},
	"createRole":          {Zh: "新建岗位", En: "Create a role"},
	"createSubAccount":    {Zh: "新建子帐号", En: "Create a sub-account"},
	"createTask":          {Zh: "新建任务", En: "Create a task"},
	"deleteApp":           {Zh: "删除应用", En: "Delete an app"},
	"deleteRole":          {Zh: "删除岗位", En: "Delete a role"},
	"deleteSubAccounts":   {Zh: "删除子帐号", En: "Delete sub-accounts"},
	"disableApp":          {Zh: "停用应用", En: "Disable an app"},
	"disableSubAccounts":  {Zh: "停用子帐号", En: "Disable sub-accounts"},
	"download":            {Zh: "下载文件", En: "Download a file"},
	"enableApp":           {Zh: "启用应用", En: "Enable an app"},
	"enableSubAccounts":   {Zh: "启用子帐号", En: "Enable sub-accounts"},
	"endCreators":         {Zh: "结束签约", En: "End creators' contracts"},
	"endSessions":         {Zh: "结束会话", En: "End sessions"},
	"exportAuditEvents":   {Zh: "导出操作日志", En: "Export the audit log"},
	"exportCreators":      {Zh: "导出达人", En: "Export creators"},
	"exportFigures":       {Zh: "导出数据", En: "Export figures"},
	"exportOrders":        {Zh: "导出订单", En: "Export orders"},
	"exportTasks":         {Zh: "导出任务", En: "Export tasks"},
	"importCreators":      {Zh: "导入达人", En: "Import creators"},
	"importOrders":        {Zh: "导入订单", En: "Import orders"},
	"computeShares":       {Zh: "计算已有订单的分成", En: "Compute the shares of orders"},
	"rebuildFigures":      {Zh: "重新统计数据", En: "Rebuild the figures"},
	"refundOrder":         {Zh: "登记退款", En: "Refund an order"},
	"openTask":            {Zh: "开启任务", En: "Open a task"},
	"releaseSeat":         {Zh: "解除授权", En: "Release a seat"},
	"revokeApiTokens":     {Zh: "吊销接口令牌", En: "Revoke API tokens"},
	"rotateApiToken":      {Zh: "更换接口令牌", En: "Rotate an API token"},
	"sendBindCode":        {Zh: "发送绑定验证码", En: "Send a binding code"},
	"sendCode":            {Zh: "发送验证码", En: "Send a code"},
	"setAssignmentStatus": {Zh: "更新任务进度", En: "Update an assignment's status"},
	"setPassword":         {Zh: "设置密码", En: "Set a password"},
	"settleOrders":        {Zh: "结算订单", En: "Settle orders"},
	"signIn":              {Zh: "登录", En: "Sign in"},
	"signOut":             {Zh: "退出登录", En: "Sign out"},
	"updateApp":           {Zh: "编辑应用", En: "Edit an app"},
	"updateCreator":       {Zh: "编辑达人", En: "Edit a creator"},
	"updateOrg":           {Zh: "编辑机构", En: "Edit the org"},
	"updateRole":          {Zh: "编辑岗位", En: "Edit a role"},
	"updateSubAccount":    {Zh: "编辑子帐号", En: "Edit a sub-account"},
	"updateTask":          {Zh: "编辑任务", En: "Edit a task"},
	"voidOrders":          {Zh: "作废订单", En: "Void orders"},
	"wakeSeat":            {Zh: "久未使用的席位重新使用", En: "Return after long inactivity"},
}

// fieldNames are the names of changed fields.
var fieldNames = map[string]fault.Message{
	"amount":                 {Zh: "金额", En: "Amount"},
	"brief":                  {Zh: "任务说明", En: "Brief"},
	"budget":                 {Zh: "额度", En: "Budget"},
	"category":               {Zh: "类目", En: "Category"},
	"changed":                {Zh: "更新", En: "Changed"},
	"codes":                  {Zh: "验证码", En: "Codes"},
	"commission":             {Zh: "佣金", En: "Commission"},
	"count":                  {Zh: "数量", En: "Count"},
	"contacts":               {Zh: "联系邮箱", En: "Contacts"},
	"contractFrom":           {Zh: "合同开始", En: "Contract start"},
	"contractTo":             {Zh: "合同结束", En: "Contract end"},
	"created":                {Zh: "新建", En: "Created"},
	"createdAt":              {Zh: "创建时间", En: "Created at"},
	"creator":                {Zh: "达人", En: "Creator"},
	"creators":               {Zh: "交接达人数", En: "Creators handed over"},
	"currency":               {Zh: "货币", En: "Currency"},
	"deadline":               {Zh: "截止时间", En: "Deadline"},
	"description":            {Zh: "描述", En: "Description"},
	"email":                  {Zh: "邮箱", En: "E-mail"},
	"endsAt":                 {Zh: "到期时间", En: "Ends at"},
	"filter":                 {Zh: "筛选条件", En: "Filter"},
	"followers":              {Zh: "粉丝数", En: "Followers"},
	"grants":                 {Zh: "权限", En: "Grants"},
	"hasPassword":            {Zh: "已设密码", En: "Password set"},
	"hint":                   {Zh: "令牌开头", En: "Beginning of the secret"},
	"ipRanges":               {Zh: "地址段", En: "IP ranges"},
	"madeBy":                 {Zh: "来源操作", En: "Source operation"},
	"lastActiveAt":           {Zh: "最近活跃时间", En: "Last active at"},
	"manager":                {Zh: "经纪人", En: "Manager"},
	"name":                   {Zh: "名称", En: "Name"},
	"number":                 {Zh: "订单号", En: "Order number"},
	"ownerName":              {Zh: "主帐号名称", En: "Owner's name"},
	"commissionAfterRefunds": {Zh: "佣金已扣退款", En: "Commission after refunds"},
	"creatorShare":           {Zh: "达人分成", En: "Share of the creator"},
	"givenNet":               {Zh: "平台分成的佣金基数", En: "Commission that the platform divided"},
	"givenShare":             {Zh: "平台给出的机构分成", En: "Org's share as the platform gave it"},
	"netCommission":          {Zh: "退款后佣金", En: "Commission net of refunds"},
	"orders":                 {Zh: "订单数", En: "Orders"},
	"orgShare":               {Zh: "机构分成额", En: "Amount of the org's share"},
	"parentNumber":           {Zh: "主订单号", En: "Parent order number"},
	"refundAmount":           {Zh: "已退款金额", En: "Refunded"},
	"refundedAt":             {Zh: "退款时间", En: "Refunded at"},
	"settledBy":              {Zh: "结算操作", En: "Settled by"},
	"paidAt":                 {Zh: "支付时间", En: "Paid at"},
	"phone":                  {Zh: "手机号", En: "Phone"},
	"platformId":             {Zh: "平台ID", En: "Platform ID"},
	"productName":            {Zh: "商品", En: "Product"},
	"reason":                 {Zh: "原因", En: "Reason"},
	"refused":                {Zh: "拒绝", En: "Refused"},
	"reward":                 {Zh: "任务奖励", En: "Reward"},
	"roles":                  {Zh: "岗位", En: "Roles"},
	"rows":                   {Zh: "行数", En: "Rows"},
	"sessions":               {Zh: "会话", En: "Sessions"},
	"settled":                {Zh: "结算", En: "Settled"},
	"settledAt":              {Zh: "结算时间", En: "Settled at"},
	"shareBps":               {Zh: "机构分成", En: "Org's share"},
	"status":                 {Zh: "状态", En: "Status"},
	"timeZone":               {Zh: "时区", En: "Time zone"},
	"title":                  {Zh: "标题", En: "Title"},
	"tokens":                 {Zh: "接口令牌", En: "API tokens"},
	"unchanged":              {Zh: "未变", En: "Unchanged"},
	"updatedAt":              {Zh: "更新时间", En: "Updated at"},
	"whole":                  {Zh: "完整", En: "Whole"},
}

// valueNames are the names of enum values, by enum, and enumOf the enum of a type's field.
var (
	valueNames = map[string]map[string]fault.Message{
		"ActorKind": {
			"OWNER": {Zh: "主帐号", En: "Owner"}, "SUB_ACCOUNT": {Zh: "子帐号", En: "Sub-account"},
			"ACCOUNT":   {Zh: "帐号", En: "Account"},
			"API_TOKEN": {Zh: "接口令牌", En: "API token"}, "SYSTEM": {Zh: "系统", En: "System"},
		},
		"AuditOutcome":  {"DONE": {Zh: "已完成", En: "Done"}, "REFUSED": {Zh: "已拒绝", En: "Refused"}},
		"CreatorStatus": {"SIGNED": {Zh: "签约中", En: "Signed"}, "ENDED": {Zh: "已结束", En: "Ended"}},
		"TaskStatus": {
			"DRAFT": {Zh: "草稿", En: "Draft"}, "OPEN": {Zh: "进行中", En: "Open"},
			"CLOSED": {Zh: "已关闭", En: "Closed"},
		},
		"AssignmentStatus": {
			"ASSIGNED": {Zh: "已分配", En: "Assigned"}, "ACCEPTED": {Zh: "已接受", En: "Accepted"},
			"SUBMITTED": {Zh: "已提交", En: "Submitted"},
			"APPROVED":  {Zh: "已通过", En: "Approved"}, "REJECTED": {Zh: "已驳回", En: "Rejected"},
		},
		"OrderStatus": {
			"PAID": {Zh: "已支付", En: "Paid"}, "SETTLED": {Zh: "已结算", En: "Settled"}, "REFUNDED": {Zh: "已退款", En: "Refunded"},
		},
		"AppStatus":        {"ENABLED": {Zh: "已启用", En: "Enabled"}, "DISABLED": {Zh: "已停用", En: "Disabled"}},
		"SubAccountStatus": {"ENABLED": {Zh: "已启用", En: "Enabled"}, "DISABLED": {Zh: "已停用", En: "Disabled"}},
		"Boolean":          {"true": {Zh: "是", En: "Yes"}, "false": {Zh: "否", En: "No"}},
		"Action": {
			"VIEW": {Zh: "查看", En: "View"}, "EDIT": {Zh: "编辑", En: "Edit"},
			"EXPORT": {Zh: "导出", En: "Export"},
		},
		"Scope": {"ALL": {Zh: "全部", En: "all"}, "OWN": {Zh: "自己的", En: "own"}},
	}
	enumOf = map[string]string{
		"AuditEvent.actorKind": "ActorKind", "AuditEvent.outcome": "AuditOutcome", "Creator.status": "CreatorStatus",
		"Task.status":           "TaskStatus",
		"TaskAssignment.status": "AssignmentStatus", "Order.status": "OrderStatus", "SubAccount.status": "SubAccountStatus",
		"App.status":                  "AppStatus",
		"ExportCreatorsPayload.whole": "Boolean", "ExportTasksPayload.whole": "Boolean",
		"ExportFiguresPayload.whole": "Boolean",
		"ExportOrdersPayload.whole":  "Boolean", "ExportAuditEventsPayload.whole": "Boolean",
		"Account.hasPassword":          "Boolean",
		"Order.commissionAfterRefunds": "Boolean",
	}
)

// Fields with amounts of money, and with times.
var (
	moneyFields = []string{
		"amount", "commission", "reward", "refundAmount", "netCommission", "orgShare", "creatorShare", "givenShare",
		"givenNet",
	}
	momentFields = []string{
		"paidAt", "settledAt", "refundedAt", "createdAt", "updatedAt", "deadline", "lastActiveAt",
		"endsAt",
	}
)

var (
	changeSeparator = fault.Message{Zh: "；", En: "; "}
	changeForm      = fault.Message{Zh: "：", En: ": "}
	changeNone      = fault.Message{Zh: "（无）", En: "(none)"}
	changeEmpty     = fault.Message{Zh: "（空）", En: "(empty)"}
	changeHidden    = fault.Message{Zh: "（无权查看）", En: "(not shown)"}
)

// name returns a name of the schema in the reader's language.
func (p *paper) name(words map[string]fault.Message, name string) string {
	return cmp.Or(p.localize(words[name]), name)
}

// typeName returns the name of a recorded type in the reader's language.
func (p *paper) typeName(name string) string {
	of, _ := id.ObjectOf(name)
	return cmp.Or(p.localize(of.Name), name)
}

// word returns the value of an enum field in the reader's language.
func (p *paper) word(kind, field, value string) string {
	return p.name(valueNames[enumOf[kind+"."+field]], value)
}

// change returns a change as text: the field, its old value, and its new one.
func (p *paper) change(kind string, c *model.AuditChange) string {
	field := p.name(fieldNames, c.Field) + p.localize(changeForm)
	if c.Before == nil && c.After == nil {
		return field + p.localize(changeHidden)
	}
	return field + p.side(kind, c.Field, c.Before, c.BeforeNames) + " → " + p.side(kind, c.Field, c.After, c.AfterNames)
}

// side returns a value of a change. Other objects have their names, followed by their ids, because names may be equal.
func (p *paper) side(kind, field string, value *string, names []string) string {
	switch {
	case value == nil:
		return p.localize(changeNone)
	case *value == "":
		return p.localize(changeEmpty)
	case len(names) > 0:
		all := strings.Fields(*value)
		for i, id := range all {
			if i < len(names) && names[i] != id {
				all[i] = names[i] + " (" + id + ")"
			}
		}
		return strings.Join(all, ", ")
	case slices.Contains(moneyFields, field):
		if n, err := strconv.ParseInt(*value, 10, 64); err == nil {
			return download.Amount{Minor: n, Decimals: p.decimals}.String()
		}
	case slices.Contains(momentFields, field):
		if t, err := time.Parse(time.RFC3339Nano, *value); err == nil {
			return p.moment(&t).String()
		}
	case field == "shareBps":
		if n, err := strconv.ParseInt(*value, 10, 64); err == nil {
			return percentage(n)
		}
	case field == "grants":
		return p.grants(*value)
	}
	return p.word(kind, field, *value)
}

// percentage formats basis points, such as 25% or 12.50%.
func percentage(bps int64) string {
	return strings.TrimSuffix(download.Amount{Minor: bps, Decimals: 2}.String(), ".00") + "%"
}

var grantWords = regexp.MustCompile(`[A-Z_]+`)

// grants returns recorded grants, such as TASKS: VIEW, EDIT (ALL), in the reader's language.
func (p *paper) grants(text string) string {
	return grantWords.ReplaceAllStringFunc(text, func(word string) string {
		for _, info := range access.Modules() {
			if info.Module.String() == word {
				return p.localize(info.Name)
			}
		}
		return cmp.Or(p.localize(valueNames["Action"][word]), p.localize(valueNames["Scope"][word]), word)
	})
}
