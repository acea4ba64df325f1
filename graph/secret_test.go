package graph_test

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"entgo.io/ent/dialect"
)

// nothingSecret looks for every code, password and token of the test in every value of every table and in the log.
func nothingSecret(s *fixture) {
	s.Helper()
	secrets := append([]string{goodPassword, "another password"}, s.secrets...)
	if !strings.HasPrefix(s.A.Owner.Token, "dps_") {
		s.Errorf("tokens do not begin as they did: %.4s", s.A.Owner.Token)
	}
	codes := map[string]bool{}
	for _, sent := range s.Codes.All() {
		codes[sent.Code] = true
	}
	look := func(where, text string) {
		if strings.Contains(text, "dps_") {
			s.Errorf("%s holds a token: %.200s", where, text)
		}
		for _, secret := range secrets {
			if secret == "" {
				s.Fatal("a secret is empty")
			}
			if strings.Contains(text, secret) {
				s.Errorf("%s holds the secret %q", where, secret)
			}
		}
		for _, word := range numbers(text) {
			if codes[word] {
				s.Errorf("%s holds the code %s: %.200s", where, word, text)
			}
		}
	}
	rows := 0
	for _, table := range s.tables() {
		s.each("SELECT * FROM "+table, func(columns []string, values []any) {
			rows++
			for i, value := range values {
				switch v := value.(type) {
				case string:
					look(table+"."+columns[i], v)
				case []byte:
					look(table+"."+columns[i], string(v))
				}
			}
		})
	}
	for line := range strings.Lines(s.Server.Log.String()) {
		look("the log", line)
	}
	if len(codes) < 30 || rows < 1000 || len(s.Server.Log.String()) < 10_000 {
		s.Errorf("%d codes, %d rows: too little was looked at", len(codes), rows)
	}
}

// numbers returns the runs of exactly six digits that stand by themselves: codes, and not parts of phone numbers or
// ids. The fraction of a second in a timestamp is six digits too, which is why what follows a point is left out.
func numbers(text string) (found []string) {
	word := func(c byte) bool {
		return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '.' || c == '_' || c == '-'
	}
	for i := 0; i < len(text); {
		j := i
		for j < len(text) && word(text[j]) {
			j++
		}
		if token := text[i:j]; len(token) == 6 && strings.Trim(token, "0123456789") == "" {
			found = append(found, token)
		}
		i = j + 1
	}
	return found
}

func (s *fixture) tables() (names []string) {
	s.Helper()
	query := "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public' AND table_type = 'BASE TABLE'"
	if s.Store.Dialect() == dialect.SQLite {
		query = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
	}
	s.each(query, func(_ []string, values []any) { names = append(names, fmt.Sprintf("%s", values[0])) })
	if !slices.Contains(names, "audit_events") || !slices.Contains(names, "sessions") || len(names) < 12 {
		s.Fatalf("tables: %v", names)
	}
	return names
}

// each reads every row that the query answers.
func (s *fixture) each(query string, read func(columns []string, values []any)) {
	s.Helper()
	rows, err := s.Store.Client.QueryContext(context.Background(), query)
	if err != nil {
		s.Fatal(err)
	}
	defer rows.Close() //nolint:errcheck // they were read
	columns, err := rows.Columns()
	if err != nil {
		s.Fatal(err)
	}
	for rows.Next() {
		values, into := make([]any, len(columns)), make([]any, len(columns))
		for i := range values {
			into[i] = &values[i]
		}
		if err := rows.Scan(into...); err != nil {
			s.Fatal(err)
		}
		read(columns, values)
	}
	if err := rows.Err(); err != nil {
		s.Fatal(err)
	}
}
