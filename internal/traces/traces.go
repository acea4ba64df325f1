// Package traces says what the server is doing, to whoever traces it. A span stands in a context, and what runs under it is told as a
// part of it: where nothing is traced, nothing is done. Whatever it is given is text of the server, never a value, a token or
// a document.
package traces

import (
	"context"
	"errors"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"

	"deputy/internal/fault"
)

// Name is who makes the spans.
const Name = "deputy"

// On tells whether what runs under ctx is traced.
func On(ctx context.Context) bool { return trace.SpanFromContext(ctx).IsRecording() }

// Start begins a span under that of ctx, and answers what ends it; neither does anything where nothing is traced.
func Start(ctx context.Context, name string, about ...attribute.KeyValue) (context.Context, func(error)) {
	above := trace.SpanFromContext(ctx)
	if !above.IsRecording() {
		return ctx, func(error) {}
	}
	ctx, s := above.TracerProvider().Tracer(Name).Start(ctx, name, trace.WithAttributes(about...))
	return ctx, func(err error) { end(s, err) }
}

// end tells of an error its code alone: its text may hold values.
func end(s trace.Span, err error) {
	if err != nil {
		code, _ := fault.CodeOf(err)
		if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
			code = "ENDED"
		}
		s.SetStatus(codes.Error, string(code))
	}
	s.End()
}
