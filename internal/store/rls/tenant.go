package rls

import (
	"fmt"
	"slices"
	"strings"

	"github.com/lib/pq"

	"deputy/internal/store/prepared"
)

// Role is who requests are to PostgreSQL.
const Role = "deputy_request"

// Tenant is the tenant whose rows a request can access.
type Tenant struct {
	// Orgs by their ids: the request reaches what belongs to them.
	Orgs []string
	// Account that asks: the request reaches what is the account's own. Empty when nobody is signed in.
	Account string
}

// Equal reports whether both reach the same rows.
func (t Tenant) Equal(other Tenant) bool {
	return t.Account == other.Account && slices.Equal(t.Orgs, other.Orgs)
}

// tablesFirst has names mean the tables of the schema that the login works in, and what anybody made for the time being
// only where there is no such table.
func tablesFirst(local bool) string {
	return fmt.Sprintf("SELECT set_config('search_path', quote_ident(current_schema()) || ', pg_temp', %t); ", local)
}

// Transaction returns the statements that confine a transaction to the tenant. They are sent at once, and are over with
// it.
func (t Tenant) Transaction() string {
	return tablesFirst(true) + "SET LOCAL ROLE " + Role +
		"; SET LOCAL deputy.orgs = " + pq.QuoteLiteral(strings.Join(t.Orgs, ",")) +
		"; SET LOCAL deputy.account = " + pq.QuoteLiteral(t.Account)
}

// Session confines a connection to the tenant, until something else is to run on it.
func (t Tenant) Session() prepared.Session {
	return prepared.Session{
		Base: tablesFirst(false) + "SET ROLE " + Role + "; SET default_transaction_read_only = on",
		Set: "SET deputy.orgs = " + pq.QuoteLiteral(strings.Join(t.Orgs, ",")) + "; SET deputy.account = " +
			pq.QuoteLiteral(t.Account),
		Reset: "RESET ROLE; RESET search_path; RESET default_transaction_read_only; RESET deputy.orgs; RESET deputy.account",
	}
}

// These open the wall of a transaction for one thing, until it ends, and touch one row when they do.
const (
	// Own opens an org that the transaction made, when the account that asks owns it.
	Own = `SELECT set_config('deputy.orgs', concat_ws(',', nullif(current_setting('deputy.orgs', true), ''), id), true)
FROM orgs WHERE id = $1 AND owner_id = current_setting('deputy.account', true)`
	// Destination opens the account that a phone number or e-mail address reaches, and lets it be made when there is none.
	Destination = "SELECT set_config('deputy.destination', $1, true)"
	// Seats opens the seats that an account, which the transaction reaches, has in all orgs.
	Seats = "SELECT set_config('deputy.reached', id, true) FROM accounts WHERE id = $1"
	// Claim opens the receipt of a name, and reports whether no other transaction has the name.
	Claim = "SELECT pg_try_advisory_xact_lock(hashtextextended($1, 0)), set_config('deputy.claimed', $1, true)"
)
