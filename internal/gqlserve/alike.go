package gqlserve

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"deputy/internal/fault"
)

// alike is a gqlgen extension that merges the refusals of one field in a list for one reason into one error, if the
// field is refused for every row of the response. The error has the path of the first refusal, and their number as
// count. If only some rows are refused, each error remains.
type alike struct{}

// coordinateKey is the extension of a rule's refusal that names the field, such as Order.creator.
const coordinateKey = "coordinate"

var _ graphql.ResponseInterceptor = alike{}

// ExtensionName implements graphql.HandlerExtension.
func (alike) ExtensionName() string { return "Alike" }

// Validate implements graphql.HandlerExtension.
func (alike) Validate(graphql.ExecutableSchema) error { return nil }

// InterceptResponse implements graphql.ResponseInterceptor.
func (alike) InterceptResponse(ctx context.Context, next graphql.ResponseHandler) *graphql.Response {
	v := &ruled{}
	response := next(context.WithValue(ctx, ruledKey{}, v))
	if response != nil && len(response.Errors) > 0 {
		response.Errors = v.mergeAlike(response.Errors)
	}
	return response
}

type ruledKey struct{}

// ruled is the set of fields in lists for which rules have allowed the viewer in one response. It is safe for
// concurrent use, and does nothing on nil.
type ruled struct {
	mu  sync.Mutex
	let map[string]bool // by place, see load.PlaceOf
}

func ruledOf(ctx context.Context) *ruled {
	v, _ := ctx.Value(ruledKey{}).(*ruled)
	return v
}

// lets records that a rule has allowed the viewer at a place; see load.PlaceOf.
func (v *ruled) lets(place string) {
	if v == nil {
		return
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.let == nil {
		v.let = map[string]bool{}
	}
	v.let[place] = true
}

// Passed records that a rule has allowed the viewer at a place of the current operation; see load.PlaceOf.
func Passed(ctx context.Context, place string) { ruledOf(ctx).lets(place) }

// ofRule reports whether an error is the refusal of a rule, which is the same for all rows of an org.
func ofRule(f *fault.Error) bool {
	_, ofModule := f.Extra["module"]
	_, ofApps := f.Extra["apps"]
	return f.Code == fault.Unauthenticated || f.Code == fault.Forbidden && (ofModule || ofApps)
}

// mergeAlike returns the errors, with equal refusals merged into one; see alike.
func (v *ruled) mergeAlike(errs gqlerror.List) gqlerror.List {
	places := map[string]gqlerror.List{}
	for _, err := range errs {
		if inList(err.Path) {
			place := placeOfPath(err.Path)
			places[place] = append(places[place], err)
		}
	}
	reasons := map[string]gqlerror.List{}
	for place, group := range places {
		if v.let[place] ||
			slices.ContainsFunc(group, func(err *gqlerror.Error) bool { return err.Extensions[coordinateKey] == nil }) {
			continue // some rows are allowed, or have another error
		}
		for _, err := range group {
			reason := fmt.Sprintln(place, err.Message, err.Extensions)
			reasons[reason] = append(reasons[reason], err)
		}
	}
	gone := map[*gqlerror.Error]bool{}
	for _, group := range reasons {
		first := slices.MinFunc(group, func(a, b *gqlerror.Error) int {
			return slices.CompareFunc(a.Path, b.Path,
				compareSteps)
		})
		for _, err := range group {
			gone[err] = err != first
		}
		first.Extensions = maps.Clone(first.Extensions)
		first.Extensions["count"] = len(group)
	}
	return slices.DeleteFunc(errs, func(err *gqlerror.Error) bool { return gone[err] })
}

// InList reports whether the field is in a list.
func InList(field *graphql.FieldContext) bool {
	for ; field != nil; field = field.Parent {
		if field.Index != nil {
			return true
		}
	}
	return false
}

func inList(path ast.Path) bool {
	return slices.ContainsFunc(path, func(step ast.PathElement) bool { _, index := step.(ast.PathIndex); return index })
}

// placeOfPath is load.PlaceOf for the path of an error.
func placeOfPath(path ast.Path) string {
	var names []string
	for _, step := range slices.Backward(path) {
		if name, ok := step.(ast.PathName); ok {
			names = append(names, string(name))
		}
	}
	return strings.Join(names, "<")
}

// compareSteps compares elements of two paths to one place, which differ only in their indices.
func compareSteps(a, b ast.PathElement) int {
	one, _ := a.(ast.PathIndex)
	other, _ := b.(ast.PathIndex)
	return int(one) - int(other)
}
