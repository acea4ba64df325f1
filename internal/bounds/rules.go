package bounds

import (
	"strconv"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/validator/core"
	"github.com/vektah/gqlparser/v2/validator/rules"
)

// ValidationRules returns the rules of the specification, without suggestions, which would reveal names of the schema.
func ValidationRules() *rules.Rules {
	set := rules.NewDefaultRules()
	set.RemoveRule(rules.FieldsOnCorrectTypeRule.Name)
	set.RemoveRule(rules.ScalarLeafsRule.Name)
	set.RemoveRule(rules.ValuesOfCorrectTypeRule.Name)
	set.RemoveRule(rules.KnownArgumentNamesRule.Name)
	set.RemoveRule(rules.KnownTypeNamesRule.Name)
	set.AddRule(rules.FieldsOnCorrectTypeRuleWithoutSuggestions.Name,
		rules.FieldsOnCorrectTypeRuleWithoutSuggestions.RuleFunc)
	set.AddRule(rules.ScalarLeafsRuleWithoutSuggestions.Name, rules.ScalarLeafsRuleWithoutSuggestions.RuleFunc)
	set.AddRule(rules.ValuesOfCorrectTypeRuleWithoutSuggestions.Name,
		rules.ValuesOfCorrectTypeRuleWithoutSuggestions.RuleFunc)
	set.AddRule(rules.KnownArgumentNamesRuleWithoutSuggestions.Name,
		rules.KnownArgumentNamesRuleWithoutSuggestions.RuleFunc)
	set.AddRule(rules.KnownTypeNamesRuleWithoutSuggestions.Name, rules.KnownTypeNamesRuleWithoutSuggestions.RuleFunc)
	set.AddRule(literals.Name, literals.RuleFunc)
	set.AddRule(oneEvent.Name, oneEvent.RuleFunc)
	set.AddRule(typenames.Name, typenames.RuleFunc)
	return set
}

// typenames gives __typename its type, String!, which the parser treats as String: two fields under one name conflict
// if only one is nullable.
var typenames = core.Rule{Name: "Typenames", RuleFunc: func(observers *core.Events, _ core.AddErrFunc) {
	observers.OnField(func(_ *core.Walker, field *ast.Field) {
		if field.Name == "__typename" {
			field.Definition.Type = ast.NonNullNamedType("String", nil)
		}
	})
}}

// literals refuses what the rule about values accepts: integers outside the 32 bits of Int, numbers that cannot be
// parsed, anywhere, which would fail the reading of arguments, {} for an enum or a scalar, and invalid values of the
// schema's own scalars. It does not quote the value.
var literals = core.Rule{Name: "Literals", RuleFunc: func(observers *core.Events, addError core.AddErrFunc) {
	observers.OnValue(func(_ *core.Walker, value *ast.Value) {
		if wrong := wrongLiteral(value); wrong != "" {
			named := "The argument"
			if value.Definition != nil {
				named = value.Definition.Name
			}
			addError(core.Message("%s cannot represent %s.", named, wrong), core.At(value.Position))
		}
	})
}}

// wrongLiteral returns the error of a literal, without its members, or "".
func wrongLiteral(value *ast.Value) string {
	definition := value.Definition
	isScalar := definition != nil && definition.Kind == ast.Scalar
	switch value.Kind {
	case ast.Variable, ast.NullValue:
		return ""
	case ast.IntValue:
		bits := 64
		if isScalar && definition.Name == "Int" {
			bits = 32
		}
		if _, err := strconv.ParseInt(value.Raw, 10, bits); err != nil {
			return "the whole number, which is too large"
		}
	case ast.FloatValue:
		if _, err := strconv.ParseFloat(value.Raw, 64); err != nil {
			return "the number, which is too large"
		}
	case ast.ListValue:
		if value.ExpectedType == nil || value.ExpectedType.Elem != nil {
			return ""
		}
		if isScalar && !definition.BuiltIn {
			return "a list"
		}
		return ""
	case ast.ObjectValue:
		if definition != nil && (definition.Kind == ast.Enum || isScalar) {
			return "an object"
		}
		return ""
	}
	if !isScalar || definition.BuiltIn || value.ExpectedType == nil {
		return ""
	}
	read, err := value.Value(nil)
	if err != nil || value.Kind == ast.EnumValue || !custom(definition.Name, read) {
		return "the value"
	}
	return ""
}

// oneEvent refuses subscriptions to several events under aliases. The standard rule counts distinct field names, not
// response keys.
var oneEvent = core.Rule{Name: "OneEvent", RuleFunc: func(observers *core.Events, addError core.AddErrFunc) {
	observers.OnOperation(func(_ *core.Walker, operation *ast.OperationDefinition) {
		if operation.Operation != ast.Subscription {
			return
		}
		if names := answered(operation.SelectionSet); len(names) > 1 {
			addError(core.Message("A subscription must select only one top level field."), core.At(operation.Position))
		}
	})
}}

// answered returns the response keys of the selections. Each fragment is visited once.
func answered(set ast.SelectionSet) map[string]bool {
	names, seen := map[string]bool{}, map[string]bool{}
	in := into(func(s ast.Selection) ast.SelectionSet {
		switch s := s.(type) {
		case *ast.InlineFragment:
			return s.SelectionSet
		case *ast.FragmentSpread:
			if s.Definition != nil && !seen[s.Name] {
				seen[s.Name] = true
				return s.Definition.SelectionSet
			}
		}
		return nil
	})
	in.fields(set, func(f *ast.Field) { names[f.Alias] = true })
	return names
}
