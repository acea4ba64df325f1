package graph

import (
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"deputy/graph/generated"
	"deputy/internal/fault"
)

//nolint:gochecknoglobals // flags are
var updateCodes = flag.Bool("update-codes", false, "write docs/codes.md")

const codesHead = `# Codes

<!-- made by go test ./graph -run TestTheDocumentsHaveTheCodes -update-codes -->

A code is stable; a message is for people, in the language of the request, and may change. Refusals that a person can correct are in ` + "`userErrors`" + ` of a
mutation, each with the ` + "`field`" + ` of the input at fault. All others are GraphQL errors next to the data, with ` + "`extensions.code`" + `: the field is null, and
the other fields are returned.

## Errors

` + "`coordinate`" + ` names a refused field (` + "`Order.creator`" + `). Equal refusals of one field in a list are one error with the ` + "`path`" + ` of the first one, and their
number as ` + "`count`" + `. Then every null at that path, at any index, is refused. An error without ` + "`count`" + ` applies to its path only. An error below the
payload of a mutation has ` + "`committed`" + `: the change was made.

| code | where it occurs | send it again? | what to do |
| --- | --- | --- | --- |
`

// codeOfText finds the codes that a description names.
var codeOfText = regexp.MustCompile(`[A-Z][A-Z_]+[A-Z]`)

// codesDocument is what the documents say of the codes.
func codesDocument() string {
	var b strings.Builder
	b.WriteString(codesHead)
	for _, d := range fault.ErrorCodes() {
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", d.Code, d.Where, d.Again, d.Do)
	}
	schema := generated.NewExecutableSchema(generated.Config{}).Schema()
	where := map[string][]string{}
	for _, field := range schema.Mutation.Fields {
		said := schema.Types[field.Type.Name()].Fields.ForName("userErrors").Description
		for _, code := range codeOfText.FindAllString(said, -1) {
			if name := "`" + field.Name + "`"; !slices.Contains(where[code], name) {
				where[code] = append(where[code], name)
			}
		}
	}
	b.WriteString("\n## userErrors\n\n| code | what it means | where it occurs | send it again? | what to do |\n| --- | " +
		"--- | --- | --- | --- |\n")
	for _, d := range fault.RefusalCodes() {
		means := ""
		if value := schema.Types["UserErrorCode"].EnumValues.ForName(string(d.Code)); value != nil {
			means = value.Description
		}
		slices.Sort(where[string(d.Code)])
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s | %s |\n", d.Code, means, strings.Join(where[string(d.Code)], ", "), d.Again,
			d.Do)
	}
	return b.String()
}

// TestTheDocumentsHaveTheCodes, all of them, as the code and the schema have them.
func TestTheDocumentsHaveTheCodes(t *testing.T) {
	t.Parallel()
	const file = "../docs/codes.md"
	want := codesDocument()
	if *updateCodes {
		if err := os.WriteFile(file, []byte(want), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if string(text) != want {
		t.Errorf("%s is not what the code says: go test ./graph -run TestTheDocumentsHaveTheCodes -update-codes", file)
	}
	described := map[string]bool{}
	for refusal, list := range map[bool][]fault.Described{false: fault.ErrorCodes(), true: fault.RefusalCodes()} {
		for _, d := range list {
			if described[string(d.Code)] || d.Code.IsRefusal() != refusal || d.Again == "" || d.Do == "" || d.Where == "" &&
				!refusal {
				t.Errorf("%s is described twice, in the wrong place, or not whole", d.Code)
			}
			described[string(d.Code)] = true
			if refusal && strings.Contains(want, fmt.Sprintf("| `%s` |  |", d.Code)) {
				t.Errorf("the schema does not say what %s means", d.Code)
			}
		}
	}
	for _, code := range codesOfSource(t) {
		if !described[code] {
			t.Errorf("%s is not described in package fault", code)
		}
	}
	for _, value := range generated.NewExecutableSchema(generated.Config{}).Schema().Types["UserErrorCode"].EnumValues {
		if !described[value.Name] {
			t.Errorf("%s is not described in package fault", value.Name)
		}
	}
}

// codesOfSource returns the values of all constants of the type Code in package fault.
func codesOfSource(t *testing.T) (codes []string) {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "../internal/fault/fault.go", nil, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	ast.Inspect(file, func(node ast.Node) bool {
		spec, ok := node.(*ast.ValueSpec)
		if !ok {
			return true
		}
		if of, named := spec.Type.(*ast.Ident); named && of.Name == "Code" {
			code, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
			if err != nil {
				t.Fatal(err)
			}
			codes = append(codes, code)
		}
		return true
	})
	if len(codes) < 30 {
		t.Errorf("%d codes were found in the source", len(codes))
	}
	return codes
}

// TestEveryLimitSaysHowMuch: LIMIT_EXCEEDED is made in one place, which takes limit, max and asked.
func TestEveryLimitSaysHowMuch(t *testing.T) {
	t.Parallel()
	f := fault.Limit("page", 100, 101, fault.Message{En: "at most %d"}, 100)
	if f.Code != fault.LimitExceeded || f.Extra["limit"] != "page" || f.Extra["max"] != 100 || f.Extra["asked"] != 101 ||
		f.Text(fault.En) != "at most 100" {
		t.Errorf("%+v", f)
	}
	seen := 0
	for _, folder := range []string{
		".", "model", "../internal/bounds", "../internal/gqlserve", "../internal/page",
		"../internal/backoffice", "../internal/agency", "../internal/signin", "../internal/web", "../internal/share",
	} {
		entries, err := os.ReadDir(folder)
		if err != nil {
			t.Fatal(err)
		}
		for _, entry := range entries {
			if !strings.HasSuffix(entry.Name(), ".go") || strings.HasSuffix(entry.Name(), "_test.go") {
				continue
			}
			text, err := os.ReadFile(folder + "/" + entry.Name())
			if err != nil {
				t.Fatal(err)
			}
			seen++
			if strings.Contains(string(text), "New(fault.LimitExceeded") ||
				strings.Contains(string(text), "Code: fault.LimitExceeded") {
				t.Errorf("%s/%s makes LIMIT_EXCEEDED by itself: use fault.Limit", folder, entry.Name())
			}
		}
	}
	if seen < 100 {
		t.Errorf("%d files were read", seen)
	}
}
