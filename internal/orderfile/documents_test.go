package orderfile_test

import (
	"flag"
	"fmt"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"deputy/internal/orderfile"
)

// TestTheDocumentsListWhatIsRead holds the tables of docs/import.md to those of the code.
func TestTheDocumentsListWhatIsRead(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../docs/import.md")
	if err != nil {
		t.Fatal(err)
	}
	ofOrders, ofCreators, cut := strings.Cut(string(text), "\n## Creators\n")
	if !cut {
		t.Fatal("creators have no section")
	}
	for field, names := range orderfile.CreatorHeadings() {
		if !strings.Contains(ofCreators, "\n| "+field+" | "+strings.Join(names, ", ")+" |\n") {
			t.Errorf("creators: %s is read as %s, and is not documented so", field, strings.Join(names, ", "))
		}
	}
	for text, status := range orderfile.CreatorStatuses() {
		if !regexp.MustCompile(`(?m)^\| ` + status + ` \|.*[ ,]` + text + `[ ,]`).MatchString(ofCreators) {
			t.Errorf("creators: %s is read as %s, and is not documented so", text, status)
		}
	}
	lines := regexp.MustCompile(`(?m)^\| ([A-Za-z]+) \| (.*) \|$`).FindAllStringSubmatch(ofOrders, -1)
	documented := map[string]string{}
	for _, line := range lines {
		if line[2] != "headings" && line[2] != "texts" {
			documented[line[1]] = line[2]
		}
	}
	want := map[string]string{}
	for field, names := range orderfile.Headings() {
		want[field] = strings.Join(names, ", ")
	}
	if !slices.Equal(slices.Sorted(maps.Keys(documented)), slices.Sorted(maps.Keys(merged(want)))) {
		t.Errorf("documented are %v", slices.Sorted(maps.Keys(documented)))
	}
	for field, names := range want {
		if documented[field] != names {
			t.Errorf("%s: documented %s, read %s", field, documented[field], names)
		}
	}
	for text, status := range orderfile.Statuses() {
		if !slices.Contains(strings.Split(documented[status], ", "), text) {
			t.Errorf("%s is read as %s, and is not documented so", text, status)
		}
	}
	count := 0
	for _, status := range []string{"PAID", "SETTLED", "REFUNDED"} {
		count += len(strings.Split(documented[status], ", "))
	}
	if count != len(orderfile.Statuses()) {
		t.Errorf("%d texts of statuses are documented, %d are read", count, len(orderfile.Statuses()))
	}
}

// merged adds the rows of statuses.
func merged(fields map[string]string) map[string]string {
	all := maps.Clone(fields)
	for _, status := range []string{"PAID", "SETTLED", "REFUNDED"} {
		all[status] = ""
	}
	return all
}

var update = flag.Bool("update", false, "write what docs/import.md has of the reports")

// TestTheDocumentsListTheReports holds the sections of reports in docs/import.md to the table.
func TestTheDocumentsListTheReports(t *testing.T) {
	t.Parallel()
	const document = "../../docs/import.md"
	text, err := os.ReadFile(document)
	if err != nil {
		t.Fatal(err)
	}
	const begins, ends = "<!-- %s, of the table of reports: begin -->\n\n", "<!-- %s: end -->\n"
	want := string(text)
	for name, made := range map[string]string{
		"statuses": orderfile.ReportStatuses(), "reports": orderfile.DocumentReports() + "\n",
	} {
		before, rest, there := strings.Cut(want, fmt.Sprintf(begins, name))
		_, after, ended := strings.Cut(rest, fmt.Sprintf(ends, name))
		if !there || !ended {
			t.Fatalf("docs/import.md has no place for the %s", name)
		}
		want = before + fmt.Sprintf(begins, name) + made + fmt.Sprintf(ends, name) + after
	}
	if *update {
		if err := os.WriteFile(document, []byte(want), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	if string(text) != want {
		t.Error("docs/import.md is not of this table of reports: go test ./internal/orderfile -run Documents -update")
	}
}
