package graph_test

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"deputy/internal/apitest"
)

// promptly is how soon what takes a right away is committed, whatever its holder does meanwhile.
const promptly = time.Second

// patience is how many times the slowest request that waits for nobody is allowed beside that second: machines that run
// tests have more to do, with the race detector on top. BenchmarkRevocation holds the second by itself.
const patience = 3

// flood is what a seat does over and over, side by side, while somebody takes its rights away.
type flood struct {
	name    string
	workers int
	scope   string // of the seat's grants
	ask     func(f *flooded, worker, round int) (mutation string, in vars)
}

// flooded is an org whose seat does so at one server, while its owner is at another one.
type flooded struct {
	*fixture
	owner    *client // at the other server
	besides  *client // there too, the owner of another org
	role     string
	seat     *apitest.Seat
	heir     *apitest.Seat
	creators []string
	task     string
	token    string // of this flood, so that numbers are new ones
}

// imports brings in new orders.
func imports(n int) func(f *flooded, worker, round int) (string, vars) {
	return func(f *flooded, worker, round int) (string, vars) {
		rows := make([]vars, n)
		for i := range rows {
			rows[i] = f.row(fmt.Sprint(f.token, worker, "-", round, "-", i), vars{"creatorPlatformId": "flood0"})
		}
		return "importOrders", vars{"orders": rows}
	}
}

func taskOfOwn(f *flooded, _, _ int) (string, vars) {
	return "createTask", vars{"title": "新", "creatorIds": f.creators}
}

func sameInTask(f *flooded, _, _ int) (string, vars) {
	return "assignTask", vars{"id": f.task, "creatorIds": f.creators}
}

func madeForManager(f *flooded, worker, round int) (string, vars) {
	return "createCreator", vars{
		"name": "某", "platformId": fmt.Sprint(f.token, worker, "-", round),
		"managerId": f.heir.ID,
	}
}

func handedToManager(f *flooded, worker, round int) (string, vars) {
	return "assignCreators", vars{"ids": f.creators[worker : worker+1], "managerId": []any{f.heir.ID, nil}[round%2]}
}

// everything is rows that wait for one another, in turns.
func everything(f *flooded, worker, round int) (string, vars) {
	switch worker % 5 {
	case 0:
		return "openTask", vars{"id": f.task}
	case 1:
		return "closeTask", vars{"id": f.task}
	case 2:
		return sameInTask(f, worker, round)
	case 3:
		return madeForManager(f, worker, round)
	}
	return imports(380)(f, worker, round)
}

var floods = []flood{
	{"ten imports of one order", 10, "ALL", imports(1)},
	{"six imports of 380 orders", 6, "ALL", imports(380)},
	{"ten imports of own orders", 10, "OWN", imports(1)},
	{"ten tasks of own creators", 10, "OWN", taskOfOwn},
	{"ten times the same own creators in a task", 10, "OWN", sameInTask},
	{"ten creators made for a manager", 10, "ALL", madeForManager},
	{"ten creators handed to a manager", 10, "ALL", handedToManager},
	{"everything at once", 10, "ALL", everything},
}

// TestNobodyKeepsTheirRevocationWaiting holds holes that were closed: the row of the org, of a creator or of a manager
// was locked so that whoever took rights away waited for all who used them, who kept coming.
func TestNobodyKeepsTheirRevocationWaiting(t *testing.T) {
	w, second := twoServers(t)
	s := &fixture{T: t, World: w, orgs: map[string]string{}}
	for n, kind := range floods {
		t.Run(kind.name, func(t *testing.T) {
			s.on(t)
			f := &flooded{
				fixture: s, owner: second.As(t, w.A.Owner), besides: second.As(t, w.B.Owner),
				token: fmt.Sprint("F", n, "-"),
			}
			f.role = s.role4(grant("CREATORS", "EDIT", kind.scope), grant("TASKS", "EDIT", kind.scope),
				grant("ORDERS", "EDIT", kind.scope))
			f.seat, f.heir = s.seat("洪水", f.role), s.seat("接手", f.role)
			for i := range 20 {
				f.creators = append(f.creators, s.creator("某", vars{"platformId": fmt.Sprint("flood", i), "managerId": f.seat.ID}))
			}
			f.task = s.task("任务", f.creators[0])
			f.under(kind)
			for i, id := range f.creators { // the next flood has creators of these ids
				s.must(w.A.Owner, "updateCreator", vars{"orgId": w.A.ID, "id": id, "platformId": fmt.Sprint("was", n, "-", i)})
			}
		})
	}
	s.on(t)
}

// under has the owner take rights away, of all kinds, while the seat floods.
func (f *flooded) under(kind flood) {
	var (
		done    atomic.Int64
		stop    = make(chan struct{})
		workers sync.WaitGroup
		who     = f.As(f.T, f.seat.Client)
	)
	for worker := range kind.workers {
		workers.Go(func() {
			for round := 0; ; round++ {
				select {
				case <-stop:
					return
				default:
				}
				mutation, in := kind.ask(f, worker, round)
				in["orgId"] = f.A.ID
				who.Do(documentOf(mutation), vars{"in": in})
				done.Add(1)
			}
		})
	}
	defer workers.Wait()
	defer close(stop)
	beside := f.beside(f.besides, stop, &workers)
	seats := vars{"ids": []string{f.seat.ID}}
	for _, act := range []struct {
		mutation string
		in       vars
	}{
		{"updateRole", vars{"id": f.role, "description": "改"}},
		{"updateSubAccount", vars{"id": f.seat.ID, "roleIds": []string{f.role, f.A.Roles["客服"]}}},
		{"assignCreators", vars{"ids": f.creators[10:], "managerId": f.heir.ID}},
		{"disableSubAccounts", seats},
		{"enableSubAccounts", seats},
		{"disableSubAccounts", vars{"ids": []string{f.heir.ID}}},
		{"enableSubAccounts", vars{"ids": []string{f.heir.ID}}},
		{"updateRole", vars{"id": f.role, "grants": []vars{
			grant("CREATORS", "EDIT", kind.scope),
			grant("TASKS", "EDIT", kind.scope), grant("ORDERS", "EDIT", kind.scope),
		}, "name": "洪" + f.number()[5:]}},
		{"deleteSubAccounts", vars{"ids": []string{f.heir.ID}, "handOverTo": f.seat.ID}},
		{"deleteSubAccounts", seats},
	} {
		if act.mutation != "enableSubAccounts" {
			begun := done.Load() + int64(kind.workers)
			eventually(f.T, "the flood runs", func() bool { return done.Load() > begun })
		}
		act.in["orgId"] = f.A.ID
		beside.took()
		asking := time.Now()
		a := f.owner.Do(documentOf(act.mutation), vars{"in": act.in})
		took := time.Since(asking)
		slowest := beside.took()
		f.T.Logf("%s: %v, beside %v", act.mutation, took.Round(time.Millisecond), slowest.Round(time.Millisecond))
		if len(a.Errors) > 0 || userErrorsOf(a, act.mutation) != "" || took > promptly+patience*slowest {
			f.T.Errorf("%s after %v, while others took %v: %.300s", act.mutation, took, slowest, a.Body)
		}
	}
}

// others are mutations of another org, at the same server and in nobody's way, one after the other.
type others struct{ begun, slowest atomic.Int64 } // in nanoseconds

// took returns how long the slowest of them took since that was asked last.
func (o *others) took() time.Duration {
	running := time.Now().UnixNano() - o.begun.Load()
	return time.Duration(max(o.slowest.Swap(0), running))
}

// beside has the owner of another org change a role over and over.
func (f *flooded) beside(owner *client, stop <-chan struct{}, workers *sync.WaitGroup) *others {
	o := &others{}
	o.begun.Store(time.Now().UnixNano())
	workers.Go(func() {
		for round := 0; ; round++ {
			select {
			case <-stop:
				return
			default:
			}
			begun := time.Now()
			o.begun.Store(begun.UnixNano())
			owner.Do(documentOf("updateRole"), vars{"in": vars{
				"orgId": f.B.ID, "id": f.B.Roles["客服"],
				"description": fmt.Sprint(round),
			}})
			o.slowest.Store(max(o.slowest.Load(), int64(time.Since(begun))))
		}
	})
	return o
}
