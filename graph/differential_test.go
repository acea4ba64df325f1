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

	"deputy/graph/generated"
	"deputy/internal/gqlserve"
)

// twice is a document that is judged twice.
type twice struct {
	Query         string         `json:"query"`
	OperationName string         `json:"operationName,omitempty"`
	Variables     map[string]any `json:"variables,omitempty"`
}

// byDesign are the differences from graphql-js that are meant, by what it or we say.
var byDesign = []struct{ theirs, ours, why string }{
	{"", "must be non-nullable to be used for OneOf", "graphql-js does not see it where the input object itself must " +
		"not be null"},
	{"", "的值不能为 null", "graphql-js sees a null variable in a place that takes none, and has a default, when it reads " +
		"the arguments; we do before anything runs"},
	{"", "cannot represent the value.", "graphql-js is told the names of our scalars, not what they take"},
}

// TestDifferential holds our judgement of generated documents, valid and broken, against that of graphql-js with the
// same schema: the two agree on valid or not. DEPUTY_DIFFERENTIAL is how many documents, with a seed of their own;
// without it there are a few with a fixed seed. Whatever the number, they must be able to tell: every kind of wrong
// step is refused for itself, and a rule that was forgotten shows.
func TestDifferential(t *testing.T) {
	t.Parallel()
	dir := packages(t, "audit")
	count, seed := 4_000, uint64(20260301)
	if asked := os.Getenv("DEPUTY_DIFFERENTIAL"); asked != "" {
		n, err := strconv.Atoi(asked)
		if err != nil {
			t.Fatalf("DEPUTY_DIFFERENTIAL: %v", err)
		}
		count, seed = n, rand.Uint64()
	}
	t.Logf("seed %d", seed)
	schema := generated.NewExecutableSchema(generated.Config{Schema: gqlserve.Served()})
	ours := capture(schema)
	reached := newReach(schema)
	var valid, differ, beyond int
	for done := 0; done < count; done += 4_000 {
		writer := &writer{schema: schema.Schema(), rand: rand.New(rand.NewPCG(seed, uint64(done)))}
		documents, went := make([]twice, min(4_000, count-done)), make([][]string, min(4_000, count-done))
		for i := range documents {
			documents[i], went[i] = writer.document(), writer.went
		}
		for i, theirs := range judgedByGraphQLJS(t, dir, gqlserve.SDL(schema.Schema()), documents) {
			d := documents[i]
			said := validateDocument(t.Context(), ours, d)
			if said.beyond() {
				beyond++
				continue
			}
			if said.valid() {
				valid++
			}
			if differs(theirs, said) {
				if differ++; differ <= 20 {
					t.Errorf("graphql-js: %s\nours: %s\n%s\n%v", localize(theirs), said.message, d.Query, d.Variables)
				}
				continue
			}
			reached.add(t.Context(), d, went[i], said)
		}
	}
	t.Logf("%d documents, %d valid, %d beyond a limit of ours, %d differ", count, valid, beyond, differ)
	if valid < count/10 || valid > count*9/10 || beyond > count/20 {
		t.Errorf("the documents prove little")
	}
	reached.check(t, schema.Schema())
}

// differs reports whether one of the two takes what the other refuses, and that is not meant.
func differs(theirs *string, ours judgement) bool {
	if (theirs == nil) == ours.valid() {
		return false
	}
	for _, d := range byDesign {
		if theirs == nil && d.theirs == "" && strings.Contains(ours.message, d.ours) || theirs != nil && d.theirs != "" &&
			strings.Contains(*theirs, d.theirs) && ours.valid() {
			return false
		}
	}
	return true
}

func localize(theirs *string) string {
	if theirs == nil {
		return "valid"
	}
	return *theirs
}

// judgement is what we say of a document: the code and message of the first error, and the rule that all its errors are
// of, if it is one.
type judgement struct{ message, rule string }

func (j judgement) valid() bool { return j.message == "" }

// beyond reports whether a limit of ours was reached, which graphql-js does not know.
func (j judgement) beyond() bool {
	return strings.HasPrefix(j.message, "LIMIT_EXCEEDED") || strings.HasPrefix(j.message, "BAD_REQUEST")
}

// validateDocument returns what becomes of a document before it is executed.
func validateDocument(ctx context.Context, executor graphql.GraphExecutor, d twice) judgement {
	body, err := json.Marshal(d)
	if err != nil {
		return judgement{message: err.Error()}
	}
	var params graphql.RawParams
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.UseNumber()
	if err := decoder.Decode(&params); err != nil {
		return judgement{message: err.Error()}
	}
	_, errs := executor.CreateOperationContext(graphql.StartOperationTrace(ctx), &params)
	if len(errs) == 0 {
		return judgement{}
	}
	said := discard().Present(ctx, errs[0])
	code, _ := said.Extensions["code"].(string)
	j := judgement{code + ": " + said.Message, errs[0].Rule}
	for _, err := range errs {
		if err.Rule != j.rule {
			j.rule = ""
		}
	}
	return j
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
