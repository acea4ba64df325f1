package graph_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"deputy/graph"
	"deputy/internal/apitest"
	"deputy/internal/gqlserve"
	"deputy/internal/store"
	"deputy/internal/store/storetest"
)

// TestValuesOfEveryKindInEveryPlace: what the type of a place does not allow is refused before anything runs, and what
// it allows is not.
func TestValuesOfEveryKindInEveryPlace(t *testing.T) {
	t.Parallel()
	schema := gqlserve.Served()
	exec := capture(graph.NewSchema(&graph.Resolver{}))
	all := apitest.ValuesInPlaces(schema)
	t.Logf("%d operations", len(all))
	failed := 0
	for _, a := range all {
		said := validateDocument(t.Context(), exec, twice{Query: a.Query, Variables: variablesOf(a.Variables)})
		if said.valid() == a.Right && (said.valid() || strings.HasPrefix(said.message, "GRAPHQL_VALIDATION_FAILED")) ||
			said.beyond() {
			continue
		}
		if failed++; failed <= 40 {
			t.Errorf("%s, %s: %q, want right %t\n%s %s", a.Place, a.Kind, said.message, a.Right, a.Query, a.Variables)
		}
	}
	t.Logf("%d wrong", failed)
}

func variablesOf(text string) map[string]any {
	var values map[string]any
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.UseNumber()
	if err := decoder.Decode(&values); err != nil {
		panic(err)
	}
	return values
}

// TestARequestWithWrongValuesEndsNothing sends them to the server, as people who are signed in and who are not.
func TestARequestWithWrongValuesEndsNothing(t *testing.T) {
	storetest.Rules(t, func(t *testing.T, db *store.Store) {
		w := apitest.NewWorld(t, db)
		for i, a := range apitest.ValuesInPlaces(gqlserve.Served()) {
			if i%7 != 0 || a.Stream { // all of them are judged above
				continue
			}
			c := []*apitest.Client{w.A.Owner, w.Stranger, w.Nobody(t)}[i%3]
			before := len(w.Log.String())
			body, err := json.Marshal(map[string]any{"query": a.Query, "variables": json.RawMessage(a.Variables)})
			if err != nil {
				t.Fatal(err)
			}
			answer := c.Post(body)
			grown := len(w.Log.String()) - before
			if strings.Contains(answer.Body, `"INTERNAL"`) || !a.Right &&
				(answer.Data != nil || answer.Status != http.StatusOK) || grown > 4<<10 {
				t.Errorf("%s, %s: %d, %d bytes of log: %s\n%s", a.Place, a.Kind, answer.Status, grown, answer.Body, a.Query)
			}
		}
	})
}
