package main

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"deputy/bench/fill"
	"deputy/bench/workload"
)

// TestClientReadsAnswers reads bodies of a known length and in chunks over one connection, and takes errors for what
// they are.
func TestClientReadsAnswers(t *testing.T) {
	t.Parallel()
	long := `{"data":"` + strings.Repeat("x", 100_000) + `"}`
	answering := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/chunks":
			w.(http.Flusher).Flush() //nolint:forcetypeassert // it is one
			_, _ = fmt.Fprint(w, long)
		case "/errors":
			_, _ = fmt.Fprint(w, `{"data":null,"errors":[{"message":"no"}]}`)
		case "/broken":
			http.Error(w, `{"data":null}`, http.StatusInternalServerError)
		default:
			_, _ = fmt.Fprint(w, `{"data":{"userErrors":[]}}`)
		}
	}))
	defer answering.Close()
	c, err := dial(answering.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.conn.Close() //nolint:errcheck // the test is over
	for _, asked := range []struct {
		path, body string
		err        error
	}{
		{"/chunks", long, nil},
		{"/", `{"data":{"userErrors":[]}}`, nil},
		{"/errors", `{"data":null,"errors":[{"message":"no"}]}`, errAnswer},
		{"/broken", `{"data":null}` + "\n", errAnswer},
		{"/chunks", long, nil},
	} {
		body, err := c.do([]byte("GET " + asked.path + " HTTP/1.1\r\nHost: x\r\n\r\n"))
		if string(body) != asked.body || !errors.Is(err, asked.err) {
			t.Errorf("%s: %.100s, %v", asked.path, body, err)
		}
	}
}

// TestRequestsBringNewNumbers asks for the same import twice.
func TestRequestsBringNewNumbers(t *testing.T) {
	t.Parallel()
	var load workload.Load
	for _, l := range workload.All() {
		if l.Name == "import1000" {
			load = l
		}
	}
	r, err := newRequest(&server{}, load, fill.Org{ID: "org", Platforms: []string{"dy_1"}})
	if err != nil {
		t.Fatal(err)
	}
	first, length := string(r.next()), len(r.bytes)
	second := string(r.next())
	if first == second || len(second) != length || len(r.serials) != workload.Rows ||
		strings.Contains(second, workload.Serial) {
		t.Errorf("%d places; the same: %v; %.300s", len(r.serials), first == second, second)
	}
}
