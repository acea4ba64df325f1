package store

import (
	"context"
	"database/sql"
	"regexp"
	"strings"

	"entgo.io/ent/dialect"
	entsql "entgo.io/ent/dialect/sql"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace"

	"deputy/internal/traces"
)

// traced runs each statement in a span of its own.
type traced struct {
	entsql.ExecQuerier
	system string
}

// ExecContext runs a statement.
func (t traced) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	ctx, end := statement(ctx, t.system, query)
	result, err := t.ExecQuerier.ExecContext(ctx, query, args...)
	end(err)
	return result, err
}

// QueryContext runs a query; its span ends when the first rows have arrived.
func (t traced) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	ctx, end := statement(ctx, t.system, query)
	rows, err := t.ExecQuerier.QueryContext(ctx, query, args...)
	end(err)
	return rows, err
}

// maxStatement is how much of a statement is traced, in bytes.
const maxStatement = 2 << 10

// literal matches a value in a statement: a text, also a truncated one, or a number that is not part of a name or a
// parameter.
var literal = regexp.MustCompile(`'(?:[^']|'')*(?:'|$)|([^\w$."?]|^)\d+(?:\.\d+)?\b`)

// withoutValues returns the beginning of a statement with its values replaced by question marks.
func withoutValues(query string) string {
	return literal.ReplaceAllString(query[:min(len(query), maxStatement)], "${1}?")
}

// statement begins the span of a statement, if the request is traced. The text of the statement has no values
// (https://opentelemetry.io/docs/specs/semconv/database/database-spans/).
func statement(ctx context.Context, system, query string) (context.Context, func(error)) {
	if !traces.On(ctx) {
		return ctx, func(error) {}
	}
	text := strings.ToValidUTF8(withoutValues(query), "")
	verb, _, _ := strings.Cut(strings.TrimLeft(text, " \t\n("), " ")
	verb = strings.ToUpper(verb)
	name := semconv.DBSystemNamePostgreSQL
	if system == dialect.SQLite {
		name = semconv.DBSystemNameSQLite
	}
	ctx, end := traces.StartClient(ctx, verb, name, semconv.DBQueryText(text), semconv.DBOperationName(verb))
	return ctx, func(err error) {
		if state := sqlState(err); state != "" {
			trace.SpanFromContext(ctx).SetAttributes(semconv.DBResponseStatusCode(state))
		}
		end(err)
	}
}
