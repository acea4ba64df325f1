package graph_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"

	"entgo.io/ent/dialect"

	"deputy/internal/apitest"
	"deputy/internal/gqlserve"
	"deputy/internal/store/storetest"
)

// FuzzValuesOnSQLite sends operations with values of every kind in every place over every transport.
func FuzzValuesOnSQLite(f *testing.F) { fuzzValues(f, dialect.SQLite) }

// FuzzValuesOnPostgres does so on PostgreSQL.
func FuzzValuesOnPostgres(f *testing.F) { fuzzValues(f, dialect.Postgres) }

// fuzzValues: whatever is sent, nothing breaks (INTERNAL), no stack is logged, and no more than 4 kB a request. The
// number tells the place, what is written into it, the transport and the caller; the texts are a literal and the JSON
// of a variable.
func fuzzValues(f *testing.F, on string) {
	w := apitest.NewWorld(f, storetest.Open(f, on))
	all := apitest.ValuesInPlaces(gqlserve.Served())
	probes := []*apitest.Probe{
		{URL: w.URL, Token: w.A.Owner.Token},
		{URL: w.URL, Token: w.Stranger.Token},
		{URL: w.URL},
		{URL: w.URL, Token: w.A.Seats["运营"].Token},
	}
	f.Cleanup(func() {
		for _, p := range probes {
			p.Close()
		}
	})
	for i, k := range []string{
		"null", "0", "-1", "1e400", "[1e400]", "{a: [1e400]}", "true", `"x"`, `"2026-03-01"`, "[null]", "[[1]]", "{}",
		`{id: null}`, "$v", "[$v]", "{orgId: $v}", "VIEW", `"\u0000"`,
	} {
		f.Add(uint64(i*7919), k, strings.NewReplacer("$v", "1", "VIEW", `"VIEW"`, "a:", `"a":`, "id:", `"id":`, "orgId:",
			`"orgId":`).Replace(k), "ID = \"x\"")
		f.Add(uint64(i*104729+1), k, "null", "Boolean = true")
	}
	f.Fuzz(func(t *testing.T, number uint64, literal, variable, definition string) {
		if len(literal)+len(variable)+len(definition) > 2_000 {
			return // limits have tests of their own
		}
		a := all[number%uint64(len(all))]
		query := a.Query
		if number%5 > 0 {
			query = strings.ReplaceAll(query, "$v", literal)
			if at := strings.IndexByte(query, '{'); at > 0 && number%5 > 2 {
				query = strings.Fields(query)[0] + "($v: " + definition + ") " + query[at:]
			}
		}
		body, err := json.Marshal(map[string]any{"query": query, "variables": json.RawMessage(`{"v": ` + variable + `}`)})
		if err != nil { // the variable is no JSON: the server is to say so
			body = []byte(`{"query": "{ modules { name } }", "variables": {"v": ` + variable + `}}`)
		}
		p := probes[number/5%uint64(len(probes))]
		for transport, send := range p.Transports() {
			w.Log.Take()
			answer, err := send(context.WithoutCancel(t.Context()), body)
			logged := w.Log.Take()
			if err != nil && transport != "WebSocket" || strings.Contains(answer, `"INTERNAL"`) ||
				strings.Contains(logged, "stack=") || len(logged) > 4<<10 {
				t.Errorf("%s, %s over %s: %v, %d bytes of log\n%s\n%.2000s\n%.2000s", a.Place, a.Kind, transport, err, len(logged),
					body, answer, logged)
			}
			if err != nil && !strings.Contains(err.Error(), "4400") {
				t.Errorf("%s, %s over %s: %v\n%s", a.Place, a.Kind, transport, err, body)
			}
		}
	})
}
