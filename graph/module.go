package graph

import (
	"context"
	"slices"

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

// navigation returns the modules in the set. INTEGRATIONS is left out until it has content.
func navigation(set access.Set) []*access.Info {
	seen := []*access.Info{}
	for _, m := range set.Modules() {
		if info, ok := m.Info(); ok && m != access.Integrations {
			seen = append(seen, &info)
		}
	}
	return seen
}

// shownGrants returns the grants of the set in the modules of its navigation.
func shownGrants(set access.Set) []*access.Grant {
	shown := navigation(set)
	return slices.DeleteFunc(grants(set), func(g *access.Grant) bool {
		return !slices.ContainsFunc(shown, func(info *access.Info) bool { return info.Module == g.Module })
	})
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
