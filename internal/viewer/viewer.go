// Package viewer has the viewer, the caller of a request: the account or the app, its memberships, and the origin of
// the request.
// It is created in one place (package web, from the session), and everything below takes it from the context.
package viewer

import (
	"context"
	"errors"
	"net/netip"
	"slices"
	"sync/atomic"
	"time"

	"deputy/internal/access"
	"deputy/internal/fault"
)

// Kind is what an account is in an org.
type Kind string

// The kinds, as in audit events.
const (
	Owner      Kind = "OWNER"
	SubAccount Kind = "SUB_ACCOUNT"
	Partner    Kind = "API_TOKEN"
)

// DefaultOwnerName is the name of an owner who gave none.
const DefaultOwnerName = "主帐号"

// Membership is what an account is in one org, with its grants.
type Membership struct {
	OrgID string
	Kind  Kind
	// ID of the sub-account; of the account for an owner; of the app for an app.
	ID string
	// Name in the org.
	Name string
	// OwnerName is the name of the org's owner, the person to ask for more access.
	OwnerName string
	// Disabled seats grant nothing.
	Disabled bool
	// Grants of all roles together; all grants for the owner; none while disabled.
	Grants access.Set
}

// Origin is where a request came from.
type Origin struct {
	// IP address, as text.
	IP string
	// Network is the address's prefix; attempts are counted by it.
	Network string
	// UserAgent of the client, truncated to 200 bytes.
	UserAgent string
	// RequestID as in the server's log.
	RequestID string
	// Lang is the language of messages.
	Lang fault.Lang
	// Elsewhere says that a browser sent it for a page of another origin than the server's own.
	Elsewhere bool
}

// App is a partner system (应用) that asks with a token. It is a value and does not change.
type App struct {
	// ID of the app, and OrgID of the one org that it works in.
	ID, OrgID string
	// TokenID of the token that the request came with.
	TokenID string
	// Ranges that its requests may come from; any address when empty.
	Ranges []netip.Prefix
	// Rows and Refill are the budget of each of its tokens; the server's when zero.
	Rows, Refill int
}

// Admits reports whether a request may come from the address.
func (a *App) Admits(ip string) bool {
	if len(a.Ranges) == 0 {
		return true
	}
	from, err := netip.ParseAddr(ip)
	if err != nil {
		return false
	}
	from = from.Unmap().WithZone("")
	return slices.ContainsFunc(a.Ranges, func(r netip.Prefix) bool { return r.Contains(from) })
}

// Viewer is the caller of a request (当前用户). It is a value and does not change.
type Viewer struct {
	Origin
	// AccountID is empty when nobody is signed in, and for an app.
	AccountID string
	// App that asks; nil for people.
	App *App
	// TokenRefused says that it came with an API token that does not work, and is nobody therefore.
	TokenRefused bool
	// Label names the account where it has no membership: its phone number or e-mail address, masked.
	Label string
	// SessionID of the request; empty when nobody is signed in, and for an app.
	SessionID string
	// Key identifies the session or the token while it lasts: the hash of its secret.
	Key string
	// Ends is when the session or the token ends at the latest.
	Ends time.Time
	// Memberships by org id, disabled seats included.
	Memberships map[string]Membership
}

// SignedIn reports whether there is an account or an app.
func (v *Viewer) SignedIn() bool { return v.AccountID != "" || v.App != nil }

// Principal returns the id of the account or the app: whose the keys, links, streams and shares of a request are. It is
// empty when nobody is signed in.
func (v *Viewer) Principal() string {
	if v.App != nil {
		return v.App.ID
	}
	return v.AccountID
}

// Concerns returns the org and the account of which a change may change what the viewer may do; one of them is empty.
func (v *Viewer) Concerns() (orgID, accountID string) {
	if v.App != nil {
		return v.App.OrgID, ""
	}
	return "", v.AccountID
}

// In returns the viewer's membership in the org, and false for an org without an enabled seat of the viewer, and for
// one that does not exist.
func (v *Viewer) In(orgID string) (Membership, bool) {
	s, ok := v.Memberships[orgID]
	return s, ok && !s.Disabled
}

// Ask returns the person whom the viewer can ask for more access in the org: its owner, by name if the viewer has an
// enabled seat there, and without a name otherwise.
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

// Scope returns the scope of the viewer's action in the module of the org.
func (v *Viewer) Scope(orgID string, m access.Module, a access.Action) access.Scope {
	s, ok := v.In(orgID)
	if !ok {
		return access.None
	}
	return s.Grants.Scope(m, a)
}

// Orgs returns the memberships in which the viewer has the action in the module, by scope.
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

// OrgIDs returns the orgs in which the viewer has the action in the module, in any scope.
func (v *Viewer) OrgIDs(m access.Module, a access.Action) []string {
	all, own := v.Orgs(m, a)
	ids := make([]string, 0, len(all)+len(own))
	for _, membership := range append(all, own...) {
		ids = append(ids, membership.OrgID)
	}
	return ids
}

// AllGrants returns the union of the viewer's grants in all orgs.
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

// holder is the value in a context: the viewer of the request, which changes when a mutation signs in or out.
type holder struct{ viewer atomic.Pointer[Viewer] }

// NewContext returns a context that carries the viewer.
func NewContext(ctx context.Context, v *Viewer) context.Context {
	h := &holder{}
	h.viewer.Store(v)
	return context.WithValue(ctx, key{}, h)
}

// ErrNone is returned for a context without a viewer: an entry point of the server did not set one.
var ErrNone = errors.New("no viewer in the context")

// FromContext returns the viewer, or ErrNone: there is no default.
func FromContext(ctx context.Context) (*Viewer, error) {
	h, ok := ctx.Value(key{}).(*holder)
	if !ok {
		return nil, ErrNone
	}
	return h.viewer.Load(), nil
}

// Become makes v the viewer for the rest of the request: a mutation that signs in, signs out or changes the viewer's
// own memberships returns its payload as seen by the new one. Mutations run one after the other, so nothing reads the
// viewer meanwhile.
func Become(ctx context.Context, v *Viewer) error {
	h, ok := ctx.Value(key{}).(*holder)
	if !ok {
		return ErrNone
	}
	h.viewer.Store(v)
	return nil
}
