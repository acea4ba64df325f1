// Package traces has spans for OpenTelemetry. A span is in a context, and spans that start under it are its children:
// without one, nothing is traced. Names and attributes are the server's own texts, never values, tokens or documents.
package traces

import (
	"cmp"
	"context"
	"errors"
	"log/slog"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace"

	"deputy/internal/fault"
)

// Name is the name of the tracer.
const Name = "deputy"

// On reports whether ctx is traced.
func On(ctx context.Context) bool { return trace.SpanFromContext(ctx).IsRecording() }

// Start begins a child of the span in ctx, and returns the function that ends it; both do nothing without tracing.
func Start(ctx context.Context, name string, about ...attribute.KeyValue) (context.Context, func(error)) {
	return start(ctx, name, trace.SpanKindInternal, about)
}

// StartClient is Start for a call to another system, such as the database.
func StartClient(ctx context.Context, name string, about ...attribute.KeyValue) (context.Context, func(error)) {
	return start(ctx, name, trace.SpanKindClient, about)
}

func start(
	ctx context.Context, name string, kind trace.SpanKind, about []attribute.KeyValue,
) (context.Context, func(error)) {
	above := trace.SpanFromContext(ctx)
	if !above.IsRecording() {
		return ctx, func(error) {}
	}
	ctx, s := above.TracerProvider().Tracer(Name).Start(ctx, name, trace.WithSpanKind(kind),
		trace.WithAttributes(about...))
	return ctx, func(err error) { end(s, err) }
}

// end ends the span with the error's code only: its text may contain values.
func end(s trace.Span, err error) {
	if err != nil {
		code, _ := fault.CodeOf(err)
		if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
			code = "ENDED"
		}
		Fail(s, string(code))
	}
	s.End()
}

// Fail sets the status of the span to an error, with the code.
func Fail(s trace.Span, code string) {
	s.SetStatus(codes.Error, code)
	s.SetAttributes(semconv.ErrorTypeKey.String(cmp.Or(code, semconv.ErrorTypeOther.Value.AsString())))
}

// Logger returns a handler that adds the ids of the current trace and span to each line
// (https://opentelemetry.io/docs/specs/otel/compatibility/logging_trace_context/).
func Logger(next slog.Handler) slog.Handler { return logger{next} }

type logger struct{ slog.Handler }

// Handle implements slog.Handler.
func (l logger) Handle(ctx context.Context, record slog.Record) error {
	if s := trace.SpanContextFromContext(ctx); s.IsValid() {
		record.AddAttrs(slog.String("trace_id", s.TraceID().String()), slog.String("span_id", s.SpanID().String()))
	}
	return l.Handler.Handle(ctx, record)
}

// WithAttrs implements slog.Handler.
func (l logger) WithAttrs(attrs []slog.Attr) slog.Handler { return logger{l.Handler.WithAttrs(attrs)} }

// WithGroup implements slog.Handler.
func (l logger) WithGroup(name string) slog.Handler { return logger{l.Handler.WithGroup(name)} }
