package graph

import (
	"strconv"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/validator/core"
)

// literalsInRange refuses whole numbers that an Int of 32 bits does not hold, and literals that nothing could read, which
// would break the reading of arguments.
var literalsInRange = core.Rule{Name: "LiteralsInRange", RuleFunc: func(observers *core.Events, addError core.AddErrFunc) {
	observers.OnValue(func(_ *core.Walker, value *ast.Value) {
		if value.Definition == nil || value.Definition.Kind != ast.Scalar {
			return
		}
		switch value.Kind {
		case ast.IntValue:
			bits := 64
			if value.Definition.Name == "Int" {
				bits = 32
			}
			if _, err := strconv.ParseInt(value.Raw, 10, bits); err != nil {
				addError(core.Message("%s cannot represent the whole number, which is too large.", value.Definition.Name), core.At(value.Position))
			}
		case ast.FloatValue:
			if _, err := strconv.ParseFloat(value.Raw, 64); err != nil {
				addError(core.Message("%s cannot represent the number, which is too large.", value.Definition.Name), core.At(value.Position))
			}
		}
	})
}}
