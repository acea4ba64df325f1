package gqlserve

import (
	"context"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"deputy/internal/bounds"
	"deputy/internal/fault"
	"deputy/internal/metrics"
	"deputy/internal/viewer"
)

// measured is a gqlgen extension that counts operations. A query or mutation is counted with its response, a
// subscription with its first one.
type measured struct {
	metrics *metrics.Metrics
	trusted bool
}

var (
	_ graphql.OperationInterceptor = measured{}
	_ graphql.ResponseInterceptor  = measured{}
)

// dispatchedKey marks an operation that was executed; any other was refused before.
const dispatchedKey = "dispatched"

// ExtensionName implements graphql.HandlerExtension.
func (measured) ExtensionName() string { return "Measured" }

// Validate implements graphql.HandlerExtension.
func (measured) Validate(graphql.ExecutableSchema) error { return nil }

// InterceptOperation implements graphql.OperationInterceptor.
func (m measured) InterceptOperation(ctx context.Context, next graphql.OperationHandler) graphql.ResponseHandler {
	op := graphql.GetOperationContext(ctx)
	op.Stats.SetExtension(dispatchedKey, true)
	_, stranger := viewer.SignedIn(ctx) // before the operation, which may sign out
	answers, counted := next(ctx), false
	return func(ctx context.Context) *graphql.Response {
		response := answers(ctx)
		if !counted {
			counted = true
			m.count(op, response, stranger == nil)
		}
		if response != nil && response.Data != nil && op.Operation.Operation == ast.Subscription {
			m.metrics.Event()
		}
		return response
	}
}

// InterceptResponse implements graphql.ResponseInterceptor.
func (m measured) InterceptResponse(ctx context.Context, next graphql.ResponseHandler) *graphql.Response {
	response := next(ctx)
	if op := graphql.GetOperationContext(ctx); op.Stats.GetExtension(dispatchedKey) == nil {
		m.count(op, response, false)
	}
	return response
}

func (m measured) count(op *graphql.OperationContext, response *graphql.Response, known bool) {
	if told, ok := bounds.CostOf(op); ok {
		m.metrics.Cost(told.Requested)
	}
	o := metrics.Operation{
		Outcome: outcome(response), Took: graphql.Now().Sub(op.Stats.OperationStart),
		Known: m.trusted || known,
	}
	if op.Operation != nil {
		o.Name, o.Kind = op.Operation.Name, string(op.Operation.Operation)
	}
	m.metrics.Operation(o)
}

// outcome returns the outcome of an operation; see metrics.Operation.
func outcome(response *graphql.Response) string {
	switch {
	case response == nil:
		return "ended"
	case len(response.Errors) == 0:
		return "done"
	case failed(response.Errors):
		return "failed"
	case response.Data == nil || string(response.Data) == "null":
		return "refused"
	}
	return "partial"
}

func failed(errs gqlerror.List) bool {
	for _, err := range errs {
		if err.Extensions["code"] == string(fault.Internal) {
			return true
		}
	}
	return false
}
