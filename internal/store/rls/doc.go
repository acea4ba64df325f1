// Package rls has the statements of row level security on PostgreSQL, the second line of defense behind the predicates.
// They are texts: package store runs them, since it has the connections and transactions.
//
// # What is set
//
// A request runs as the role deputy_request (Role), which cannot log in and owns nothing. The policies in
// migrations/postgres/invariants.sql give that role access to the rows of the orgs in the setting deputy.orgs and of
// the account in deputy.account (Tenant), and to none where these are empty. search_path is set, too, so that names
// refer to the tables of the schema and not to temporary ones. A transaction may widen its access by one thing with
// deputy.destination, deputy.reached or deputy.claimed (Own, Destination, Seats, Claim); for Own and Seats the
// statement itself checks whether that is allowed.
//
// # When, and on which connection
//
//   - A transaction that writes (Store.Write) is confined by its first statements, with SET LOCAL, until it ends. What
//     widens its access is local as well.
//   - Reads of a request share a connection (store.WithReads). It is confined with SET, in a separate message, before
//     the first query of another tenant than the last (prepared.In), and is read-only from then on
//     (default_transaction_read_only). It stays confined in the pool until another tenant uses it, or a transaction or
//     a query without a tenant, before which everything is reset.
//   - Through a pooler without sessions (DATABASE_POOLER), the reads of a request share a transaction that is confined
//     like one that writes.
//   - Statements of the server itself (signing in, reading the viewer, clean-up) are not confined.
//   - Confined statements have different texts, since PostgreSQL plans a prepared statement again when another role
//     runs it.
//
// # Errors
//
//   - When the tenant is not known, nothing runs: the error of store.Whose is returned.
//   - When the statements fail, the query or the transaction that they precede does not run. The state of the
//     connection is unknown then, so it is set up again before anything else runs on it. A connection that broke
//     meanwhile is replaced, since only settings were sent.
//   - A write that a policy refuses is an error of PostgreSQL (42501), and the transaction is rolled back. A read finds
//     only the rows that the policies allow, as if there were no others.
//   - A login that may not act as the role is refused at startup (store.ErrRequestRole), and so is a schema without
//     policies (store.ErrNoRowSecurity). DATABASE_RLS=off disables row level security: only the predicates of the
//     queries apply then, and a login without the right to create roles can create the schema (Without).
package rls
