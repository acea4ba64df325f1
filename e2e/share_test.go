package e2e

import (
	"database/sql"
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"

	"entgo.io/ent/dialect"

	"deputy/internal/store/storetest"
)

// TestManyRequestsOfOneOwnerHoldUpNobody: 800 changes of one owner at the same time, all of which wait for an
// operator's lock on the org's row or for one another, and requests of others meanwhile, none of which waits for them;
// the server is ready all the time.
func TestManyRequestsOfOneOwnerHoldUpNobody(t *testing.T) {
	t.Parallel()
	for _, d := range storetest.Dialects() {
		t.Run(storetest.Name(d), func(t *testing.T) {
			t.Parallel()
			url := storetest.URL(t, d)
			p := start(t, launch{
				args: []string{"--dev-codes"},
				env:  []string{"DATABASE_URL=" + url, secretEnv, "DATABASE_CONNS=10"},
			})
			const opens = `mutation($name: String!) { createOrg(input: {name: $name}) { org { id roles { nodes { id } } }
				userErrors { code } } }`
			owner, other := p.signIn("13800000001"), p.signIn("13800000002")
			mine := p.do(owner, opens, vars{"name": "甲"})
			theirs := p.do(other, opens, vars{"name": "乙"})
			release := func() {}
			if d == dialect.Postgres {
				db, err := sql.Open("postgres", url)
				if err != nil {
					t.Fatal(err)
				}
				defer db.Close() //nolint:errcheck // the database goes
				operator, err := db.BeginTx(t.Context(), nil)
				if err != nil {
					t.Fatal(err)
				}
				if _, err := operator.ExecContext(t.Context(), `SELECT id FROM orgs WHERE id = $1 FOR UPDATE`,
					mine.text("createOrg.org.id")); err != nil {
					t.Fatal(err)
				}
				release = sync.OnceFunc(func() { _ = operator.Rollback() })
				defer release()
			}
			var (
				asking        sync.WaitGroup
				asked, answer atomic.Int64
				codes         sync.Map
			)
			const rename = `mutation($in: UpdateRoleInput!) { updateRole(input: $in) { userErrors { code } } }`
			for i := range 800 {
				asking.Go(func() {
					asked.Add(1)
					a, err := p.ask(owner, rename, vars{"in": vars{
						"orgId": mine.text("createOrg.org.id"),
						"id":    mine.text("createOrg.org.roles.nodes.0.id"), "description": fmt.Sprint(i),
					}})
					code := ""
					if err != nil {
						code = err.Error()
					} else if len(a.Errors) > 0 {
						code = fmt.Sprint(a.Errors[0].Extensions["code"])
					}
					codes.Store(code, true)
					answer.Add(1)
				})
			}
			for asked.Load() < 800 {
			}
			rounds := 0
			for ; rounds < 20; rounds++ {
				p.do(other,
					`query($org: ID!) { org(id: $org) { name roles { nodes { name subAccounts { nodes { name } } } }
						auditEvents(first: 5) { nodes { operation } } } }`, vars{"org": theirs.text("createOrg.org.id")})
				p.do(other, rename, vars{"in": vars{
					"orgId": theirs.text("createOrg.org.id"),
					"id":    theirs.text("createOrg.org.roles.nodes.0.id"), "description": fmt.Sprint(rounds),
				}})
				// The server gives itself two seconds, which a busy machine may take; whoever waits for a lock that is held does so
				// each time.
				status := 0
				for tries := 0; tries < 3 && status != http.StatusOK; tries++ {
					status, _ = p.ready()
				}
				if status != http.StatusOK {
					t.Fatalf("not ready: %d", status)
				}
			}
			p.signIn("13800000003")
			if d == dialect.Postgres && answer.Load() >= 800 {
				t.Errorf("nobody waited any more: the test shows nothing")
			}
			release()
			asking.Wait()
			codes.Range(func(code, _ any) bool {
				if code != "" && code != "RATE_LIMITED" && code != "UNAVAILABLE" {
					t.Errorf("a request ended with %v", code)
				}
				return true
			})
		})
	}
}
