package proof

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"

	"deputy/internal/access"
	"deputy/internal/rule"
)

const preamble = `# Who may ask for what

Generated from graph/schema by ` + "`go generate ./graph`" + `; do not edit. Every field of every object is here once, with the rule
that applies to it: its own, which runs whenever the field is asked for, or its type's, which says that being handed the
object is enough. A change in this file is a change of permissions.

- **@public**: anyone. **@signedIn**: any signed-in account.
- **@hasModule**: whoever has the action in the module of the org that the object or the arguments name; the field is null for
  anybody else. The modules that no role can be given are the owner's alone.
- The last column is for apps: what an app may ask for with its token. It has the grants that the owner gave it, in one org.
- **@inModule** (of a type): whoever was handed one, by a guard of the module. **@open** (of a type): whoever was handed one.
`

// Table returns the rule of each field of each object, as Markdown: the same text for the same schema, one line per
// field, sorted by name, so that a change of permissions changes one line. It expects a schema in which Check finds no
// fault.
func Table(schema *ast.Schema) []byte {
	var b bytes.Buffer
	b.WriteString(preamble)
	section(&b, "Questions", schema.Query)
	section(&b, "Mutations", schema.Mutation)
	section(&b, "Subscriptions", schema.Subscription)
	listed(&b, schema, "The asker's own objects of a module",
		"These hand out objects of a module to whoever they are about, without the module's guard.", ownWay)
	listed(&b, schema, "Fields that judge each object by themselves",
		"These hand out objects of any type, and plain null for whatever the viewer may not see.", judges)
	b.WriteString("\n## Objects\n")
	for _, def := range objects(schema) {
		heading := "\n### " + def.Name + "\n"
		if found := rule.OfType(def); len(found) > 0 {
			heading += "\n`" + found[0].String() + "`\n"
		}
		b.WriteString(heading)
		table(&b, def)
	}
	return b.Bytes()
}

// objects returns the object types, except the root types, sorted by name.
func objects(schema *ast.Schema) []*ast.Definition {
	var found []*ast.Definition
	for _, def := range schema.Types {
		if def.Kind == ast.Object && !def.BuiltIn && !isRoot(schema, def) {
			found = append(found, def)
		}
	}
	slices.SortFunc(found, func(a, b *ast.Definition) int { return strings.Compare(a.Name, b.Name) })
	return found
}

func section(b *bytes.Buffer, title string, def *ast.Definition) {
	if def == nil {
		return
	}
	b.WriteString("\n## " + title + "\n")
	table(b, def)
}

func table(b *bytes.Buffer, def *ast.Definition) {
	b.WriteString("\n| field | answers | rule | module | action | who may ask | apps |\n" +
		"| --- | --- | --- | --- | --- | --- | --- |\n")
	for _, field := range sorted(def) {
		r := rule.Of(def, field)
		fmt.Fprintf(b, "| %s.%s | %s | %s | %s | %s | %s | %s |\n", def.Name, field.Name, field.Type, "@"+r.Name, r.Module,
			r.Action, who(def, r), apps(r))
	}
}

func sorted(def *ast.Definition) []*ast.FieldDefinition {
	found := rule.Fields(def)
	slices.SortFunc(found, func(a, b *ast.FieldDefinition) int { return strings.Compare(a.Name, b.Name) })
	return found
}

func who(def *ast.Definition, r rule.Rule) string {
	switch r.Name {
	case rule.Public:
		return "anyone"
	case rule.SignedIn:
		if r.OnlyApps {
			return "apps; null for people"
		}
		return "any signed-in account"
	case rule.HasModule:
		m, _ := access.ParseModule(r.Module)
		if info, ok := m.Info(); ok && info.Grantable {
			return "the owner; sub-accounts with " + r.Module + " " + r.Action
		}
		return "the owner"
	case rule.InModule, rule.Open:
		return "whoever was handed the " + def.Name
	default:
		return "nobody"
	}
}

// apps returns whether an app may select a field with the rule.
func apps(r rule.Rule) string {
	if !r.Apps {
		return "no"
	}
	m, a, asks := r.Asks()
	info, _ := m.Info()
	switch {
	case !asks || r.Name == rule.InModule:
		return "yes"
	case info.Grantable:
		return "with " + r.Module + " " + a.String()
	}
	return "no"
}

// listed writes the fields of all objects that satisfy the predicate, sorted by name.
func listed(
	b *bytes.Buffer, schema *ast.Schema, title, about string,
	picks func(*ast.Schema, *ast.Definition, *ast.FieldDefinition) bool,
) {
	fmt.Fprintf(b, "\n## %s\n\n%s\n\n", title, about)
	roots := slices.DeleteFunc([]*ast.Definition{schema.Query, schema.Mutation, schema.Subscription},
		func(d *ast.Definition) bool { return d == nil })
	none := true
	for _, def := range append(roots, objects(schema)...) {
		for _, field := range sorted(def) {
			if picks(schema, def, field) {
				none = false
				fmt.Fprintf(b, "- %s: %s\n", def.Name+"."+field.Name, field.Type)
			}
		}
	}
	if none {
		b.WriteString("None.\n")
	}
}
