package main

import "testing"

// TestDifferFindsADifference plants differences of each kind into a response.
func TestDifferFindsADifference(t *testing.T) {
	t.Parallel()
	const answer = `{"data":{"org":{"name":"机构","total":1.50,"roles":[{"id":"a","email":null},{"id":"b","email":"b@x.example"}]}},"extensions":{"cost":1}}`
	for name, c := range map[string]struct{ other, at string }{
		"the same": {answer, ""},
		"another order": {
			`{"data":{"org":{"roles":[{"email":null,"id":"a"},{"id":"b","email":"b@x.example"}],"total":1.50,"name":"机构"}}}`,
			"",
		},
		"a text": {
			`{"data":{"org":{"name":"机构 ","total":1.50,"roles":[{"id":"a","email":null},{"id":"b","email":"b@x.example"}]}}}`,
			"data.org.name: 机构 and 机构 ",
		},
		"a number": {
			`{"data":{"org":{"name":"机构","total":1.51,"roles":[{"id":"a","email":null},{"id":"b","email":"b@x.example"}]}}}`,
			"data.org.total: 1.50 and 1.51",
		},
		"rows turned": {
			`{"data":{"org":{"name":"机构","total":1.50,"roles":[{"id":"b","email":"b@x.example"},{"id":"a","email":null}]}}}`,
			"data.org.roles[0].email: <nil> and b@x.example",
		},
		"a row too few": {
			`{"data":{"org":{"name":"机构","total":1.50,"roles":[{"id":"a","email":null}]}}}`,
			"data.org.roles: a list of 2 and [map[email:<nil> id:a]]",
		},
		"null, not text": {
			`{"data":{"org":{"name":null,"total":1.50,"roles":[{"id":"a","email":null},{"id":"b","email":"b@x.example"}]}}}`,
			"data.org.name: 机构 and <nil>",
		},
		"a field too few": {
			`{"data":{"org":{"name":"机构","roles":[]}}}`,
			"data.org: map[name:机构 roles:[map[email:<nil> id:a] map[email:b@x.example id:b]] total:1.50] and map[name:机构 " +
				"roles:[]]",
		},
		"nothing": {`{"data":null}`, "data: map[org:map[name:机构 roles:[map[email:<nil> id:a] map[email:b@x.example id:b]] " +
			"total:1.50]] and <nil>"},
	} {
		one, err := data([]byte(answer))
		if err != nil {
			t.Fatal(err)
		}
		other, err := data([]byte(c.other))
		if err != nil {
			t.Fatal(err)
		}
		if at := differ("data", one, other); at != c.at {
			t.Errorf("%s: %q, not %q", name, at, c.at)
		}
	}
}
