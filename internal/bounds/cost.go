package bounds

import (
	"context"
	"strings"
	"sync"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"deputy/internal/fault"
	"deputy/internal/page"
)

// costKey is the key of an operation's cost among the statistics of the operation.
const costKey = "cost"

// Costs is a gqlgen extension that refuses, before anything is read, an operation that requests more rows than
// Limits.Cost (LIMIT_EXCEEDED, limit: cost) or than the caller's budget has left (RATE_LIMITED, retryAfter), and adds
// the cost to the extensions of every response. Each event of a subscription is charged separately, before it is read.
// Variables must be coerced first.
type Costs struct {
	// Limits with defaults for all zero values.
	Limits Limits
}

// Cost is the value of extensions.cost.
type Cost struct {
	// Requested is the maximum cost of the operation, in rows.
	Requested int `json:"requested"`
	// Limit of one request.
	Limit int `json:"limit"`
	// Remaining is what the caller's budget has left afterwards; null without budgets.
	Remaining *int `json:"remaining"`
	// bytes is the maximum length of the response's data.
	bytes int

	mu     sync.Mutex
	budget *Budget
	events bool // of a subscription, each of which is charged Requested
}

// CostOf returns the cost of a valid operation, and false for one that was refused before its cost was known.
func CostOf(op *graphql.OperationContext) (*Cost, bool) {
	c, known := op.Stats.GetExtension(costKey).(*Cost)
	return c, known
}

// further charges more rows while the operation runs, and returns false when that exceeds the limit.
func (c *Cost) further(ctx context.Context, rows int) (bool, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if add(c.Requested, rows) > c.Limit {
		return false, nil
	}
	if c.budget != nil {
		left, err := c.budget.Charge(ctx, rows, 0)
		if err != nil {
			return false, err
		}
		c.Remaining = &left
	}
	if !c.events {
		c.Requested += rows
	}
	return true, nil
}

type byEventKey struct{}

// ByEvent returns a context in which the events of a subscription are charged separately: see ChargeEvent.
func ByEvent(ctx context.Context) context.Context { return context.WithValue(ctx, byEventKey{}, true) }

// ChargeEvent takes the cost of an event of the running subscription from the viewer's budget, before the event is
// read. It returns RATE_LIMITED when less is left.
func ChargeEvent(ctx context.Context) error {
	c, ok := CostOf(graphql.GetOperationContext(ctx))
	if !ok || c.budget == nil {
		return nil
	}
	left, err := c.budget.Charge(ctx, c.Requested, 0)
	c.Remaining = &left
	return err
}

var (
	_ graphql.OperationParameterMutator = Costs{}
	_ graphql.OperationContextMutator   = Costs{}
	_ graphql.ResponseInterceptor       = Costs{}
)

// ExtensionName implements graphql.HandlerExtension.
func (Costs) ExtensionName() string { return "Costs" }

// Validate implements graphql.HandlerExtension.
func (Costs) Validate(graphql.ExecutableSchema) error { return nil }

// perRow is how many bytes of an unknown document cost one row.
const perRow = 100

// MutateOperationParameters implements graphql.OperationParameterMutator: it refuses callers with an empty budget
// before their document is parsed, and charges parsing and validating a document that is not cached by its length.
func (c Costs) MutateOperationParameters(ctx context.Context, request *graphql.RawParams) *gqlerror.Error {
	if c.Limits.Budget == nil {
		return nil
	}
	rows := 1
	if _, known := c.Limits.Documents.Get(ctx, request.Query); !known {
		rows += len(request.Query) / perRow
	}
	if _, err := c.Limits.Budget.Charge(ctx, rows, 0); err != nil {
		return gqlerror.Wrap(err)
	}
	return nil
}

// MutateOperationContext implements graphql.OperationContextMutator.
func (c Costs) MutateOperationContext(ctx context.Context, op *graphql.OperationContext) *gqlerror.Error {
	told := &Cost{
		Requested: costOf(op, nil), Limit: c.Limits.Cost, budget: c.Limits.Budget,
		events: op.Operation.Operation == ast.Subscription,
	}
	if err := c.look(ctx, op, told); err != nil {
		return gqlerror.Wrap(err)
	}
	told.bytes = min(c.Limits.Response, add(responseBase, multiply(responseRow, told.Requested)))
	op.Stats.SetExtension(costKey, told)
	if told.Requested > told.Limit {
		return gqlerror.Wrap(fault.Limit(limitCost, told.Limit, told.Requested, msgCost, told.Requested, told.Limit))
	}
	if c.Limits.Budget == nil {
		return nil
	}
	if ctx.Value(byEventKey{}) != nil && told.events {
		return nil
	}
	left, err := c.Limits.Budget.Charge(ctx, told.Requested, 1) // one row was taken before the document was parsed
	told.Remaining = &left
	if err != nil {
		return gqlerror.Wrap(err)
	}
	return nil
}

// look recomputes the cost of an operation that exceeds the limit with the actual number of objects in the viewer's
// org, and charges for counting them. The cost of a subscription is computed once and applies to later events, so its
// estimate stays.
func (c Costs) look(ctx context.Context, op *graphql.OperationContext, told *Cost) error {
	if told.Requested <= told.Limit || c.Limits.There == nil || op.Operation.Operation == ast.Subscription {
		return nil
	}
	if c.Limits.Budget != nil {
		if _, err := c.Limits.Budget.Charge(ctx, perLook, 0); err != nil {
			return err
		}
	}
	there, err := c.Limits.There(ctx)
	if err != nil || there == nil {
		return err
	}
	told.Requested = costOf(op, there)
	return nil
}

// InterceptResponse implements graphql.ResponseInterceptor.
func (Costs) InterceptResponse(ctx context.Context, next graphql.ResponseHandler) *graphql.Response {
	if told, ok := CostOf(graphql.GetOperationContext(ctx)); ok {
		graphql.RegisterExtension(ctx, costKey, told)
	}
	return next(ctx)
}

// costOf counts the rows that an operation may read: one for each root field, and one for each object that it may
// return, multiplied through the levels. A page counts with its size, any other list with its maximum length (see
// longest), and a field of several types counts for each. Work that is not proportional to rows is charged separately,
// by the weights below. If there is given, no list counts for more than the actual number of objects.
func costOf(op *graphql.OperationContext, there *There) int {
	c := coster{op: op, there: there}
	return c.place(nil, spot{1, 1, 0}, op.Operation.SelectionSet)
}

// The weights of work other than rows of a response, in rows.
const (
	// perMutation is the cost of a mutation: its transaction and its event.
	perMutation = 10
	// perWrite is the cost of one element of a mutation's input list: an order to import, an id of a batch.
	perWrite = 4
	// perCount is the cost of a totalCount: it reads far more rows than it returns, in one statement for all of its level.
	perCount = 100
	// perSearch is the cost of a search, or of a filter without an index: without a match it reads that many rows.
	perSearch = 1_000
	// perSearchOfMany is the cost of a search for each of several lists, and perLooked how many examined rows of a list
	// cost one row.
	perSearchOfMany = 100
	perLooked       = 10
	// perLook is the cost of counting the objects of an org, for an operation that exceeds the limit.
	perLook = 1_000
	// perPreviewed is the cost of a sub-account whose access is previewed: its roles are read, whatever the selection.
	perPreviewed = 5
	// perReport is the cost of one part of a report.
	perReport = 500
	// perValues is how many values of an object cost one row: an object with repeated fields or long lists of texts costs
	// more.
	perValues = 50
	// perIntrospection is how many values of an introspection cost one row.
	perIntrospection = 100
)

// coster counts the rows of an operation place by place, in the shape of its response; see merged.
type coster struct {
	op *graphql.OperationContext
	// root is the current root field.
	root *ast.Field
	// there is the actual number of objects; nil if it is not known.
	there *There
}

// place returns the rows of a place that exists so many times, including the cost of its values.
func (c *coster) place(within *ast.Field, at spot, sets ...ast.SelectionSet) int {
	rows, values := c.inside(within, at, sets)
	return add(rows, multiply(at.times, values/perValues))
}

// inside returns the rows below a place that exists so many times, and the number of values in one of them.
func (c *coster) inside(within *ast.Field, at spot, sets []ast.SelectionSet) (rows, values int) {
	for _, a := range c.merged(sets) {
		more, held := c.field(within, at, a)
		rows, values = add(rows, more), add(values, held)
	}
	return rows, values
}

// merged returns the fields of one place, grouped by type and response key.
func (c *coster) merged(sets []ast.SelectionSet) []asked {
	return into(c.into).merged(sets, func(f *ast.Field) string {
		if f.ObjectDefinition == nil || f.Definition == nil || c.skips(f.Directives) {
			return ""
		}
		return f.ObjectDefinition.Name + "." + f.Alias
	})
}

// into returns the selections of a fragment that is not skipped.
func (c *coster) into(s ast.Selection) ast.SelectionSet {
	switch s := s.(type) {
	case *ast.InlineFragment:
		if !c.skips(s.Directives) {
			return s.SelectionSet
		}
	case *ast.FragmentSpread:
		if s.Definition != nil && !c.skips(s.Directives) {
			return s.Definition.SelectionSet
		}
	}
	return nil
}

// field returns the rows of one field and of all below it, in a place that exists so many times, and how many values it
// adds to each object there.
func (c *coster) field(within *ast.Field, at spot, a asked) (rows, values int) {
	f, below := a[0], a.below()
	if strings.HasPrefix(f.Name, "__") {
		if len(below) == 0 {
			return 0, 1
		}
		return c.introspection(f), 0
	}
	switch f.ObjectDefinition.Name {
	case "Query", "Subscription":
		if c.root, rows = f, 1; f.Name == "previewRole" {
			rows = add(rows, multiply(perPreviewed, c.previewed(nil, f)))
		}
	case "Mutation":
		c.root = f
		rows = add(add(perMutation+heavy[f.Name], multiply(perWrite, c.given(nil, f))), c.matched(f))
	case "DataReport":
		rows = perReport
	case "Org":
		if f.Name == "creatorCategories" {
			rows = perCount
		}
	}
	of, many := f.Definition.Type.Name(), 1
	if strings.HasSuffix(of, "Connection") {
		return add(rows, c.connection(f, at, below)), 0
	}
	if f.Definition.Type.Elem != nil {
		many = c.length(within, f)
	}
	switch {
	case len(below) == 0:
		return rows, many
	case parts[of]:
		_, values = c.inside(f, spot{}, below)
		return rows, multiply(many, values)
	}
	all := at
	if !c.counted(f) {
		all = c.rows(f, at, many)
		rows = add(rows, all.times)
	}
	return add(rows, c.place(f, all, below...)), 0
}

// counted reports whether the object of a field was counted above it: by its root field, or as a row of its page.
func (c *coster) counted(f *ast.Field) bool {
	return f == c.root && f.Definition.Type.Elem == nil || f.Name == "node" &&
		strings.HasSuffix(f.ObjectDefinition.Name, "Edge")
}

// length returns the maximum length of a field's list; a list without one counts as the longest possible.
func (c *coster) length(within, f *ast.Field) int {
	if f.Definition.Arguments.ForName("first") != nil {
		return c.pageSize(f)
	}
	if bound, known := lengthOf(f.ObjectDefinition.Name, f.Name); known {
		return bound.most(c, within, f)
	}
	return ceiling
}

// introspection returns the cost of an introspection, measured as in the table of limits.
func (c *coster) introspection(f *ast.Field) int {
	return newWalk(c.op.Doc, nil).set(ast.SelectionSet{f}).counts[ofIntrospection] / perIntrospection
}

// connection returns the rows of so many lists, and of the fields below them: a list that is only counted reads none.
func (c *coster) connection(f *ast.Field, at spot, sets []ast.SelectionSet) int {
	lists, page := at.times, c.rows(f, at, c.pageSize(f))
	total, values, read, counted := 0, 0, 0, false
	for _, a := range c.merged(sets) {
		switch f := a[0]; f.Name {
		case "totalCount":
			counted = true
			values++
		case "nodes", "edges": // a separate result each
			read = add(read, page.times)
			total = add(total, c.place(f, page, a.below()...))
		default:
			_, held := c.field(f, at, a)
			values = add(values, held)
			if f.Name != "__typename" {
				read = max(read, page.times)
			}
		}
	}
	total = add(add(total, read), multiply(lists, values/perValues))
	hard := c.hard(f, lists)
	if read > 0 {
		total = add(add(total, hard), multiply(lists, c.offset(f)))
	}
	if counted {
		total = add(add(total, lists), perCount+hard)
	}
	return total
}

// pageSize returns the number of rows of a page; an invalid number counts as the nearest valid one.
func (c *coster) pageSize(f *ast.Field) int {
	n, ok := c.whole(f, "first")
	if !ok {
		n, ok = c.whole(f, "last")
	}
	if !ok {
		return page.DefaultSize
	}
	return int(min(max(n, 1), page.MaxSize))
}

// offset returns how many rows are read and skipped before a page.
func (c *coster) offset(f *ast.Field) int {
	n, _ := c.whole(f, "offset")
	return int(min(max(n, 0), page.MaxOffset))
}

func (c *coster) argument(f *ast.Field, name string) any {
	given := f.Arguments.ForName(name)
	if given == nil {
		if known := f.Definition.Arguments.ForName(name); known != nil && known.DefaultValue != nil {
			value, _ := known.DefaultValue.Value(nil) // from the schema
			return value
		}
		return nil
	}
	value, err := given.Value.Value(c.op.Variables)
	if err != nil { // validation refuses this number
		return nil
	}
	return value
}

func (c *coster) whole(f *ast.Field, name string) (int64, bool) {
	return wholeNumber(c.argument(f, name))
}

// skips reports whether @skip or @include excludes a selection.
func (c *coster) skips(list ast.DirectiveList) bool {
	for _, d := range list {
		if d.Name != "skip" && d.Name != "include" {
			continue
		}
		given := d.Arguments.ForName("if")
		if given == nil {
			continue
		}
		if is, err := given.Value.Value(c.op.Variables); err == nil && is == (d.Name == "skip") {
			return true
		}
	}
	return false
}

func multiply(a, b int) int {
	if a == 0 || b == 0 {
		return 0
	}
	if a > ceiling/b {
		return ceiling
	}
	return a * b
}
