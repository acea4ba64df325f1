package gqlserve

import (
	"context"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"go.opentelemetry.io/otel/attribute"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace"

	"deputy/internal/fault"
	"deputy/internal/traces"
)

// traced is a gqlgen extension that adds spans of operations and their root fields to a traced request. load.Once adds
// those of the levels of rows. The span of a subscription covers only its start: it may run for days.
type traced struct{}

var (
	_ graphql.OperationInterceptor = traced{}
	_ graphql.ResponseInterceptor  = traced{}
	_ graphql.RootFieldInterceptor = traced{}
)

// tracedKey marks an operation that has a span; any other was refused before it was executed.
const tracedKey = "traced"

// ExtensionName implements graphql.HandlerExtension.
func (traced) ExtensionName() string { return "Traced" }

// Validate implements graphql.HandlerExtension.
func (traced) Validate(graphql.ExecutableSchema) error { return nil }

// InterceptOperation implements graphql.OperationInterceptor.
func (traced) InterceptOperation(ctx context.Context, next graphql.OperationHandler) graphql.ResponseHandler {
	op := graphql.GetOperationContext(ctx)
	ctx, s := operationSpan(ctx, op)
	if s == nil {
		return next(ctx)
	}
	op.Stats.SetExtension(tracedKey, true)
	answers := next(ctx)
	if op.Operation.Operation == ast.Subscription {
		s.End()
		return answers
	}
	return func(ctx context.Context) *graphql.Response {
		response := answers(ctx)
		endOperation(s, response)
		return response
	}
}

// InterceptResponse implements graphql.ResponseInterceptor.
func (traced) InterceptResponse(ctx context.Context, next graphql.ResponseHandler) *graphql.Response {
	response := next(ctx)
	if op := graphql.GetOperationContext(ctx); op.Stats.GetExtension(tracedKey) == nil {
		if _, s := operationSpan(ctx, op); s != nil {
			endOperation(s, response)
		}
	}
	return response
}

// InterceptRootField implements graphql.RootFieldInterceptor.
func (traced) InterceptRootField(ctx context.Context, next graphql.RootResolver) graphql.Marshaler {
	if !traces.On(ctx) {
		return next(ctx)
	}
	root := graphql.GetRootFieldContext(ctx)
	ctx, end := traces.Start(ctx, root.Field.ObjectDefinition.Name+"."+root.Field.Name)
	defer end(nil)
	return next(ctx)
}

// unread is the name of the span of an operation that was not parsed.
const unread = "GraphQL Operation"

// operationSpan starts the span of an operation, from the time when it was read, under the span of its request, which
// has ended already for subscriptions. It returns nil if the request is not traced. Clients choose the names of
// operations, so the name of the span is the kind of the operation
// (https://opentelemetry.io/docs/specs/semconv/graphql/graphql-spans/).
func operationSpan(ctx context.Context, op *graphql.OperationContext) (context.Context, trace.Span) {
	above := trace.SpanFromContext(ctx)
	if !above.SpanContext().IsSampled() {
		return ctx, nil
	}
	name, about := unread, []attribute.KeyValue(nil)
	if op.Operation != nil {
		name = string(op.Operation.Operation)
		about = append(about, semconv.GraphQLOperationTypeKey.String(name))
		if given := op.Operation.Name; given != "" {
			about = append(about, semconv.GraphQLOperationName(fault.Shorten(given, maxOperationName)))
		}
	}
	return above.TracerProvider().Tracer(traces.Name).Start(ctx, name, trace.WithTimestamp(op.Stats.OperationStart),
		trace.WithAttributes(about...))
}

// maxOperationName is the maximum length of an operation's name in a span, in bytes.
const maxOperationName = 100

func endOperation(s trace.Span, response *graphql.Response) {
	ended := outcome(response)
	s.SetAttributes(attribute.String("deputy.outcome", ended))
	if response != nil && len(response.Errors) > 0 {
		code, _ := response.Errors[0].Extensions["code"].(string)
		traces.Fail(s, code)
	}
	s.End()
}
