package race

import (
	"fmt"
	"slices"
	"sync"
	"testing"

	"entgo.io/ent/dialect"

	"deputy/e2e/cluster"
)

func TestRacesThroughTwoServersOnPostgres(t *testing.T) {
	t.Parallel()
	races(t, dialect.Postgres, 2)
}

func TestRacesOnSQLite(t *testing.T) {
	t.Parallel()
	races(t, dialect.SQLite, 1)
}

// aWorld is how many rounds are run in one world: an org has 100 roles at most.
const aWorld = 50

// races runs each race, round after round.
func races(t *testing.T, d string, servers int) {
	t.Helper()
	for done := 0; done < *rounds; done += aWorld {
		t.Run(fmt.Sprint("from round ", done), func(t *testing.T) {
			newWorld(t, d, servers).races(min(aWorld, *rounds-done))
		})
	}
}

// races looks after each race whether a rule is broken.
func (w *world) races(rounds int) {
	w.Helper()
	for round := range rounds {
		for _, race := range []func(){
			w.twentyFirstSeat, w.ownerAgainstSubAccount, w.doubleBinding, w.wrongCodes, w.oneCodeTwice,
			w.roleDeletedWhileGiven, w.lastRoleRemovedTwice, w.oppositeBatches, w.oppositeDeletes,
		} {
			race()
			found, err := cluster.Violations(w.Context(), w.db)
			if err != nil || len(found) > 0 {
				w.Fatalf("round %d: %v %v", round, found, err)
			}
		}
	}
	w.Logf("%d rounds", rounds)
}

// One person is bound in all orgs at once.
func (w *world) twentyFirstSeat() {
	w.Helper()
	phone := w.number()
	codes := make([]cluster.Vars, orgs)
	w.at("codes for the 21st seat", orgs, func(i int) string {
		flow, code, err := w.client.BindCode(w.Context(), w.server(i), w.owners[i], phone)
		codes[i] = cluster.Vars{"flow": flow, "code": code}
		return said(err)
	}).want(map[string]int{"": orgs})
	w.at("the 21st seat", orgs, func(i int) string {
		return w.bind(i, w.owners[i], codes[i], w.owners[i].RoleID)
	}).want(map[string]int{"": 20, "ORG_LIMIT_REACHED": orgs - 20})
}

// bind spends a code through the server of that number.
func (w *world) bind(i int, o cluster.Owner, code cluster.Vars, roleIDs ...string) string {
	flow, _ := code["flow"].(string)
	digits, _ := code["code"].(string)
	return w.ask(w.server(i), o.Token, "createSubAccount", cluster.CreateSubAccount,
		cluster.SubAccount(o, "小王", flow, digits, roleIDs...))
}

// Somebody opens an org while two orgs bind them.
func (w *world) ownerAgainstSubAccount() {
	w.Helper()
	phone, token := w.number(), ""
	token, err := w.client.SignIn(w.Context(), w.server(0), phone)
	if err != nil {
		w.Fatal(err)
	}
	codes := []cluster.Vars{
		w.flow(w.client.BindCode(w.Context(), w.server(0), w.owners[0], phone)),
		w.flow(w.client.BindCode(w.Context(), w.server(1), w.owners[1], phone)),
	}
	w.at("owner against sub-account", 6, func(i int) string {
		if i >= 4 {
			return w.bind(i, w.owners[i-4], codes[i-4], w.owners[i-4].RoleID)
		}
		return w.ask(w.server(i), token, "createOrg", cluster.CreateOrg, cluster.Vars{"name": "新机构"})
	}).only("", "ACCOUNT_OWNS_ORG", "ACCOUNT_HAS_SEATS")
	owns := len(w.texts(`SELECT o.id FROM orgs o JOIN accounts a ON a.id = o.owner_id WHERE a.phone = $1`, "+86"+phone))
	sits := len(w.texts(`SELECT s.id FROM sub_accounts s JOIN accounts a ON a.id = s.account_id WHERE a.phone = $1`,
		"+86"+phone))
	if !(owns == 1 && sits == 0 || owns == 0 && sits == 2) {
		w.Fatalf("somebody owns %d orgs and has %d seats", owns, sits)
	}
}

// One person is bound in one org with several codes at once.
func (w *world) doubleBinding() {
	w.Helper()
	phone, owner := w.number(), w.owners[0]
	codes := make([]cluster.Vars, 6)
	for i := range codes {
		codes[i] = w.flow(w.client.BindCode(w.Context(), w.server(i), owner, phone))
	}
	w.at("double binding", len(codes), func(i int) string { return w.bind(i, owner, codes[i], owner.RoleID) }).
		want(map[string]int{"": 1, "ALREADY_BOUND": len(codes) - 1})
}

// 50 wrong codes are tried on one flow, and then the right one.
func (w *world) wrongCodes() {
	w.Helper()
	code := w.flow(w.client.SignInCode(w.Context(), w.server(0), w.number()))
	right, _ := code["code"].(string)
	wrong := fmt.Sprintf("%c%s", '0'+(right[0]-'0'+1)%10, right[1:])
	try := func(i int, digits string) string {
		return w.ask(w.server(i), "", "signIn", cluster.SignInWithCode,
			cluster.Vars{"code": cluster.Vars{"flow": code["flow"], "code": digits}})
	}
	w.at("wrong codes", 50, func(i int) string { return try(i, wrong) }).want(map[string]int{
		"CODE_WRONG":        5,
		"TOO_MANY_ATTEMPTS": 45,
	})
	w.at("the right code, too late", 1, func(i int) string {
		return try(i,
			right)
	}).want(map[string]int{"TOO_MANY_ATTEMPTS": 1})
}

// One code is used by several at once, to sign in and to bind.
func (w *world) oneCodeTwice() {
	w.Helper()
	phone := w.number()
	code := w.flow(w.client.SignInCode(w.Context(), w.server(0), phone))
	signedIn := w.at("one code to sign in", 8, func(i int) string {
		return w.ask(w.server(i), "", "signIn", cluster.SignInWithCode, cluster.Vars{"code": code})
	})
	signedIn.only("", "CODE_EXPIRED", "TOO_MANY_ATTEMPTS")
	sessions := w.texts(`SELECT s.id FROM sessions s JOIN accounts a ON a.id = s.account_id WHERE a.phone = $1`,
		"+86"+phone)
	if signedIn.how[""] != 1 || len(sessions) != 1 {
		w.Fatalf("one code signed in %d times, with %d sessions", signedIn.how[""], len(sessions))
	}
	owner := w.owners[2]
	bind := w.flow(w.client.BindCode(w.Context(), w.server(0), owner, w.number()))
	bound := w.at("one code to bind", 4, func(i int) string { return w.bind(i, owner, bind, owner.RoleID) })
	bound.only("", "CODE_EXPIRED")
	if bound.how[""] != 1 {
		w.Fatalf("one code bound %d times", bound.how[""])
	}
}

const (
	createRole = `mutation($org: ID!, $name: String!) { createRole(input:
		{orgId: $org, name: $name, grants: [{module: TASKS}]}) { role { id } userErrors { code } } }`
	deleteRole = `mutation($org: ID!, $id: ID!) { deleteRole(input: {orgId: $org, id: $id}) { deletedId userErrors { code }
		} }`
	giveRoles = `mutation($org: ID!, $id: ID!, $roles: [ID!]!) { updateSubAccount(input:
		{orgId: $org, id: $id, roleIds: $roles}) { subAccount { id } userErrors { code } } }`
	setStatus = `mutation($org: ID!, $ids: [ID!]!) { %sSubAccounts(input:
		{orgId: $org, ids: $ids, policy: ALL_OR_NOTHING}) { subAccounts { id } userErrors { code } } }`
	deleteSome = `mutation($org: ID!, $ids: [ID!]!) { deleteSubAccounts(input: {orgId: $org, ids: $ids}) {
		deletedIds userErrors { code } } }`
)

// role makes a role in the first org.
func (w *world) role() string {
	w.Helper()
	name := fmt.Sprint("岗", w.number()[4:])
	a, err := w.client.Do(w.Context(), w.server(0), w.owners[0].Token, "createRole", createRole,
		cluster.Vars{"org": w.owners[0].OrgID, "name": name})
	if err != nil {
		w.Fatal(err)
	}
	return a.Text("createRole.role.id")
}

// A role is deleted while it is given, taken and given to somebody new.
func (w *world) roleDeletedWhileGiven() {
	w.Helper()
	owner, given := w.owners[0], w.role()
	code := w.flow(w.client.BindCode(w.Context(), w.server(0), owner, w.number()))
	w.at("a role deleted while it is given", 10, func(i int) string {
		switch {
		case i < 3:
			return w.ask(w.server(i), owner.Token, "deleteRole", deleteRole, cluster.Vars{"org": owner.OrgID, "id": given})
		case i == 3:
			return w.bind(i, owner, code, given)
		default:
			return w.give(i, w.ids[i%2], [][]string{{owner.RoleID}, {owner.RoleID, given}}[i/2%2]...)
		}
	}).only("", "ROLE_IN_USE", "NOT_FOUND")
	w.at("the role is taken back", 2, func(i int) string {
		return w.give(i, w.ids[i],
			owner.RoleID)
	}).want(map[string]int{"": 2})
	exists, held := len(w.texts(`SELECT id FROM roles WHERE id = $1`, given)),
		len(w.texts(`SELECT sub_account_id FROM sub_account_roles WHERE role_id = $1`, given))
	switch {
	case exists != held: // only the new person may still have it
		w.Fatalf("%d roles with %d holders", exists, held)
	case exists == 1:
		w.at("the role in use", 1, func(i int) string {
			return w.ask(w.server(i), owner.Token, "deleteRole", deleteRole, cluster.Vars{"org": owner.OrgID, "id": given})
		}).want(map[string]int{"ROLE_IN_USE": 1})
	}
}

func (w *world) give(i int, subAccountID string, roleIDs ...string) string {
	return w.ask(w.server(i), w.owners[0].Token, "updateSubAccount", giveRoles,
		cluster.Vars{"org": w.owners[0].OrgID, "id": subAccountID, "roles": roleIDs})
}

// A sub-account has two roles, and each is taken at once.
func (w *world) lastRoleRemovedTwice() {
	w.Helper()
	owner, id, other := w.owners[0], w.ids[0], w.role()
	w.at("two roles", 1, func(i int) string { return w.give(i, id, owner.RoleID, other) }).want(map[string]int{"": 1})
	w.at("the last role removed twice", 6, func(i int) string {
		return w.give(i, id, []string{owner.RoleID, other}[i%2])
	}).want(map[string]int{"": 6})
	if left := w.texts(`SELECT role_id FROM sub_account_roles WHERE sub_account_id = $1`, id); len(left) != 1 {
		w.Fatalf("it has the roles %v", left)
	}
	w.at("the first role again", 1, func(i int) string { return w.give(i, id, owner.RoleID) }).want(map[string]int{"": 1})
	w.at("the other role deleted", 1, func(i int) string {
		return w.ask(w.server(i), owner.Token, "deleteRole", deleteRole, cluster.Vars{"org": owner.OrgID, "id": other})
	}).want(map[string]int{"": 1})
}

// Batches over the same ids in opposite order, one through each server.
func (w *world) oppositeBatches() {
	w.Helper()
	owner, orders := w.owners[0], both(w.ids)
	w.at("batches in opposite order", 8, func(i int) string {
		status := []string{"disable", "enable"}[i/2%2]
		return w.ask(w.server(i), owner.Token, status+"SubAccounts", fmt.Sprintf(setStatus, status),
			cluster.Vars{"org": owner.OrgID, "ids": orders[i%2]})
	}).want(map[string]int{"": 8})
	query := `SELECT DISTINCT status FROM sub_accounts WHERE id IN ('` + w.ids[0] + `'`
	for _, id := range w.ids[1:] {
		query += `, '` + id + `'` // ids have no quotes
	}
	if statuses := w.texts(query + `)`); len(statuses) != 1 {
		w.Fatalf("batches were done in part: %v", statuses)
	}
}

// Two batches delete the same sub-accounts in opposite order, and each goes once.
func (w *world) oppositeDeletes() {
	w.Helper()
	owner, ids := w.owners[0], w.seats("seats to delete", 4)
	orders := both(ids)
	var (
		mu   sync.Mutex
		gone int
	)
	w.at("deletes in opposite order", 4, func(i int) string {
		a, end := w.answer(w.server(i), owner.Token, "deleteSubAccounts", deleteSome,
			cluster.Vars{"org": owner.OrgID, "ids": orders[i%2]})
		mu.Lock()
		defer mu.Unlock()
		gone += a.Len("deleteSubAccounts.deletedIds")
		return end
	}).only("", "NOT_FOUND")
	if gone != len(ids) {
		w.Fatalf("%d sub-accounts were deleted %d times", len(ids), gone)
	}
}

func both(ids []string) [][]string {
	backwards := slices.Clone(ids)
	slices.Reverse(backwards)
	return [][]string{ids, backwards}
}
