package graph

import (
	"context"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"deputy/internal/fault"
	"deputy/internal/page"
)

// costKey is where an operation's cost is kept until it is told.
const costKey = "cost"

// costs is a gqlgen extension that refuses, before anything is read, an operation that asks for more rows than Limits.Cost
// (LIMIT_EXCEEDED, limit: cost), for more sums than Limits.Sums (limit: sums) or for more than the caller's budget has left
// (RATE_LIMITED, retryAfter), and tells every answer's cost in its extensions. It needs variables that were coerced.
type costs struct {
	limits Limits
}

// Cost is what extensions.cost answers.
type Cost struct {
	// Requested is what the operation may come to, in rows.
	Requested int `json:"requested"`
	// Limit of one request.
	Limit int `json:"limit"`
	// Remaining is what the caller's budget has left after it; null where there are no budgets.
	Remaining *int `json:"remaining"`
}

var (
	_ graphql.OperationParameterMutator = costs{}
	_ graphql.OperationContextMutator   = costs{}
	_ graphql.ResponseInterceptor       = costs{}
)

// ExtensionName implements graphql.HandlerExtension.
func (costs) ExtensionName() string { return "Costs" }

// Validate implements graphql.HandlerExtension.
func (costs) Validate(graphql.ExecutableSchema) error { return nil }

// perRow is how many bytes of a document that is not known yet are read for what one row costs.
const perRow = 100

// MutateOperationParameters implements graphql.OperationParameterMutator: whoever has nothing left is refused before the
// document is looked at, and looking at one that the server has not found valid before is charged by its length.
func (c costs) MutateOperationParameters(ctx context.Context, request *graphql.RawParams) *gqlerror.Error {
	if c.limits.Budget == nil {
		return nil
	}
	rows := 1
	if _, known := c.limits.Documents.Get(ctx, request.Query); !known {
		rows += len(request.Query) / perRow
	}
	if _, err := c.limits.Budget.charge(ctx, rows, 0); err != nil {
		return gqlerror.Wrap(err)
	}
	return nil
}

// MutateOperationContext implements graphql.OperationContextMutator.
func (c costs) MutateOperationContext(ctx context.Context, op *graphql.OperationContext) *gqlerror.Error {
	rows, sums := costOf(op)
	told := &Cost{Requested: rows, Limit: c.limits.Cost}
	op.Stats.SetExtension(costKey, told)
	if sums > c.limits.Sums {
		return gqlerror.Wrap(overLimit(limitSums, c.limits.Sums, sums))
	}
	if told.Requested > told.Limit {
		return gqlerror.Wrap(fault.New(fault.LimitExceeded, msgCost, told.Requested, told.Limit).
			With("limit", limitCost).With("max", told.Limit).With("asked", told.Requested))
	}
	if c.limits.Budget == nil {
		return nil
	}
	left, err := c.limits.Budget.charge(ctx, told.Requested, 1) // one row was taken before it was looked at
	told.Remaining = &left
	if err != nil {
		return gqlerror.Wrap(err)
	}
	return nil
}

// InterceptResponse implements graphql.ResponseInterceptor.
func (costs) InterceptResponse(ctx context.Context, next graphql.ResponseHandler) *graphql.Response {
	if told, ok := graphql.GetOperationContext(ctx).Stats.GetExtension(costKey).(*Cost); ok {
		graphql.RegisterExtension(ctx, costKey, told)
	}
	return next(ctx)
}

// costOf counts the rows that an operation may come to: one for each root field, those of a page for a connection whose
// rows are asked for (first, last, or the default), one for its totalCount, one for each of a field's ids, all multiplied
// through the levels. Plain lists count once. What stands under several types counts for each. Sums are what reads far more rows than
// it answers, in one statement for all of its level: a place that asks for a totalCount is one, for that of a search three, for a part
// of a report five.
func costOf(op *graphql.OperationContext) (rows, sums int) {
	c := coster{op: op}
	rows = c.place(1, op.Operation.SelectionSet)
	return rows, c.sums
}

// coster walks the operation as its answer is shaped, as merger does: what several selection sets ask for in one place is
// asked for once. It takes as long as the expanded selections are many, which Limits bounds.
type coster struct {
	op   *graphql.OperationContext
	sums int
}

// asked is one field in one place of the answer.
type asked struct {
	field *ast.Field
	below []ast.SelectionSet
}

// place answers the rows under a place that exists so many times.
func (c *coster) place(times int, sets ...ast.SelectionSet) int {
	rows := 0
	for _, a := range c.merged(sets) {
		rows = add(rows, c.field(times, a))
	}
	return rows
}

// merged answers the fields of one place.
func (c *coster) merged(sets []ast.SelectionSet) (order []*asked) {
	known := make(map[string]*asked)
	for _, set := range sets {
		order = c.collect(set, known, order)
	}
	return order
}

func (c *coster) collect(set ast.SelectionSet, known map[string]*asked, order []*asked) []*asked {
	for _, selection := range set {
		switch s := selection.(type) {
		case *ast.Field:
			if s.ObjectDefinition == nil || s.Definition == nil || c.skips(s.Directives) {
				continue
			}
			place := s.ObjectDefinition.Name + "." + s.Alias
			a := known[place]
			if a == nil {
				a = &asked{field: s}
				known[place] = a
				order = append(order, a)
			}
			if len(s.SelectionSet) > 0 {
				a.below = append(a.below, s.SelectionSet)
			}
		case *ast.InlineFragment:
			if !c.skips(s.Directives) {
				order = c.collect(s.SelectionSet, known, order)
			}
		case *ast.FragmentSpread:
			if s.Definition != nil && !c.skips(s.Directives) {
				order = c.collect(s.Definition.SelectionSet, known, order)
			}
		}
	}
	return order
}

// field answers the rows of one field and of all below it, in a place that exists so many times.
func (c *coster) field(times int, a *asked) int {
	f, own := a.field, 0
	switch f.ObjectDefinition.Name {
	case "Query", "Mutation", "Subscription":
		own = times
	case "DataReport":
		c.sums += 5
	}
	switch {
	case f.Definition.Arguments.ForName("first") != nil:
		return add(own, c.connection(f, times, multiply(times, c.pageSize(f)), a.below))
	case len(a.below) > 0 && f.Definition.Arguments.ForName("ids") != nil:
		times = multiply(times, c.length(f, "ids"))
		own = add(own, times)
	}
	return add(own, c.place(times, a.below...))
}

// connection answers the rows of so many lists, and what stands below them: a list that is only counted reads none.
func (c *coster) connection(f *ast.Field, lists, rows int, sets []ast.SelectionSet) int {
	total, read := 0, false
	for _, a := range c.merged(sets) {
		switch a.field.Name {
		case "totalCount":
			total = add(total, lists)
			c.sums++
			if filter, _ := c.argument(f, "filter").(map[string]any); filter["search"] != nil {
				c.sums += 2
			}
		case "__typename":
		default:
			read = true
			total = add(total, c.place(rows, a.below...))
		}
	}
	if read {
		total = add(total, rows)
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

func (c *coster) argument(f *ast.Field, name string) any {
	given := f.Arguments.ForName(name)
	if given == nil {
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

func (c *coster) length(f *ast.Field, name string) int {
	if list, ok := c.argument(f, name).([]any); ok {
		return len(list)
	}
	return 1
}

// skips tells whether @skip or @include leaves a selection out.
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
