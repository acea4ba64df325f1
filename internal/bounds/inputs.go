package bounds

import "deputy/internal/fault"

// CheckInputs measures JSON text of variables or extensions before it is decoded. It returns LIMIT_EXCEEDED when the
// values are too many or nested too deep.
func (l Limits) CheckInputs(raw []byte) *fault.Error {
	l = l.WithDefaults()
	values, depth := weigh(raw)
	return l.most.over(counts{ofVariableDepth: depth, ofVariableValues: values})
}

// weigh counts the values in a JSON text and its depth without decoding it, which would take fifty times the memory of
// the text. For invalid JSON the numbers are arbitrary.
func weigh(raw []byte) (values, depth int) {
	values = 1
	open, quoted := 0, false
	for i := 0; i < len(raw); i++ {
		switch c := raw[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == ',':
			values++
		case c == '[' || c == '{':
			values++
			open++
			depth = max(depth, open)
		case c == ']' || c == '}':
			open--
		}
	}
	return values, depth
}
