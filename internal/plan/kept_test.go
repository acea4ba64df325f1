package plan_test

import (
	"context"
	"fmt"
	"maps"
	"testing"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/executor"

	"deputy/graph/generated"
	"deputy/internal/plan"
)

// TestPlansAreBounded asks more operations than are kept.
func TestPlansAreBounded(t *testing.T) {
	t.Parallel()
	schema := *generated.NewExecutableSchema(generated.Config{}).Schema()
	schema.Directives = maps.Clone(schema.Directives)
	delete(schema.Directives, "defer") // which plans don't know
	plans := plan.New(generated.NewExecutableSchema(generated.Config{Schema: &schema}), plan.Rules{})
	exec := executor.New(plans)
	for i := range 1100 {
		ctx := graphql.StartOperationTrace(context.Background())
		op, errs := exec.CreateOperationContext(ctx, &graphql.RawParams{Query: fmt.Sprintf("{ a%d: __typename }", i)})
		if len(errs) > 0 {
			t.Fatal(errs)
		}
		plans.Exec(graphql.WithOperationContext(ctx, op))
	}
	if n := plans.Cached(); n != 1000 {
		t.Errorf("%d plans are kept", n)
	}
}
