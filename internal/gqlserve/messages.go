package gqlserve

import "deputy/internal/fault"

// The messages of errors.
var (
	msgUnknownOutcome = fault.Message{
		Zh: "与数据库的连接在提交时中断，操作可能已经完成：请用同一个 Idempotency-Key 重试；没有的话，请先查看结果再重试。",
		En: "The connection to the database was lost during the commit, so the operation may have been carried out. " +
			"Try again with the same Idempotency-Key; without one, check the result before you try again.",
	}
	msgUnavailable = fault.Message{
		Zh: "数据库暂时不可用，操作没有执行：请在 %d 秒后重试。",
		En: "The database is temporarily unavailable, and the operation was not carried out. Try again in %d seconds.",
	}
	MsgInternal  = fault.Message{Zh: "服务器内部错误", En: "internal error"}
	msgEnded     = fault.Message{Zh: "请求已取消", En: "the request was cancelled"}
	msgArgument  = fault.Message{Zh: "参数 %s 的值无效", En: "the value of the argument %s is invalid"}
	msgCondition = fault.Message{
		Zh: "订阅的事件不能带 @skip 或 @include：请去掉该指令，或不发起这个订阅",
		En: "the event of a subscription can't have @skip or @include: remove the directive, or don't subscribe",
	}

	msgMethod       = fault.Message{Zh: "请使用 GET 或 POST 方法", En: "use GET or POST"}
	msgGetQuery     = fault.Message{Zh: "GET 只能执行查询，请改用 POST", En: "GET can run only queries; use POST"}
	msgSubscription = fault.Message{
		Zh: "订阅请使用 WebSocket 或 server-sent events",
		En: "use a WebSocket or server-sent events for subscriptions",
	}
	msgStreamOnly = fault.Message{
		Zh: "此处只能执行订阅，查询和变更请使用 POST",
		En: "only subscriptions can run here; send queries and mutations with POST",
	}
	msgSessionOver = fault.Message{Zh: "会话已结束，请重新登录。", En: "The session has ended. Sign in again."}
	msgAccept      = fault.Message{
		Zh: "Accept 需包含 application/json 或 application/graphql-response+json",
		En: "Accept must include application/json or application/graphql-response+json",
	}
	msgContentType = fault.Message{
		Zh: "Content-Type 必须是 application/json，编码为 UTF-8",
		En: "Content-Type must be application/json in UTF-8",
	}
	msgEncoding   = fault.Message{Zh: "不支持压缩的请求体", En: "compressed request bodies are not supported"}
	msgUnreadable = fault.Message{Zh: "无法读取请求体", En: "the request body could not be read"}
	msgNotUTF8    = fault.Message{Zh: "请求不是有效的 UTF-8", En: "the request is not valid UTF-8"}
	msgNotJSON    = fault.Message{Zh: "请求体不是有效的 JSON 对象", En: "the request body is not a valid JSON object"}
	msgBatch      = fault.Message{
		Zh: "不支持批量请求：请每个请求只发送一个操作（例如用 Apollo 的 HttpLink 代替 BatchHttpLink）",
		En: "batched requests are not supported: send one operation per request (with Apollo, use HttpLink instead of " +
			"BatchHttpLink)",
	}
	msgNoQuery = fault.Message{
		Zh: `缺少 query：请用 POST 发送 JSON，例如 {"query": "{ modules { name } }"}；在浏览器中请打开 /playground，完整的 schema 在 /schema.graphql`,
		En: `query is missing: send JSON with POST, such as {"query": "{ modules { name } }"}; ` +
			"in a browser, open /playground; the full schema is at /schema.graphql",
	}
	msgNoID = fault.Message{
		Zh: `缺少操作的 id：此服务器只执行登记过的操作，请用 POST 发送 JSON，例如 {"documentId": "…", "variables": {}}`,
		En: "the id of an operation is missing: this server runs only registered operations; send JSON with POST, " +
			"such as {\"documentId\": \"…\", \"variables\": {}}",
	}
	msgTwice     = fault.Message{Zh: "参数 %s 只能出现一次", En: "the parameter %s may appear only once"}
	msgCrossSite = fault.Message{Zh: "拒绝来自其他网站的简单请求", En: "simple requests from other sites are refused"}
)
