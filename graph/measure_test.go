package graph_test

import (
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"deputy/internal/apitest"
	"deputy/internal/metrics"
	"deputy/internal/store/storetest"
)

// scrape reads the samples by their names and labels.
func scrape(t *testing.T, url string) (samples map[string]float64, text string) {
	t.Helper()
	response, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close() //nolint:errcheck // it was read
	body, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusOK {
		t.Fatal(response.StatusCode, err)
	}
	samples = map[string]float64{}
	for line := range strings.Lines(string(body)) {
		at := strings.LastIndexByte(line, ' ')
		if value, err := strconv.ParseFloat(strings.TrimSpace(line[at+1:]), 64); err == nil && line[0] != '#' {
			samples[line[:at]] = value
		}
	}
	return samples, string(body)
}

// TestMetrics scrapes the endpoint after requests of every outcome.
func TestMetrics(t *testing.T) {
	t.Parallel()
	w := apitest.NewWorld(t, storetest.Open(t, "postgres"))
	log, meter := &apitest.Log{}, metrics.New("127.0.0.1:0")
	s := apitest.NewWith(t, w.Store, apitest.Options{Metrics: meter, Budget: 5_000, Clock: w.Clock})
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	meter.Serve(t.Context(), slog.New(slog.NewTextHandler(log, nil)), listener)
	url := "http://" + regexp.MustCompile(`msg=metrics address=(\S+)`).FindStringSubmatch(log.String())[1] + metrics.Path

	owner, seat, nobody := s.As(t, w.A.Owner), s.As(t, w.A.Seats["财务"].Client), s.Nobody(t)
	vars := apitest.Vars{"org": w.A.ID}
	for range 3 {
		owner.Do(whoAmI, nil).OK()
	}
	owner.Do(`{ modules { module } }`, nil).OK()
	nobody.Do(`query Strange { modules { module } }`, nil).OK()
	s.As(t, w.SignIn(t, "13901000000")).Do(`mutation Out { signOut { userErrors { code } } }`, nil).OK()
	if a := seat.Do(`query Roles($org: ID!) { org(id: $org) { name roles { totalCount } } }`,
		vars); a.Code() != "FORBIDDEN" {
		t.Fatal(a.Body)
	}
	owner.Do(`mutation { createRole(input: {orgId: "`+w.A.ID+`", name: "财务", grants: []}) { userErrors { code } } }`,
		nil).OK()
	owner.Do(`{ nothing }`, nil)
	owner.Do(`{`, nil)
	owner.Post([]byte(`{`))
	owner.Do("{"+strings.Repeat("org{", 20)+"id"+strings.Repeat("}", 21), nil)
	many := `query Many { orgs(first: 100) { nodes { roles(first: 20) { nodes { id } } } } }`
	for nobody.Do(many, nil).Code() != "RATE_LIMITED" {
		continue
	}
	socket := owner.Subscribe(
		`subscription Watch($org: ID!, $after: ID) { auditEvents(orgId: $org, after: $after) { id } }`, fromTheFirst(w.A))
	socket.Event()
	for i := range 250 {
		owner.Do(fmt.Sprintf("query Name%d { modules { module } }", i), nil).OK()
	}
	var samples map[string]float64
	var text string
	eventually(t, "an announcement is heard", func() bool {
		samples, text = scrape(t, url)
		return samples["deputy_notification_lag_seconds_count"] > 0
	})

	operation := func(name, kind, outcome string) string {
		return fmt.Sprintf(`deputy_operations_total{name=%q,outcome=%q,type=%q}`, name, outcome, kind)
	}
	for sample, want := range map[string]float64{
		operation("Me", "query", "done"):                                  3,
		operation("Out", "mutation", "done"):                              1,
		operation("Roles", "query", "partial"):                            1,
		operation("Watch", "subscription", "done"):                        1,
		operation("other", "unknown", "refused"):                          3,
		operation("Name0", "query", "done"):                               1,
		`deputy_operation_duration_seconds_count{name="Me",type="query"}`: 3,
		`deputy_errors_total{code="NAME_TAKEN",limit=""}`:                 1,
		`deputy_errors_total{code="FORBIDDEN",limit=""}`:                  1,
		`deputy_errors_total{code="GRAPHQL_VALIDATION_FAILED",limit=""}`:  1,
		`deputy_errors_total{code="GRAPHQL_PARSE_FAILED",limit=""}`:       1,
		`deputy_errors_total{code="BAD_REQUEST",limit=""}`:                1,
		`deputy_errors_total{code="LIMIT_EXCEEDED",limit="depth"}`:        1,
		`deputy_errors_total{code="RATE_LIMITED",limit=""}`:               1,
		`deputy_streams_open`:                                             1,
	} {
		if samples[sample] != want {
			t.Errorf("%s is %v, want %v", sample, samples[sample], want)
		}
	}
	for _, sample := range []string{
		"deputy_events_total", "deputy_viewers_cached", `deputy_viewer_lookups_total{found="true"}`,
		`deputy_viewer_lookups_total{found="false"}`,
		`go_sql_open_connections{db_name="all"}`, "deputy_operation_cost_rows_sum", "go_goroutines",
		operation("other", "query", "done"),
	} {
		if samples[sample] <= 0 {
			t.Errorf("%s is %v", sample, samples[sample])
		}
	}
	names := map[string]bool{}
	for _, name := range regexp.MustCompile(`deputy_operations_total\{name="(\w+)"`).FindAllStringSubmatch(text, -1) {
		names[name[1]] = true
	}
	if len(names) > 201 || names["Strange"] || names["Name249"] {
		t.Errorf("%d names, those of strangers among them: %v", len(names), names["Strange"])
	}
	for _, secret := range []string{owner.Token, w.A.ID, "甲机构", "13901000000"} {
		if strings.Contains(text, secret) {
			t.Errorf("%s stands in the metrics", secret)
		}
	}
}
