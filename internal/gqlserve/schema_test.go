package gqlserve_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"

	"deputy/internal/fault"
	"deputy/internal/gqlserve"
)

const testSDL = `
type Query {
  name: String!
  echo(text: String, n: Int, ids: [ID!], kind: Kind): String
  refused: String
  broken: String
  panics: String
  waits: String
  many: String
  node: Node
}
enum Kind { A B }
interface Node { id: ID! }
type User implements Node { id: ID! friend: User friends(first: Int): [User!] }
type Mutation { rename(name: String!): String signIn(code: String): String }
type Subscription { ticks: Int }
`

// schema is an executable schema whose root fields are functions, run as generated code runs them.
type schema struct {
	sdl    *ast.Schema
	fields map[string]func(context.Context) (string, error)
	runs   atomic.Int64
}

func newSchema() *schema {
	s := &schema{sdl: gqlparser.MustLoadSchema(&ast.Source{Input: testSDL})}
	s.fields = map[string]func(context.Context) (string, error){
		"name":    func(context.Context) (string, error) { return "张三 <&>", nil },
		"refused": func(context.Context) (string, error) { return "", errForbidden },
		"broken":  func(context.Context) (string, error) { return "", errors.New("dial 10.0.0.7: secret of the server") },
		"panics":  func(context.Context) (string, error) { panic("secret of the panic") },
		"many": func(ctx context.Context) (string, error) {
			for range 49 {
				graphql.AddError(ctx, errForbidden)
			}
			return "", errForbidden
		},
	}
	return s
}

var errForbidden = fault.New(fault.Forbidden, fault.Message{Zh: "无权查看", En: "not allowed"}).With("module", "TASKS")

func (s *schema) Schema() *ast.Schema { return s.sdl }

func (s *schema) Complexity(context.Context, string, string, int, map[string]any) (int, bool) {
	return 0, false
}

func (s *schema) Exec(ctx context.Context) graphql.ResponseHandler {
	operation := graphql.GetOperationContext(ctx)
	done := false
	return func(ctx context.Context) *graphql.Response {
		if done {
			return nil
		}
		done = true
		s.runs.Add(1)
		data := make(map[string]any)
		for _, field := range graphql.CollectFields(operation, operation.Operation.SelectionSet, nil) {
			data[field.Alias] = s.resolve(graphql.WithFieldContext(ctx, &graphql.FieldContext{Object: "Query", Field: field}),
				field)
		}
		var b bytes.Buffer
		encoder := json.NewEncoder(&b)
		encoder.SetEscapeHTML(false)
		if err := encoder.Encode(data); err != nil {
			panic(err)
		}
		return &graphql.Response{Data: bytes.TrimSpace(b.Bytes())}
	}
}

func (s *schema) resolve(ctx context.Context, field graphql.CollectedField) (value any) {
	defer func() {
		if r := recover(); r != nil {
			graphql.AddError(ctx, graphql.Recover(ctx, r))
			value = nil
		}
	}()
	resolve, ok := s.fields[field.Name]
	if !ok {
		return nil
	}
	text, err := resolve(ctx)
	if err != nil {
		graphql.AddError(ctx, graphql.AddFieldLocationToError(ctx, err))
		return nil
	}
	return text
}

// logged collects log lines as JSON objects; the server writes them from its own goroutines.
type logged struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *logged) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *logged) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

func (l *logged) logger() *slog.Logger {
	return slog.New(slog.NewJSONHandler(l, &slog.HandlerOptions{Level: slog.LevelDebug}))
}

func (l *logged) lines(t *testing.T) []map[string]any {
	t.Helper()
	var lines []map[string]any
	for line := range strings.Lines(l.String()) {
		var entry map[string]any
		if err := json.Unmarshal([]byte(line), &entry); err != nil {
			t.Fatal(err)
		}
		lines = append(lines, entry)
	}
	return lines
}

var _ graphql.ExecutableSchema = (*schema)(nil)

func discard() gqlserve.Errors { return gqlserve.Errors{Log: slog.New(slog.DiscardHandler)} }
