package graph_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"

	"deputy/ent/org"
	"deputy/ent/role"
	"deputy/ent/subaccount"
	"deputy/ent/subaccountrole"
	"deputy/internal/apitest"
)

// crowd is how many ask at the same moment.
const crowd = 50

// atOnce asks for mutations at the same moment and returns how often each way of ending was: the codes of user errors,
// the code of an error, or nothing when it was done.
func (s *fixture) atOnce(ask func(i int) (who *client, mutation string, input vars)) map[string]int {
	s.Helper()
	var (
		done  sync.WaitGroup
		mu    sync.Mutex
		start = make(chan struct{})
		ends  = map[string]int{}
	)
	for i := range crowd {
		who, mutation, input := ask(i)
		done.Go(func() {
			<-start
			a := who.Do(documentOf(mutation), vars{"in": input})
			for a.Code() == "RATE_LIMITED" { // on a busy machine an account waits for its own requests
				a = who.Do(documentOf(mutation), vars{"in": input})
			}
			end := a.Code()
			if codes := a.UserErrors(mutation); end == "" && len(codes) > 0 {
				end = codes[0]
			}
			mu.Lock()
			defer mu.Unlock()
			ends[mutation+" "+end]++
		})
	}
	close(start)
	done.Wait()
	if log := s.Server.Log.String(); strings.Contains(log, "internal error") || strings.Contains(log, "not on record") {
		s.Errorf("%v: %s", ends, strings.Join(slices.DeleteFunc(strings.Split(log, "\n"), func(line string) bool {
			return strings.Contains(line, "level=INFO")
		}), "\n"))
	}
	return ends
}

func (s *fixture) ends(got, want map[string]int) {
	s.Helper()
	if !maps.Equal(got, want) {
		s.Errorf("ended in %v, want %v", got, want)
	}
}

// eachRace is a stage without pauses between codes.
func eachRace(t *testing.T, f func(s *fixture)) {
	t.Helper()
	eachFixture(t, func(s *fixture) {
		s.Identity.Limits.Off = true
		f(s)
	})
}

// opened opens an org.
func (s *fixture) opened() *apitest.Agency {
	s.Helper()
	a := &apitest.Agency{Owner: s.SignIn(s.T, s.number()), Roles: map[string]string{}}
	made := s.must(a.Owner, "createOrg", vars{"name": "一家"})
	a.ID = made.Text("createOrg.org.id")
	roles := a.Owner.Do(`query($id: ID!) { org(id: $id) { roles { nodes { id name } } } }`, vars{"id": a.ID}).OK()
	for i, name := range roles.Texts("org.roles.nodes", "name") {
		a.Roles[name] = roles.Texts("org.roles.nodes", "id")[i]
	}
	return a
}

func TestNobodyGetsA21stSeat(t *testing.T) {
	t.Parallel()
	eachRace(t, func(s *fixture) {
		phone := s.number()
		orgs := make([]*apitest.Agency, crowd/2)
		for i := range orgs {
			orgs[i] = s.opened()
		}
		got := s.atOnce(func(i int) (*client, string, vars) {
			a := orgs[i%len(orgs)]
			code := s.must(a.Owner, "sendBindCode", vars{"orgId": a.ID, "to": vars{"phone": phone}}).Text("sendBindCode.flow")
			return a.Owner, "createSubAccount", vars{
				"orgId": a.ID, "name": "忙人", "roleIds": []string{a.Roles["客服"]},
				"code": vars{"flow": code, "code": s.Codes.Of(code)},
			}
		})
		if got["createSubAccount "] != 20 ||
			got["createSubAccount "]+got["createSubAccount ALREADY_BOUND"]+got["createSubAccount ORG_LIMIT_REACHED"] != crowd {
			s.Errorf("%v", got)
		}
		me := s.SignIn(s.T, phone)
		if a := me.Do(`{ viewer { seats { orgId } seatLimit } }`, nil).OK(); len(a.List("viewer.seats")) != 20 {
			s.Errorf("%s", a.Body)
		}
	})
}

func TestNobodyIsOwnerAndSubAccount(t *testing.T) {
	t.Parallel()
	eachRace(t, func(s *fixture) {
		for range 2 {
			phone := s.number()
			me := s.SignIn(s.T, phone)
			got := s.atOnce(func(i int) (*client, string, vars) {
				if i%2 == 0 {
					return me, "createOrg", vars{"name": "我的"}
				}
				flow := s.must(s.A.Owner, "sendBindCode", vars{
					"orgId": s.A.ID,
					"to":    vars{"phone": phone},
				}).Text("sendBindCode.flow")
				return s.A.Owner, "createSubAccount", vars{
					"orgId": s.A.ID, "name": "某", "roleIds": []string{s.A.Roles["客服"]},
					"code": vars{"flow": flow, "code": s.Codes.Of(flow)},
				}
			})
			owner := map[string]int{
				"createOrg ": 1, "createOrg ACCOUNT_OWNS_ORG": crowd/2 - 1,
				"createSubAccount ACCOUNT_OWNS_ORG": crowd / 2,
			}
			seated := map[string]int{
				"createOrg ACCOUNT_HAS_SEATS": crowd / 2, "createSubAccount ": 1,
				"createSubAccount ALREADY_BOUND": crowd/2 - 1,
			}
			if !maps.Equal(got, owner) && !maps.Equal(got, seated) {
				s.Errorf("%v", got)
			}
			a := me.Do(`{ viewer { ownedOrg { id } seats { subAccountId } } }`, nil).OK()
			if (a.Get("viewer.ownedOrg") != nil) == (len(a.List("viewer.seats")) == 1) {
				s.Errorf("%s", a.Body)
			}
		}
	})
}

func TestOnePhoneIsBoundOnce(t *testing.T) {
	t.Parallel()
	eachRace(t, func(s *fixture) {
		phone := s.number()
		flows := make([]vars, crowd)
		for i := range flows {
			flow := s.must(s.A.Owner, "sendBindCode", vars{
				"orgId": s.A.ID,
				"to":    vars{"phone": phone},
			}).Text("sendBindCode.flow")
			flows[i] = vars{"flow": flow, "code": s.Codes.Of(flow)}
		}
		s.ends(s.atOnce(func(i int) (*client, string, vars) {
			return s.A.Owner, "createSubAccount", vars{
				"orgId": s.A.ID, "name": "某", "roleIds": []string{s.A.Roles["客服"]},
				"code": flows[i],
			}
		}), map[string]int{"createSubAccount ": 1, "createSubAccount ALREADY_BOUND": crowd - 1})
	})
}

func TestRoleNamesAreUnique(t *testing.T) {
	t.Parallel()
	eachRace(t, func(s *fixture) {
		s.ends(s.atOnce(func(int) (*client, string, vars) {
			return s.A.Owner, "createRole", vars{"orgId": s.A.ID, "name": "同名", "grants": []any{}}
		}), map[string]int{"createRole ": 1, "createRole NAME_TAKEN": crowd - 1})
		// The refusals of one minute are one event that counts them all.
		a := s.A.Owner.Do(trail, vars{"id": s.A.ID, "filter": vars{
			"operations": []string{"createRole"},
			"outcomes":   []string{"REFUSED"},
		}}).OK()
		if a.Get("org.auditEvents.totalCount") != 1.0 || a.Get(events+".0.count") != float64(crowd-1) {
			s.Errorf("%s", a.Body)
		}
	})
}

func TestARoleIsDeletedWhileItIsGiven(t *testing.T) {
	t.Parallel()
	eachRace(t, func(s *fixture) {
		roleID := s.role("两难")
		got := s.atOnce(func(i int) (*client, string, vars) {
			if i%2 == 0 {
				return s.A.Owner, "deleteRole", vars{"orgId": s.A.ID, "id": roleID}
			}
			flow := s.must(s.A.Owner, "sendBindCode", vars{
				"orgId": s.A.ID,
				"to":    vars{"phone": s.number()},
			}).Text("sendBindCode.flow")
			return s.A.Owner, "createSubAccount", vars{
				"orgId": s.A.ID, "name": "某", "roleIds": []string{roleID},
				"code": vars{"flow": flow, "code": s.Codes.Of(flow)},
			}
		})
		given := map[string]int{"createSubAccount ": crowd / 2, "deleteRole ROLE_IN_USE": crowd / 2}
		gone := map[string]int{"createSubAccount NOT_FOUND": crowd / 2, "deleteRole ": 1, "deleteRole NOT_FOUND": crowd/2 - 1}
		if !maps.Equal(got, given) && !maps.Equal(got, gone) {
			s.Errorf("%v", got)
		}
		exists := s.Store.Client.Role.Query().Where(role.ID(roleID)).CountX(context.Background())
		held := s.Store.Client.SubAccountRole.Query().Where(subaccountrole.RoleID(roleID)).CountX(context.Background())
		if exists == 0 && held > 0 {
			s.Errorf("%d hold a role that is gone", held)
		}
	})
}

func TestASubAccountKeepsARole(t *testing.T) {
	t.Parallel()
	eachRace(t, func(s *fixture) {
		one, two := s.A.Roles["客服"], s.A.Roles["财务"]
		me := s.seat("两岗", one, two)
		s.ends(s.atOnce(func(i int) (*client, string, vars) {
			return s.A.Owner, "updateSubAccount", vars{
				"orgId": s.A.ID, "id": me.ID,
				"roleIds": []string{[]string{one, two}[i%2]},
			}
		}), map[string]int{"updateSubAccount ": crowd})
		if n := s.Store.Client.SubAccountRole.Query().Where(
			subaccountrole.SubAccountID(me.ID)).CountX(context.Background()); n != 1 {
			s.Errorf("holds %d roles", n)
		}
	})
}

func TestBatchesInOppositeOrder(t *testing.T) {
	t.Parallel()
	eachRace(t, func(s *fixture) {
		var ids []string
		for i := range 6 {
			ids = append(ids, s.seat(fmt.Sprint("批", i)).ID)
		}
		back := slices.Clone(ids)
		slices.Reverse(back)
		s.ends(s.atOnce(func(i int) (*client, string, vars) {
			if i%2 == 0 {
				return s.A.Owner, "disableSubAccounts", vars{"orgId": s.A.ID, "ids": ids}
			}
			return s.A.Owner, "enableSubAccounts", vars{"orgId": s.A.ID, "ids": back, "policy": "ALL_OR_NOTHING"}
		}), map[string]int{"disableSubAccounts ": crowd / 2, "enableSubAccounts ": crowd / 2})
		off := s.Store.Client.SubAccount.Query().Where(subaccount.IDIn(ids...),
			subaccount.StatusEQ(subaccount.StatusDISABLED)).CountX(context.Background())
		if off != 0 && off != len(ids) {
			s.Errorf("%d of %d are disabled: two batches were mixed", off, len(ids))
		}
		s.ends(s.atOnce(func(i int) (*client, string, vars) {
			return s.A.Owner, "deleteSubAccounts", vars{"orgId": s.A.ID, "ids": [][]string{ids, back}[i%2]}
		}), map[string]int{"deleteSubAccounts ": 1, "deleteSubAccounts NOT_FOUND": crowd - 1})
	})
}

func TestAnAccountOpensOneOrg(t *testing.T) {
	t.Parallel()
	eachRace(t, func(s *fixture) {
		s.ends(s.atOnce(func(int) (*client, string, vars) { return s.Stranger, "createOrg", vars{"name": "我的"} }),
			map[string]int{"createOrg ": 1, "createOrg ACCOUNT_OWNS_ORG": crowd - 1})
		if n := s.Store.Client.Org.Query().Where(org.Name("我的")).CountX(context.Background()); n != 1 {
			s.Errorf("%d orgs", n)
		}
	})
}

func TestTheLastCreatorsAndTasksAreMadeAtOnce(t *testing.T) {
	t.Parallel()
	eachRace(t, func(s *fixture) {
		full := s.pack()
		for range 3 {
			page := full.Owner.Do(
				`query($org: ID!) { org(id: $org) { creators(first: 1, filter: {statuses: [SIGNED]}) { nodes { id } }
					tasks(first: 1, filter: {statuses: [DRAFT]}) { nodes { id } } } }`, vars{"org": full.ID}).OK()
			s.must(full.Owner, "endCreators", vars{"orgId": full.ID, "ids": page.Texts("org.creators.nodes", "id")})
			s.must(full.Owner, "closeTask", vars{"orgId": full.ID, "id": page.Text("org.tasks.nodes.0.id")})
		}
		s.ends(s.atOnce(func(i int) (*client, string, vars) {
			if i%2 == 0 {
				return full.Owner, "createTask", vars{"orgId": full.ID, "title": "新"}
			}
			return full.Owner, "createCreator", vars{"orgId": full.ID, "name": "新", "platformId": fmt.Sprint("new", i)}
		}), map[string]int{
			"createTask ": 3, "createTask TOO_MANY": crowd/2 - 3, "createCreator ": 3,
			"createCreator TOO_MANY": crowd/2 - 3,
		})
	})
}
