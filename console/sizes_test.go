package console

import (
	"fmt"
	"io/fs"
	"os"
	"path"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"
)

// The page is small enough for a phone on a slow line: what each view fetches before it shows, in bytes as gzip packs
// them. The texts of a language have a budget of their own.
const (
	firstViewBudget = 170_000
	listBudget      = 290_000
	styleBudget     = 20_000
	languageBudget  = 15_000
)

var (
	staticImport = regexp.MustCompile(`(?:from|import)\s*["'` + "`" + `]\./([^"'` + "`" + `]+\.js)["'` + "`" + `]`)
	entryScript  = regexp.MustCompile(`<script type="module"[^>]* src="/console/assets/([^"]+)"`)
	chunkName    = regexp.MustCompile(`^(.+)-[\w-]{8}\.(js|css)$`)
)

// TestSizesOfThePage holds the page that was built to its budgets. Where the test must not be left out,
// DEPUTY_BROWSER=1 makes a page that was not built a failure.
func TestSizesOfThePage(t *testing.T) {
	page, err := files.ReadFile(pageFile)
	if err != nil {
		if os.Getenv("DEPUTY_BROWSER") != "" {
			t.Fatal("make console builds the page")
		}
		t.Skip("make console builds the page")
	}
	entry := entryScript.FindSubmatch(page)
	if entry == nil {
		t.Fatal("the page has no script")
	}
	names := assets(t, files)
	first := names["sign-in.js"]
	frame := []string{string(entry[1]), names["data.js"], names["shell.js"]}
	if first == "" || frame[1] == "" || frame[2] == "" {
		t.Fatalf("the build named its files anew: %v", names)
	}
	atMost(t, "the sign-in", size(t, files, string(entry[1]), first), firstViewBudget)
	lists := 0
	for name, file := range names {
		switch {
		case strings.HasSuffix(name, "-list.js"):
			lists++
			atMost(t, name, size(t, files, append(frame, file)...), listBudget)
		case strings.HasSuffix(name, ".css"):
			atMost(t, name, size(t, files, file), styleBudget)
		case name == "zh-CN.js", name == "en.js":
			atMost(t, name, size(t, files, file), languageBudget)
		}
	}
	if lists < 2 {
		t.Errorf("%d lists were found", lists)
	}
}

// TestSizesCountWhatIsFetched: what is imported counts once, with what that imports; what is imported on demand does
// not.
func TestSizesCountWhatIsFetched(t *testing.T) {
	of := built()
	for name, content := range map[string]string{
		"a.js": `import{x as e}from"./b.js";import"./c.js";const d=()=>import("./d.js");`,
		"b.js": `export*from"./c.js"`,
		"c.js": `import{y}from './b.js'`, "d.js": "",
	} {
		of["dist/assets/"+name] = &fstest.MapFile{Data: []byte(content)}
		packed := map[string]int{"a.js": 1, "b.js": 20, "c.js": 300, "d.js": 4000}[name]
		of["dist/assets/"+name+".gz"] = &fstest.MapFile{Data: make([]byte, packed)}
	}
	if got := size(t, of, "a.js", "b.js"); got != 321 {
		t.Errorf("%d bytes, want 321", got)
	}
}

func atMost(t *testing.T, what string, got, want int) {
	t.Helper()
	t.Logf("%s: %d bytes of %d", what, got, want)
	if got > want {
		t.Errorf("%s takes %d bytes, more than %d", what, got, want)
	}
}

// assets returns the files of the page by their names without the hash.
func assets(t *testing.T, from fs.FS) map[string]string {
	t.Helper()
	entries, err := fs.ReadDir(from, assetFolder)
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]string{}
	for _, entry := range entries {
		if parts := chunkName.FindStringSubmatch(entry.Name()); parts != nil {
			found[fmt.Sprintf("%s.%s", parts[1], parts[2])] = entry.Name()
		}
	}
	return found
}

// size returns the bytes of assets and of all that they import, packed; each file counts once.
func size(t *testing.T, from fs.FS, names ...string) int {
	t.Helper()
	sum := 0
	seen := map[string]bool{}
	for len(names) > 0 {
		name := names[0]
		names = names[1:]
		if seen[name] {
			continue
		}
		seen[name] = true
		source, err := fs.ReadFile(from, path.Join(assetFolder, name))
		if err != nil {
			t.Fatal(err)
		}
		packed, err := fs.Stat(from, path.Join(assetFolder, name+".gz"))
		if err != nil {
			t.Fatal(err)
		}
		sum += int(packed.Size())
		for _, match := range staticImport.FindAllSubmatch(source, -1) {
			names = append(names, string(match[1]))
		}
	}
	return sum
}
