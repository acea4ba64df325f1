// Package rls holds the statements of row level security on PostgreSQL, which stands behind the predicates. They are
// texts: package store runs them, since only it knows connections and transactions.
//
// # What is set
//
// A request runs as the role deputy_request (Role), which cannot log in and owns nothing. The policies in
// migrations/postgres/invariants.sql show that role the rows of the orgs in the setting deputy.orgs and of the account
// in deputy.account (Tenant), and nothing where these are empty. search_path is set, too, so that names mean the tables
// of the schema and no temporary ones. A transaction may open the wall for one thing by deputy.destination,
// deputy.reached or deputy.claimed (Own, Destination, Seats, Claim); for Own and Seats the statement itself looks
// whether it may.
//
// # When, and on which connection
//
//   - A transaction that writes (Store.Write) is confined by its first statements, with SET LOCAL, and is so until it
//     ends. What opens the wall further is local as well.
//   - Reads of a request share a connection (store.WithReads). It is confined with SET, by a message of its own, before
//     the first query that runs on it for another tenant than the last (prepared.In), and only reads from then on
//     (default_transaction_read_only). It stays confined in the pool until something else is to run on it: another
//     tenant, or a transaction or a query of nobody's, before which everything is reset.
//   - Through a pooler that keeps no connection for anybody (DATABASE_POOLER), the reads of a request share a
//     transaction that is confined as one that writes is.
//   - What runs for the server itself (signing in, finding out who asks, clean-up) is not confined.
//   - Confined statements have texts of their own, since PostgreSQL plans a prepared statement again when another role
//     runs it.
//
// # What happens when it fails
//
//   - Where it is not known who asks, nothing runs: the error of store.Whose is returned.
//   - Where the statements fail, the query or the transaction that they were for does not run. What the connection is
//     set up for is unknown then, so it is set up anew before anything else runs on it. A connection that broke
//     meanwhile is replaced, since nothing was sent but settings.
//   - A write that a policy refuses is an error of PostgreSQL (42501), and the transaction is rolled back. A read that
//     a policy cuts finds fewer rows, as if there were no others.
//   - A login that may not act as the role is refused at the start (store.ErrRequestRole), and so is a schema without
//     policies (store.ErrNoWall). DATABASE_RLS=off does without: the predicates of the queries stand alone then, and a
//     schema can be made by a login that may make no roles (Without).
package rls
