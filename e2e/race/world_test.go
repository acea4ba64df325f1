// Package race has clients do at the same instant what must not both succeed: through two servers on one PostgreSQL,
// and through one on SQLite.
package race

import (
	"context"
	"database/sql"
	"flag"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"entgo.io/ent/dialect"
	_ "github.com/lib/pq"  // to look into the database
	_ "modernc.org/sqlite" // to look into the file

	"deputy/e2e/cluster"
	"deputy/internal/store/storetest"
)

const (
	// orgs is how many orgs there are: more than one account may have seats in.
	orgs = 24
	// seats is how many sub-accounts the batches are over.
	seats = 20
	// patience is how long a request may take.
	patience = time.Minute
)

//nolint:gochecknoglobals // a flag of the test binary, and what TestMain built
var (
	rounds = flag.Int("rounds", 2, "how often each race is run")
	binary string
)

func TestMain(m *testing.M) {
	flag.Parse()
	if testing.Short() {
		return // the whole binary is for make test
	}
	os.Exit(run(m))
}

func run(m *testing.M) int {
	folder, err := os.MkdirTemp("", "deputy-race-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(folder) //nolint:errcheck // a left-over does no harm
	if binary, err = cluster.Build(context.Background(), folder); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return m.Run()
}

// world is the servers on one database, and who is there.
type world struct {
	*testing.T
	client  cluster.Client
	servers []*cluster.Server
	db      *sql.DB
	owners  []cluster.Owner
	// ids of the first org's sub-accounts that batches are over.
	ids    []string
	phones int
}

// newWorld starts servers on a database of the dialect, all at the same instant, and lets people open orgs.
func newWorld(t *testing.T, d string, servers int) *world {
	t.Helper()
	w := &world{T: t, client: cluster.NewClient(patience), servers: make([]*cluster.Server, servers)}
	url := storetest.Empty(t, d)
	w.at("servers", servers, func(i int) string {
		s, err := cluster.Start(t.Context(), cluster.Launch{
			Binary: binary, DatabaseURL: url, Dir: t.TempDir(),
			Env: []string{"DATABASE_CONNS=16"},
		})
		w.servers[i] = s
		return said(err)
	}).want(map[string]int{"": servers})
	t.Cleanup(func() {
		for _, s := range w.servers {
			if err := s.Stop(); err != nil {
				t.Error(err)
			}
		}
	})
	driver := "postgres"
	if d == dialect.SQLite {
		driver, url = "sqlite", "file:"+url+"?mode=ro&_pragma=busy_timeout(10000)"
	}
	db, err := sql.Open(driver, url)
	if err != nil {
		t.Fatal(err)
	}
	w.db = db
	t.Cleanup(func() { _ = db.Close() }) // it was only read from
	w.people()
	return w
}

func (w *world) people() {
	w.Helper()
	w.owners = make([]cluster.Owner, orgs)
	numbers := w.numbers(orgs)
	w.at("owners", orgs, func(i int) (end string) {
		var err error
		w.owners[i], err = w.client.Open(w.Context(), w.server(i), numbers[i], fmt.Sprint("机构", i))
		return said(err)
	}).want(map[string]int{"": orgs})
	w.ids = w.seats("seats", seats)
}

// seats gives new people seats in the first org.
func (w *world) seats(name string, n int) []string {
	w.Helper()
	ids, numbers, owner := make([]string, n), w.numbers(n), w.owners[0]
	w.at(name, n, func(i int) (end string) {
		var err error
		ids[i], err = w.client.Bind(w.Context(), w.server(i), owner, numbers[i], fmt.Sprint("员工", i), owner.RoleID)
		return said(err)
	}).want(map[string]int{"": n})
	return ids
}

// server returns one server after the other.
func (w *world) server(i int) *cluster.Server { return w.servers[i%len(w.servers)] }

// number returns a phone number that nobody has.
func (w *world) number() string { return w.numbers(1)[0] }

func (w *world) numbers(n int) []string {
	all := make([]string, n)
	for i := range all {
		all[i] = fmt.Sprintf("137%08d", w.phones)
		w.phones++
	}
	return all
}

// ends are how often those of a race ended in each way; "" is done.
type ends struct {
	*world
	name string
	how  map[string]int
}

// at runs f for 0 to n-1 at the same instant.
func (w *world) at(name string, n int, f func(i int) string) ends {
	w.Helper()
	var (
		ready, done sync.WaitGroup
		mu          sync.Mutex
		start       = make(chan struct{})
		how         = map[string]int{}
	)
	ready.Add(n)
	for i := range n {
		done.Go(func() {
			ready.Done()
			<-start
			end := f(i)
			mu.Lock()
			defer mu.Unlock()
			how[end]++
		})
	}
	ready.Wait()
	close(start)
	done.Wait()
	return ends{w, name, how}
}

// want stops the test unless those of the race ended so.
func (e ends) want(how map[string]int) {
	e.Helper()
	if !maps.Equal(e.how, how) {
		e.Fatalf("%s ended in %v, want %v", e.name, e.how, how)
	}
}

// only stops the test when somebody ended in another way.
func (e ends) only(known ...string) {
	e.Helper()
	for end := range e.how {
		if !slices.Contains(known, end) {
			e.Fatalf("%s ended in %v\n%s", e.name, e.how, e.logs())
		}
	}
}

func (w *world) logs() string {
	var all []string
	for _, s := range w.servers {
		all = append(all, s.Log()...)
	}
	return strings.Join(all, "\n")
}

func said(err error) string {
	if err != nil {
		return err.Error()
	}
	return ""
}

// ask does a mutation through the server and returns how it ended.
func (w *world) ask(s *cluster.Server, token, mutation, query string, v cluster.Vars) string {
	_, end := w.answer(s, token, mutation, query, v)
	return end
}

func (w *world) answer(s *cluster.Server, token, mutation, query string, v cluster.Vars) (cluster.Answer, string) {
	a, err := w.client.Ask(w.Context(), cluster.Request{URL: s.URL(), Token: token, Query: query, Vars: v})
	switch {
	case err != nil:
		return a, err.Error()
	case len(a.Errors) > 0:
		return a, "error " + a.Code()
	}
	return a, a.Refusal(mutation)
}

// texts returns the only column of a query.
func (w *world) texts(query string, args ...any) []string {
	w.Helper()
	texts, err := cluster.Texts(w.Context(), w.db, query, args...)
	if err != nil {
		w.Fatal(err)
	}
	return texts
}

// flow is a code with its flow, as a variable.
func (w *world) flow(flow, code string, err error) cluster.Vars {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
	return cluster.Vars{"flow": flow, "code": code}
}
