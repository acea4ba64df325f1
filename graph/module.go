package graph

import (
	"context"

	"deputy/internal/access"
	"deputy/internal/fault"
	"deputy/internal/lang"
)

// localize returns a text in the language of the request.
func localize(ctx context.Context, t fault.Message) string {
	return t.In(lang.From(ctx))
}

func infos(all []access.Info) []*access.Info {
	return pointers(all)
}

// navigation returns the modules in the set.
func navigation(set access.Set) []*access.Info {
	seen := []*access.Info{}
	for _, m := range set.Modules() {
		if info, ok := m.Info(); ok {
			seen = append(seen, &info)
		}
	}
	return seen
}

func grants(set access.Set) []*access.Grant {
	return pointers(set.Grants())
}

func pointers[T any](values []T) []*T {
	all := make([]*T, len(values))
	for i := range values {
		all[i] = &values[i]
	}
	return all
}

func values[T any](pointers []*T) []T {
	all := make([]T, len(pointers))
	for i, p := range pointers {
		all[i] = *p
	}
	return all
}
