package graph_test

import (
	"encoding/json"
	"fmt"
	"reflect"
	"testing"

	"deputy/internal/apitest"
	"deputy/internal/store"
	"deputy/internal/store/storetest"
)

// TestSelectionsAnswerWhatTheySay asks the same rows in the many ways that a document can, with lists in lists.
func TestSelectionsAnswerWhatTheySay(t *testing.T) {
	storetest.Rules(t, func(t *testing.T, db *store.Store) {
		w := apitest.NewWorld(t, db)
		yes, no := apitest.Vars{"yes": true}, apitest.Vars{"yes": false}
		for _, q := range []struct {
			query string
			vars  apitest.Vars
			want  string
		}{
			{
				`{ a: roles(first: 1) { nodes { name } } b: roles(last: 1) { nodes { n: name, name } } }`, nil,
				`{"a": {"nodes": [{"name": "运营"}]}, "b": {"nodes": [{"n": "审计", "name": "审计"}]}}`,
			},
			{
				`{ roles(first: 1) { nodes { off: subAccounts(filter: {statuses: [DISABLED]}) { totalCount } on: subAccounts(filter:
					{statuses: [ENABLED]}) { totalCount nodes { name } } } } }`, nil,
				`{"roles": {"nodes": [{"off": {"totalCount": 0}, "on": {"totalCount": 1, "nodes": [{"name": "运营员"}]}}]}}`,
			},
			{
				`{ roles(last: 1) { nodes { name } } roles(last: 1) { totalCount nodes { subAccounts { totalCount } } } }`, nil,
				`{"roles": {"nodes": [{"name": "审计", "subAccounts": {"totalCount": 2}}], "totalCount": 5}}`,
			},
			{
				`{ roles(last: 1) { ...R } ... on Org { roles(last: 1) { nodes { description } } } } fragment R on RoleConnection {
					__typename nodes { __typename ... on Node { __typename id: __typename } ... on Role { name } } }`, nil,
				`{"roles": {"__typename": "RoleConnection", "nodes": [{"__typename": "Role", "id": "Role", "name": "审计", "description": ""}]}}`,
			},
			{
				`{ roles(last: 1) { nodes @skip(if: $yes) { name } totalCount @include(if: $yes) edges @include(if: $yes) { node {
					name description @skip(if: $yes) subAccounts @include(if: $yes) { totalCount } } } } }`, yes,
				`{"roles": {"totalCount": 5, "edges": [{"node": {"name": "审计", "subAccounts": {"totalCount": 2}}}]}}`,
			},
			{
				`{ roles(last: 1) { nodes @skip(if: $yes) { name } totalCount @include(if: $yes) edges @include(if: $yes) { node {
					name } } } }`, no,
				`{"roles": {"nodes": [{"name": "审计"}]}}`,
			},
			{
				`{ roles(last: 1) { ...R @include(if: $yes) ... @skip(if: $yes) { totalCount } } } fragment R on RoleConnection {
					nodes { name } }`, yes,
				`{"roles": {"nodes": [{"name": "审计"}]}}`,
			},
			{
				`{ roles(last: 1) { edges { node { subAccounts { nodes { roles { name } } } } } nodes { subAccounts(first: 1) {
					edges { node { roles { subAccounts(last: 1) { nodes { name } } } } } } } } }`, nil,
				`{"roles": {"edges": [{"node": {"subAccounts": {"nodes": [{"roles": [{"name": "审计"}]}, {"roles": [{"name": "审计"}]}]}}}],
				  "nodes": [{"subAccounts": {"edges": [{"node": {"roles": [{"subAccounts": {"nodes": [{"name": "停用员"}]}}]}}]}}]}}`,
			},
			{
				`{ roles(last: 1) { nodes { org { roles(first: 1) { nodes { org { name } } } } up: org { viewerIsOwner } } } }`,
				nil,
				`{"roles": {"nodes": [{"org": {"roles": {"nodes": [{"org": {"name": "甲机构"}}]}}, "up": {"viewerIsOwner": true}}]}}`,
			},
			{
				`{ roles(filter: {search: "没有"}) { totalCount nodes { subAccounts { totalCount } } edges { cursor } pageInfo {
					hasNextPage hasPreviousPage startCursor endCursor } } }`, nil,
				`{"roles": {"totalCount": 0, "nodes": [], "edges": [], "pageInfo": {"hasNextPage": false, "hasPreviousPage": false, "startCursor": null, "endCursor": null}}}`,
			},
		} {
			head, vars := "query($org: ID!) ", apitest.Vars{"org": w.A.ID}
			if q.vars != nil {
				head, vars["yes"] = "query($org: ID!, $yes: Boolean!) ", q.vars["yes"]
			}
			var want any
			if err := json.Unmarshal([]byte(q.want), &want); err != nil {
				t.Fatal(err)
			}
			answer := w.A.Owner.Do(head+"{ org(id: $org) "+inner(q.query), vars)
			if got := answer.Get("org"); !reflect.DeepEqual(got, want) || len(answer.Errors) > 0 {
				t.Errorf("%s\ngot  %s\nwant %s", q.query, answer.Body, q.want)
			}
		}
	})
}

// inner closes the operation before the fragments that follow the first selection set.
func inner(query string) string {
	depth := 0
	for i, c := range query {
		switch c {
		case '{':
			depth++
		case '}':
			if depth--; depth == 0 {
				return query[:i+1] + " }" + query[i+1:]
			}
		}
	}
	return query
}

func TestNodesAnswerInTheOrderOfTheIDs(t *testing.T) {
	storetest.Rules(t, func(t *testing.T, db *store.Store) {
		w := apitest.NewWorld(t, db)
		role, seat := w.A.Roles["运营"], w.A.Seats["财务"].ID
		answer := w.A.Owner.Do(
			`query($ids: [ID!]!) { nodes(ids: $ids) { __typename id ... on Role { name subAccounts { nodes { name } } }
				... on SubAccount { name held: roles { name } } ... on Org { name } } }`,
			apitest.Vars{"ids": []string{
				seat, "x", role, w.B.ID, w.A.ID, seat, w.B.Roles["运营"], "\x00",
				"rol_00000000000000000000",
			}}).OK()
		people := fmt.Sprintf(`map[__typename:SubAccount held:[map[name:财务]] id:%s name:财务员]`, seat)
		want := fmt.Sprintf(
			`[%[1]s <nil> map[__typename:Role id:%[2]s name:运营 subAccounts:map[nodes:[map[name:运营员]]]] <nil> map[__typename:Org id:%[3]s name:甲机构] %[1]s <nil> <nil> <nil>]`, people, role, w.A.ID)
		if got := fmt.Sprint(answer.Get("nodes")); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	})
}
