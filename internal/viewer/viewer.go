// Package viewer is who is asking: the account, its membership in each org, and where the request came from. Identity
// is made in one place (package web, from the session), and everything below takes it from the context.
package viewer

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"deputy/internal/access"
	"deputy/internal/fault"
)

// Kind is what an account is in an org.
type Kind string

// The kinds, as audit events name them.
const (
	Owner      Kind = "OWNER"
	SubAccount Kind = "SUB_ACCOUNT"
)

// DefaultOwnerName is what an owner is called who did not say: no name at all.
const DefaultOwnerName = "主帐号"

// Membership is what an account is and may do in one org.
type Membership struct {
	OrgID string
	Kind  Kind
	// ID of the sub-account; of the account for an owner.
	ID string
	// Name in the org.
	Name string
	// OwnerName is what the org's owner is called in it: whom to ask for more.
	OwnerName string
	// Disabled seats grant nothing.
	Disabled bool
	// Grants of all roles together; everything for the owner; nothing while disabled.
	Grants access.Set
}

// Origin is where a request came from.
type Origin struct {
	// IP address, as text.
	IP string
	// Network is the address's prefix, by which attempts are counted.
	Network string
	// UserAgent of the client, cut to 200 bytes.
	UserAgent string
	// RequestID as in the server's log.
	RequestID string
	// Lang that messages are written in.
	Lang fault.Lang
}

// Viewer is whoever is asking (当前用户). It is a value and does not change.
type Viewer struct {
	Origin
	// AccountID is empty when nobody is signed in.
	AccountID string
	// Label names the account where it has no membership: its phone number or e-mail address, masked.
	Label string
	// SessionID the request came with; empty when nobody is signed in.
	SessionID string
	// Key finds the session again, as long as it lasts: the hash of its token.
	Key string
	// Ends is when the session ends at the latest.
	Ends time.Time
	// Memberships by org id, disabled seats included.
	Memberships map[string]Membership
}

// SignedIn reports whether there is an account.
func (v *Viewer) SignedIn() bool { return v.AccountID != "" }

// In returns the viewer's membership in the org, and false for an org it has no working seat in: such an org looks like
// one that does not exist.
func (v *Viewer) In(orgID string) (Membership, bool) {
	s, ok := v.Memberships[orgID]
	return s, ok && !s.Disabled
}

// Ask returns whom the viewer asks for more in the org: its owner by name where the viewer has a working seat, and
// nobody by name elsewhere, whose org is none of the viewer's business.
func (v *Viewer) Ask(orgID string) fault.Message {
	name := ""
	if s, ok := v.In(orgID); ok {
		name = s.OwnerName
	}
	if name == "" || name == DefaultOwnerName {
		return fault.Message{Zh: "机构的主帐号", En: "the owner"}
	}
	return fault.Message{Zh: "机构的主帐号（" + name + "）", En: "the owner, " + name}
}

// Scope returns which rows of the org the viewer reaches with the action in the module.
func (v *Viewer) Scope(orgID string, m access.Module, a access.Action) access.Scope {
	s, ok := v.In(orgID)
	if !ok {
		return access.None
	}
	return s.Grants.Scope(m, a)
}

// Orgs returns the ids of the orgs in which the viewer reaches rows with the action in the module, by scope.
func (v *Viewer) Orgs(m access.Module, a access.Action) (all, own []Membership) {
	for _, s := range v.Memberships {
		switch v.Scope(s.OrgID, m, a) {
		case access.All:
			all = append(all, s)
		case access.Own:
			own = append(own, s)
		}
	}
	return all, own
}

// OrgIDs returns the orgs in which the viewer has the action on the module, for all rows or its own.
func (v *Viewer) OrgIDs(m access.Module, a access.Action) []string {
	all, own := v.Orgs(m, a)
	ids := make([]string, 0, len(all)+len(own))
	for _, membership := range append(all, own...) {
		ids = append(ids, membership.OrgID)
	}
	return ids
}

// AllGrants returns what the viewer may do in any of its orgs.
func (v *Viewer) AllGrants() access.Set {
	var all access.Set
	for _, s := range v.Memberships {
		if !s.Disabled {
			all = all.Union(s.Grants)
		}
	}
	return all
}

type key struct{}

// holder is what a context carries: the viewer of the request, who changes when a mutation signs somebody in or out.
type holder struct{ viewer atomic.Pointer[Viewer] }

// NewContext returns a context that carries the viewer.
func NewContext(ctx context.Context, v *Viewer) context.Context {
	h := &holder{}
	h.viewer.Store(v)
	return context.WithValue(ctx, key{}, h)
}

// ErrNone says that a context carries no viewer: a way into the server forgot to make one.
var ErrNone = errors.New("no viewer in the context")

// FromContext returns the viewer. Without one it is an error, never a default.
func FromContext(ctx context.Context) (*Viewer, error) {
	h, ok := ctx.Value(key{}).(*holder)
	if !ok {
		return nil, ErrNone
	}
	return h.viewer.Load(), nil
}

// Become makes v the viewer for the rest of the request: a mutation that signs in, signs out or changes the viewer's
// own memberships answers its payload as the new one. Mutations run one after the other, so nothing reads meanwhile.
func Become(ctx context.Context, v *Viewer) error {
	h, ok := ctx.Value(key{}).(*holder)
	if !ok {
		return ErrNone
	}
	h.viewer.Store(v)
	return nil
}
