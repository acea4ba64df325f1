package e2e

import (
	"encoding/json"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"deputy/internal/orderfile"
)

// look asks for a path as a browser or a client does, and returns the status, where it leads, and the text.
func look(t *testing.T, url string, headers ...string) (response *http.Response, text string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	response, err = http.DefaultTransport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close() //nolint:errcheck // it is read
	var b strings.Builder
	if _, err := io.Copy(&b, response.Body); err != nil {
		t.Fatal(err)
	}
	return response, b.String()
}

// What somebody sees who opens the addresses of the server in a browser, or asks them with curl, says what to do next.
func TestFirstLook(t *testing.T) {
	t.Parallel()
	manifest := filepath.Join(t.TempDir(), "operations.json")
	if err := os.WriteFile(manifest, []byte(`{"modules": "{ modules { module } }"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	browser := []string{
		"Accept", "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8",
		"Sec-Fetch-Site", "none", "Sec-Fetch-Mode", "navigate", "Sec-Fetch-Dest", "document",
	}
	for name, tt := range map[string]struct {
		env  []string
		home string
		says map[string][]string
	}{
		"open": {nil, "/console", map[string][]string{
			"zh-CN": {"缺少 query", "POST", "/playground", "/schema.graphql"},
			"en-GB": {"query is missing", "POST", "/playground", "/schema.graphql"},
		}},
		"no console": {[]string{"DEPUTY_CONSOLE=off"}, "/playground", map[string][]string{"en-GB": {"/playground"}}},
		"neither": {[]string{"DEPUTY_CONSOLE=off", "DEPUTY_OPERATIONS=" + manifest}, "/graphql", map[string][]string{
			"en-GB": {"documentId"},
		}},
		"trusted operations": {[]string{"DEPUTY_OPERATIONS=" + manifest}, "/console", map[string][]string{
			"zh-CN": {"缺少操作的 id", "documentId"}, "en-GB": {"id of an operation is missing", "documentId"},
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := start(t, launch{args: []string{"--demo"}, env: append(tt.env, "DATABASE_URL="+database(t))})
			if response, _ := look(t, p.url+"/", browser...); response.StatusCode != http.StatusFound ||
				response.Header.Get("Location") != tt.home {
				t.Errorf("/: %s, to %q", response.Status, response.Header.Get("Location"))
			}
			if response, _ := look(t, p.url+"/nowhere", browser...); response.StatusCode != http.StatusNotFound {
				t.Errorf("/nowhere: %s", response.Status)
			}
			for lang, says := range tt.says {
				for who, headers := range map[string][]string{
					"a browser": browser, "curl": {"Accept", "*/*"},
					"a client": {"Accept", "application/graphql-response+json"},
				} {
					response, text := look(t, p.url+"/graphql", append([]string{"Accept-Language", lang}, headers...)...)
					var a answer
					if err := json.Unmarshal([]byte(text), &a); err != nil || len(a.Errors) != 1 {
						t.Fatalf("%v: %s", err, text)
					}
					if response.StatusCode != http.StatusBadRequest || a.Errors[0].Extensions["code"] != "BAD_REQUEST" {
						t.Errorf("%s: %s %s", who, response.Status, text)
					}
					for _, want := range says {
						if !strings.Contains(a.Errors[0].Message, want) {
							t.Errorf("%s, %s: it does not say %q: %s", who, lang, want, a.Errors[0].Message)
						}
					}
					if strings.Contains(strings.Join(tt.env, " "), "OPERATIONS") && strings.Contains(text, "playground") {
						t.Errorf("%s, %s: there is no playground: %s", who, lang, text)
					}
				}
			}
		})
	}
}

// Flags that no command has end in one line, which says where the flags are listed.
func TestUnknownFlagsEndInOneLine(t *testing.T) {
	t.Parallel()
	for _, command := range []string{
		"", "serve", "check", "migrate", "backup", "backup copy.db", "sessions", "sessions end", "figures",
		"figures rebuild", "import", "import orders", "import orders f.csv --org org_1", "demo",
	} {
		for _, flag := range []string{"--dmeo", "-x", "--dmeo=secret"} {
			l := launch{args: append(strings.Fields(command), flag), env: []string{"DATABASE_URL=" + database(t)}}
			status, said := ends(t, l)
			if status == 0 || strings.Count(said, "\n") != 1 || !strings.Contains(said, strings.Split(flag, "=")[0][1:]) ||
				!strings.Contains(said, "--help") || strings.Contains(said, "secret") {
				t.Errorf("%s %s: %d: %s", command, flag, status, said)
			}
		}
	}
}

// The help of import lists what a file may hold, on the standard output, whatever is left out.
func TestHelpOfImport(t *testing.T) {
	t.Parallel()
	var described strings.Builder
	if err := orderfile.Describe(&described); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{
		{"import", "--help"},
		{"import", "orders", "--help"},
		{"import", "orders", "-h"},
		{"import", "orders", "f.csv", "--help"},
	} {
		p := begin(t, launch{args: args})
		if status, said := p.wait(patience), p.stdout.String(); status != 0 || !strings.Contains(said, described.String()) ||
			!strings.Contains(said, "--org") {
			t.Errorf("%v: %d: %s%s", args, status, said, p.log)
		}
	}
	for _, want := range []string{"订单号", "creatorplatformid", "SETTLED", "已退款", "GB18030", "XLSX", "required / 必填"} {
		if !strings.Contains(described.String(), want) {
			t.Errorf("it does not say %q", want)
		}
	}
}

// make run says before it compiles that it does, and for how long.
func TestMakeRunSaysThatItCompiles(t *testing.T) {
	t.Parallel()
	out, err := exec.CommandContext(t.Context(), "make", "-C", "..", "--no-print-directory", "--dry-run",
		"run").CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	before, _, compiles := strings.Cut(string(out), "go run .")
	for _, want := range []string{"编译", "minutes"} {
		if !compiles || !strings.Contains(before, want) {
			t.Errorf("it does not say %q before it compiles: %s", want, out)
		}
	}
}
