package graph_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"deputy/ent/auditevent"
	"deputy/internal/contact"
	"deputy/internal/id"
)

// recorded is what the API tells of each kind of object, under the names that the record has too.
var recorded = map[string]string{
	"Org": "id name ownerName timeZone currency", "Role": "id name description grants { module actions scope }",
	"SubAccount": "id name phone email status roles { id }", "TaskAssignment": "id status",
	"Creator":  "id name platformId category followers status contractFrom contractTo shareBps manager { subAccountId }",
	"Task":     "id title brief reward status deadline",
	"App":      "id name description contacts status grants { module actions scope } ipRanges budget { rows refill }",
	"ApiToken": "id name hint endsAt",
	"Order": "id creator { id } productName amount commission status paidAt settledAt parentNumber refundAmount " +
		"refundedAt commissionAfterRefunds netCommission shareBps orgShare creatorShare",
}

// columnContains are fields of objects by "type id field"; a field without a value is not there.
type columnContains map[string]string

// add takes an object in as the API answered it.
func (h columnContains) add(kind string, object map[string]any) {
	for field, value := range object {
		key := strings.Join([]string{kind, object["id"].(string), field}, " ")
		switch v := value.(type) {
		case nil:
		case string:
			if at, err := time.Parse(time.RFC3339, v); err == nil { // the record leaves zeros out
				v = at.UTC().Format(time.RFC3339Nano)
			}
			h[key] = v
		case bool:
			h[key] = strconv.FormatBool(v)
		case float64:
			h[key] = fmt.Sprintf("%.0f", v)
		case map[string]any:
			if v["refill"] != nil {
				h[key] = fmt.Sprintf("%.0f + %.0f/s", v["rows"], v["refill"])
			}
			for _, id := range []string{"id", "subAccountId"} {
				if one, ok := v[id].(string); ok {
					h[key] = one
				}
			}
		case []any:
			var all []string
			for _, one := range v {
				switch one := one.(type) {
				case string:
					if field == "contacts" {
						one = contact.MaskEmail(one)
					}
					all = append(all, one)
				case map[string]any:
					if one["module"] == nil {
						all = append(all, one["id"].(string))
						continue
					}
					all = append(all, fmt.Sprintf("%s: %s (%s)", one["module"],
						strings.Trim(strings.ReplaceAll(fmt.Sprint(one["actions"]), " ", ", "), "[]"), one["scope"]))
				}
			}
			switch field {
			case "grants":
				h[key] = strings.Join(all, "; ")
			case "contacts", "ipRanges":
				h[key] = strings.Join(all, " ")
			default:
				h[key] = strings.Join(slices.Sorted(slices.Values(all)), " ")
			}
		}
		switch field {
		case "id":
			delete(h, key)
		case "phone":
			if v, ok := h[key]; ok {
				h[key] = contact.MaskPhone(v)
			}
		case "email":
			if v, ok := h[key]; ok {
				h[key] = contact.MaskEmail(v)
			}
		}
	}
}

// holds returns all objects of A as a new request reads them.
func (s *fixture) holds() columnContains {
	s.Helper()
	a := s.A.Owner.Do(fmt.Sprintf(`query($id: ID!) { org(id: $id) { %s roles(first: 100) { nodes { %s } } subAccounts(first: 100) { nodes { %s } } creators(first: 100) { nodes { %s } }
		tasks(first: 100) { nodes { %s assignments(first: 100) { nodes { %s } } } } orders(first: 100) { nodes { %s } }
		apps { %s tokens { %s } } } }`,
		recorded["Org"], recorded["Role"], recorded["SubAccount"], recorded["Creator"], recorded["Task"],
		recorded["TaskAssignment"], recorded["Order"], recorded["App"], recorded["ApiToken"]), vars{"id": s.A.ID}).OK()
	h := columnContains{}
	org := maps.Clone(a.Get("org").(map[string]any))
	for list, kind := range map[string]string{
		"roles": "Role", "subAccounts": "SubAccount", "creators": "Creator",
		"tasks": "Task", "orders": "Order",
	} {
		for _, one := range a.List("org." + list + ".nodes") {
			object := maps.Clone(one.(map[string]any))
			if taking, ok := object["assignments"].(map[string]any); ok {
				for _, assignment := range taking["nodes"].([]any) {
					h.add("TaskAssignment", assignment.(map[string]any))
				}
				delete(object, "assignments")
			}
			h.add(kind, object)
		}
		delete(org, list)
	}
	for _, one := range org["apps"].([]any) {
		object := maps.Clone(one.(map[string]any))
		for _, token := range object["tokens"].([]any) {
			h.add("ApiToken", token.(map[string]any))
		}
		delete(object, "tokens")
		h.add("App", object)
	}
	delete(org, "apps")
	h.add("Org", org)
	return h
}

// differs returns what differs between two states, as "type id field: before → after".
func (h columnContains) differs(after columnContains) map[string]string {
	all := map[string]string{}
	side := func(in columnContains, key string) string {
		if v, ok := in[key]; ok {
			return v
		}
		return "∅"
	}
	for _, keys := range []columnContains{h, after} {
		for key := range keys {
			if b, a := side(h, key), side(after, key); b != a {
				all[key] = b + " → " + a
			}
		}
	}
	return all
}

// beside are changes on record that no field of the object is.
var beside = map[string]bool{
	"SubAccount creators": true, "Order number": true, "Order reason": true, "Order createdAt": true,
	"Order updatedAt": true, "Order madeBy": true, "Order settledBy": true, "Order givenShare": true,
	"Order givenNet": true,
}

// toldSince returns the changes of A's events since some are known, in the form of differs, with the ids of the orders
// that they made.
func (s *fixture) toldSince(known map[string]bool) (events []string, changes map[string]string, made []string) {
	s.Helper()
	changes = map[string]string{}
	for _, e := range s.events(known) {
		if e.OrgID == nil || *e.OrgID != s.A.ID || e.Outcome != "DONE" {
			continue
		}
		events = append(events, e.Operation)
		if e.Made != nil {
			made = append(made, strings.Fields(*e.Made)...)
		}
		a := s.A.Owner.Do(
			`query($id: ID!) { node(id: $id) { ... on AuditEvent { targets(first: 100) { nodes { targetId type outcome changes {
				field before after } } } } } }`, vars{"id": e.ID}).OK()
		for _, one := range a.List("node.targets.nodes") {
			target := one.(map[string]any)
			if recorded[target["type"].(string)] == "" || target["outcome"] != "DONE" {
				continue
			}
			for _, one := range target["changes"].([]any) {
				c := one.(map[string]any)
				if beside[fmt.Sprint(target["type"], " ", c["field"])] {
					continue
				}
				side := func(v any) string {
					if v == nil {
						return "∅"
					}
					return v.(string)
				}
				changes[fmt.Sprint(target["type"], " ", target["targetId"], " ", c["field"])] = side(c["before"]) + " → " +
					side(c["after"])
			}
		}
	}
	return events, changes, made
}

// drawn draws changes of A at random.
type drawn struct {
	*fixture
	*rand.Rand
	n int
	// phones of the sub-accounts that were made, by their ids.
	phones map[string]string
}

// apart are the mutations that change no object of an org, and those that make the org itself.
var apart = []string{
	"createOrg", "sendCode", "sendBindCode", "signIn", "signOut", "setPassword", "endSessions",
	"exportCreators", "exportFigures", "exportTasks", "exportOrders", "exportAuditEvents",
}

func oneOf[T any](d *drawn, of ...T) T { return of[d.IntN(len(of))] }

// named returns a text that nobody has, or one that others may have.
func (d *drawn) named() string {
	d.n++
	return oneOf(d, "王芳", "王 芳", "  小美 ", "ｍａｒｙ", "", fmt.Sprintf("新的%d", d.n), fmt.Sprintf("名字%d", d.n))
}

func (d *drawn) text() string {
	return oneOf(d, "", " ", "美妆", "说明\n第二行", "ｍａｒｙ")
}

// ids returns some ids of the objects of a kind, one of which may be unknown. Mostly they are such as something can be
// done with: creators under contract, tasks that are not closed, roles that nobody holds.
func (d *drawn) ids(h columnContains, kind string) []string {
	var all []string
	easy := d.IntN(3) > 0
	for key := range h {
		words := strings.Fields(key)
		if words[0] != kind {
			continue
		}
		status := h[strings.Join([]string{kind, words[1], "status"}, " ")]
		taken := kind == "Role" && slices.ContainsFunc(slices.Collect(maps.Keys(h)), func(k string) bool {
			return strings.HasSuffix(k, " roles") && strings.Contains(h[k], words[1])
		})
		if !easy || status != "ENDED" && status != "CLOSED" && !taken {
			all = append(all, words[1])
		}
	}
	slices.Sort(all)
	all = slices.Compact(all)
	d.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	all = all[:min(len(all), 1+d.IntN(3))]
	if d.IntN(8) == 0 || len(all) == 0 {
		all = append(all, id.New(id.Order))
	}
	return all
}

// some leaves members of an input out.
func (d *drawn) some(in vars) vars {
	for _, name := range slices.Sorted(maps.Keys(in)) {
		if d.IntN(3) == 0 {
			delete(in, name)
		}
	}
	return in
}

func (d *drawn) amount() int64 { return oneOf(d, int64(0), 1, 100, 19_900, 1_000_000_000_000, -1) }

func (d *drawn) grants() []vars {
	return oneOf(d, []vars{}, []vars{grant("ORDERS", "VIEW", "ALL")},
		[]vars{grant("TASKS", "EDIT", "OWN"), grant("CREATORS", "VIEW", "ALL")}, []vars{grant("AUDIT_LOG", "EXPORT", "ALL")})
}

// input draws what a mutation is given; nobody knows how fails the test, so that a new mutation has to be put here or
// into apart.
func (d *drawn) input(mutation string, h columnContains) (who *client, in vars) {
	d.Helper()
	who = d.A.Owner
	policy := oneOf(d, "PER_ITEM", "ALL_OR_NOTHING")
	maybe := func(v any) any { return oneOf(d, v, nil) }
	switch mutation {
	case "updateOrg":
		in = d.some(vars{
			"name": d.named(), "ownerName": d.named(),
			"timeZone": oneOf(d, "Asia/Shanghai", "America/New_York", "X"),
		})
	case "createRole":
		in = vars{"name": d.named(), "description": d.text(), "grants": d.grants()}
	case "updateRole":
		in = d.some(vars{"name": d.named(), "description": d.text(), "grants": d.grants()})
		in["id"] = d.ids(h, "Role")[0]
	case "deleteRole":
		in = vars{"id": d.ids(h, "Role")[0]}
	case "createSubAccount":
		phone := d.number()
		in = vars{"name": d.named(), "roleIds": d.ids(h, "Role"), "code": d.bindCode(d.A, vars{"phone": phone})}
	case "updateSubAccount":
		in = d.some(vars{"name": d.named(), "roleIds": d.ids(h, "Role")})
		in["id"] = d.ids(h, "SubAccount")[0]
	case "enableSubAccounts", "disableSubAccounts":
		in = vars{"ids": d.ids(h, "SubAccount"), "policy": policy}
	case "deleteSubAccounts":
		in = vars{"ids": d.ids(h, "SubAccount")[:1], "policy": policy, "handOverTo": maybe(d.ids(h, "SubAccount")[0])}
	case "releaseSeat":
		seats := slices.Sorted(maps.Keys(d.phones))
		seat := oneOf(d, seats...)
		who = d.SignIn(d.T, d.phones[seat])
		delete(d.phones, seat)
		in = vars{}
	case "createCreator", "updateCreator":
		in = d.some(vars{
			"category": d.text(), "followers": d.amount(), "contractFrom": maybe(oneOf(d, "2026-01-01", "2026-05-05")),
			"contractTo": maybe("2026-12-31"),
			"shareBps":   oneOf(d, 0, 2500, 10_001), "managerId": maybe(d.ids(h, "SubAccount")[0]),
		})
		d.n++
		if in["name"], in["platformId"] = d.named(), fmt.Sprintf("dy_%d", d.n); mutation == "updateCreator" {
			in = d.some(in)
			delete(in, "managerId")
			in["id"] = d.ids(h, "Creator")[0]
			if d.IntN(2) == 0 {
				in["status"] = oneOf(d, "SIGNED", "SIGNED", "SIGNED", "ENDED")
			}
		}
	case "assignCreators":
		in = vars{"ids": d.ids(h, "Creator"), "managerId": maybe(d.ids(h, "SubAccount")[0]), "policy": policy}
	case "endCreators":
		in = vars{"ids": d.ids(h, "Creator")[:1], "policy": policy}
	case "createTask":
		in = d.some(vars{
			"brief": d.text(), "reward": d.amount(), "deadline": maybe("2026-06-01T00:00:00.123456Z"),
			"creatorIds": d.ids(h, "Creator"),
		})
		in["title"] = d.named()
	case "updateTask":
		in = d.some(vars{
			"title": d.named(), "brief": d.text(), "reward": d.amount(),
			"deadline": maybe("2026-06-02T00:00:00+08:00"),
		})
		in["id"] = d.ids(h, "Task")[0]
	case "openTask", "closeTask":
		in = vars{"id": d.ids(h, "Task")[0]}
	case "assignTask":
		in = vars{"id": d.ids(h, "Task")[0], "creatorIds": d.ids(h, "Creator")}
	case "setAssignmentStatus":
		in = vars{"id": d.ids(h, "TaskAssignment")[0], "status": oneOf(d, "ACCEPTED", "SUBMITTED", "APPROVED", "REJECTED")}
	case "importCreators":
		var rows []vars
		for range 1 + d.IntN(3) {
			row := d.some(vars{
				"category": maybe(d.text()), "followers": maybe(d.amount()), "contractFrom": maybe("2026-01-02"),
				"contractTo": maybe(oneOf(d, "2026-12-30", "2026-01-01")), "shareBps": maybe(oneOf(d, 0, 100, 10_001)),
				"status": oneOf(d, "SIGNED", "SIGNED", "ENDED"),
			})
			row["name"], row["platformId"] = d.named(), fmt.Sprintf("imp_%d", d.IntN(6))
			if d.IntN(2) == 0 {
				row["platformId"] = h["Creator "+d.ids(h, "Creator")[0]+" platformId"]
			}
			rows = append(rows, row)
		}
		in = vars{"creators": rows, "policy": policy}
	case "importOrders":
		var rows []vars
		for range 1 + d.IntN(4) {
			brought := h["Creator "+d.ids(h, "Creator")[0]+" platformId"]
			row := d.row(fmt.Sprintf("DIFF%d", d.IntN(12)), vars{
				"creatorPlatformId": brought,
				"amount":            d.amount(), "commission": oneOf(d, 0, 1, 100),
				"productName": oneOf(d, "口红", " 眉笔 ", "ｍａｒｙ", "\u200b"), "status": oneOf(d, "PAID", "PAID", "SETTLED", "REFUNDED"),
				"paidAt": oneOf(d, "2026-02-27T16:00:00Z", "2026-02-27T16:00:00.1234567Z", "2026-02-26T12:00:00+08:00"),
			})
			if row["status"] != "PAID" && d.IntN(2) == 0 {
				row["settledAt"] = oneOf(d, "2026-02-28T00:00:00Z", "2020-01-01T00:00:00Z")
			}
			if d.IntN(3) == 0 {
				maps.Copy(row, d.some(vars{
					"parentNumber": oneOf(d, "P1", " "), "refundAmount": oneOf(d, 0, 1, 50),
					"refundedAt":             oneOf(d, "2026-02-28T00:00:00Z", "2020-01-01T00:00:00Z"),
					"commissionAfterRefunds": d.IntN(2) == 0, "orgShare": oneOf(d, 0, 1, 100),
				}))
			}
			rows = append(rows, row)
		}
		in = vars{"orders": rows, "policy": policy}
	case "settleOrders":
		in = d.some(vars{"settledAt": oneOf(d, "2026-02-28T12:00:00Z", "2026-02-01T00:00:00Z"), "policy": policy})
		in["ids"] = d.ids(h, "Order")
	case "refundOrder":
		in = vars{
			"id": d.ids(h, "Order")[0], "refundAmount": oneOf(d, 0, 1, 50, d.amount()), "reason": oneOf(d, "退差价", ""),
		}
		if d.IntN(2) == 0 {
			in["refundedAt"] = oneOf(d, "2026-02-28T00:00:00Z", "2020-01-01T00:00:00Z")
		}
	case "createApp", "updateApp":
		in = d.some(vars{
			"description": d.text(), "contacts": oneOf(d, []string{}, []string{"Dev@Example.com", "dev@example.com"}),
			"ipRanges": oneOf(d, []string{}, []string{"203.0.113.7/24", "::1/128"}),
			"budget":   maybe(vars{"rows": oneOf(d, 1000, 2000), "refill": 1}),
		})
		in["name"], in["grants"] = d.named(), oneOf(d, []vars{}, []vars{{"module": "ORDERS"}},
			[]vars{{"module": "TASKS", "actions": []string{"EDIT"}}})
		if d.IntN(6) == 0 {
			maps.Copy(in, oneOf(d, vars{"contacts": []string{"x"}}, vars{"ipRanges": []string{"1.2.3.4"}},
				vars{"budget": vars{"rows": 10, "refill": 1}}, vars{"grants": []vars{{"module": "INTEGRATIONS"}}}))
		}
		if mutation == "updateApp" {
			in = d.some(in)
			in["id"] = d.ids(h, "App")[0]
		}
	case "enableApp", "disableApp":
		in = vars{"id": d.ids(h, "App")[0]}
	case "deleteApp":
		in = vars{"id": id.New(id.App)}
		if d.IntN(3) == 0 { // else hardly any would be left to change
			in["id"] = d.ids(h, "App")[0]
		}
	case "createApiToken":
		in = vars{"appId": d.ids(h, "App")[0], "name": d.named(), "days": oneOf(d, 1, 90, 367)}
	case "rotateApiToken":
		in = vars{"id": d.ids(h, "ApiToken")[0], "overlapHours": oneOf(d, 0, 24, 169)}
	case "revokeApiTokens":
		in = vars{"ids": d.ids(h, "ApiToken"), "policy": policy}
	case "voidOrders":
		in = vars{"ids": d.ids(h, "Order")[:1], "reason": oneOf(d, "冒用", ""), "policy": policy}
	default:
		d.Fatalf("nobody knows how to draw %s: put it here, or into apart when it changes no object of an org", mutation)
	}
	in["orgId"] = d.A.ID
	return who, in
}

// answered are the objects that payloads answer, by the field.
var answeredAs = map[string]string{
	"org": "Org", "role": "Role", "subAccount": "SubAccount", "subAccounts": "SubAccount", "creator": "Creator",
	"creators": "Creator", "task": "Task", "app": "App", "token": "ApiToken", "replaced": "ApiToken", "tokens": "ApiToken",
	"assignment": "TaskAssignment", "orders": "Order", "order": "Order",
}

// selecting returns the document that asks for all that is recorded of what the mutation answers.
func selecting(mutation string) (document string, fields []string) {
	schema := schemaOfServer()
	field := schema.Mutation.Fields.ForName(mutation)
	var parts []string
	for _, f := range schema.Types[field.Type.Name()].Fields {
		kind := answeredAs[f.Name]
		switch {
		case kind != "" && f.Type.Name() == kind:
			parts, fields = append(parts, f.Name+" { "+recorded[kind]+" }"), append(fields, f.Name)
		case f.Name == "deletedIds" || f.Name == "voidedIds" || f.Name == "created" || f.Name == "changed":
			parts, fields = append(parts, f.Name), append(fields, f.Name)
		}
	}
	return fmt.Sprintf("mutation($in: %s) { %s(input: $in) { %s userErrors { code } } }",
		field.Arguments.ForName("input").Type, mutation, strings.Join(parts, " ")), fields
}

// TestWhatIsAnsweredIsThereAndOnRecord: after whatever change, what the mutation answered is what a new request reads,
// and what is on record is the difference, no more and no less. It draws from every mutation that changes an object of
// an org.
func TestWhatIsAnsweredIsThereAndOnRecord(t *testing.T) {
	t.Parallel()
	eachFixture(t, func(s *fixture) {
		d := &drawn{fixture: s, Rand: rand.New(rand.NewPCG(12, 2026)), phones: map[string]string{}}
		for i := range 4 {
			seat := s.seat(fmt.Sprintf("席位%d", i))
			d.phones[seat.ID] = seat.Phone
			s.creator(fmt.Sprintf("达人%d", i), vars{"managerId": seat.ID, "shareBps": 2500, "followers": 100_000})
		}
		s.row("", nil) // makes the creator of the orders
		var mutations []string
		for _, f := range schemaOfServer().Mutation.Fields {
			if !slices.Contains(apart, f.Name) {
				mutations = append(mutations, f.Name)
			}
		}
		before, changed := s.holds(), map[string]int{}
		for round := range 60 * len(mutations) {
			mutation := mutations[round%len(mutations)]
			if round >= 12*len(mutations) { // until each has changed something
				left := slices.IndexFunc(mutations, func(m string) bool { return changed[m] == 0 })
				if left < 0 {
					break
				}
				if round%2 == 0 {
					mutation = mutations[left]
				}
			}
			if mutation == "releaseSeat" && (round > 4*len(mutations) || len(d.phones) == 0) {
				continue
			}
			who, in := d.input(mutation, before)
			known := s.knownEvents()
			document, fields := selecting(mutation)
			a := who.Do(document, vars{"in": in})
			asked, _ := json.Marshal(in)
			after := s.holds()
			want := before.differs(after)
			events, told, made := s.toldSince(known)
			fail := func(format string, args ...any) {
				s.Helper()
				s.Fatalf("%s %s answered %s\n%s", mutation, asked, a.Body, fmt.Sprintf(format, args...))
			}
			if mutation == "deleteApp" { // the tokens that had ended go without a word
				for key := range want {
					words := strings.Fields(key)
					ended, err := time.Parse(time.RFC3339Nano, before[strings.Join([]string{"ApiToken", words[1], "endsAt"}, " ")])
					if err == nil && !ended.After(s.Clock.Now()) {
						delete(want, key)
					}
				}
			}
			if mutation == "importOrders" { // which has no targets for new orders
				fresh := map[string]bool{}
				for _, one := range made {
					fresh[one] = true
				}
				for key := range want {
					words := strings.Fields(key)
					if _, there := before[strings.Join([]string{"Order", words[1], "status"}, " ")]; words[0] == "Order" && !there {
						if !fresh[words[1]] {
							fail("%s is not among %v", key, made)
						}
						delete(want, key)
					}
				}
				if got := a.Get("importOrders.created"); got != nil && got != float64(len(made)) {
					fail("made %v", made)
				}
			}
			if !maps.Equal(want, told) {
				fail("changed %s\non record %s", listed(want), listed(told))
			}
			if n := len(want) + len(made); (n > 0) != (len(events) == 1) || len(events) > 1 {
				fail("%d changes, %d events: %v", n, len(events), events)
			}
			changed[mutation] += len(events)
			for _, field := range fields {
				got := a.Get(mutation + "." + field)
				kind, answered := answeredAs[field], columnContains{}
				switch got := got.(type) {
				case map[string]any:
					answered.add(kind, got)
				case []any:
					for _, one := range got {
						if object, ok := one.(map[string]any); ok {
							answered.add(kind, object)
							continue
						}
						for key := range after {
							if strings.Contains(key, one.(string)) {
								fail("%s is gone, and there as %s", one, key)
							}
						}
					}
				}
				for key, value := range answered {
					if after[key] != value {
						fail("answered %s %q, and there is %q", key, value, after[key])
					}
				}
			}
			before = after
			s.Clock.Add(time.Second)
		}
		for _, mutation := range mutations {
			if changed[mutation] == 0 {
				s.Errorf("no draw of %s changed anything", mutation)
			}
		}
		if n := s.Store.Client.AuditEvent.Query().Where(auditevent.OrgID(s.A.ID)).CountX(s.T.Context()); n < 60 {
			s.Errorf("%d events alone", n)
		}
	})
}

func listed(all map[string]string) string {
	var lines []string
	for _, key := range slices.Sorted(maps.Keys(all)) {
		lines = append(lines, "\n  "+key+": "+all[key])
	}
	return strings.Join(lines, "")
}
