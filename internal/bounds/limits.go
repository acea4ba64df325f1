// Package bounds holds what a request may come to: the limits of a document before it is validated, the values of its
// variables, its cost in rows before it runs, the budget of each caller, and the documents that are known. It is told
// what to allow, and asks for no resolver.
package bounds

import (
	"cmp"
	"context"
	"errors"
	"strings"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
	"github.com/vektah/gqlparser/v2/parser"

	"deputy/internal/fault"
)

// The names of the limits, as extensions.limit answers them.
const (
	limitText           = "text"
	limitTokens         = "tokens"
	limitName           = "name"
	limitDepth          = "depth"
	limitFields         = "fields"
	limitSelections     = "selections"
	limitAliases        = "aliases"
	limitSameName       = "sameName"
	limitComparisons    = "comparisons"
	limitIntrospection  = "introspection"
	limitOperations     = "operations"
	limitFragments      = "fragments"
	limitFragmentFields = "fragmentFields"
	limitSpreads        = "spreads"
	limitDirectives     = "directives"
	limitVariables      = "variables"
	limitArguments      = "arguments"
	limitValues         = "values"
	limitInputs         = "variableValues"
	limitInputDepth     = "variableDepth"
	LimitBody           = "body"
	limitTime           = "time"
	LimitStreams        = "streams"
	LimitSubscriptions  = "subscriptions"
	limitCost           = "cost"
	limitResponse       = "response"
)

// Limits bounds the shape of a document before anything else looks at it: validating and merging fields take time that
// grows with the square of what a document repeats, and exponentially with how its fragments nest, and that time would
// be spent for callers who are not signed in. It is a gqlgen extension; a limit of zero is the default. Expanded means
// counted once for every place that a fragment's selections are spread into, over all operations of the document.
type Limits struct {
	// Text is the length of the document, in bytes; 256 KiB by default. Long texts belong into variables.
	Text int
	// Tokens of the document; 10,000 by default.
	Tokens int
	// Name is how long a name may be, aliases included, in bytes; 256 by default. An answer repeats it for every row and
	// error.
	Name int
	// Depth is how deep fields nest; 15 by default, which is what GraphiQL's introspection query needs.
	Depth int
	// Fields, expanded; 5,000 by default.
	Fields int
	// Selections are fields, spreads and inline fragments, expanded; 15,000 by default.
	Selections int
	// Aliases, expanded; 200 by default.
	Aliases int
	// SameName is how many fields may answer under one name in one place of the response; 100 by default.
	SameName int
	// Comparisons are what checking the fields of one name against each other takes; 60,000 by default.
	Comparisons int
	// Introspection is how many values the schema may be asked for, reckoned by how long its lists are; 150,000 by
	// default, which is twice what GraphiQL asks for.
	Introspection int
	// Operations in the document; 100 by default.
	Operations int
	// Fragments defined; 200 by default.
	Fragments int
	// FragmentFields are the selections of every fragment, each expanded for itself; 20,000 by default.
	FragmentFields int
	// Spreads as written; 1,000 by default.
	Spreads int
	// Directives as written; 200 by default.
	Directives int
	// Variables defined, over all operations; 300 by default.
	Variables int
	// Arguments of any one field or directive; 30 by default.
	Arguments int
	// Values of arguments and variables as written, members of lists and objects included; 3,000 by default.
	Values int
	// VariableValues are the values in the request's variables, members of lists and objects included; 20,000 by default.
	// They are counted before they are decoded, as are those of extensions.
	VariableValues int
	// VariableDepth is how deep lists and objects nest there, the variables themselves being the first; 20 by default.
	VariableDepth int
	// Once names the fields that may stand once in a document, however they are aliased, spread or nested; by default
	// those of signing in, so that one request is one guess, and previewRole, which looks at the access of up to 1,000
	// people.
	Once []string
	// Time is how long a query or mutation may take once it was read; 30 s by default. Then it is given up, its statement
	// cancelled, and answered LIMIT_EXCEEDED: nobody else waits for a database that has stopped answering.
	Time time.Duration
	// Cost is how many rows one request, or one event of a subscription, may come to, multiplied through the levels;
	// 20,000 by default.
	Cost int
	// Response is how long the data of one answer may be, in bytes; 16 MiB by default. It may be no longer than
	// responseBase and responseRow for each row of its cost either.
	Response int
	// There returns what there is in the viewer's own org, for an operation that could come to more than Cost; nil, as it
	// may answer, to go by how much there could be.
	There func(context.Context) (*There, error)
	// Budget of each caller, in rows; no budgets when nil.
	Budget *Budget
	// Documents is the cache that the server keeps valid documents in; what it holds has passed before and is not
	// measured again. It may be nil.
	Documents *Documents
}

var _ graphql.OperationParameterMutator = Limits{}

// WithDefaults returns the limits with what is zero set to the default.
func (l Limits) WithDefaults() Limits {
	l.Text = cmp.Or(l.Text, 256<<10)
	l.Tokens = cmp.Or(l.Tokens, 10_000)
	l.Name = cmp.Or(l.Name, 256)
	l.Depth = cmp.Or(l.Depth, 15)
	l.Fields = cmp.Or(l.Fields, 5_000)
	l.Selections = cmp.Or(l.Selections, 15_000)
	l.Aliases = cmp.Or(l.Aliases, 200)
	l.SameName = cmp.Or(l.SameName, 100)
	l.Comparisons = cmp.Or(l.Comparisons, 60_000)
	l.Introspection = cmp.Or(l.Introspection, 150_000)
	l.Operations = cmp.Or(l.Operations, 100)
	l.Fragments = cmp.Or(l.Fragments, 200)
	l.FragmentFields = cmp.Or(l.FragmentFields, 20_000)
	l.Spreads = cmp.Or(l.Spreads, 1_000)
	l.Cost = cmp.Or(l.Cost, 20_000)
	l.Response = cmp.Or(l.Response, 16<<20)
	l.Time = cmp.Or(l.Time, 30*time.Second)
	l.Directives = cmp.Or(l.Directives, 200)
	l.Variables = cmp.Or(l.Variables, 300)
	l.Arguments = cmp.Or(l.Arguments, 30)
	l.Values = cmp.Or(l.Values, 3_000)
	l.VariableValues = cmp.Or(l.VariableValues, 20_000)
	l.VariableDepth = cmp.Or(l.VariableDepth, 20)
	if l.Once == nil {
		l.Once = []string{"signIn", "setPassword", "sendCode", "sendBindCode", "previewRole"}
	}
	return l
}

// ExtensionName implements graphql.HandlerExtension.
func (Limits) ExtensionName() string { return "Limits" }

// Validate implements graphql.HandlerExtension.
func (Limits) Validate(graphql.ExecutableSchema) error { return nil }

// MutateOperationParameters implements graphql.OperationParameterMutator: it refuses the request when its document is
// over a limit, and changes nothing.
func (l Limits) MutateOperationParameters(ctx context.Context, request *graphql.RawParams) *gqlerror.Error {
	if l.Documents != nil {
		if _, known := l.Documents.Get(ctx, request.Query); known {
			return nil
		}
	}
	if err := l.Check(request.Query); err != nil {
		return gqlerror.Wrap(err)
	}
	return nil
}

// Check measures the document and returns what is wrong with it: LIMIT_EXCEEDED with limit, max and asked in its
// extensions, BAD_REQUEST for a field of Once that stands more than once, GRAPHQL_VALIDATION_FAILED for a fragment that
// spreads itself. Asked is at least max+1; counting stops there where it would be long. A document that cannot be
// parsed passes: the parser says so afterwards.
func (l Limits) Check(query string) error {
	l = l.WithDefaults()
	if len(query) > l.Text {
		return OverLimit(limitText, l.Text, len(query))
	}
	doc, err := parser.ParseQueryWithTokenLimit(&ast.Source{Input: query}, l.Tokens)
	if err != nil {
		return l.parserLimit(err)
	}
	if err := l.measure(doc); err != nil {
		return err
	}
	return nil
}

// parserLimit returns the limit that the parser stopped at, and nil for every other error of it. The parser has no
// error value to tell by, so a test holds its wording.
func (l Limits) parserLimit(err error) error {
	var parsing *gqlerror.Error
	if !errors.As(err, &parsing) {
		return nil
	}
	switch {
	case strings.HasPrefix(parsing.Message, "exceeded token limit"):
		return OverLimit(limitTokens, l.Tokens, l.Tokens+1)
	case strings.HasPrefix(parsing.Message, "exceeded maximum nesting depth"):
		return OverLimit(limitDepth, l.Depth, max(parser.MaxNestingDepth, l.Depth+1))
	}
	return nil
}

// OverLimit returns LIMIT_EXCEEDED for a limit of a request, by its name.
func OverLimit(limit string, most, asked int) *fault.Error {
	return fault.Limit(limit, most, asked, msgLimit, limitNames[limit], asked, most)
}

// OverTime is why a request ends, or a subscription, of which something took longer than it may, in seconds.
func OverTime(most time.Duration) *fault.Error {
	seconds := int(most / time.Second)
	return fault.Limit(limitTime, seconds, seconds+1, msgTime)
}

// MaxErrors is how many errors a response lists.
const MaxErrors = 20

// MaxFilter is how many values a list in a filter may hold.
const MaxFilter = 100
