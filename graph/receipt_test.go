package graph_test

import (
	"slices"
	"strings"
	"sync"
	"testing"

	"deputy/internal/apitest"
	"deputy/internal/store"
	"deputy/internal/store/storetest"
)

const createNamed = `mutation($org: ID!, $name: String!) { createRole(input: {orgId: $org, name: $name, grants: []}) {
	role { id name } userErrors { code } } }`

func TestAMutationWithAKeyIsDoneOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.Store) {
		w := apitest.NewWorld(t, db)
		owner := *w.A.Owner
		owner.Header = map[string][]string{"Idempotency-Key": {"create role 1"}}
		first := owner.Do(createNamed, apitest.Vars{"org": w.A.ID, "name": "直播"}).OK()
		again := owner.Do(createNamed, apitest.Vars{"org": w.A.ID, "name": "直播"}).OK()
		if first.Text("createRole.role.id") == "" || first.Body != again.Body {
			t.Errorf("answers differ:\n%s\n%s", first.Body, again.Body)
		}
		if code := owner.Do(createNamed, apitest.Vars{"org": w.A.ID, "name": "别的"}).Code(); code != "IDEMPOTENCY_CONFLICT" {
			t.Errorf("another request under the key: %q", code)
		}

		t.Run("keys belong to an account", func(t *testing.T) {
			other := *w.B.Owner
			other.Header = owner.Header
			if id := other.Do(createNamed, apitest.Vars{
				"org":  w.B.ID,
				"name": "直播",
			}).OK().Text("createRole.role.id"); id == "" || id == first.Text("createRole.role.id") {
				t.Errorf("the other owner was answered role %q", id)
			}
		})

		t.Run("grants are checked again", func(t *testing.T) {
			seat := w.A.Seats["运营"]
			if code := seat.Do(createNamed, apitest.Vars{"org": w.A.ID, "name": "直播"}).Code(); code != "FORBIDDEN" {
				t.Errorf("a sub-account was answered %q", code)
			}
		})

		t.Run("a batch with refusals is answered the same", func(t *testing.T) {
			owner.Header = map[string][]string{"Idempotency-Key": {"disable 1"}}
			const disable = `mutation($org: ID!, $ids: [ID!]!) { disableSubAccounts(input: {orgId: $org, ids: $ids}) {
				subAccounts { id status } userErrors { code message field } } }`
			vars := apitest.Vars{"org": w.A.ID, "ids": []string{w.A.Seats["客服"].ID, "sub_00000000000000000000"}}
			done, again := owner.Do(disable, vars).OK(), owner.Do(disable, vars).OK()
			if len(done.List("disableSubAccounts.userErrors")) != 1 || done.Body != again.Body {
				t.Errorf("answers differ:\n%s\n%s", done.Body, again.Body)
			}
		})
	})
}

func TestKeysWhereTheyHaveNoMeaning(t *testing.T) {
	storetest.Rules(t, func(t *testing.T, db *store.Store) {
		w := apitest.NewWorld(t, db)
		owner := *w.A.Owner
		for name, c := range map[string]struct{ key, query string }{
			"two mutations":  {"1", `mutation { a: signOut { endedId } b: signOut { endedId } }`},
			"an endless key": {strings.Repeat("k", 256), `mutation { signOut { endedId } }`},
			"an empty key":   {"", `mutation { signOut { endedId } }`},
		} {
			owner.Header = map[string][]string{"Idempotency-Key": {c.key}}
			if code := owner.Do(c.query, nil).Code(); code != "BAD_REQUEST" {
				t.Errorf("%s: %q", name, code)
			}
		}
		owner.Header = map[string][]string{"Idempotency-Key": {"1"}}
		owner.Do(`{ viewer { seatLimit } modules { module } }`, nil).OK() // of no meaning for queries, and no harm
	})
}

// TestAKeyIsIgnoredWhereNothingIsKept has a client that sets a key on every mutation sign in and bind: nothing is
// refused for it, and nothing is answered again.
func TestAKeyIsIgnoredWhereNothingIsKept(t *testing.T) {
	storetest.Rules(t, func(t *testing.T, db *store.Store) {
		w := apitest.NewWorld(t, db)
		key := map[string][]string{"Idempotency-Key": {"the same"}}
		person, owner := w.Nobody(t), *w.A.Owner
		person.Header, owner.Header = key, key
		const send = `mutation { sendCode(input: {to: {phone: "13912340001"}, purpose: SIGN_IN}) { flow userErrors { code } }
			}`
		flow := person.Do(send, nil).OK().Text("sendCode.flow")
		if refused := person.Do(send, nil).OK().UserErrors("sendCode"); !slices.Equal(refused, []string{"CODE_TOO_SOON"}) {
			t.Errorf("a second code: %v", refused)
		}
		in := `mutation { signIn(input: {code: {flow: "` + flow + `", code: "` + w.Codes.Of(flow) +
			`"}}) { token userErrors { code } } }`
		if token := person.Do(in, nil).OK().Text("signIn.token"); token == "" {
			t.Error("nobody signed in")
		}
		if a := person.Do(in, nil).OK(); a.Text("signIn.token") != "" || len(a.UserErrors("signIn")) != 1 {
			t.Errorf("the code was good twice: %s", a.Body)
		}
		bind := `mutation { sendBindCode(input: {orgId: "` + w.A.ID +
			`", to: {phone: "13912340002"}}) { flow userErrors { code } } }`
		if owner.Do(bind, nil).OK().Text("sendBindCode.flow") == "" {
			t.Error("no code to bind with")
		}
		if refused := owner.Do(bind, nil).OK().UserErrors("sendBindCode"); !slices.Equal(refused, []string{"CODE_TOO_SOON"}) {
			t.Errorf("a second code to bind with: %v", refused)
		}
		set := `mutation { setPassword(input: {code: {flow: "` + flow +
			`", code: "000000"}, password: "long enough 1"}) { userErrors { code } } }`
		if refused := person.Do(set, nil).OK().UserErrors("setPassword"); len(refused) != 1 {
			t.Errorf("a password: %v", refused)
		}
	})
}

func TestOneKeyAtTheSameInstantIsDoneOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.Store) {
		w := apitest.NewWorld(t, db)
		var (
			wg  sync.WaitGroup
			mu  sync.Mutex
			ids = map[string]int{}
		)
		for range 20 {
			wg.Go(func() {
				owner := *w.A.Owner
				owner.Header = map[string][]string{"Idempotency-Key": {"at once"}}
				answer := owner.Do(createNamed, apitest.Vars{"org": w.A.ID, "name": "同时"})
				mu.Lock()
				defer mu.Unlock()
				switch code := answer.Code(); {
				case code == "":
					ids[answer.Text("createRole.role.id")]++
				case code != "IDEMPOTENCY_CONFLICT":
					t.Errorf("answered %s", answer.Body)
				}
			})
		}
		wg.Wait()
		if len(ids) != 1 || ids[""] > 0 {
			t.Errorf("answered as %v", ids)
		}
	})
}
