package main

import (
	"encoding/json"
	"strings"
	"time"

	"deputy/bench/workload"
	"deputy/internal/civil"
)

// ofPostGraphile asks in the schema that PostGraphile makes of the tables.
func ofPostGraphile(l workload.Load) (path, document string) {
	if l.PostGraphile == "" {
		return "", ""
	}
	return "/graphql", l.PostGraphile
}

// plain brings a response of PostGraphile into the form that its aliases tell; see package workload.
func plain(answer any) any {
	switch answer := answer.(type) {
	case []any:
		for i := range answer {
			answer[i] = plain(answer[i])
		}
	case map[string]any:
		if inner, alone := answer["_"]; alone && len(answer) == 1 {
			return plain(inner)
		}
		shaped := make(map[string]any, len(answer))
		for alias, value := range answer {
			into, name := shaped, alias
			if outer, inner, nested := strings.Cut(alias, "__"); nested {
				if into[outer] == nil {
					into[outer] = map[string]any{}
				}
				into, _ = into[outer].(map[string]any)
				name = inner
			}
			name, how, _ := strings.Cut(name, "_")
			into[name] = put(how, value)
		}
		return shaped
	}
	return answer
}

// put returns a value as Deputy puts it.
func put(how string, value any) any {
	if value == nil {
		return nil
	}
	text, _ := value.(string)
	object, _ := value.(map[string]any)
	switch how {
	case "list":
		return plain(object["nodes"])
	case "name":
		return object["name"]
	case "number":
		return json.Number(text)
	case "time":
		if at, err := time.Parse(time.RFC3339Nano, text); err == nil {
			return at.UTC().Format("2006-01-02T15:04:05.000000Z")
		}
	case "date":
		if number, ok := value.(json.Number); ok {
			if n, err := number.Int64(); err == nil {
				return civil.Day(n).String() //nolint:gosec // days fit
			}
		}
	case "changes":
		var kept []map[string]any
		if err := json.Unmarshal([]byte(text), &kept); err != nil {
			return text
		}
		changes := make([]any, len(kept))
		for i, c := range kept {
			changes[i] = map[string]any{"field": c["f"], "before": c["b"], "after": c["a"]}
		}
		return changes
	}
	return plain(value)
}
