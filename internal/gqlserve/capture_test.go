package gqlserve_test

import (
	"net/http"
	"net/http/httptest"

	"github.com/99designs/gqlgen/graphql"

	"deputy/internal/bounds"
	"deputy/internal/gqlserve"
)

// captured is a transport that keeps the executor the handler hands to it.
type captured struct{ exec graphql.GraphExecutor }

func (*captured) Supports(*http.Request) bool { return true }

func (c *captured) Do(_ http.ResponseWriter, _ *http.Request, exec graphql.GraphExecutor) {
	c.exec = exec
}

// capture returns the executor of a handler as NewHandler builds it.
func capture(s graphql.ExecutableSchema) graphql.GraphExecutor {
	var c captured
	gqlserve.NewHandler(s, discard(), bounds.Limits{}, gqlserve.Extensions{}, &c).
		ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodPost, "/graphql", nil))
	return c.exec
}
