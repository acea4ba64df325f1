package proof_test

import (
	"bytes"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/vektah/gqlparser/v2/ast"
	"pgregory.net/rapid"

	"deputy/internal/proof"
)

// rulePattern finds a rule where it is used; where one is defined, "directive" stands before it.
var rulePattern = regexp.MustCompile(`(directive )? ?@(?:public|signedIn|hasModule|inModule|open)\b(?:\([^)]*\))?`)

// use is one place in the schema's text where a rule stands.
type use struct {
	file       string
	start, end int
	// from and to are the same in runes, as positions in a schema are.
	from, to int
}

func (s sources) uses() []use {
	var found []use
	for _, file := range slices.Sorted(maps.Keys(s)) {
		for _, at := range rulePattern.FindAllStringSubmatchIndex(s[file], -1) {
			quoted := strings.HasPrefix(strings.TrimSpace(s[file][strings.LastIndex(s[file][:at[0]], "\n")+1:at[0]+1]), `"`)
			prose := !quoted && strings.HasSuffix(file, "directives.graphqls")
			if at[2] < 0 && !quoted && !prose {
				from := utf8.RuneCountInString(s[file][:at[0]])
				found = append(found, use{file, at[0], at[1], from, from + utf8.RuneCountInString(s[file][at[0]:at[1]])})
			}
		}
	}
	return found
}

// without returns a copy in which the rules are gone. They must be in the order of uses.
func (s sources) without(gone []use) sources {
	edited := maps.Clone(s)
	for _, u := range slices.Backward(gone) {
		edited[u.file] = edited[u.file][:u.start] + edited[u.file][u.end:]
	}
	return edited
}

// harmless reports whether the proof may be silent when the rule is taken off a field: the field stands on a type that
// has a rule, and hands out nothing that lives in a module, so that the type's rule counts from then on. It is a change
// of permissions that somebody may want, such as showing Org.owner to all who see the org: not a fault, but a line of
// the table.
func harmless(before *ast.Schema, u use) bool {
	for _, def := range before.Types {
		typeRuled := def.Directives.ForName("open") != nil || def.Directives.ForName("inModule") != nil
		for _, field := range def.Fields {
			for _, d := range field.Directives {
				if d.Position.Src.Name != u.file || d.Position.Start < u.from || d.Position.Start >= u.to {
					continue
				}
				named := before.Types[field.Type.Name()]
				return typeRuled && named.Directives.ForName("inModule") == nil && !strings.HasPrefix(named.Name, "Colleague")
			}
		}
	}
	return false
}

func TestEveryRuleIsMissed(t *testing.T) {
	s := realSchema(t)
	before := s.mustLoad(t)
	uses := s.uses()
	silent := 0
	if len(uses) < 70 {
		t.Fatalf("only %d rules found in the schema", len(uses))
	}
	for _, u := range uses {
		line := 1 + strings.Count(s[u.file][:u.start], "\n")
		after, err := s.without([]use{u}).load()
		if err != nil {
			t.Fatalf("%s:%d: %v", u.file, line, err)
		}
		if bytes.Equal(proof.Table(before), proof.Table(after)) {
			t.Errorf("%s:%d: the table does not show that a rule is gone", u.file, line)
		}
		faults := proof.Check(after)
		if len(faults) == 0 {
			silent++
		}
		if len(faults) == 0 && !harmless(before, u) {
			t.Errorf("%s:%d: nobody misses %s", u.file, line, s[u.file][u.start:u.end])
		}
		if len(faults) > 0 && harmless(before, u) {
			t.Errorf("%s:%d: %v, though the type's rule should do", u.file, line, faults)
		}
	}
	t.Logf("%d rules, %d of them missed by the table alone", len(uses), silent)
}

func TestAnyRulesAreMissed(t *testing.T) {
	s := realSchema(t)
	before := s.mustLoad(t)
	uses := s.uses()
	rapid.Check(t, func(t *rapid.T) {
		picked := rapid.SliceOfNDistinct(rapid.IntRange(0, len(uses)-1), 1, 6, rapid.ID[int]).Draw(t, "rules")
		slices.Sort(picked)
		var gone []use
		silent := true
		for _, i := range picked {
			gone = append(gone, uses[i])
			silent = silent && harmless(before, uses[i])
		}
		after, err := s.without(gone).load()
		if err != nil {
			t.Fatal(err)
		}
		if len(proof.Check(after)) == 0 && !silent {
			t.Fatal("nobody misses the rules")
		}
		if bytes.Equal(proof.Table(before), proof.Table(after)) {
			t.Fatal("the table does not show that rules are gone")
		}
	})
}

// TestAnyOpenWayIsFound puts a field without a guard of its own on any type, handing out any type: unless the two live
// in the same module, or what is handed out lives in none, it must be refused at that field.
func TestAnyOpenWayIsFound(t *testing.T) {
	s := realSchema(t)
	before := s.mustLoad(t)
	var objects []string
	for name, def := range before.Types {
		if def.Kind == ast.Object && !def.BuiltIn {
			objects = append(objects, name)
		}
	}
	slices.Sort(objects)
	module := func(name string) string {
		if d := before.Types[name].Directives.ForName("inModule"); d != nil {
			return d.Arguments.ForName("module").Value.Raw
		}
		return ""
	}
	rapid.Check(t, func(t *rapid.T) {
		on := rapid.SampledFrom(objects).Draw(t, "on")
		to := rapid.SampledFrom(objects).Draw(t, "to")
		shape := rapid.SampledFrom([]string{"%s", "%s!", "[%s!]!", "[[%s]]"}).Draw(t, "shape")
		rule := rapid.SampledFrom([]string{"", "@public", "@signedIn"}).Draw(t, "rule")
		edited := maps.Clone(s)
		edited["planted"] = fmt.Sprintf("extend type %s {\n  \"A way.\"\n  planted: %s %s\n}\n", on, fmt.Sprintf(shape, to),
			rule)
		after, err := edited.load()
		if err != nil {
			t.Fatal(err)
		}
		root := on == "Query" || on == "Mutation" || on == "Subscription"
		fine := module(to) == "" || module(to) == module(on) && on != "App" || on == "Viewer" && rule == "@signedIn"
		fine = fine && (rule != "" || !root) && (on != "Mutation" || rule != "@public")
		fine = fine && (rule == "@signedIn" || strings.HasPrefix(on, "Colleague") ||
			!strings.HasPrefix(to, "Colleague") && to != "DataManager")
		var at []string
		for _, fault := range proof.Check(after) {
			at = append(at, fmt.Sprintf("%s %s:%d", fault.Coordinate, fault.File, fault.Line))
		}
		var want []string
		if !fine {
			want = []string{on + ".planted planted:3"}
		}
		if !slices.Equal(slices.Compact(at), want) {
			t.Fatalf("faults at %v, want %v", at, want)
		}
	})
}
