package agency_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"

	"deputy/ent"
	"deputy/ent/account"
	"deputy/ent/org"
	"deputy/ent/role"
	"deputy/ent/subaccount"
	"deputy/ent/subaccountrole"
	"deputy/internal/access"
	"deputy/internal/agency"
	"deputy/internal/audit"
	"deputy/internal/form"
	"deputy/internal/store"
	"deputy/internal/viewer"
)

// crowd is how many do the same thing at the same moment.
const crowd = 50

// atOnce runs f for 0 to crowd-1 at the same moment and returns how often it ended in each way, as said tells; "" is
// done.
func atOnce(f func(i int) error) map[string]int {
	var (
		ready, done sync.WaitGroup
		mu          sync.Mutex
		start       = make(chan struct{})
		ends        = map[string]int{}
	)
	ready.Add(crowd)
	for i := range crowd {
		done.Go(func() {
			ready.Done()
			<-start
			end := said(f(i))
			mu.Lock()
			defer mu.Unlock()
			ends[end]++
		})
	}
	ready.Wait()
	close(start)
	done.Wait()
	return ends
}

// ends checks how the crowd fared.
func (w *world) ends(got, want map[string]int) {
	w.Helper()
	if !maps.Equal(got, want) {
		w.Errorf("the crowd ended in %v, want %v", got, want)
	}
}

// only checks that the crowd ended in no other way than these.
func (w *world) only(got map[string]int, known ...string) {
	w.Helper()
	for end, n := range got {
		if !slices.Contains(known, end) {
			w.Errorf("%d of the crowd ended in %q", n, end)
		}
	}
}

func TestFiftyOrgsBindOnePersonAtOnce(t *testing.T) {
	each(t, func(w *world) {
		var (
			owners []*viewer.Viewer
			orgs   []string
			roles  []string
		)
		for range crowd {
			owner, opened := w.open("机构")
			owners, orgs, roles = append(owners, owner), append(orgs, opened.ID), append(roles, w.role(opened.ID, "客服").ID)
		}
		phone := w.number() // nobody has it yet, so the account too is made by fifty at once
		w.ends(atOnce(func(i int) error {
			_, err := w.bind(owners[i], orgs[i], "小王", phone, roles[i])
			return err
		}), map[string]int{"": agency.MaxSeats, "ORG_LIMIT_REACHED input": crowd - agency.MaxSeats})
		slots := w.s.Client.SubAccount.Query().Order(subaccount.BySlot()).Select(subaccount.FieldSlot).IntsX(w.Context())
		for i, slot := range slots {
			same(w, "slot", slot, i+1)
		}
		same(w, "seats", len(slots), agency.MaxSeats)
		same(w, "accounts of the phone", w.s.Client.Account.Query().Where(account.Phone(phone)).CountX(w.Context()), 1)
	})
}

func TestSomebodyOpensAnOrgWhileOthersBindThem(t *testing.T) {
	each(t, func(w *world) {
		owner, opened := w.open("甲")
		second, other := w.open("乙")
		desk, desk2 := w.role(opened.ID, "客服").ID, w.role(other.ID, "客服").ID
		for range 5 {
			person := w.person()
			phone := *w.s.Client.Account.GetX(w.Context(), person.AccountID).Phone
			w.only(atOnce(func(i int) (err error) {
				switch i % 4 {
				case 0:
					_, err = w.bind(owner, opened.ID, "小王", phone, desk)
				case 1:
					_, err = w.bind(second, other.ID, "小王", phone, desk2)
				default:
					_, err = w.createOrg(person, "丙")
				}
				return err
			}), "", "ACCOUNT_OWNS_ORG input", "ACCOUNT_HAS_SEATS input", "ALREADY_BOUND input")
			owns := w.s.Client.Org.Query().Where(org.OwnerID(person.AccountID)).CountX(w.Context())
			seats := w.s.Client.SubAccount.Query().Where(subaccount.AccountID(person.AccountID)).CountX(w.Context())
			if !(owns == 1 && seats == 0 || owns == 0 && seats == 2) {
				w.Errorf("somebody owns %d orgs and has %d seats", owns, seats)
			}
		}
	})
}

func TestSomebodyOpensFiftyOrgsAtOnce(t *testing.T) {
	each(t, func(w *world) {
		person := w.person()
		w.ends(atOnce(func(int) error {
			_, err := w.createOrg(person, "甲")
			return err
		}), map[string]int{"": 1, "ACCOUNT_OWNS_ORG input": crowd - 1})
		same(w, "roles", w.s.Client.Role.Query().CountX(w.Context()), 4)
	})
}

func TestOnePersonIsBoundFiftyTimesAtOnce(t *testing.T) {
	each(t, func(w *world) {
		owner, opened := w.open("甲")
		desk := w.role(opened.ID, "客服").ID
		phone := w.number()
		want := map[string]int{"": 1, "ALREADY_BOUND input": crowd - 1}
		w.ends(atOnce(func(int) error {
			_, err := w.bind(owner, opened.ID, "小王", phone, desk)
			return err
		}), want)
		// The account's lock and the database hold where a caller forgot the org's.
		phone = w.number()
		w.ends(atOnce(func(int) error {
			return w.unlocked(owner, opened.ID, func(ctx context.Context, tx *store.Tx, act audit.Entry) error {
				_, err := w.a.CreateSubAccount(ctx, tx, act, w.fresh("小李", phone, desk))
				return err
			})
		}), want)
	})
}

// unlocked runs an operation for a caller that forgot the org's lock.
func (w *world) unlocked(v *viewer.Viewer, orgID string, f func(context.Context, *store.Tx, audit.Entry) error) error {
	return w.s.Write(w.Context(), func(ctx context.Context, tx *store.Tx) error {
		return f(ctx, tx, audit.Entry{Viewer: v, OrgID: orgID, Operation: "unlocked", At: w.now()})
	})
}

func TestOneRoleNameIsTakenFiftyTimesAtOnce(t *testing.T) {
	each(t, func(w *world) {
		owner, opened := w.open("甲")
		sales := w.role(opened.ID, "商务").ID
		w.only(atOnce(func(i int) (err error) {
			if i%2 == 0 {
				_, err = w.updateRole(owner, opened.ID, sales, agency.RoleChange{Name: new("主播")})
			} else {
				_, err = w.createRole(owner, opened.ID, "主播", "")
			}
			return err
		}), "", "NAME_TAKEN input.name")
		named := w.s.Client.Role.Query().Where(role.OrgID(opened.ID), role.Name("主播")).CountX(w.Context())
		same(w, "roles of one name", named, 1)
		w.ends(atOnce(func(int) error {
			return w.unlocked(owner, opened.ID, func(ctx context.Context, tx *store.Tx, act audit.Entry) error {
				_, err := w.a.CreateRole(ctx, tx, act, "编导", "", nil)
				return err
			})
		}), map[string]int{"": 1, "NAME_TAKEN input.name": crowd - 1})
	})
}

func TestTheLastRolesOfAnOrgAreMadeAtOnce(t *testing.T) {
	each(t, func(w *world) {
		owner, opened := w.open("甲")
		w.ok(w.do(owner, opened.ID, "fill", func(ctx context.Context, tx *store.Tx, act audit.Entry) error {
			for i := range agency.MaxRoles - 4 - 3 {
				if _, err := w.a.CreateRole(ctx, tx, act, fmt.Sprint("旧岗", i), "", []access.Grant{view(access.Data)}); err != nil {
					return err
				}
			}
			return nil
		}))
		w.ends(atOnce(func(i int) error {
			_, err := w.createRole(owner, opened.ID, fmt.Sprint("新岗", i), "")
			return err
		}), map[string]int{"": 3, "TOO_MANY input": crowd - 3})
	})
}

func TestARoleIsDeletedWhileItIsGiven(t *testing.T) {
	each(t, func(w *world) {
		owner, opened := w.open("甲")
		keep := w.role(opened.ID, "客服").ID
		holder := w.seat(owner, opened.ID, "老王", keep)
		for _, name := range []string{"运营", "商务", "财务"} {
			given := w.role(opened.ID, name).ID
			ends := atOnce(func(i int) (err error) {
				switch i % 3 {
				case 0:
					err = w.deleteRole(owner, opened.ID, given)
				case 1:
					_, err = w.bind(owner, opened.ID, "小王", w.number(), given)
				default:
					roles := [][]string{{keep}, {keep, given}}[i%2]
					_, err = w.updateSubAccount(owner, opened.ID, holder.ID, agency.SubAccountChange{RoleIDs: &roles})
				}
				return err
			})
			w.only(ends, "", "ROLE_IN_USE input.id", "NOT_FOUND input.id", "NOT_FOUND input.roleIds.0",
				"NOT_FOUND input.roleIds.1")
			left := w.s.Client.Role.Query().Where(role.ID(given)).CountX(w.Context())
			held := w.s.Client.SubAccountRole.Query().Where(subaccountrole.RoleID(given)).CountX(w.Context())
			if left == 0 && held > 0 || left == 1 && held == 0 {
				w.Errorf("%d roles with %d holders, after %v", left, held, ends)
			}
		}
		roleless := w.s.Client.SubAccount.Query().Where(subaccount.Not(subaccount.HasRoles())).CountX(w.Context())
		same(w, "sub-accounts without a role", roleless, 0)
	})
}

func TestRolesAreTakenFromOneSubAccountAtOnce(t *testing.T) {
	each(t, func(w *world) {
		owner, opened := w.open("甲")
		one, two := w.role(opened.ID, "运营").ID, w.role(opened.ID, "客服").ID
		made := w.seat(owner, opened.ID, "小王", one, two)
		change := func(i int) agency.SubAccountChange {
			return agency.SubAccountChange{RoleIDs: &[]string{[]string{one, two}[i%2]}}
		}
		w.ends(atOnce(func(i int) error {
			_, err := w.updateSubAccount(owner, opened.ID, made.ID, change(i))
			return err
		}), map[string]int{"": crowd})
		same(w, "roles", w.s.Client.SubAccountRole.Query().CountX(w.Context()), 1)
		w.ends(atOnce(func(i int) error {
			return w.unlocked(owner, opened.ID, func(ctx context.Context, tx *store.Tx, act audit.Entry) error {
				_, err := w.a.UpdateSubAccount(ctx, tx, act, made.ID, change(i))
				return err
			})
		}), map[string]int{"": crowd})
		same(w, "roles", w.s.Client.SubAccountRole.Query().CountX(w.Context()), 1)
	})
}

func TestBatchesOverTheSameIdsInOppositeOrder(t *testing.T) {
	each(t, func(w *world) {
		owner, opened := w.open("甲")
		desk := w.role(opened.ID, "客服").ID
		var ids []string
		var people []*viewer.Viewer
		for range 20 {
			made := w.seat(owner, opened.ID, "某", desk)
			ids, people = append(ids, made.ID), append(people, w.asking(made.AccountID))
		}
		backwards := slices.Clone(ids)
		slices.Reverse(backwards)
		orders := [][]string{ids, backwards}
		status := func(i int) subaccount.Status {
			return []subaccount.Status{subaccount.StatusDISABLED, subaccount.StatusENABLED}[i/2%2]
		}
		w.ends(atOnce(func(i int) error {
			return w.status(owner, opened.ID, status(i), form.AllOrNothing, orders[i%2]...).err
		}), map[string]int{"": crowd})
		// The rows are locked by id where a caller forgot the org's lock.
		w.ends(atOnce(func(i int) error {
			return w.unlocked(owner, opened.ID, func(ctx context.Context, tx *store.Tx, act audit.Entry) error {
				_, _, err := w.a.SetStatus(ctx, tx, act, orders[i%2], status(i), form.AllOrNothing)
				return err
			})
		}), map[string]int{"": crowd})
		same(w, "statuses", len(w.s.Client.SubAccount.Query().GroupBy(subaccount.FieldStatus).StringsX(w.Context())), 1)

		// Each seat is given up by its person, deleted in batches from both ends, and stopped, all at once.
		gone := map[string]int{}
		var mu sync.Mutex
		ends := atOnce(func(i int) error {
			switch {
			case i < 20:
				err := w.release(people[i], opened.ID)
				if err == nil {
					mu.Lock()
					defer mu.Unlock()
					gone[ids[i]]++
				}
				return err
			case i < 40:
				b := w.delete(owner, opened.ID, nil, form.PerItem, orders[i%2]...)
				mu.Lock()
				defer mu.Unlock()
				for _, deleted := range b.done {
					gone[deleted]++
				}
				return nil
			default:
				w.status(owner, opened.ID, status(i), form.PerItem, orders[i%2]...)
				return nil
			}
		})
		w.only(ends, "", "NOT_FOUND input.orgId")
		same(w, "left", w.s.Client.SubAccount.Query().CountX(w.Context()), 0)
		for _, subID := range ids {
			same(w, "times gone", gone[subID], 1)
		}
	})
}

// TestEveryEventOfACrowdIsOnRecord compares what a crowd was told with what is on record.
func TestEveryEventOfACrowdIsOnRecord(t *testing.T) {
	each(t, func(w *world) {
		owner, opened := w.open("甲")
		desk := w.role(opened.ID, "客服").ID
		before := w.events(opened.ID)
		var ids []string
		var mu sync.Mutex
		w.ends(atOnce(func(i int) error {
			var made *ent.SubAccount
			made, err := w.bind(owner, opened.ID, fmt.Sprint("员工", i), w.number(), desk)
			if err == nil {
				mu.Lock()
				defer mu.Unlock()
				ids = append(ids, made.ID)
			}
			return err
		}), map[string]int{"": crowd})
		same(w, "events", w.events(opened.ID)-before, crowd)
		var known []string
		for _, target := range w.s.Client.AuditTarget.Query().AllX(w.Context()) {
			known = append(known, target.TargetID)
		}
		for _, subID := range ids {
			if !slices.Contains(known, subID) {
				w.Errorf("%s is on no record: %s", subID, strings.Join(known, " "))
			}
		}
	})
}
