package bounds

import "deputy/internal/fault"

// The messages of this package. The names of limits, in the table, are arguments of msgLimit.
var (
	msgTime  = fault.Message{Zh: "请求处理超时", En: "the request took too long"}
	msgLimit = fault.Message{Zh: "请求超出限制：%s为 %d，上限为 %d", En: "the request exceeds a limit (%s: %d, at most %d)"}
	msgOnce  = fault.Message{Zh: "一个请求文档中只能出现一次 %s", En: "%s may appear only once in a document"}
	msgCycle = fault.Message{Zh: "片段 %s 引用了自身", En: "fragment %s can't spread itself"}

	msgVariable = fault.Message{Zh: "变量 $%s 的值无效（%q 处）：%s。", En: "Variable \"$%s\" got invalid value at %q; %s."}
	msgAbsent   = fault.Message{Zh: "必须给出类型为 %s 的值", En: "a value of required type %q was not provided"}
	msgNotNull  = fault.Message{Zh: "类型 %s 的值不能为 null", En: "expected non-nullable type %q not to be null"}
	msgNoType   = fault.Message{Zh: "类型 %s 不存在", En: "type %q does not exist"}
	msgNoValue  = fault.Message{Zh: "不是有效的 %s%s", En: "expected a value of type %q%s"}
	msgMember   = fault.Message{Zh: "%[2]s 没有字段 %[1]q，只有：%[3]s", En: "field %q is not defined by type %q, which has %s"}
	msgOneOf    = fault.Message{Zh: "%s 必须且只能给出一个字段，且不能为 null", En: "exactly one field of %q must be given, and not null"}
	msgAllowed  = fault.Message{Zh: "，可用的值：%s", En: ", one of %s"}
	msgInt      = fault.Message{Zh: "，应为 -2^31 到 2^31-1 的整数", En: ", a whole number of 32 bits"}
	msgInt64    = fault.Message{Zh: "，应为 ±(2^53-1) 以内的整数", En: ", a whole number within ±(2^53-1)"}
	msgTimeForm = fault.Message{
		Zh: "，应为 RFC 3339 格式，如 2026-03-01T08:00:00Z，2000 至 2199 年",
		En: ", RFC 3339 such as 2026-03-01T08:00:00Z, of the years 2000 to 2199",
	}
	msgDateForm = fault.Message{Zh: "，应为 YYYY-MM-DD，如 2026-03-01", En: ", YYYY-MM-DD such as 2026-03-01"}
	msgCost     = fault.Message{
		Zh: "请求的行数超出上限：共 %d 行，上限为 %d 行。请减小 first 或拆分请求。",
		En: "the request reads too many rows: %d, at most %d; use a smaller first, or split the request",
	}
	msgBudget = fault.Message{Zh: "请求过于频繁：请在 %d 秒后重试。", En: "too many requests: try again in %d seconds"}

	// Clients look for these texts, which are the same in every language.
	msgPersistedNotFound = fault.Message{Zh: "PersistedQueryNotFound", En: "PersistedQueryNotFound"}
	msgPersistedVersion  = fault.Message{
		Zh: "persistedQuery 的 version 必须是 1",
		En: "the version of persistedQuery must be 1",
	}
	msgPersistedHash = fault.Message{Zh: "sha256Hash 与 query 不一致", En: "sha256Hash does not match the query"}
	msgByID          = fault.Message{
		Zh: "此服务器只执行登记过的操作：请发送操作的 id，不要发送 query",
		En: "this server runs only registered operations: send the id of an operation, not a query",
	}
	msgUnregistered = fault.Message{Zh: "没有登记过这个 id 的操作", En: "no operation is registered under this id"}
	msgParameter    = fault.Message{Zh: "参数 %s 的类型不正确", En: "the parameter %s has the wrong type"}
)
