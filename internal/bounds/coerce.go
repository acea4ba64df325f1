package bounds

import (
	"cmp"
	"context"
	"encoding/json"
	"maps"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"deputy/graph/model"
	"deputy/internal/civil"
	"deputy/internal/fault"
	"deputy/internal/lang"
)

// Coercion is a gqlgen extension that coerces the values of variables as the specification requires. gqlgen accepts "1"
// for an Int, 1 for a String, an Int of 64 bits, enum values in any case, an input object of @oneOf with any number of
// fields, and null for a variable with a default in a non-null position. Coercion refuses them with
// GRAPHQL_VALIDATION_FAILED and the variable in the extensions, before anything runs. The message has the variable, the
// path in it, and the allowed values, also for errors that gqlgen found first; it never quotes the value, which may be
// a secret. Literals are checked by the validation rules.
type Coercion struct{ schema *ast.Schema }

var (
	_ graphql.OperationParameterMutator = (*Coercion)(nil)
	_ graphql.OperationContextMutator   = (*Coercion)(nil)
	_ graphql.ResponseInterceptor       = (*Coercion)(nil)
)

// givenVariables is the key of the request's variables before coercion.
const givenVariables = "variables"

// ExtensionName implements graphql.HandlerExtension.
func (*Coercion) ExtensionName() string { return "Coercion" }

// Validate implements graphql.HandlerExtension.
func (c *Coercion) Validate(schema graphql.ExecutableSchema) error {
	c.schema = schema.Schema()
	return nil
}

// MutateOperationParameters implements graphql.OperationParameterMutator: JSON has a single number type, so 1.0 and 1e0
// are read as 1.
func (*Coercion) MutateOperationParameters(ctx context.Context, request *graphql.RawParams) *gqlerror.Error {
	for name, value := range request.Variables {
		request.Variables[name] = whole(value)
	}
	if graphql.HasOperationContext(ctx) {
		graphql.GetOperationContext(ctx).Stats.SetExtension(givenVariables, request.Variables)
	}
	return nil
}

// InterceptResponse implements graphql.ResponseInterceptor: gqlgen reads variables before it calls
// MutateOperationContext, and its errors are less precise.
func (c *Coercion) InterceptResponse(ctx context.Context, next graphql.ResponseHandler) *graphql.Response {
	response := next(ctx)
	if response == nil || len(response.Errors) != 1 {
		return response
	}
	op, refused := graphql.GetOperationContext(ctx), response.Errors[0]
	if _, ofVariable := refused.Extensions["variable"]; !ofVariable || op.Operation == nil {
		return response
	}
	given, _ := op.Stats.GetExtension(givenVariables).(map[string]any)
	for _, v := range op.Operation.VariableDefinitions {
		value, ok := given[v.Variable]
		if !ok && (v.DefaultValue != nil || !v.Type.NonNull) {
			continue
		}
		at := ast.Path{ast.PathName(v.Variable)}
		if !ok {
			refused.Message, refused.Extensions = invalid(at, msgAbsent, v.Type.String()).Localized(lang.From(ctx))
			refused.Locations = declared(v)
			break
		}
		if _, err := c.value(v.Type, value, at); err != nil {
			refused.Message, refused.Extensions = err.Localized(lang.From(ctx))
			refused.Locations = declared(v)
			break
		}
	}
	return response
}

// declared returns the location of a variable's declaration.
func declared(v *ast.VariableDefinition) []gqlerror.Location {
	if v.Position == nil {
		return nil
	}
	return []gqlerror.Location{{Line: v.Position.Line, Column: v.Position.Column}}
}

// ofVariable returns the error of a variable as an error of the request.
func ofVariable(v *ast.VariableDefinition, err *fault.Error) *gqlerror.Error {
	said := gqlerror.Wrap(err)
	said.Locations = declared(v)
	return said
}

// maxMember is how much of an unknown field's name a message repeats, in bytes.
const maxMember = 100

// maxExact is the greatest integer up to which a float64 represents every integer.
const maxExact = 1<<53 - 1

// whole returns the value with its integral floats as integers. Its depth is bounded by Limits.
func whole(value any) any {
	switch v := value.(type) {
	case json.Number:
		if f, err := v.Float64(); strings.ContainsAny(string(v), ".eE") && err == nil && f == math.Trunc(f) &&
			math.Abs(f) <= maxExact {
			return json.Number(strconv.FormatInt(int64(f), 10))
		}
	case []any:
		for i := range v {
			v[i] = whole(v[i])
		}
	case map[string]any:
		for name := range v {
			v[name] = whole(v[name])
		}
	}
	return value
}

// MutateOperationContext implements graphql.OperationContextMutator.
func (c *Coercion) MutateOperationContext(_ context.Context, op *graphql.OperationContext) *gqlerror.Error {
	nulls := nullsOf{variables: map[string]bool{}}
	for _, v := range op.Operation.VariableDefinitions {
		given, ok := op.Variables[v.Variable]
		if !ok {
			continue
		}
		value, err := c.value(v.Type, given, ast.Path{ast.PathName(v.Variable)})
		if err != nil {
			return ofVariable(v, err)
		}
		if op.Variables[v.Variable] = value; value == nil {
			nulls.variables[v.Variable] = true
		}
	}
	if len(nulls.variables) == 0 {
		return nil
	}
	if at := nulls.selections(op.Operation.SelectionSet); at != "" {
		v := op.Operation.VariableDefinitions.ForName(at)
		return ofVariable(v, invalid(ast.Path{ast.PathName(at)}, msgNotNull, v.Type.Name()+"!"))
	}
	return nil
}

// nullsOf finds variables that are null in a non-null position. Validation allows a nullable variable there if it or
// the position has a default: a default replaces an absent value, but not null.
type nullsOf struct {
	variables map[string]bool
	fragments map[string]bool // visited
}

// selections returns the first such variable, or "".
func (n *nullsOf) selections(set ast.SelectionSet) (variable string) {
	for _, selection := range set {
		var below ast.SelectionSet
		switch s := selection.(type) {
		case *ast.Field:
			variable, below = cmp.Or(n.arguments(s.Arguments), n.directives(s.Directives)), s.SelectionSet
		case *ast.InlineFragment:
			variable, below = n.directives(s.Directives), s.SelectionSet
		case *ast.FragmentSpread:
			variable, below = n.directives(s.Directives), n.fragment(s)
		}
		if variable = cmp.Or(variable, n.selections(below)); variable != "" {
			return variable
		}
	}
	return ""
}

// fragment returns the selections of a fragment on its first visit.
func (n *nullsOf) fragment(spread *ast.FragmentSpread) ast.SelectionSet {
	if n.fragments[spread.Name] {
		return nil
	}
	if n.fragments == nil {
		n.fragments = map[string]bool{}
	}
	n.fragments[spread.Name] = true
	return spread.Definition.SelectionSet
}

func (n *nullsOf) directives(list ast.DirectiveList) (variable string) {
	for _, d := range list {
		variable = cmp.Or(variable, n.arguments(d.Arguments))
	}
	return variable
}

func (n *nullsOf) arguments(list ast.ArgumentList) (variable string) {
	for _, a := range list {
		variable = cmp.Or(variable, n.value(a.Value))
	}
	return variable
}

func (n *nullsOf) value(v *ast.Value) (variable string) {
	if v.Kind == ast.Variable && v.ExpectedType.NonNull && n.variables[v.Raw] {
		return v.Raw
	}
	for _, child := range v.Children {
		variable = cmp.Or(variable, n.value(child.Value))
	}
	return variable
}

func invalid(at ast.Path, m fault.Message, args ...any) *fault.Error {
	place := fault.Shorten(at.String(), fault.MaxQuoted)
	return fault.New(fault.ValidationFailed, msgVariable, fault.Shorten(at[:1].String(), fault.MaxQuoted), place,
		fault.New(fault.ValidationFailed, m, args...)).With("variable", place)
}

// maxAllowed is how many allowed values or fields an error lists.
const maxAllowed = 40

// several lists the first of the names.
func several(names []string) string {
	if len(names) > maxAllowed {
		names = append(names[:maxAllowed:maxAllowed], "…")
	}
	return strings.Join(names, ", ")
}

// noValue returns the error for a value that is not of the type.
func noValue(at ast.Path, definition *ast.Definition) *fault.Error {
	var form any = ""
	switch {
	case definition.Kind == ast.Enum:
		names := make([]string, len(definition.EnumValues))
		for i, value := range definition.EnumValues {
			names[i] = value.Name
		}
		form = fault.New(fault.ValidationFailed, msgAllowed, several(names))
	case definition.Name == "Int":
		form = msgInt
	case definition.Name == "Int64":
		form = msgInt64
	case definition.Name == "Time":
		form = msgTimeForm
	case definition.Name == "Date":
		form = msgDateForm
	}
	return invalid(at, msgNoValue, definition.Name, form)
}

// value coerces the given value to the type. Depth is bounded by the type or, for recursive types, by the values.
func (c *Coercion) value(t *ast.Type, given any, at ast.Path) (any, *fault.Error) {
	switch {
	case given == nil && t.NonNull:
		return nil, invalid(at, msgNotNull, t.String())
	case given == nil:
		return nil, nil
	case t.Elem != nil:
		return c.list(t, given, at)
	}
	definition := c.schema.Types[t.NamedType]
	switch {
	case definition == nil:
		return nil, invalid(at, msgNoType, t.NamedType)
	case definition.Kind == ast.InputObject:
		return c.object(definition, given, at)
	case definition.Kind == ast.Enum:
		if name, ok := given.(string); ok && definition.EnumValues.ForName(name) != nil {
			return name, nil
		}
		return nil, noValue(at, definition)
	}
	if value, ok := scalar(t.NamedType, given); ok {
		return value, nil
	}
	return nil, noValue(at, definition)
}

// list coerces a value that is not a list to a list of one.
func (c *Coercion) list(t *ast.Type, given any, at ast.Path) (any, *fault.Error) {
	items := reflect.ValueOf(given) // a list of one has the item's type at this point
	if items.Kind() != reflect.Slice {
		items = reflect.ValueOf([]any{given})
	}
	list := make([]any, items.Len())
	for i := range list {
		value, err := c.value(t.Elem, items.Index(i).Interface(), below(at, ast.PathIndex(i)))
		if err != nil {
			return nil, err
		}
		list[i] = value
	}
	return list, nil
}

// object omits absent fields: defaults are filled in where the object is read.
func (c *Coercion) object(definition *ast.Definition, given any, at ast.Path) (any, *fault.Error) {
	members, ok := given.(map[string]any)
	if !ok {
		return nil, noValue(at, definition)
	}
	object := make(map[string]any, len(members))
	for _, field := range definition.Fields {
		value, given := members[field.Name]
		if !given {
			if field.Type.NonNull && field.DefaultValue == nil {
				return nil, invalid(below(at, ast.PathName(field.Name)), msgAbsent, field.Type.String())
			}
			continue
		}
		value, err := c.value(field.Type, value, below(at, ast.PathName(field.Name)))
		if err != nil {
			return nil, err
		}
		object[field.Name] = value
	}
	if len(object) < len(members) {
		return nil, unknownMember(definition, members, at)
	}
	if definition.Directives.ForName("oneOf") == nil {
		return object, nil
	}
	for _, value := range object {
		if len(object) == 1 && value != nil {
			return object, nil
		}
	}
	return nil, invalid(at, msgOneOf, definition.Name)
}

// unknownMember returns the error for the first member, in alphabetical order, that the type does not have.
func unknownMember(definition *ast.Definition, members map[string]any, at ast.Path) *fault.Error {
	fields := make([]string, len(definition.Fields))
	for i, field := range definition.Fields {
		fields[i] = field.Name
	}
	for _, name := range slices.Sorted(maps.Keys(members)) {
		if definition.Fields.ForName(name) == nil {
			return invalid(below(at, ast.PathName(name)), msgMember, fault.Shorten(name, maxMember), definition.Name,
				several(fields))
		}
	}
	return nil
}

// scalar coerces a value to the built-in scalar of that name, and returns false if it is not one.
func scalar(name string, given any) (any, bool) {
	whole, isWhole := wholeNumber(given)
	switch name {
	case "Int":
		return whole, isWhole && whole >= math.MinInt32 && whole <= math.MaxInt32
	case "Float":
		switch n := given.(type) {
		case json.Number:
			f, err := n.Float64()
			return f, err == nil
		case float64:
			return n, true
		}
		return float64(whole), isWhole
	case "String":
		text, ok := given.(string)
		return text, ok
	case "Boolean":
		is, ok := given.(bool)
		return is, ok
	case "ID":
		if isWhole {
			return strconv.FormatInt(whole, 10), true
		}
		text, ok := given.(string)
		return text, ok
	}
	return given, custom(name, given)
}

// custom reports whether the value is valid for the schema's own scalar of that name. The value is parsed again where
// it is used.
func custom(name string, given any) bool {
	var err error
	switch name {
	case "Time":
		_, err = model.UnmarshalTime(given)
	case "Date":
		err = new(civil.Day).UnmarshalGQL(given)
	case "Int64":
		_, err = model.UnmarshalInt64(context.Background(), given)
	default: // an unknown scalar
		return false
	}
	return err == nil
}

// wholeNumber reads integers as the transport and the literals of defaults represent them.
func wholeNumber(given any) (int64, bool) {
	switch n := given.(type) {
	case int64:
		return n, true
	case json.Number:
		whole, err := strconv.ParseInt(string(n), 10, 64)
		return whole, err == nil
	}
	return 0, false
}

func below(at ast.Path, step ast.PathElement) ast.Path {
	return append(at[:len(at):len(at)], step)
}
