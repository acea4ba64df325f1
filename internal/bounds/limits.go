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

// Limits bounds what a document comes to before anything else looks at it, and what its operation may come to then. It
// is a gqlgen extension; a limit of zero is the default. See table for what is counted of a document, and why.
type Limits struct {
	most counts
	// Once names the fields that may stand once in a document, however they are aliased, spread or nested; by default
	// those of signing in, so that one request is one guess, and previewRole, which looks at the access of up to 1,000
	// people.
	Once []string
	// Time is how long a query or mutation may take once it was read; 30 s by default. Then it is given up, its statement
	// cancelled, and answered LIMIT_EXCEEDED: nobody else waits for a database that does not respond.
	Time time.Duration
	// Cost is how many rows one request, or one event of a subscription, may come to, multiplied through the levels;
	// 20,000 by default.
	Cost int
	// Response is how long the data of one response may be, in bytes; 16 MiB by default. It may be no longer than
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
	l.most = l.most.withDefaults()
	l.Cost = cmp.Or(l.Cost, 20_000)
	l.Response = cmp.Or(l.Response, 16<<20)
	l.Time = cmp.Or(l.Time, 30*time.Second)
	if l.Once == nil {
		l.Once = []string{"signIn", "setPassword", "sendCode", "sendBindCode", "previewRole"}
	}
	return l
}

// Tokens returns how many tokens a document may have.
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

// Check measures the document and returns what is wrong with it: LIMIT_EXCEEDED with limit, max and asked in its
// extensions, BAD_REQUEST for a field of Once that stands more than once, GRAPHQL_VALIDATION_FAILED for a fragment that
// spreads itself. Asked is at least max+1; counting stops there where it would be long. A document that cannot be
// parsed passes: the parser says so afterwards.
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

// parserLimit returns what the parser counted of a document when it stopped at a limit, and nothing for every other
// error of it. The parser has no error value to tell by, so a test holds its wording.
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

// OverTime is why a request ends, or a subscription, of which something took longer than it may, in seconds.
func OverTime(most time.Duration) *fault.Error {
	seconds := int(most / time.Second)
	return fault.Limit(limitTime, seconds, seconds+1, msgTime)
}

// MaxErrors is how many errors a response lists.
const MaxErrors = 20

// MaxFilter is how many values a list in a filter may hold.
const MaxFilter = 100
