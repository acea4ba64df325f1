package viewer

import (
	"context"
	"slices"
)

type orgsKey struct{}

// orgsNamed are the orgs that a context is limited to.
type orgsNamed struct {
	of  func(*Viewer, string) bool
	org string // the only one; empty when there may be several
}

func working(v *Viewer, orgID string) bool {
	_, ok := v.In(orgID)
	return ok
}

// WithOrg returns a context that is limited to one org, also when the viewer's seat there is disabled: the viewer may
// still release it, and refusals are recorded there.
func WithOrg(ctx context.Context, orgID string) context.Context {
	return context.WithValue(ctx, orgsKey{}, orgsNamed{
		func(_ *Viewer, membership string) bool { return membership == orgID },
		orgID,
	})
}

// WithAllOrgs returns a context that includes the orgs of disabled seats, whose names the viewer may still see.
func WithAllOrgs(ctx context.Context) context.Context {
	return context.WithValue(ctx, orgsKey{}, orgsNamed{of: func(*Viewer, string) bool { return true }})
}

// ReachedOrgs returns the orgs of the viewer that the context can access, sorted: those where it owns the org or has an
// enabled seat, or those that the context is limited to.
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

// OnlyOrg returns the one org that the context is limited to, and "" when there may be several.
func OnlyOrg(ctx context.Context) string {
	named, _ := ctx.Value(orgsKey{}).(orgsNamed)
	return named.org
}
