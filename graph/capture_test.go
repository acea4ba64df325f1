package graph_test

import (
	"log/slog"
	"net/http"
	"net/http/httptest"

	"github.com/99designs/gqlgen/graphql"

	"deputy/graph"
	"deputy/internal/bounds"
	"deputy/internal/gqlserve"
)

func discard() gqlserve.Errors { return gqlserve.Errors{Log: slog.New(slog.DiscardHandler)} }

// captured is a transport that keeps the executor the handler hands to it.
type captured struct{ exec graphql.GraphExecutor }

func (*captured) Supports(*http.Request) bool { return true }

func (c *captured) Do(_ http.ResponseWriter, _ *http.Request, exec graphql.GraphExecutor) {
	c.exec = exec
}

// capture returns the executor of a handler as NewHandler builds it.
func capture(s graphql.ExecutableSchema) graphql.GraphExecutor {
	var c captured
	gqlserve.NewHandler(s, discard(), bounds.Limits{}, graph.Around(), &c).
		ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodPost, "/graphql", nil))
	return c.exec
}
