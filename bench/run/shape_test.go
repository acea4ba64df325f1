package main

import "testing"

// TestPlainPutsAnswersAsDeputyDoes reads each kind of alias.
func TestPlainPutsAnswersAsDeputyDoes(t *testing.T) {
	t.Parallel()
	const answer = `{"data":{"org__events":{"nodes":[{"actor__id":"a","actor__name":"林","at_time":"2025-01-01T08:00:00.5+08:00","left_time":null,
		"day_date":20099,"n_number":"12","seller_name":{"name":"周"},"roles_list":{"nodes":[{"_":{"name":"运营"}}]},
		"changes_changes":"[{\"f\":\"status\",\"a\":\"ENABLED\"}]"}]}}}`
	const want = `{"data":{"org":{"events":{"nodes":[{"actor":{"id":"a","name":"林"},"at":"2025-01-01T00:00:00.500000Z","left":null,
		"day":"2025-01-11","n":12,"seller":"周","roles":[{"name":"运营"}],"changes":[{"field":"status","before":null,"after":"ENABLED"}]}]}}}}`
	got, err := data([]byte(answer))
	if err != nil {
		t.Fatal(err)
	}
	wanted, err := data([]byte(want))
	if err != nil {
		t.Fatal(err)
	}
	if wrong := differ("data", wanted, plain(got)); wrong != "" {
		t.Error(wrong)
	}
}
