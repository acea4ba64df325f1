package viewer

import (
	"context"
	"slices"
)

type orgsKey struct{}

// orgsNamed are the orgs that a context names.
type orgsNamed struct {
	of  func(*Viewer, string) bool
	org string // the only one; empty when there may be several
}

func working(v *Viewer, orgID string) bool {
	_, ok := v.In(orgID)
	return ok
}

// WithOrg returns a context that reaches one org alone, and that even when the viewer's seat there is disabled: it may
// still be left, and what is refused to it goes on record there.
func WithOrg(ctx context.Context, orgID string) context.Context {
	return context.WithValue(ctx, orgsKey{}, orgsNamed{
		func(_ *Viewer, membership string) bool { return membership == orgID },
		orgID,
	})
}

// WithAllOrgs returns a context that reaches the orgs of disabled seats too, which the viewer may still see the names
// of.
func WithAllOrgs(ctx context.Context) context.Context {
	return context.WithValue(ctx, orgsKey{}, orgsNamed{of: func(*Viewer, string) bool { return true }})
}

// ReachedOrgs returns the orgs of the viewer that the context reaches, sorted: those in which it has business, or those
// that the context names.
func ReachedOrgs(ctx context.Context, v *Viewer) []string {
	of := working
	if named, ok := ctx.Value(orgsKey{}).(orgsNamed); ok {
		of = named.of
	}
	var orgs []string
	for orgID := range v.Memberships {
		if of(v, orgID) {
			orgs = append(orgs, orgID)
		}
	}
	slices.Sort(orgs)
	return orgs
}

// OnlyOrg returns the one org that the context reaches, and nothing where there may be several.
func OnlyOrg(ctx context.Context) string {
	named, _ := ctx.Value(orgsKey{}).(orgsNamed)
	return named.org
}
