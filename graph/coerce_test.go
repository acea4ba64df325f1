package graph_test

import (
	"fmt"
	"strings"
	"testing"

	"deputy/internal/apitest"
	"deputy/internal/store"
	"deputy/internal/store/storetest"
)

// TestScalarsOfOurOwnAreReadStrictly where they are used, in variables and in literals, and the value is not quoted.
func TestScalarsOfOurOwnAreReadStrictly(t *testing.T) {
	storetest.Rules(t, func(t *testing.T, db *store.Store) {
		w := apitest.NewWorld(t, db)
		for value, ok := range map[string]bool{
			`9007199254740991`: true, `9007199254740992`: false, `-9007199254740992`: false, `99999999999999999999`: false,
			`1.5`: false, `"1"`: false, `true`: false, `[1]`: false, `{a: 1}`: false,
		} {
			literal := fmt.Sprintf(`mutation { createTask(input: {orgId: %q, title: "x", reward: %s}) { userErrors { code } } }`,
				w.A.ID, value)
			a := w.A.Owner.Do(literal, nil)
			if bad := a.Code() == "BAD_REQUEST" || a.Code() == "GRAPHQL_VALIDATION_FAILED"; bad == ok || a.Code() == "INTERNAL" {
				t.Errorf("%s as Int64: %s", value, a.Body)
			}
		}
		for _, value := range []string{`2026`, `"yesterday"`, `99999999999999999999`, `true`, `["2026-03-01"]`} {
			a := w.A.Owner.Do(fmt.Sprintf(`{ org(id: %q) { data(dateFrom: %s, dateTo: "2026-03-02") { total { orders } } } }`,
				w.A.ID, value), nil)
			if a.Code() != "BAD_REQUEST" && a.Code() != "GRAPHQL_VALIDATION_FAILED" || strings.Contains(a.Body, "yesterday") {
				t.Errorf("%s as Date: %s", value, a.Body)
			}
		}
	})
}

// TestAVariableThatIsWrongIsNamed has each error say which variable is wrong, where in it, what is wrong, and what is
// allowed, without the value.
func TestAVariableThatIsWrongIsNamed(t *testing.T) {
	t.Parallel()
	w := apitest.NewWorld(t, storetest.Open(t, "sqlite3"))
	const list = `query($org: ID!, $o: OrderOrder, $f: OrderFilter, $n: Int) { org(id: $org) {
		orders(first: $n, orderBy: $o, filter: $f) { totalCount } } }`
	const secret = "Geheim8431"
	for _, c := range []struct {
		query string
		vars  apitest.Vars
		zh    string
		en    string
	}{
		{
			list,
			apitest.Vars{"org": w.A.ID, "o": apitest.Vars{"field": secret}},
			`变量 $o 的值无效（"o.field" 处）：不是有效的 OrderOrderField，可用的值：PAID_AT`,
			`Variable "$o" got invalid value at "o.field"; expected a value of type "OrderOrderField", one of PAID_AT`,
		},
		{
			list,
			apitest.Vars{"org": w.A.ID, "o": apitest.Vars{}},
			`变量 $o 的值无效（"o.field" 处）：必须给出类型为 OrderOrderField! 的值。`,
			`Variable "$o" got invalid value at "o.field"; a value of required type "OrderOrderField!" was not provided.`,
		},
		{
			list,
			apitest.Vars{"org": w.A.ID, "f": apitest.Vars{"creatorNames": "x"}},
			`变量 $f 的值无效（"f.creatorNames" 处）：OrderFilter 没有字段 "creatorNames"，只有：`,
			`Variable "$f" got invalid value at "f.creatorNames"; field "creatorNames" is not defined by type "OrderFilter", which has `,
		},
		{
			list,
			apitest.Vars{"org": w.A.ID, "f": apitest.Vars{"paidFrom": secret}},
			`（"f.paidFrom" 处）：不是有效的 Time，应为 RFC 3339 格式`,
			`at "f.paidFrom"; expected a value of type "Time", RFC 3339 such as 2026-03-01T08:00:00Z`,
		},
		{
			list,
			apitest.Vars{"org": w.A.ID, "f": apitest.Vars{"creatorIds": []any{"x", 1.5}}},
			`（"f.creatorIds[1]" 处）：不是有效的 ID。`, `at "f.creatorIds[1]"; expected a value of type "ID".`,
		},
		{
			list,
			apitest.Vars{"org": w.A.ID, "n": "5"},
			`变量 $n 的值无效（"n" 处）：不是有效的 Int，应为`,
			`Variable "$n" got invalid value at "n"; expected a value of type "Int", a whole number of 32 bits.`,
		},
		{
			list,
			apitest.Vars{},
			`变量 $org 的值无效（"org" 处）：必须给出类型为 ID! 的值。`,
			`Variable "$org" got invalid value at "org"; a value of required type "ID!" was not provided.`,
		},
		{
			list,
			apitest.Vars{"org": nil},
			`变量 $org 的值无效（"org" 处）：类型 ID! 的值不能为 null。`,
			`Variable "$org" got invalid value at "org"; expected non-nullable type "ID!" not to be null.`,
		},
		{
			`mutation($i: SendCodeInput!) { sendCode(input: $i) { flow } }`,
			apitest.Vars{"i": apitest.Vars{"to": apitest.Vars{"phone": secret, "email": secret}, "purpose": "SIGN_IN"}},
			`（"i.to" 处）：ContactInput 必须且只能给出一个字段`,
			`at "i.to"; exactly one field of "ContactInput" must be given, and not null.`,
		},
	} {
		for lang, want := range map[string]string{"zh-CN": c.zh, "en": c.en} {
			caller := w.As(t, w.A.Owner)
			caller.Header.Set("Accept-Language", lang)
			a := caller.Do(c.query, c.vars)
			if a.Code() != "GRAPHQL_VALIDATION_FAILED" || !strings.Contains(a.Errors[0].Message, want) ||
				strings.Contains(a.Body, secret) {
				t.Errorf("%v: %s\nwant %s", c.vars, a.Body, want)
			}
			// The place is the one where the variable is declared.
			name, _, _ := strings.Cut(a.Errors[0].Extensions["variable"].(string), ".")
			at := strings.Index(c.query, "$"+strings.TrimSuffix(name, "[1]")+":") + 1
			if where := fmt.Sprintf(`"locations":[{"line":1,"column":%d}]`, at); !strings.Contains(a.Body, where) {
				t.Errorf("%v: %s\nwant %s", c.vars, a.Body, where)
			}
		}
	}
}
