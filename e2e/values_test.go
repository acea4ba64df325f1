package e2e

import (
	"encoding/json"
	"strings"
	"testing"

	"deputy/internal/apitest"
	"deputy/internal/gqlserve"
	"deputy/internal/store/storetest"
)

// TestNoRequestEndsTheProcess sends operations with null and every wrong kind of value in every place that takes one,
// signed in and not, over every transport: what is wrong is refused before anything runs, nothing is INTERNAL, and
// little is logged.
func TestNoRequestEndsTheProcess(t *testing.T) {
	t.Parallel()
	for _, d := range storetest.Dialects() {
		t.Run(storetest.Name(d), func(t *testing.T) {
			t.Parallel()
			url := storetest.Empty(t, d)
			p := start(t, launch{args: []string{"--demo"}, env: []string{
				"DATABASE_URL=" + url, "DEPUTY_MIGRATE=true",
				"DEPUTY_SECRET=" + apitest.Secret,
			}})
			in := &apitest.Probe{URL: p.url + "/graphql", Token: p.welcome().token}
			out := &apitest.Probe{URL: p.url + "/graphql"}
			defer in.Close()
			attacks := append([]apitest.Asked{{
				Place: "the condition of an event", Kind: "null for a default", Stream: true,
				Query:     `subscription($b: Boolean = true) { ... @include(if: $b) { ordersChanged(orgId: "x") { number } } }`,
				Variables: `{"b": null}`,
			}}, apitest.ValuesInPlaces(gqlserve.Served())...)
			sent := 0
			for i, a := range attacks {
				if i > 0 && i%11 != 0 && !strings.HasPrefix(a.Place, "@") {
					continue
				}
				body, err := json.Marshal(map[string]any{"query": a.Query, "variables": json.RawMessage(a.Variables)})
				if err != nil {
					t.Fatal(err)
				}
				for _, who := range []*apitest.Probe{in, out} {
					for transport, send := range who.Transports() {
						if transport != "HTTP" && !a.Stream && i%5 != 0 {
							continue
						}
						sent++
						answer, err := send(t.Context(), body)
						if err != nil || strings.Contains(answer, `"INTERNAL"`) || !a.Right && strings.Contains(answer, `"data":`) &&
							!strings.Contains(answer, `"data":null`) {
							t.Fatalf("%s, %s over %s: %v %.500s\n%s\n%.2000s", a.Place, a.Kind, transport, err, answer, body, p.log)
						}
					}
				}
			}
			text := p.log.String()
			if strings.Contains(text, "stack=") || strings.Contains(text, "INTERNAL") || len(text) > sent<<12 {
				t.Errorf("%d bytes of log for %d requests", len(text), sent)
			}
			t.Logf("%d requests, %d bytes of log", sent, len(text))
			p.stop()
		})
	}
}
