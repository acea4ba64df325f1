package graph_test

// wrongs are the kinds of steps that can go wrong.
var wrongs = []string{
	"name of the operation",
	"another definition",
	"operation twice",
	"fragment twice",
	"text",
	"operation that is asked for",
	"variable twice",
	"variable that is not used",
	"variable of a type for answers",
	"default of a variable",
	"variable that is not defined",
	"directive",
	"events of a subscription",
	"empty selection",
	"member of an abstract type",
	"type condition",
	"fragment on a leaf",
	"spread",
	"type of a fragment",
	"fragment in itself",
	"field",
	"introspection",
	"fields under one name",
	"leaf",
	"alias",
	"argument that is required",
	"argument twice",
	"argument that does not exist",
	"literal",
	"whole number",
	"member that is required",
	"null for the one member",
	"member twice",
	"member that does not exist",
	"variable that may be null",
	"type of a variable",
	"whole number in a value",
	"number for a text",
	"value",
	"case of a value",
	"both members in a value",
	"member that is required in a value",
	"member that does not exist in a value",
}

// wrong reports whether a step of that kind goes wrong.
func (w *writer) wrong(kind string) bool {
	if w.only != kind && (w.wrongs == 0 || !w.oneOf(w.wrongs)) || w.only == kind && (len(w.went) > 0 || !w.oneOf(2)) {
		return false
	}
	w.went = append(w.went, kind)
	return true
}

// garble breaks the text itself.
func (w *writer) garble(query string) string {
	at := w.rand.IntN(len(query))
	switch w.rand.IntN(4) {
	case 0:
		return query[:at] + query[at+1:]
	case 1:
		return query[:at] + pick(w, "{", "}", "(", ")", "!", ":", "...", "$", "@", `"`, `"""`, "&", "|", "\\", ".", "-", "0",
			"#", "\x00", "\ufeff", ",", "é", "?") + query[at:]
	case 2:
		return query[:at]
	}
	to := min(len(query), at+1+w.rand.IntN(6))
	return query[:to] + query[at:]
}

// odd are literals that are of some type, and mostly not of the one that is wanted.
var odd = []string{
	"1", "-1", "2147483647", "2147483648", "-2147483649", "1.5", "1e3", `"1"`, `"""x"""`, "true", "null", "VIEW",
	"NOWHERE", "[]", "[1]", `["x"]`, "[[1]]", "{}",
	"{a: 1}", "$nowhere", "01", "1a", "-", "0x1", "1.", `"\u0041"`, `"\u{41}"`, `"\q"`, `"x`, "[null]", "[VIEW, 1]", `{phone: "1"}`, `{phone: null}`, `{phone: "1", email: "2"}`, "on", "{a: 1, a: 2}",
}
