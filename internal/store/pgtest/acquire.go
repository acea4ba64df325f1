package pgtest

import (
	"context"
	"os"
)

// URLVariable is the environment variable with the URL of the tests' server. Its account needs CREATEDB, and CREATEROLE
// or the role deputy_request.
const URLVariable = "TEST_DATABASE_URL"

// Acquire returns the admin URL of a server for tests, and a function that releases it: the server of
// TEST_DATABASE_URL, which keeps running, or a new one.
func Acquire(ctx context.Context, options Options) (adminURL string, release func() error, err error) {
	if named := os.Getenv(URLVariable); named != "" {
		return named, func() error { return nil }, nil
	}
	server, err := Start(ctx, options)
	if err != nil {
		return "", nil, err
	}
	return server.AdminURL(), server.Stop, nil
}
