package bounds

import (
	"cmp"
	"math"

	"deputy/internal/fault"
)

// counter is a quantity that is counted in a document, as its index in the table of limits.
type counter int

// counts are the counts of a document, and in Limits their maximum values.
type counts [counters]int

// The counters, in the order in which limits are checked.
const (
	ofText counter = iota
	ofTokens
	ofName
	ofOperations
	ofFragments
	ofVariables
	ofSpreads
	ofDirectives
	ofArguments
	ofValues
	ofDepth
	ofFields
	ofSelections
	ofFragmentFields
	ofAliases
	ofIntrospection
	ofSameName
	ofComparisons
	ofVariableDepth
	ofVariableValues
	counters
)

// limit is a row of a table of limits: its name in extensions.limit, its default, what it counts, as worded in
// messages, and its reason.
type limit struct {
	name string
	most int
	what fault.Message
	why  string
}

func row(name string, most int, zh, en, why string) limit {
	return limit{name, most, fault.Message{Zh: zh, En: en}, why}
}

// table has the limit of each counter. Validating a document takes time quadratic in its repetitions and exponential in
// the nesting of its fragments, and callers who are not signed in can cause it.
var table = [counters]limit{
	ofText: row("text", 256<<10, "文档字节数", "document size in bytes",
		"every byte is read before the caller is known; long texts belong in variables"),
	ofTokens: row("tokens", 10_000, "词法单元数", "tokens",
		"each becomes objects in memory that are many times as large as its text"),
	ofName: row("name", 256, "名称字节数", "name length in bytes",
		"a response repeats a name for every row and every error"),
	ofOperations: row("operations", 100, "操作数", "operations",
		"all of them are validated, and one runs"),
	ofFragments: row("fragments", 200, "片段数", "fragments",
		"all of them are validated, and those of one place are compared in pairs"),
	ofVariables: row("variables", 300, "变量数", "variables",
		"each use of one is looked up among all"),
	ofSpreads: row("spreads", 1_000, "片段引用数", "spreads",
		"validation compares the fragments of one place in pairs"),
	ofDirectives: row("directives", 200, "指令数", "directives",
		"one field may have any number of them at no other cost"),
	ofArguments: row("arguments", 30, "单个字段的参数数", "arguments of one field",
		"each is looked up among the arguments of every field of the same name"),
	ofValues: row("values", 3_000, "参数值数", "values",
		"each is checked against its type, and compared with those of fields of the same name"),
	ofDepth: row("depth", 15, "层级深度", "depth",
		"rows multiply with every level; GraphiQL's introspection takes 15"),
	ofFields: row("fields", 5_000, "展开后的字段数", "fields after expansion",
		"fragments that each spread the next one twice double them: 978 bytes expand to 16 million"),
	ofSelections: row("selections", 15_000, "展开后的选择数", "selections after expansion",
		"fragments that contain only spreads take time too"),
	ofFragmentFields: row("fragmentFields", 20_000, "各片段展开后的选择总数", "selections of all fragments after expansion",
		"validation expands each fragment separately, also unused ones"),
	ofAliases: row("aliases", 200, "展开后的别名数", "aliases after expansion",
		"with aliases one request can select a field any number of times"),
	ofIntrospection: row("introspection", 190_000, "内省的值数", "introspection values",
		"lists of the schema have no pages; this is twice what GraphiQL requests"),
	ofSameName: row("sameName", 100, "同一处的同名字段数", "fields with the same name in one place",
		"validation compares each with every other one"),
	ofComparisons: row("comparisons", 60_000, "同名字段的比较次数", "comparisons of fields with the same name",
		"validation takes 5 s for 51 KiB of repeated fields"),
	ofVariableDepth: row("variableDepth", 20, "变量层级深度", "variable depth",
		"reading variables recurses for each level"),
	ofVariableValues: row("variableValues", 20_000, "变量值数", "variable values",
		"decoding them takes up to fifty times the memory of their text"),
}

// greatest are the counters of which a document has the maximum of its parts, and not their sum.
var greatest = [counters]bool{ofName: true, ofArguments: true, ofDepth: true, ofSameName: true, ofVariableDepth: true}

// The limits that are checked elsewhere.
const (
	LimitBody          = "body"
	LimitStreams       = "streams"
	LimitSubscriptions = "subscriptions"
	limitTime          = "time"
	limitCost          = "cost"
	limitResponse      = "response"
)

// beside are the limits that are checked elsewhere; their messages only state that the limit is exceeded.
var beside = []limit{
	row(LimitBody, 0, "请求体字节数", "body size in bytes",
		"a body is held in memory before the caller is known"),
	row(LimitStreams, 0, "同时打开的订阅连接数", "open streams",
		"each keeps a connection as long as its client wants"),
	row(LimitSubscriptions, 0, "同一连接上的订阅数", "subscriptions on one connection",
		"an event runs all of them"),
}

// OverLimit returns LIMIT_EXCEEDED for a limit that is checked elsewhere, by its name.
func OverLimit(name string, most, asked int) *fault.Error {
	for _, l := range beside {
		if l.name == name {
			return l.exceeded(most, asked)
		}
	}
	panic("there is no limit " + name)
}

func (l limit) exceeded(most, asked int) *fault.Error {
	return fault.Limit(l.name, most, asked, msgLimit, l.what, asked, most)
}

// over returns LIMIT_EXCEEDED for the first limit that a document exceeds, or nil.
func (most counts) over(counted counts) *fault.Error {
	for i, l := range table {
		if counted[i] > most[i] {
			return l.exceeded(most[i], min(counted[i], math.MaxInt32))
		}
	}
	return nil
}

// withDefaults returns the counts with defaults for all zero values.
func (most counts) withDefaults() counts {
	for i, l := range table {
		most[i] = cmp.Or(most[i], l.most)
	}
	return most
}

// add adds the counts of another part of the document. Sums stop at ceiling instead of overflowing.
func (most *counts) add(d counts) {
	for i := range most {
		if greatest[i] {
			most[i] = max(most[i], d[i])
		} else {
			most[i] = add(most[i], d[i])
		}
	}
}

const ceiling = math.MaxInt32

func add(a, b int) int { return min(a+b, ceiling) }
