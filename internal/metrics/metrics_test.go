package metrics_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"deputy/internal/metrics"
)

// TestNamesAreBounded counts 10,000 names, of strangers and of people who are signed in.
func TestNamesAreBounded(t *testing.T) {
	t.Parallel()
	m := metrics.New("127.0.0.1:0")
	count := func(name, outcome string, known bool) {
		m.Operation(metrics.Operation{Name: name, Kind: "query", Outcome: outcome, Known: known})
	}
	count("Early", "done", true)
	for i := range 10_000 {
		count(fmt.Sprintf("Stranger%d", i), "done", false)
		count(fmt.Sprintf("Refused%d", i), "refused", true)
		count(fmt.Sprintf("Known%d", i), "done", true)
	}
	count(strings.Repeat("x", 101), "done", true)
	count("Early", "refused", false)
	m.Operation(metrics.Operation{Outcome: "refused"})
	w := httptest.NewRecorder()
	m.Handler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, metrics.Path, nil))
	text := w.Body.String()
	for _, line := range []string{
		`deputy_operations_total{name="Early",outcome="done",type="query"} 1`,
		`deputy_operations_total{name="Early",outcome="refused",type="query"} 1`,
		`deputy_operations_total{name="Known198",outcome="done",type="query"} 1`,
		`deputy_operations_total{name="other",outcome="done",type="query"} 19802`,
		`deputy_operations_total{name="other",outcome="refused",type="query"} 10000`,
		`deputy_operations_total{name="other",outcome="refused",type="unknown"} 1`,
	} {
		if !strings.Contains(text, line+"\n") {
			t.Errorf("%s is not there", line)
		}
	}
	if lines := strings.Count(text, "\n"); lines > 5_000 {
		t.Errorf("%d lines", lines)
	}
}

func TestWithoutAnAddressNothingIsCounted(t *testing.T) {
	t.Parallel()
	m := metrics.New("")
	m.Operation(metrics.Operation{})
	m.Cost(1)
	m.Event()
	m.Refusal("", "")
	m.Watch(nil, nil, nil)
	m.Serve(t.Context(), nil, nil)
	if m != nil {
		t.Error(m)
	}
}
