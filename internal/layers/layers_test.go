// Package layers_test holds the direction of imports between packages: from what serves down to what knows nothing of
// the product.
package layers_test

import (
	"fmt"
	"maps"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// layers are the packages of the product, the lowest first. A package imports packages of lower layers alone. A folder
// stands for all below it that are not named themselves.
var layers = [][]string{
	{"internal/fault", "internal/lru", "internal/seal"},
	{
		"internal/access", "internal/apitoken", "internal/bulk", "internal/collate", "internal/civil", "internal/crash",
		"internal/jsonappend", "internal/platform", "internal/search", "internal/store/migrations", "internal/fileerr",
		"packages", "console", "playground",
	},
	{
		"internal/contact", "internal/id", "internal/lang", "internal/money", "internal/page", "internal/rule",
		"internal/share", "internal/store/prepared", "internal/traces",
	},
	{"ent", "internal/download", "internal/load", "internal/proof", "internal/send", "internal/traces/otlp"},
	{"graph/model", "internal/store", "internal/viewer"},
	{"internal/audit", "internal/feed", "internal/web"},
	{"internal/form", "internal/metrics", "internal/signin"},
	{"internal/backoffice"},
	{"graph/generated", "internal/agency", "internal/orderfile"},
	{"internal/bounds", "internal/config", "internal/demo"},
	{"internal/plan", "internal/start"},
	{"internal/gqlserve"},
	{"graph"},
	{""},
}

// apart are the packages that are no part of the server: generators, tools, and what tests and measures run. No package
// of the server imports one.
var apart = []string{
	"bench", "deploy", "docs", "e2e", "ent/schema/generate", "graph/generate", "internal/apitest",
	"internal/config/generate",
	"internal/layers", "internal/nettest",
	"internal/store/migrations/generate", "internal/store/pgproxy", "internal/store/pgtest", "internal/store/storetest",
}

// serving are the packages that import gqlgen.
var serving = []string{"graph", "internal/bounds", "internal/gqlserve", "internal/load", "internal/plan"}

// within returns the longest of the names that the package is, or is below; false when there is none.
func within(names []string, of string) (found string, ok bool) {
	for _, name := range names {
		if (of == name || name != "" && strings.HasPrefix(of, name+"/")) && len(name) >= len(found) {
			found, ok = name, true
		}
	}
	return found, ok
}

// layerOf returns the layer of a package and the name that it stands under, and -1 for one that is apart.
func layerOf(of string) (layer int, name string, known bool) {
	for i, names := range layers {
		if found, ok := within(names, of); ok && len(found) >= len(name) {
			layer, name, known = i, found, true
		}
	}
	if found, ok := within(apart, of); ok && len(found) >= len(name) {
		return -1, found, true
	}
	return layer, name, known
}

// upward returns what is wrong with imports, by package.
func upward(imports map[string][]string) (wrong []string) {
	for of, all := range imports {
		layer, name, known := layerOf(of)
		if !known {
			wrong = append(wrong, fmt.Sprintf("%s has no layer: put it into layers, or apart", of))
			continue
		}
		for _, imported := range all {
			if strings.HasPrefix(imported, "github.com/99designs/gqlgen") {
				if _, may := within(serving, of); !may && layer >= 0 {
					wrong = append(wrong, of+" imports gqlgen")
				}
				continue
			}
			below, product := strings.CutPrefix(imported+"/", "deputy/")
			below = strings.TrimSuffix(below, "/")
			if !product || layer < 0 {
				continue
			}
			if under, its, _ := layerOf(below); under < 0 || under >= layer && its != name {
				wrong = append(wrong, fmt.Sprintf("%s imports %s, which is no lower", of, below))
			}
		}
	}
	slices.Sort(wrong)
	return slices.Compact(wrong)
}

// TestImportsGoDown from each package to lower ones.
func TestImportsGoDown(t *testing.T) {
	t.Parallel()
	out, err := exec.Command("go", "list", "-f", `{{.ImportPath}} {{join .Imports " "}}`, "deputy/...").Output()
	if err != nil {
		t.Fatal(err)
	}
	imports := map[string][]string{}
	for line := range strings.Lines(string(out)) {
		words := strings.Fields(line)
		imports[strings.TrimPrefix(strings.TrimPrefix(words[0], "deputy"), "/")] = words[1:]
	}
	if len(imports) < 50 {
		t.Fatalf("%d packages", len(imports))
	}
	for _, wrong := range upward(imports) {
		t.Error(wrong)
	}
	packages := slices.Collect(maps.Keys(imports))
	for _, names := range append(slices.Clone(layers), apart) {
		for _, name := range names {
			if !slices.ContainsFunc(packages, func(of string) bool { _, is := within([]string{name}, of); return is }) {
				t.Errorf("there is no package %s", name)
			}
		}
	}
}

// TestAnImportThatGoesUpIsFound, and one of gqlgen or of what is apart, and a package without a layer.
func TestAnImportThatGoesUpIsFound(t *testing.T) {
	t.Parallel()
	for _, planted := range []struct {
		of, imported string
		wrong        bool
	}{
		{"internal/bounds", "deputy/graph", true},
		{"internal/bounds", "deputy/internal/gqlserve", true},
		{"internal/plan", "deputy/internal/gqlserve", true},
		{"internal/load", "deputy/internal/plan", true},
		{"internal/agency", "deputy/internal/agency/deep", false},
		{"internal/agency", "deputy/graph/generated", true},
		{"internal/agency", "github.com/99designs/gqlgen/graphql", true},
		{"internal/access", "deputy", true},
		{"graph", "deputy/internal/apitest", true},
		{"internal/store", "deputy/internal/store/storetest", true},
		{"internal/new", "context", true},
		{"internal/gqlserve", "deputy/internal/bounds", false},
		{"internal/load", "github.com/99designs/gqlgen/graphql", false},
		{"ent/order", "deputy/ent/predicate", false},
		{"", "deputy/graph", false},
		{"e2e", "deputy/internal/apitest", false},
	} {
		if wrong := upward(map[string][]string{planted.of: {planted.imported}}); (len(wrong) > 0) != planted.wrong {
			t.Errorf("%s imports %s: %q", planted.of, planted.imported, wrong)
		}
	}
}
