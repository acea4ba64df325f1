package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
)

// data returns what a response says, but for what stands beside the data.
func data(body []byte) (any, error) {
	var answer struct{ Data any }
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	if err := d.Decode(&answer); err != nil {
		return nil, fmt.Errorf("read answer: %w", err)
	}
	return answer.Data, nil
}

// differ tells where two values that were read from JSON are not the same, order included; empty when they are.
func differ(at string, a, b any) string {
	switch a := a.(type) {
	case map[string]any:
		other, ok := b.(map[string]any)
		if !ok || len(a) != len(other) {
			return fmt.Sprintf("%s: %.300v and %.300v", at, a, b)
		}
		for _, key := range slices.Sorted(maps.Keys(a)) {
			value, ok := other[key]
			if !ok {
				return fmt.Sprintf("%s.%s: %.300v and nothing", at, key, a[key])
			}
			if wrong := differ(at+"."+key, a[key], value); wrong != "" {
				return wrong
			}
		}
	case []any:
		other, ok := b.([]any)
		if !ok || len(a) != len(other) {
			return fmt.Sprintf("%s: a list of %d and %.300v", at, len(a), b)
		}
		for i := range a {
			if wrong := differ(fmt.Sprintf("%s[%d]", at, i), a[i], other[i]); wrong != "" {
				return wrong
			}
		}
	default:
		if a != b {
			return fmt.Sprintf("%s: %v and %v", at, a, b)
		}
	}
	return ""
}
