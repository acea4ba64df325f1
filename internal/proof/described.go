package proof

import (
	"strings"

	"github.com/vektah/gqlparser/v2/ast"

	"deputy/internal/rule"
)

// described refuses a type with a missing description, of itself or of one of its elements.
func (c *checker) described(def *ast.Definition) {
	c.describes(def.Position, def.Name, def.Description)
	for _, field := range rule.Fields(def) {
		coordinate := def.Name + "." + field.Name
		c.describes(field.Position, coordinate, field.Description)
		c.arguments(coordinate, field.Arguments)
	}
	for _, value := range def.EnumValues {
		c.describes(value.Position, def.Name+"."+value.Name, value.Description)
	}
}

func (c *checker) directive(def *ast.DirectiveDefinition) {
	c.describes(def.Position, "@"+def.Name, def.Description)
	c.arguments("@"+def.Name, def.Arguments)
}

func (c *checker) arguments(of string, arguments ast.ArgumentDefinitionList) {
	for _, argument := range arguments {
		c.describes(argument.Position, of+"("+argument.Name+":)", argument.Description)
	}
}

func (c *checker) describes(at *ast.Position, coordinate, description string) {
	if strings.TrimSpace(description) == "" {
		c.fault(at, coordinate, "no description: say in one sentence what it is")
	}
}
