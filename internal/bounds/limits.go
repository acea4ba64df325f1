// Package bounds limits the cost of requests: the size of a document before it is validated, the values of its
// variables, its cost in rows before it runs, the budget of each caller, and the cache of documents. Its limits are
// passed in, and it does not depend on resolvers.
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

// Limits bounds the size of a document before anything else processes it, and the cost of its operation afterwards. It
// is a gqlgen extension; a limit of zero is the default. See table for what is counted of a document, and why.
type Limits struct {
	most counts
	// Once lists the fields that may occur only once in a document, including aliases, fragments and nested selections; by
	// default those of signing in, so that one request is one guess, and previewRole, which examines the access of up to
	// 1,000 people.
	Once []string
	// Time is the maximum duration of a query or mutation after it was read; 30 s by default. Then its statement is
	// cancelled and the response is LIMIT_EXCEEDED: nobody else waits for a database that does not respond.
	Time time.Duration
	// Cost is the maximum number of rows of one request, or of one event of a subscription, multiplied through the levels;
	// 20,000 by default.
	Cost int
	// Response is the maximum length of one response's data, in bytes; 16 MiB by default. responseBase and responseRow for
	// each row of its cost limit it too.
	Response int
	// There returns the number of objects in the viewer's own org, for an operation that could cost more than Cost. If it
	// is nil or returns nil, the maximum lengths apply.
	There func(context.Context) (*There, error)
	// Budget of each caller, in rows; no budgets when nil.
	Budget *Budget
	// Documents is the server's cache of valid documents; they are not measured again. It may be nil.
	Documents *Documents
}

var _ graphql.OperationParameterMutator = Limits{}

// WithDefaults returns the limits with defaults for all zero values.
func (l Limits) WithDefaults() Limits {
	l.most = l.most.withDefaults()
	l.Cost = cmp.Or(l.Cost, 20_000)
	l.Response = cmp.Or(l.Response, 16<<20)
	l.Time = cmp.Or(l.Time, 30*time.Second)
	if l.Once == nil {
		l.Once = []string{"signIn", "setPassword", "sendCode", "sendBindCode", "previewRole"}
	}
	return l
}

// Tokens returns the maximum number of tokens of a document.
func (l Limits) Tokens() int { return l.WithDefaults().most[ofTokens] }

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

// Check measures the document and returns LIMIT_EXCEEDED with limit, max and asked in its extensions, BAD_REQUEST for a
// field of Once that occurs more than once, GRAPHQL_VALIDATION_FAILED for a fragment that spreads itself. Asked is at
// least max+1; counting stops there where it would take long. A document that cannot be parsed passes, and the parser
// refuses it afterwards.
func (l Limits) Check(query string) error {
	if err := l.WithDefaults().check(query); err != nil {
		return err
	}
	return nil
}

func (l Limits) check(query string) *fault.Error {
	if err := l.most.over(counts{ofText: len(query)}); err != nil {
		return err
	}
	doc, err := parser.ParseQueryWithTokenLimit(&ast.Source{Input: query}, l.most[ofTokens])
	if err != nil {
		return l.most.over(l.parserLimit(err))
	}
	w := newWalk(doc, l.Once)
	all := w.document(doc)
	if err := l.most.over(all); err != nil {
		return err
	}
	if w.cycle != nil {
		return w.cycle
	}
	for _, name := range l.Once {
		if w.written.once[name] > 1 {
			return fault.New(fault.BadRequest, msgOnce, name)
		}
	}
	return w.compare(doc, &all, l.most)
}

// parserLimit returns the counts of a document for which the parser stopped at a limit, and nothing for any other
// error. The parser has no typed error for it, so a test checks the wording.
func (l Limits) parserLimit(err error) counts {
	var parsing *gqlerror.Error
	switch {
	case !errors.As(err, &parsing):
	case strings.HasPrefix(parsing.Message, "exceeded token limit"):
		return counts{ofTokens: l.most[ofTokens] + 1}
	case strings.HasPrefix(parsing.Message, "exceeded maximum nesting depth"):
		return counts{ofDepth: max(parser.MaxNestingDepth, l.most[ofDepth]+1)}
	}
	return counts{}
}

// OverTime returns the error that ends a request or a subscription whose time limit is exceeded.
func OverTime(most time.Duration) *fault.Error {
	seconds := int(most / time.Second)
	return fault.Limit(limitTime, seconds, seconds+1, msgTime)
}

// MaxErrors is the maximum number of errors in a response.
const MaxErrors = 20

// MaxFilter is the maximum number of values of a list in a filter.
const MaxFilter = 100
