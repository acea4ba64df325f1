// Package access defines modules, actions, scopes and sets of grants. Its functions are pure: no database, no clock, no
// session.
package access

import (
	"strings"

	"deputy/internal/fault"
)

// Module is one area of the back office (功能模块). The zero value is no module.
type Module uint8

// The modules, in the order of the left navigation. The numbers are stored (see Set): append, never reorder.
const (
	Creators Module = iota + 1
	Tasks
	Data
	Orders
	AuditLog
	Integrations
	SubAccounts
)

// Action is an operation that can be allowed in a module. The zero value is no action.
type Action uint8

// The actions. The numbers are stored (see Set): append, never reorder.
const (
	View Action = iota + 1
	Edit
	Export
)

// Scope is the set of rows of a module that an action may access.
type Scope uint8

// The scopes, narrow to wide: a wider scope compares greater.
const (
	None Scope = iota
	Own
	All
)

var (
	actionNames = [...]string{"", "VIEW", "EDIT", "EXPORT"}
	scopeNames  = [...]string{"NONE", "OWN", "ALL"}
)

// Info is one row of the table of modules: the names of a module, and the actions and scopes that can be granted in it.
type Info struct {
	Module Module
	// Code is its name in the schema, whose enum is generated from this table.
	Code        string
	Name        fault.Message
	Description fault.Message
	// Grantable reports whether a role can have grants in the module; otherwise only the owner has them.
	Grantable bool
	// Actions that can be granted in the module. Any other is refused.
	Actions []Action
	// Scopes that can be granted in the module. Any other is refused.
	Scopes []Scope
}

// Modules returns the table of modules in the order of the left navigation.
func Modules() []Info { return modules }

// Info returns the module's row in the table, and false for a module that does not exist.
func (m Module) Info() (Info, bool) {
	if m < Creators || int(m) > len(modules) {
		return Info{}, false
	}
	return modules[m-1], true
}

// InSentence returns the module's name for the middle of a sentence, such as orders or the audit log.
func (i Info) InSentence() fault.Message {
	en := strings.ToLower(i.Name.En)
	switch i.Module {
	case Data:
		en = "figures"
	case AuditLog:
		en = "the " + en
	}
	return fault.Message{Zh: i.Name.Zh, En: en}
}

// Holds reports whether the action can be granted in the module.
func (i Info) Holds(a Action) bool {
	for _, known := range i.Actions {
		if a == known {
			return true
		}
	}
	return false
}

// Knows reports whether the scope can be granted in the module.
func (i Info) Knows(s Scope) bool {
	for _, known := range i.Scopes {
		if s == known {
			return true
		}
	}
	return false
}

var modules = []Info{
	{
		Creators, "CREATORS",
		fault.Message{Zh: "达人管理", En: "Creators"},
		fault.Message{Zh: "签约达人及其经纪人", En: "Creators under contract and who looks after each"},
		true,
		[]Action{View, Edit, Export},
		[]Scope{All, Own},
	},
	{
		Tasks, "TASKS",
		fault.Message{Zh: "机构任务", En: "Tasks"},
		fault.Message{Zh: "机构的任务及参与的达人", En: "Tasks of the org and the creators who take part"},
		true,
		[]Action{View, Edit, Export},
		[]Scope{All, Own},
	},
	{
		Data, "DATA",
		fault.Message{Zh: "数据查看", En: "Data"},
		fault.Message{
			Zh: "按日、周、月及达人、商品、经纪人和类目统计的数据",
			En: "Figures by day, week and month, and by creator, product, manager and category",
		},
		true,
		[]Action{View, Export},
		[]Scope{All, Own},
	},
	{
		Orders, "ORDERS",
		fault.Message{Zh: "订单管理", En: "Orders"},
		fault.Message{Zh: "达人带来的订单及佣金", En: "Orders that creators brought in, with commission"},
		true,
		[]Action{View, Edit, Export},
		[]Scope{All, Own},
	},
	{
		AuditLog, "AUDIT_LOG",
		fault.Message{Zh: "操作日志", En: "Audit log"},
		fault.Message{Zh: "谁在什么时候做了什么", En: "Who did what, and when"},
		true,
		[]Action{View, Export},
		[]Scope{All},
	},
	{
		Integrations, "INTEGRATIONS",
		fault.Message{Zh: "开放平台", En: "Integrations"},
		fault.Message{Zh: "应用及其接口令牌", En: "Apps and their API tokens"},
		false,
		[]Action{View, Edit},
		[]Scope{All},
	},
	{
		SubAccounts, "SUB_ACCOUNTS",
		fault.Message{Zh: "子帐号管理", En: "Sub-accounts"},
		fault.Message{Zh: "岗位和子帐号", En: "Roles and sub-accounts"},
		false,
		[]Action{View, Edit},
		[]Scope{All},
	},
}
