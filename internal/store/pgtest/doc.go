// Package pgtest starts PostgreSQL servers for tests and removes them completely, also when the test is killed. It uses
// the installed binaries, or those of npm; it never runs them as root. It supports only Unix. The product does not
// import it.
//
// A test package gets a server once, in TestMain or on first use, from Acquire, which prefers the server of
// TEST_DATABASE_URL; it creates a template with Template, and a database for each test with Create or Database:
//
//	go run ./internal/store/pgtest/run -- go test ./...
//
// starts one server for all packages of a run.
package pgtest
