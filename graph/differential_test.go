package graph_test

import (
	"bytes"
	"context"
	"encoding/json"
	"math/rand/v2"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"

	"github.com/99designs/gqlgen/graphql"

	"deputy/graph"
	"deputy/graph/generated"
)

// twice is a document that is judged twice.
type twice struct {
	Query         string         `json:"query"`
	OperationName string         `json:"operationName,omitempty"`
	Variables     map[string]any `json:"variables,omitempty"`
}

// byDesign are the differences from graphql-js that are meant, by what it or we say.
var byDesign = []struct{ theirs, ours, why string }{}

// TestDifferential holds our judgement of generated documents, valid and broken, against that of graphql-js with the same
// schema: the two agree on valid or not. DEPUTY_DIFFERENTIAL is how many documents, with a seed of their own; without it
// there are a few with a fixed seed. graphql-js is installed as for TestHTTPAudits.
func TestDifferential(t *testing.T) {
	t.Parallel()
	const dir = "testdata/audit"
	if _, err := os.Stat(dir + "/node_modules/graphql"); err != nil {
		if os.Getenv("DEPUTY_AUDIT") != "" {
			t.Fatalf("graphql-js is not installed: %v", err)
		}
		t.Skip("graphql-js is not installed; npm ci --prefix graph/testdata/audit")
	}
	count, seed := 4_000, uint64(20260301)
	if asked := os.Getenv("DEPUTY_DIFFERENTIAL"); asked != "" {
		n, err := strconv.Atoi(asked)
		if err != nil {
			t.Fatalf("DEPUTY_DIFFERENTIAL: %v", err)
		}
		count, seed = n, rand.Uint64()
	}
	t.Logf("seed %d", seed)
	schema := generated.NewExecutableSchema(generated.Config{})
	ours := capture(schema)
	var valid, differ, beyond int
	for done := 0; done < count; done += 4_000 {
		writer := &writer{schema: schema.Schema(), rand: rand.New(rand.NewPCG(seed, uint64(done)))}
		documents := make([]twice, min(4_000, count-done))
		for i := range documents {
			documents[i] = writer.document()
		}
		for i, theirs := range judgedByGraphQLJS(t, dir, graph.SDL(schema.Schema()), documents) {
			d := documents[i]
			said := judge(t.Context(), ours, d)
			if strings.HasPrefix(said, "LIMIT_EXCEEDED") || strings.HasPrefix(said, "BAD_REQUEST") {
				beyond++
				continue
			}
			if said == "" {
				valid++
			}
			if (theirs == nil) == (said == "") || meant(theirs, said) {
				continue
			}
			if differ++; differ <= 20 {
				they := "valid"
				if theirs != nil {
					they = *theirs
				}
				t.Errorf("graphql-js: %s\nours: %s\n%s\n%v", they, said, d.Query, d.Variables)
			}
		}
	}
	t.Logf("%d documents, %d valid, %d beyond a limit of ours, %d differ", count, valid, beyond, differ)
	if valid < count/10 || valid > count*9/10 || beyond > count/20 {
		t.Errorf("the documents prove little")
	}
}

func meant(theirs *string, ours string) bool {
	for _, d := range byDesign {
		if theirs == nil && d.theirs == "" && strings.Contains(ours, d.ours) || theirs != nil && d.theirs != "" && strings.Contains(*theirs, d.theirs) && ours == "" {
			return true
		}
	}
	return false
}

// judge answers nothing for a document that would be executed, else the code and message of the first error.
func judge(ctx context.Context, executor graphql.GraphExecutor, d twice) string {
	body, err := json.Marshal(d)
	if err != nil {
		return err.Error()
	}
	var params graphql.RawParams
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.UseNumber()
	if err := decoder.Decode(&params); err != nil {
		return err.Error()
	}
	_, errs := executor.CreateOperationContext(graphql.StartOperationTrace(ctx), &params)
	if len(errs) == 0 {
		return ""
	}
	said := discard().Present(ctx, errs[0])
	code, _ := said.Extensions["code"].(string)
	return code + ": " + said.Message
}

func judgedByGraphQLJS(t *testing.T, dir, sdl string, documents []twice) []*string {
	t.Helper()
	input, err := json.Marshal(map[string]any{"sdl": sdl, "documents": documents})
	if err != nil {
		t.Fatal(err)
	}
	node := exec.CommandContext(t.Context(), "node", "validate.mjs")
	node.Dir, node.Stdin, node.Stderr = dir, bytes.NewReader(input), os.Stderr
	out, err := node.Output()
	if err != nil {
		t.Fatal(err)
	}
	var said []*string
	if err := json.Unmarshal(out, &said); err != nil || len(said) != len(documents) {
		t.Fatalf("%d answers for %d documents: %v", len(said), len(documents), err)
	}
	return said
}
