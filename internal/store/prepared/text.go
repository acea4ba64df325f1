package prepared

import "strings"

// reads are the first words of statements that are worth preparing. Others, such as BEGIN, SET or CREATE, are not
// planned.
var reads = map[string]bool{
	"select": true, "insert": true, "update": true, "delete": true, "with": true, "values": true, "merge": true,
}

// preparable reports whether a query can be prepared, and is worth it. A query with arguments always can: it is a
// single statement, or PostgreSQL refuses it. A query without arguments may be several statements, as in migrations,
// which only lib/pq's simple protocol supports: any semicolon except a final one excludes it, even in a literal.
func preparable(text string, arguments int) bool {
	if arguments > 0 {
		return true
	}
	if strings.Contains(strings.TrimRight(text, "; \t\r\n"), ";") {
		return false
	}
	return reads[strings.ToLower(firstWord(text))]
}

// firstWord returns the first word after white space, comments and opening parentheses.
func firstWord(text string) string {
	for {
		text = strings.TrimLeft(text, " \t\r\n\f(")
		switch {
		case strings.HasPrefix(text, "--"):
			_, text, _ = strings.Cut(text, "\n")
		case strings.HasPrefix(text, "/*"):
			// Comments can be nested; such a query has no first word and runs unprepared.
			_, text, _ = strings.Cut(text, "*/")
		default:
			end := strings.IndexFunc(text, func(r rune) bool { return r < 'A' || r > 'Z' && r < 'a' || r > 'z' })
			if end < 0 {
				end = len(text)
			}
			return text[:end]
		}
	}
}

// repeatable reports whether a query may run twice without harm, because it only reads. A query that begins with WITH
// may write.
func repeatable(text string) bool {
	switch strings.ToLower(firstWord(text)) {
	case "select", "values", "show":
		return !strings.Contains(text, ";")
	}
	return false
}
