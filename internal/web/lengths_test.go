package web_test

import (
	"bufio"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"deputy/internal/web"
)

// TestBothLengthsAreRefused: a request that says its length twice is 400 and the connection ends, wherever the two
// stand, and whatever was asked for before.
func TestBothLengthsAreRefused(t *testing.T) {
	t.Parallel()
	const (
		plain    = "GET /playground HTTP/1.1\r\nHost: x\r\n\r\n"
		sized    = "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc"
		chunked  = "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"
		smuggled = "0\r\n\r\nGET /second HTTP/1.1\r\nHost: x\r\n\r\n"
	)
	for name, test := range map[string]struct {
		requests []string // each is sent when the one before was answered
		answers  []int
	}{
		"no length":           {[]string{plain, plain}, []int{200, 200}},
		"one length":          {[]string{sized, sized}, []int{200, 200}},
		"chunks":              {[]string{chunked, chunked}, []int{200, 200}},
		"one after the other": {[]string{sized, chunked, sized, chunked, plain}, []int{200, 200, 200, 200, 200}},
		"a length in the body": {
			[]string{"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 19\r\n\r\nTransfer-Encoding: "},
			[]int{200},
		},
		"both": {[]string{"POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n" +
			"Transfer-Encoding: chunked\r\n\r\n" + smuggled}, []int{400}},
		"both, the other way round": {[]string{"POST / HTTP/1.1\r\nHost: x\r\ntransfer-encoding: chunked\r\n" +
			"content-length: 4\r\n\r\n" + smuggled}, []int{400}},
		"a page": {[]string{"GET /playground HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n" +
			"Transfer-Encoding: chunked\r\n\r\n" + smuggled}, []int{400}},
		"far apart": {[]string{"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nA: " +
			strings.Repeat("a", 9_000) + "\r\nTransfer-Encoding: chunked\r\n\r\n" + smuggled}, []int{400}},
		"of the first version": {[]string{"GET / HTTP/1.0\r\nHost: x\r\nContent-Length: 4\r\nTransfer-Encoding: " +
			"chunked\r\n\r\nabcd"}, []int{400}},
		"behind another": {[]string{plain + "GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n" +
			"Transfer-Encoding: chunked\r\n\r\n" + smuggled}, []int{400}},
		"after another": {[]string{sized, "GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n" +
			"Transfer-Encoding: chunked\r\n\r\n" + smuggled}, []int{200, 400}},
		"after a long one": {[]string{strings.Replace(sized, "3\r\n\r\nabc",
			"90000\r\n\r\n"+strings.Repeat("a", 90_000), 1), strings.Replace(chunked, "Transfer",
			"Content-length: 5\r\nTransfer", 1)}, []int{200, 400}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			seen := make(chan string, 10)
			r := run(t, web.Server{},
				web.Chain{Log: slog.New(slog.DiscardHandler)}.Wrap(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
					seen <- r.URL.Path
					_, _ = io.Copy(io.Discard, r.Body)
				})))
			conn := dial(t, r.addr)
			reader := bufio.NewReader(conn)
			for i, request := range test.requests {
				if _, err := io.WriteString(conn, request); err != nil {
					t.Fatal(err)
				}
				response, err := http.ReadResponse(reader, nil)
				if err != nil {
					t.Fatal(err)
				}
				body, err := io.ReadAll(response.Body)
				if err != nil || response.StatusCode != test.answers[i] {
					t.Fatalf("request %d: %d %s %v, want %d", i, response.StatusCode, body, err, test.answers[i])
				}
				if response.StatusCode == http.StatusOK {
					continue
				}
				if !strings.Contains(string(body), "BAD_REQUEST") || !response.Close {
					t.Errorf("%s, the connection ends: %t", body, response.Close)
				}
				if _, err := http.ReadResponse(reader, nil); err == nil {
					t.Error("what was behind it was answered")
				}
			}
			close(seen)
			for path := range seen {
				if path == "/second" {
					t.Error("what was in it was asked for")
				}
			}
		})
	}
}
