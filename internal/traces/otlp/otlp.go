// Package otlp sends spans to a collector, over OTLP/HTTP.
package otlp

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/sdk/resource"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace"

	"deputy/internal/traces"
)

// patience is how long a stopping server tries to send its last spans.
const patience = 3 * time.Second

// Traces sends spans. Nil disables tracing.
type Traces struct {
	provider *sdk.TracerProvider
	log      *slog.Logger
}

// Open returns Traces that send spans to the address, such as http://127.0.0.1:4318/v1/traces; nil if it is empty. All
// other options of the exporter (headers, certificates, sampling, attributes of the server) are read from
// OpenTelemetry's own variables, OTEL_….
func Open(ctx context.Context, address, version string, log *slog.Logger) (*Traces, error) {
	if address == "" {
		return nil, nil //nolint:nilnil // tracing is disabled
	}
	at, err := url.Parse(address)
	if err != nil || at.Host == "" || at.Scheme != "http" && at.Scheme != "https" || at.User != nil {
		return nil, errors.New("DEPUTY_TRACES must be an address such as http://127.0.0.1:4318/v1/traces, without a password")
	}
	at.Path = cmp.Or(at.Path, "/v1/traces")
	exporter, err := otlptracehttp.New(ctx, otlptracehttp.WithEndpointURL(at.String()))
	if err != nil {
		return nil, fmt.Errorf("DEPUTY_TRACES: %w", err)
	}
	self, err := resource.New(ctx, resource.WithSchemaURL(semconv.SchemaURL), resource.WithTelemetrySDK(),
		resource.WithAttributes(
			semconv.ServiceName("deputy"), semconv.ServiceVersion(version), semconv.ServiceInstanceID(rand.Text())),
		resource.WithFromEnv())
	if err != nil {
		return nil, fmt.Errorf("DEPUTY_TRACES: %w", err)
	}
	otel.SetErrorHandler(otel.ErrorHandlerFunc(func(err error) { log.Warn("traces", "error", err.Error()) }))
	return &Traces{sdk.NewTracerProvider(sdk.WithBatcher(exporter), sdk.WithResource(self)), log}, nil
}

// Tracer returns the tracer; nil when tracing is disabled.
func (t *Traces) Tracer() trace.Tracer {
	if t == nil {
		return nil
	}
	return t.provider.Tracer(traces.Name)
}

// Close sends the remaining spans.
func (t *Traces) Close() {
	if t == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := t.provider.Shutdown(ctx); err != nil {
		t.log.Warn("the last traces were not taken", "error", err.Error())
	}
}
