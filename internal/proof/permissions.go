package proof

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"github.com/vektah/gqlparser/v2/ast"

	"deputy/internal/access"
	"deputy/internal/rule"
)

// scalars are the TypeScript types of the scalars.
var scalars = map[string]string{
	"Boolean": "boolean", "Date": "string", "Float": "number", "ID": "string", "Int": "number", "Int64": "number",
	"String": "string", "Time": "string",
}

// permission is the rule of one field.
type permission struct {
	// Rule is its name: public, signedIn, hasModule, inModule or open.
	Rule string `json:"rule"`
	// Module and Action that it requires; empty for other rules.
	Module string `json:"module,omitempty"`
	Action string `json:"action,omitempty"`
	// Scope is the narrowest scope that is sufficient: OWN, or ALL if the module has no other or the field requires all
	// rows.
	Scope string `json:"scope,omitempty"`
	// Apps says that an app may ask, with its token and the grants that it takes.
	Apps bool `json:"apps"`
}

// Permissions returns the rule of each field, and the type of each scalar, as JSON for programs: one line per field,
// sorted by name. It expects a schema in which Check finds no fault, and returns an error for a scalar without a type.
func Permissions(schema *ast.Schema) ([]byte, error) {
	fields := map[string]permission{}
	for _, def := range schema.Types {
		if def.Kind != ast.Object || def.BuiltIn {
			continue
		}
		for _, field := range rule.Fields(def) {
			coordinate := def.Name + "." + field.Name
			fields[coordinate] = permissionOf(coordinate, rule.Of(def, field))
		}
	}
	known := map[string]string{}
	for name, def := range schema.Types {
		if def.Kind != ast.Scalar {
			continue
		}
		if known[name] = scalars[name]; known[name] == "" {
			return nil, fmt.Errorf("scalar %s: say in package proof what it is in TypeScript", name)
		}
	}
	var b bytes.Buffer
	b.WriteString("{\n  \"version\": 1,\n  \"fields\": {\n")
	if err := lines(&b, fields); err != nil {
		return nil, err
	}
	b.WriteString("  },\n  \"scalars\": {\n")
	if err := lines(&b, known); err != nil {
		return nil, err
	}
	b.WriteString("  }\n}\n")
	return b.Bytes(), nil
}

func permissionOf(coordinate string, r rule.Rule) permission {
	p := permission{Rule: r.Name, Apps: apps(r) != "no"}
	m, a, asks := r.Asks()
	if !asks {
		return p
	}
	info, _ := m.Info()
	p.Module, p.Action, p.Scope = m.String(), a.String(), access.All.String()
	if info.Knows(access.Own) && !rule.TakesAll(coordinate) {
		p.Scope = access.Own.String()
	}
	return p
}

// lines writes the members of an object, one per line.
func lines[T any](b *bytes.Buffer, of map[string]T) error {
	names := slices.Sorted(maps.Keys(of))
	for i, name := range names {
		value, err := json.Marshal(of[name])
		if err != nil {
			return fmt.Errorf("write %s: %w", name, err)
		}
		comma := ","
		if i == len(names)-1 {
			comma = ""
		}
		fmt.Fprintf(b, "    %q: %s%s\n", name, value, comma)
	}
	return nil
}
