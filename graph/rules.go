package graph

import (
	"strconv"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/validator/core"
)

// literals refuses what the rule about values lets pass: whole numbers that an Int of 32 bits does not hold, numbers that nothing could read,
// which would break the reading of arguments, and {} where a value of an enum or a scalar is wanted.
var literals = core.Rule{Name: "Literals", RuleFunc: func(observers *core.Events, addError core.AddErrFunc) {
	observers.OnValue(func(_ *core.Walker, value *ast.Value) {
		definition := value.Definition
		if definition == nil {
			return
		}
		scalar := definition.Kind == ast.Scalar
		switch {
		case value.Kind == ast.ObjectValue && (definition.Kind == ast.Enum || scalar && definition.BuiltIn):
			addError(core.Message("%s cannot represent an object.", definition.Name), core.At(value.Position))
		case value.Kind == ast.IntValue && scalar:
			bits := 64
			if definition.Name == "Int" {
				bits = 32
			}
			if _, err := strconv.ParseInt(value.Raw, 10, bits); err != nil {
				addError(core.Message("%s cannot represent the whole number, which is too large.", definition.Name), core.At(value.Position))
			}
		case value.Kind == ast.FloatValue && scalar:
			if _, err := strconv.ParseFloat(value.Raw, 64); err != nil {
				addError(core.Message("%s cannot represent the number, which is too large.", definition.Name), core.At(value.Position))
			}
		}
	})
}}

// oneEvent refuses subscriptions to several events under names of their own. The rule for that counts the fields that have different names,
// not those of the answer.
var oneEvent = core.Rule{Name: "OneEvent", RuleFunc: func(observers *core.Events, addError core.AddErrFunc) {
	observers.OnOperation(func(_ *core.Walker, operation *ast.OperationDefinition) {
		if operation.Operation != ast.Subscription {
			return
		}
		if names := answered(operation.SelectionSet, map[string]bool{}, map[string]bool{}); len(names) > 1 {
			addError(core.Message("A subscription must select only one top level field."), core.At(operation.Position))
		}
	})
}}

// answered adds the names under which the selections answer. Fragments are seen once.
func answered(set ast.SelectionSet, names, fragments map[string]bool) map[string]bool {
	for _, selection := range set {
		switch selection := selection.(type) {
		case *ast.Field:
			names[selection.Alias] = true
		case *ast.InlineFragment:
			answered(selection.SelectionSet, names, fragments)
		case *ast.FragmentSpread:
			if selection.Definition != nil && !fragments[selection.Name] {
				fragments[selection.Name] = true
				answered(selection.Definition.SelectionSet, names, fragments)
			}
		}
	}
	return names
}
