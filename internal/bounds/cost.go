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

// costKey is where an operation's cost is kept until it is told.
const costKey = "cost"

// Costs is a gqlgen extension that refuses, before anything is read, an operation that asks for more rows than
// Limits.Cost (LIMIT_EXCEEDED, limit: cost) or for more than the caller's budget has left (RATE_LIMITED, retryAfter),
// and tells every response's cost in its extensions. Each event of a subscription is charged by itself, before it is
// read. It needs variables that were coerced.
type Costs struct {
	// Limits with all that is zero set to the default.
	Limits Limits
}

// Cost is what extensions.cost answers.
type Cost struct {
	// Requested is what the operation may come to, in rows.
	Requested int `json:"requested"`
	// Limit of one request.
	Limit int `json:"limit"`
	// Remaining is what the caller's budget has left after it; null where there are no budgets.
	Remaining *int `json:"remaining"`
	// bytes is how long the data of the response may be.
	bytes int

	mu     sync.Mutex
	budget *Budget
	events bool // of a subscription, each of which is charged Requested
}

// CostOf returns what a valid operation costs, and false for one that was refused before that was known.
func CostOf(op *graphql.OperationContext) (*Cost, bool) {
	c, known := op.Stats.GetExtension(costKey).(*Cost)
	return c, known
}

// further charges so many rows more while the operation runs, and returns false when that is more than it may come to.
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

// ByEvent returns a context in which the events of a subscription are charged one by one: see ChargeEvent.
func ByEvent(ctx context.Context) context.Context { return context.WithValue(ctx, byEventKey{}, true) }

// ChargeEvent takes what an event of the running subscription costs from the viewer's budget, before it is read. It
// returns RATE_LIMITED when less is left.
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

// perRow is how many bytes of a document that is not known yet are read for what one row costs.
const perRow = 100

// MutateOperationParameters implements graphql.OperationParameterMutator: whoever has nothing left is refused before
// the document is looked at, and looking at one that the server has not found valid before is charged by its length.
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
	left, err := c.Limits.Budget.Charge(ctx, told.Requested, 1) // one row was taken before it was looked at
	told.Remaining = &left
	if err != nil {
		return gqlerror.Wrap(err)
	}
	return nil
}

// look brings the cost of an operation that could come to more than the limit down to what there is in the viewer's
// org, and charges for the looking. What a subscription may come to is reckoned once, and holds for events long after
// that.
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

// costOf counts the rows that an operation may come to: one for each root field, and one for each object that it may
// answer, multiplied through the levels. A page counts with its size, any other list with its greatest length (see
// longest), and whatever stands under several types counts for each. What takes more work than its rows says is charged
// beside them, by the weights below. Where it is known what is there, no list counts for more than that.
func costOf(op *graphql.OperationContext, there *There) int {
	c := coster{op: op, there: there}
	return c.place(nil, spot{1, 1, 0}, op.Operation.SelectionSet)
}

// The weights of what is no row of a response, in rows.
const (
	// perMutation is what a mutation takes by itself: its transaction, and what it puts on record.
	perMutation = 10
	// perWrite is one member of a list that a mutation is given: an order to import, an id of a batch.
	perWrite = 4
	// perCount is a totalCount: it reads far more rows than it answers, in one statement for all of its level.
	perCount = 100
	// perSearch is a search, or a filter that no index serves: it reads as many rows when it finds nothing.
	perSearch = 1_000
	// perSearchOfMany is a search of each of several lists, and perLooked how many rows of a list are looked into for one
	// row.
	perSearchOfMany = 100
	perLooked       = 10
	// perLook is looking at what there is in an org, for an operation that could come to too much.
	perLook = 1_000
	// perPreviewed is a sub-account whose access is previewed, which takes its roles, whatever is asked of it.
	perPreviewed = 5
	// perReport is one part of a report.
	perReport = 500
	// perValues is how many values an object has for one row: one that repeats its fields, or has long lists of texts,
	// counts for more.
	perValues = 50
	// perIntrospection is how many values of the schema are one row.
	perIntrospection = 100
)

// coster counts the rows of an operation place by place, as its response is shaped; see merged.
type coster struct {
	op *graphql.OperationContext
	// root is the root field that is being counted.
	root *ast.Field
	// there is what there is; nil where that is not known.
	there *There
}

// place returns the rows under a place that exists so many times, and what its values come to.
func (c *coster) place(within *ast.Field, at spot, sets ...ast.SelectionSet) int {
	rows, values := c.inside(within, at, sets)
	return add(rows, multiply(at.times, values/perValues))
}

// inside returns the rows under a place that exists so many times, and how many values one of it holds by itself.
func (c *coster) inside(within *ast.Field, at spot, sets []ast.SelectionSet) (rows, values int) {
	for _, a := range c.merged(sets) {
		more, held := c.field(within, at, a)
		rows, values = add(rows, more), add(values, held)
	}
	return rows, values
}

// merged returns the fields of one place: those of one name that one type has.
func (c *coster) merged(sets []ast.SelectionSet) []asked {
	return into(c.into).merged(sets, func(f *ast.Field) string {
		if f.ObjectDefinition == nil || f.Definition == nil || c.skips(f.Directives) {
			return ""
		}
		return f.ObjectDefinition.Name + "." + f.Alias
	})
}

// into returns the selections of a fragment that is not left out.
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

// counted reports whether the object that a field answers was counted above it: by its root field, or as a row of its
// page.
func (c *coster) counted(f *ast.Field) bool {
	return f == c.root && f.Definition.Type.Elem == nil || f.Name == "node" &&
		strings.HasSuffix(f.ObjectDefinition.Name, "Edge")
}

// length is how long the list of a field may be; one that nobody has bounded counts as long as can be.
func (c *coster) length(within, f *ast.Field) int {
	if f.Definition.Arguments.ForName("first") != nil {
		return c.pageSize(f)
	}
	if bound, known := lengthOf(f.ObjectDefinition.Name, f.Name); known {
		return bound.most(c, within, f)
	}
	return ceiling
}

// introspection is what asking for the schema comes to, by the measure that limits it.
func (c *coster) introspection(f *ast.Field) int {
	return newWalk(c.op.Doc, nil).set(ast.SelectionSet{f}).counts[ofIntrospection] / perIntrospection
}

// connection returns the rows of so many lists, and what stands below them: a list that is only counted reads none.
func (c *coster) connection(f *ast.Field, at spot, sets []ast.SelectionSet) int {
	lists, page := at.times, c.rows(f, at, c.pageSize(f))
	total, values, read, counted := 0, 0, 0, false
	for _, a := range c.merged(sets) {
		switch f := a[0]; f.Name {
		case "totalCount":
			counted = true
			values++
		case "nodes", "edges": // each is an answer of its own
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

// pageSize is how many rows a page has; one that the list will refuse counts as the nearest that it would not.
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

// offset is how many rows are read and left out before a page.
func (c *coster) offset(f *ast.Field) int {
	n, _ := c.whole(f, "offset")
	return int(min(max(n, 0), page.MaxOffset))
}

func (c *coster) argument(f *ast.Field, name string) any {
	given := f.Arguments.ForName(name)
	if given == nil {
		if known := f.Definition.Arguments.ForName(name); known != nil && known.DefaultValue != nil {
			value, _ := known.DefaultValue.Value(nil) // which the schema gives
			return value
		}
		return nil
	}
	value, err := given.Value.Value(c.op.Variables)
	if err != nil { // a number that validation refuses
		return nil
	}
	return value
}

func (c *coster) whole(f *ast.Field, name string) (int64, bool) {
	return wholeNumber(c.argument(f, name))
}

// skips reports whether @skip or @include leaves a selection out.
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
