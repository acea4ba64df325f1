package e2e

import (
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"
)

// TestMetricsHaveAnAddressOfTheirOwn and are not to be had at the other.
func TestMetricsHaveAnAddressOfTheirOwn(t *testing.T) {
	t.Parallel()
	p := start(t, launch{
		args: []string{"--dev-codes"},
		env:  []string{"DATABASE_URL=" + database(t), "DEPUTY_METRICS_ADDR=127.0.0.1:0"},
	})
	p.do("", `{ modules { module } }`, nil)
	get := func(url string) (int, string) {
		response, err := http.Get(url)
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close() //nolint:errcheck // it was read
		text, err := io.ReadAll(response.Body)
		if err != nil {
			t.Fatal(err)
		}
		return response.StatusCode, string(text)
	}
	_, text := get("http://" + p.waitLog(regexp.MustCompile(`msg=metrics address=(\S+)`))[1] + "/metrics")
	if want := `deputy_operations_total{name="other",outcome="done",type="query"} 1`; !strings.Contains(text, want) {
		t.Errorf("%s is not in:\n%s", want, text)
	}
	if status, _ := get(p.url + "/metrics"); status != http.StatusNotFound {
		t.Errorf("they are at the other address too: %d", status)
	}
}
