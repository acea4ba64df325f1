package id

import (
	"deputy/internal/access"
	"deputy/internal/fault"
)

// Kind is the kind of object of an id.
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
	// Viewer is the account of the caller. Nothing is stored under such an id.
	Viewer Kind = "vwr"

	Creator        Kind = "cre"
	Task           Kind = "tsk"
	TaskAssignment Kind = "asg"
	App            Kind = "app"
	APIToken       Kind = "tok"
	Order          Kind = "ord"
)

// Object is a row of the registry of objects: of all types with ids, and of the other types in audit events.
type Object struct {
	// Kind of its ids; empty for a type that audit events list under the id of its org.
	Kind Kind
	// Type is its name in the schema and in audit events.
	Type string
	// Name is its name for people.
	Name fault.Message
	// Module of the object: viewers who can view it see the changed values in audit events. None for an object that only
	// its own account can see.
	Module access.Module
	// Access reports whether a change of the object can change somebody's access.
	Access bool
	// Followed reports whether subscriptions include its changes.
	Followed bool
}

// The registry of objects. Types that are missing here have no ids, are not returned by node, and cannot be recorded.
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
	{Kind: App, Type: "App", Name: fault.Message{Zh: "应用", En: "App"}, Module: access.Integrations, Access: true},
	{
		Kind: APIToken, Type: "ApiToken", Name: fault.Message{Zh: "接口令牌", En: "API token"}, Module: access.Integrations,
		Access: true,
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

// Object returns the registry's row for the kind, and false for a kind that is not in the registry.
func (k Kind) Object() (Object, bool) {
	for _, o := range objects {
		if o.Kind == k && k != "" {
			return o, true
		}
	}
	return Object{}, false
}

// Type returns the schema's type for ids of the kind; "" for a kind that is not in the registry.
func (k Kind) Type() string {
	o, _ := k.Object()
	return o.Type
}

// ObjectOf returns the registry's row for the type's name, and false when the registry has none.
func ObjectOf(typeName string) (Object, bool) {
	for _, o := range objects {
		if o.Type == typeName {
			return o, true
		}
	}
	return Object{}, false
}
