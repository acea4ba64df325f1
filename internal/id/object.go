package id

import (
	"deputy/internal/access"
	"deputy/internal/fault"
)

// Kind is what an id names.
type Kind string

// The kinds. Each has a row in the registry.
const (
	Account    Kind = "acc"
	Org        Kind = "org"
	Role       Kind = "rol"
	SubAccount Kind = "sub"
	Session    Kind = "ses"
	AuditEvent Kind = "aud"
	Flow       Kind = "flw"
	// Viewer is an account as the one that is asking. Nothing is stored under such an id.
	Viewer Kind = "vwr"

	Creator        Kind = "cre"
	Task           Kind = "tsk"
	TaskAssignment Kind = "asg"
	Order          Kind = "ord"
)

// Object is a row of the registry of objects: of what has an id, and of what else the record names.
type Object struct {
	// Kind of its ids; none for what stands on record under the id of its org.
	Kind Kind
	// Type is its name in the schema and on record.
	Type string
	// Name is what people call it.
	Name fault.Message
	// Module that it lives in: who may see that sees on record what it was before and after. None for what its own account
	// alone sees.
	Module access.Module
	// Access reports whether a change of it may change what somebody may do.
	Access bool
	// Followed reports whether streams tell of its changes.
	Followed bool
}

// The registry of objects. What is left out has no ids, is not read by node, and can't be put on record.
var objects = []Object{
	{Kind: Account, Type: "Account", Name: fault.Message{Zh: "帐号", En: "Account"}, Access: true},
	{Kind: Org, Type: "Org", Name: fault.Message{Zh: "机构", En: "Org"}, Module: access.SubAccounts, Access: true},
	{Kind: Role, Type: "Role", Name: fault.Message{Zh: "岗位", En: "Role"}, Module: access.SubAccounts, Access: true},
	{
		Kind: SubAccount, Type: "SubAccount", Name: fault.Message{Zh: "子帐号", En: "Sub-account"}, Module: access.SubAccounts,
		Access: true, Followed: true,
	},
	{Kind: Session, Type: "Session", Name: fault.Message{Zh: "会话", En: "Session"}, Access: true},
	{Kind: AuditEvent, Type: "AuditEvent", Name: fault.Message{Zh: "操作日志", En: "Audit event"}, Module: access.AuditLog},
	{Kind: Flow, Type: "VerificationCode", Name: fault.Message{Zh: "验证码", En: "Verification code"}},
	{Kind: Viewer, Type: "Viewer", Name: fault.Message{Zh: "当前用户", En: "Viewer"}},

	{
		Kind: Creator, Type: "Creator", Name: fault.Message{Zh: "达人", En: "Creator"}, Module: access.Creators,
		Followed: true,
	},
	{Kind: Task, Type: "Task", Name: fault.Message{Zh: "任务", En: "Task"}, Module: access.Tasks, Followed: true},
	{
		Kind: TaskAssignment, Type: "TaskAssignment", Name: fault.Message{Zh: "任务分配", En: "Assignment"},
		Module: access.Tasks, Followed: true,
	},
	{Kind: Order, Type: "Order", Name: fault.Message{Zh: "订单", En: "Order"}, Module: access.Orders, Followed: true},

	{Type: "ImportCreatorsPayload", Name: fault.Message{Zh: "达人导入", En: "Creator import"}, Module: access.Creators},
	{Type: "ExportCreatorsPayload", Name: fault.Message{Zh: "达人文件", En: "Creator file"}, Module: access.Creators},
	{Type: "ExportTasksPayload", Name: fault.Message{Zh: "任务文件", En: "Task file"}, Module: access.Tasks},
	{Type: "ExportFiguresPayload", Name: fault.Message{Zh: "数据文件", En: "Figures file"}, Module: access.Data},
	{Type: "SettleOrdersPayload", Name: fault.Message{Zh: "按条件结算", En: "Settling by a filter"}, Module: access.Orders},
	{Type: "ImportOrdersPayload", Name: fault.Message{Zh: "订单导入", En: "Order import"}, Module: access.Orders},
	{Type: "ExportOrdersPayload", Name: fault.Message{Zh: "订单文件", En: "Order file"}, Module: access.Orders},
	{
		Type: "ExportAuditEventsPayload", Name: fault.Message{Zh: "操作日志文件", En: "Audit log file"},
		Module: access.AuditLog,
	},
}

// Objects returns the registry.
func Objects() []Object { return objects }

// Object returns what ids of the kind name, and false for a kind that is not in the registry.
func (k Kind) Object() (Object, bool) {
	for _, o := range objects {
		if o.Kind == k && k != "" {
			return o, true
		}
	}
	return Object{}, false
}

// Type returns the type of the schema that ids of the kind name; none for a kind that is not in the registry.
func (k Kind) Type() string {
	o, _ := k.Object()
	return o.Type
}

// ObjectOf returns the object that the schema and the record call so, and false when the registry has none.
func ObjectOf(typeName string) (Object, bool) {
	for _, o := range objects {
		if o.Type == typeName {
			return o, true
		}
	}
	return Object{}, false
}
