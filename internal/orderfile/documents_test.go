package orderfile_test

import (
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

// TestTheDocumentsListTheReports holds the sections of reports in docs/import.md to the table.
func TestTheDocumentsListTheReports(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../docs/import.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{orderfile.ReportStatuses(), orderfile.DocumentReports()} {
		if !strings.Contains(string(text), want) {
			t.Errorf("docs/import.md does not have\n%s", want)
		}
	}
}
