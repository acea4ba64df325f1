package rls

import (
	"fmt"
	"slices"
	"strings"

	"github.com/lib/pq"

	"deputy/internal/store/prepared"
)

// Role is PostgreSQL's role for requests.
const Role = "deputy_request"

// Tenant is the tenant whose rows a request can access.
type Tenant struct {
	// Orgs are the ids of the orgs whose rows the request can access.
	Orgs []string
	// Account of the viewer: the request can access the account's own rows. Empty when nobody is signed in.
	Account string
}

// Equal reports whether both can access the same rows.
func (t Tenant) Equal(other Tenant) bool {
	return t.Account == other.Account && slices.Equal(t.Orgs, other.Orgs)
}

// tablesFirst makes names refer to the tables of the login's schema, and to temporary tables only if the schema has no
// such table.
func tablesFirst(local bool) string {
	return fmt.Sprintf("SELECT set_config('search_path', quote_ident(current_schema()) || ', pg_temp', %t); ", local)
}

// Transaction returns the statements that confine a transaction to the tenant until it ends. They are sent in one
// message.
func (t Tenant) Transaction() string {
	return tablesFirst(true) + "SET LOCAL ROLE " + Role +
		"; SET LOCAL deputy.orgs = " + pq.QuoteLiteral(strings.Join(t.Orgs, ",")) +
		"; SET LOCAL deputy.account = " + pq.QuoteLiteral(t.Account)
}

// Session confines a connection to the tenant, until a statement of another one runs on it.
func (t Tenant) Session() prepared.Session {
	return prepared.Session{
		Base: tablesFirst(false) + "SET ROLE " + Role + "; SET default_transaction_read_only = on",
		Set: "SET deputy.orgs = " + pq.QuoteLiteral(strings.Join(t.Orgs, ",")) + "; SET deputy.account = " +
			pq.QuoteLiteral(t.Account),
		Reset: "RESET ROLE; RESET search_path; RESET default_transaction_read_only; RESET deputy.orgs; RESET deputy.account",
	}
}

// These statements widen the access of a transaction by one thing, until it ends, and return one row when they do.
const (
	// Own adds an org that the transaction created, if the viewer's account owns it.
	Own = `SELECT set_config('deputy.orgs', concat_ws(',', nullif(current_setting('deputy.orgs', true), ''), id), true)
FROM orgs WHERE id = $1 AND owner_id = current_setting('deputy.account', true)`
	// Destination adds the account of a phone number or e-mail address, and allows its creation if there is none.
	Destination = "SELECT set_config('deputy.destination', $1, true)"
	// Seats adds the seats of an account in all orgs; the transaction must have access to the account.
	Seats = "SELECT set_config('deputy.reached', id, true) FROM accounts WHERE id = $1"
	// Claim adds the receipt of a name, and reports whether no other transaction has the name.
	Claim = "SELECT pg_try_advisory_xact_lock(hashtextextended($1, 0)), set_config('deputy.claimed', $1, true)"
)
