package graph_test

import (
	"context"
	"log/slog"
	"net/http/httptest"
	"os/exec"
	"strings"
	"testing"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"

	"deputy/graph"
	"deputy/internal/bounds"
	"deputy/internal/gqlserve"
	"deputy/internal/lang"
	"deputy/internal/web"
)

// The audits are npm's graphql-http.
func TestHTTPAudits(t *testing.T) {
	t.Parallel()
	schema := gqlparser.MustLoadSchema(&ast.Source{Input: "type Query { name: String }"})
	api := gqlserve.NewHandler(&graphql.ExecutableSchemaMock{
		SchemaFunc: func() *ast.Schema { return schema },
		ExecFunc: func(context.Context) graphql.ResponseHandler {
			return graphql.OneShot(&graphql.Response{Data: []byte(`{"__typename":"Query"}`)})
		},
	}, discard(), bounds.Limits{}, graph.Around())
	ts := httptest.NewServer(web.Chain{
		Log: slog.New(slog.DiscardHandler), NewID: func() string { return "req-1" }, Lang: lang.Of,
	}.Wrap(api))
	t.Cleanup(ts.Close)
	node := exec.CommandContext(t.Context(), "node", "audit.mjs", ts.URL+"/graphql")
	node.Dir = packages(t, "audit")
	out, err := node.CombinedOutput()
	t.Logf("%s", out)
	if err != nil || !strings.HasSuffix(string(out), "61 of 61\n") {
		t.Errorf("not every audit passes: %v", err)
	}
}
