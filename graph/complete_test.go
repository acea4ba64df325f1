package graph_test

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"deputy/internal/store"
	"deputy/internal/store/storetest"
)

func eachFixture(t *testing.T, f func(s *fixture)) {
	t.Helper()
	storetest.Each(t, func(t *testing.T, db *store.Store) { f(newFixture(t, db)) })
}

// eachRule is eachFixture for what the database has no part in: see storetest.Rules.
func eachRule(t *testing.T, f func(s *fixture)) {
	t.Helper()
	storetest.Rules(t, func(t *testing.T, db *store.Store) { f(newFixture(t, db)) })
}

var codeName = regexp.MustCompile(`[A-Z][A-Z_]+[A-Z]`)

// TestEveryCodeOfTheSchemaIsShown: the cases end in every way that the payloads describe, and in no other.
func TestEveryCodeOfTheSchemaIsShown(t *testing.T) {
	t.Parallel()
	shown := map[string]bool{}
	for _, d := range slices.Concat(allDeeds...) {
		if d.want == "" || d.some {
			shown[d.mutation+" done"] = true
		}
		for _, refusal := range strings.Split(d.want, " | ") {
			if code, _, _ := strings.Cut(refusal, " "); code != "" {
				shown[d.mutation+" "+code] = true
			}
		}
	}
	described := map[string]bool{}
	sdl := schemaOfServer()
	for _, field := range sdl.Mutation.Fields {
		if strings.HasPrefix(field.Name, "__") {
			continue
		}
		described[field.Name+" done"] = true
		for _, code := range codeName.FindAllString(sdl.Types[field.Type.Name()].Fields.ForName("userErrors").Description,
			-1) {
			described[field.Name+" "+code] = true
		}
	}
	for _, key := range slices.Sorted(maps.Keys(described)) {
		if !shown[key] {
			t.Errorf("%s is not shown by any mutation case", key)
		}
	}
	for _, key := range slices.Sorted(maps.Keys(shown)) {
		if !described[key] {
			t.Errorf("%s is not described in the schema", key)
		}
	}
}
