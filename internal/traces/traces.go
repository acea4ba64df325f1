// Package traces says what the server is doing, to whoever traces it. A span stands in a context, and what runs under
// it is told as a part of it: where nothing is traced, nothing is done. Whatever it is given is text of the server,
// never a value, a token or a document.
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

// Name is who makes the spans.
const Name = "deputy"

// On reports whether what runs under ctx is traced.
func On(ctx context.Context) bool { return trace.SpanFromContext(ctx).IsRecording() }

// Start begins a span under that of ctx, and returns what ends it; neither does anything where nothing is traced.
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

// end tells of an error its code alone: its text may hold values.
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

// Fail gives the span the status of a failure, with the code of the error.
func Fail(s trace.Span, code string) {
	s.SetStatus(codes.Error, code)
	s.SetAttributes(semconv.ErrorTypeKey.String(cmp.Or(code, semconv.ErrorTypeOther.Value.AsString())))
}

// Logger returns a handler that adds the ids of the trace and the span that a line was written under
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
