package apitest_test

import (
	"encoding/json"
	"fmt"
	"testing"

	"deputy/internal/apitest"
	"deputy/internal/store"
	"deputy/internal/store/storetest"
)

// TestAWorldThatIsCopiedIsLikeOneThatIsBuilt builds a world through the API and compares what its people are told with
// what those of a copy are.
func TestAWorldThatIsCopiedIsLikeOneThatIsBuilt(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.Store) {
		copied := apitest.NewWorld(t, db)
		built := apitest.BuildWorld(t, storetest.Open(t, db.Dialect()), apitest.Options{})
		want, got := seen(t, built), seen(t, copied)
		for who, answer := range want {
			if got[who] != answer {
				t.Errorf("%s: %s\nwant %s", who, got[who], answer)
			}
		}
		// A copy goes on as the original would.
		more := copied.Seat(t, copied.A, "13901000077", "新员", copied.A.Roles["客服"])
		now := copied.A.Owner.Do("{ viewer { ownedOrg { subAccounts { nodes { name } } } } }",
			nil).OK().Texts("viewer.ownedOrg.subAccounts.nodes", "name")
		if len(now) != len(copied.A.Seats)+2 || now[len(now)-1] != "新员" {
			t.Errorf("with %s there are %q", more.ID, now)
		}
	})
}

// seen returns what everybody of a world is told, without what differs from one world to the next.
func seen(t *testing.T, w *apitest.World) map[string]string {
	t.Helper()
	told := map[string]string{}
	tell := func(name string, c *apitest.Client) {
		a := c.Do(`{ viewer { account { phone email } seats { orgName name status viewerGrants: org { viewerGrants { module actions scope } } } ownedOrg { name ownerName
			roles { nodes { name description grants { module actions scope } } } subAccounts { totalCount nodes { name phone status roles { name } } }
			auditEvents(first: 100) { totalCount nodes { operation outcome actor { name } targets { nodes { type label } } } } } } }`, nil).OK()
		body, err := json.Marshal(a.Data)
		if err != nil {
			t.Fatal(err)
		}
		told[name] = string(body)
	}
	for i, a := range []*apitest.Agency{w.A, w.B} {
		tell(fmt.Sprint(i, "owner"), a.Owner)
		tell(fmt.Sprint(i, "disabled"), a.Disabled.Client)
		for role, seat := range a.Seats {
			tell(fmt.Sprint(i, role), seat.Client)
		}
	}
	tell("stranger", w.Stranger)
	return told
}
