package graph_test

import (
	"testing"

	"deputy/internal/apitest"
	"deputy/internal/store"
	"deputy/internal/store/storetest"
)

func TestNestedQueryTakesOneStatementALevel(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.Store) {
		w := apitest.NewWorld(t, db)
		for name, q := range map[string]struct {
			query  string
			budget int
		}{
			"the nested query": {`query($id: ID!) { org(id: $id) { name roles(first: 20) { totalCount nodes { name modules
				subAccounts(first: 50) { totalCount nodes { name status roles { name } } } } } } }`, 6},
			"four levels": {
				`query($id: ID!) { org(id: $id) { roles { nodes { subAccounts { nodes { roles { subAccounts { nodes { name } } } } }
					} } } }`, 5,
			},
		} {
			t.Run(name, func(t *testing.T) {
				var answer *apitest.Answer
				statements := w.Statements(func() { answer = w.A.Owner.Do(q.query, apitest.Vars{"id": w.A.ID}).OK() })
				if len(statements) > q.budget {
					t.Errorf("%d statements, budget %d:\n%v", len(statements), q.budget, statements)
				}
				if got := len(answer.List("org.roles.nodes")); got != 5 {
					t.Errorf("%d roles: %s", got, answer.Body)
				}
			})
		}
	})
}
