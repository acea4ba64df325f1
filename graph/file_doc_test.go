package graph_test

import (
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"entgo.io/ent/dialect"

	"deputy/graph"
	"deputy/internal/store/storetest"
)

// TestTheDocumentsListWhatDownloadsHold compares the tables of docs/downloads.md with files.
func TestTheDocumentsListWhatDownloadsHold(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../docs/downloads.md")
	if err != nil {
		t.Fatal(err)
	}
	tables := map[string][][3]string{}
	for _, section := range regexp.MustCompile(`\n##+ `).Split(string(text), -1)[1:] {
		name, _, _ := strings.Cut(section, "\n")
		for _, row := range regexp.MustCompile(`(?m)^\|([^|\n]*)\|([^|\n]*)\|([^|\n]*)\|$`).FindAllStringSubmatch(section,
			-1) {
			if !strings.Contains(row[1], "---") && !strings.Contains(row[1], "中文") {
				tables[name] = append(tables[name], [3]string{
					strings.TrimSpace(row[1]), strings.TrimSpace(row[2]),
					strings.TrimSpace(row[3]),
				})
			}
		}
	}
	documented := func(name string, column int) (all []string) {
		for _, row := range tables[name] {
			if row[column] != "" {
				all = append(all, row[column])
			}
		}
		return all
	}
	s := newFixture(t, storetest.Open(t, dialect.SQLite))
	s.order(nil)
	s.order(nil)
	s.must(s.A.Owner, "createTask", vars{"orgId": s.A.ID, "title": "任务", "creatorIds": []string{s.creator("小美", nil)}})
	span := func(by string) vars { return vars{"by": by, "dateFrom": "2026-02-01", "dateTo": "2026-03-31"} }
	for section, asked := range map[string]struct {
		mutation string
		in       vars
		behind   string // the section of the columns behind
	}{
		"Creators": {"exportCreators", vars{}, ""}, "Tasks": {"exportTasks", vars{}, ""},
		"Orders": {"exportOrders", vars{}, ""}, "The audit log": {"exportAuditEvents", vars{}, ""},
		"Figures by day, week or month": {"exportFigures", span("WEEK"), "Figures"},
		"Figures by creator":            {"exportFigures", span("CREATOR"), "Figures"},
		"Figures by product":            {"exportFigures", span("PRODUCT"), "Figures"},
		"Figures by manager":            {"exportFigures", span("MANAGER"), "Figures"},
		"Figures by category":           {"exportFigures", span("CATEGORY"), "Figures"},
	} {
		mutation := asked.mutation
		documented := func(section string, column int) []string {
			return append(documented(section, column), documented(asked.behind, column)...)
		}
		for column, lang := range []string{"zh", "en"} {
			if got := s.lines(s.A.Owner, s.link(in(lang, s.A.Owner), mutation, maps.Clone(asked.in)))[0]; !slices.Equal(got,
				documented(section, column)) {
				t.Errorf("%s has %q, documented are %q", mutation, got, documented(section, column))
			}
		}
		asked.in["format"] = "JSONL"
		body, _ := s.downloaded(s.A.Owner, mutation, asked.in)
		names := map[string]bool{}
		for _, o := range s.objects(body) {
			memberNames(o, "", names)
		}
		if got, want := slices.Sorted(maps.Keys(names)), slices.Sorted(slices.Values(documented(section,
			2))); !slices.Equal(got, want) {
			t.Errorf("%s has %q, documented are %q", mutation, got, want)
		}
	}
	for _, fact := range []string{"It works for ten minutes", "1,048,575 rows"} {
		if !strings.Contains(string(text), fact) {
			t.Errorf("not documented: %s", fact)
		}
	}
}

// memberNames collects the names of an object and of those in it, but for the changes of events.
func memberNames(o map[string]any, before string, into map[string]bool) {
	for name, value := range o {
		switch v := value.(type) {
		case map[string]any:
			memberNames(v, before+name+".", into)
			continue
		case []any:
			if name != "changes" {
				for _, one := range v {
					memberNames(one.(map[string]any), before+name+".", into)
				}
				continue
			}
		}
		into[before+name] = true
	}
}

// TestWhatStandsOnRecordHasWords in both languages: operations, types, fields, and the values of enums.
func TestWhatStandsOnRecordHasWords(t *testing.T) {
	t.Parallel()
	schema := schemaOfServer()
	words := graph.Words()
	for _, f := range schema.Mutation.Fields {
		if !strings.HasPrefix(f.Name, "__") && words.Operations[f.Name].Zh == "" {
			t.Errorf("the mutation %s has no words", f.Name)
		}
	}
	for enum, values := range words.Values {
		def := schema.Types[enum]
		if enum == "Boolean" {
			continue
		}
		for _, v := range def.EnumValues {
			if values[v.Name].Zh == "" || values[v.Name].En == "" {
				t.Errorf("%s.%s has no words", enum, v.Name)
			}
		}
		if len(def.EnumValues) != len(values) {
			t.Errorf("%s has %d values, %d have words", enum, len(def.EnumValues), len(values))
		}
	}
	for _, kind := range graph.RecordedTypes() {
		if words.Types[kind].Zh == "" || words.Types[kind].En == "" {
			t.Errorf("the type %s has no words", kind)
		}
	}
	// What packages put on record, as their source has it.
	done := regexp.MustCompile(`Operation: "([A-Za-z]+)"|'SYSTEM', 'Deputy', '([A-Za-z]+)'`)
	recorded := map[string]bool{}
	named := regexp.MustCompile(`audit\.(?:Text|Number|Flag|IDs|Maybe|Told)\("([A-Za-z]+)"`)
	found := 0
	for _, pattern := range []string{"../internal/*/*.go", "*.go"} {
		files, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			for _, operation := range done.FindAllStringSubmatch(string(text), -1) {
				name := operation[1] + operation[2]
				if recorded[name] = true; !strings.HasSuffix(file, "_test.go") && words.Operations[name].Zh == "" {
					t.Errorf("%s: the operation %s has no words", file, name)
				}
			}
			for _, field := range named.FindAllStringSubmatch(string(text), -1) {
				if found++; words.Fields[field[1]].Zh == "" || words.Fields[field[1]].En == "" {
					t.Errorf("%s: the field %s has no words", file, field[1])
				}
			}
		}
	}
	for name := range words.Operations {
		if !recorded[name] && schema.Mutation.Fields.ForName(name) == nil {
			t.Errorf("nothing is on record as %s", name)
		}
	}
	if found < 40 {
		t.Errorf("%d fields were found", found)
	}
}
