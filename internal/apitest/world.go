package apitest

import (
	"fmt"
	"maps"
	"slices"
	"sync"
	"testing"
	"time"

	"entgo.io/ent/dialect"

	"deputy/internal/send"
	"deputy/internal/store"
	"deputy/internal/store/storetest"
)

// World is two agencies and every kind of caller. Everything in it was made through the API, once for all tests of a
// process and dialect, which get copies of the rows.
type World struct {
	*Server
	A, B *Agency
	// Stranger is signed in and has a seat nowhere.
	Stranger *Client
}

// Agency is an org and its people.
type Agency struct {
	ID    string
	Owner *Client
	// Roles by name: 运营, 商务, 财务, 客服 and 审计 (AUDIT_LOG: VIEW and EXPORT).
	Roles map[string]string
	// Seats by the role's name: one enabled sub-account with that role alone.
	Seats map[string]*Seat
	// Disabled is a sub-account with the role 审计 that was stopped.
	Disabled *Seat
}

// Seat is a sub-account and its person.
type Seat struct {
	ID    string
	Phone string
	*Client
}

// NewWorld makes the world on the store.
func NewWorld(t testing.TB, db *store.Store) *World {
	t.Helper()
	return NewWorldWith(t, db, Options{})
}

// NewWorldWith is NewWorld with options of the server.
func NewWorldWith(t testing.TB, db *store.Store, with Options) *World {
	t.Helper()
	made := worlds[db.Dialect()].get(t, db.Dialect())
	made.rows.Restore(t, db)
	w := &World{Server: NewWith(t, db, with)}
	w.Clock.Set(made.now)
	w.Codes.sent = slices.Clone(made.codes)
	w.A, w.B, w.Stranger = made.A.on(t, w.Server), made.B.on(t, w.Server), w.As(t, made.Stranger)
	return w
}

// original is a world that others are copies of.
type original struct {
	mu sync.Mutex
	*World
	rows  *storetest.Snapshot
	now   time.Time
	codes []send.Code
}

//nolint:gochecknoglobals // there is one of each dialect for all tests of a process
var worlds = map[string]*original{dialect.SQLite: {}, dialect.Postgres: {}}

// get makes the original when it is asked for the first time.
func (o *original) get(t testing.TB, d string) *original {
	t.Helper()
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.World == nil {
		w := BuildWorld(t, storetest.Open(t, d), Options{})
		o.rows, o.now, o.codes = storetest.Snap(t, w.Store), w.Clock.Now(), w.Codes.All()
		o.World = w
	}
	return o
}

// on returns the agency at another server, for another test.
func (a *Agency) on(t testing.TB, s *Server) *Agency {
	seat := func(from *Seat) *Seat { return &Seat{ID: from.ID, Phone: from.Phone, Client: s.As(t, from.Client)} }
	copied := &Agency{
		ID: a.ID, Owner: s.As(t, a.Owner), Roles: maps.Clone(a.Roles), Seats: map[string]*Seat{},
		Disabled: seat(a.Disabled),
	}
	for role, from := range a.Seats {
		copied.Seats[role] = seat(from)
	}
	return copied
}

// BuildWorld makes a world through the API, with some sixty requests.
func BuildWorld(t testing.TB, db *store.Store, with Options) *World {
	t.Helper()
	w := &World{Server: NewWith(t, db, with)}
	w.A = w.Open(t, "甲机构", 1)
	w.B = w.Open(t, "乙机构", 2)
	w.Stranger = w.SignIn(t, "13900000099")
	return w
}

// Open makes an agency; its people's phone numbers begin with 139 and the number.
func (w *World) Open(t testing.TB, name string, number int) *Agency {
	t.Helper()
	a := &Agency{
		Owner: w.SignIn(t, fmt.Sprintf("139%02d000000", number)), Roles: map[string]string{},
		Seats: map[string]*Seat{},
	}
	made := a.Owner.Do(
		`mutation($name: String!) { createOrg(input: {name: $name}) { org { id roles { nodes { id name } } } userErrors {
			code message } } }`, Vars{"name": name}).OK()
	a.ID = made.Text("createOrg.org.id")
	for i, role := range made.Texts("createOrg.org.roles.nodes", "name") {
		a.Roles[role] = made.Text(fmt.Sprintf("createOrg.org.roles.nodes.%d.id", i))
	}
	audit := a.Owner.Do(
		`mutation($org: ID!) { createRole(input:
			{orgId: $org, name: "审计", grants: [{module: AUDIT_LOG, actions: [VIEW, EXPORT]}]}) { role { id } userErrors { code }
			} }`, Vars{"org": a.ID}).OK()
	a.Roles["审计"] = audit.Text("createRole.role.id")
	seat := 0
	for _, role := range []string{"运营", "商务", "财务", "客服", "审计"} {
		seat++
		a.Seats[role] = w.Seat(t, a, fmt.Sprintf("139%02d0000%02d", number, seat), role+"员", a.Roles[role])
	}
	a.Disabled = w.Seat(t, a, fmt.Sprintf("139%02d000050", number), "停用员", a.Roles["审计"])
	a.Owner.Do(
		`mutation($org: ID!, $id: ID!) { disableSubAccounts(input: {orgId: $org, ids: [$id]}) { userErrors { code } } }`,
		Vars{"org": a.ID, "id": a.Disabled.ID}).OK()
	return a
}

// Seat gives the person with the phone number a seat, through a code, and signs them in.
func (w *World) Seat(t testing.TB, a *Agency, phone, name string, roleIDs ...string) *Seat {
	t.Helper()
	sent := a.Owner.Do(
		`mutation($org: ID!, $phone: String!) { sendBindCode(input: {orgId: $org, to: {phone: $phone}}) { flow userErrors {
			code message } } }`, Vars{"org": a.ID, "phone": phone}).OK()
	flow := sent.Text("sendBindCode.flow")
	made := a.Owner.Do(
		`mutation($in: CreateSubAccountInput!) { createSubAccount(input: $in) { subAccount { id } userErrors { code message }
			} }`, Vars{"in": Vars{
			"orgId": a.ID, "name": name, "roleIds": roleIDs, "code": Vars{"flow": flow, "code": w.Codes.Of(flow)},
		}}).OK()
	id := made.Text("createSubAccount.subAccount.id")
	if id == "" {
		t.Fatalf("seat %s: %s %s", phone, sent.Body, made.Body)
	}
	return &Seat{ID: id, Phone: phone, Client: w.SignIn(t, phone)}
}
