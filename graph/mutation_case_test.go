package graph_test

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"entgo.io/ent/dialect/sql"
	"github.com/vektah/gqlparser/v2/ast"

	"deputy/ent"
	"deputy/ent/auditevent"
	"deputy/ent/audittarget"
	"deputy/graph/generated"
	"deputy/internal/apitest"
	"deputy/internal/audit"
	"deputy/internal/contact"
	"deputy/internal/fault"
	"deputy/internal/store"
)

// mutationCase is a mutation that somebody asks for, and what must come of it.
type mutationCase struct {
	mutation, name string
	// ask prepares the case and returns who asks, and the input.
	ask func(s *fixture) (*apitest.Client, apitest.Vars)
	// want is the user errors, as "CODE path.of.field | …"; empty when it is done.
	want string
	// zh and en are the message of the first user error.
	zh, en string
	// event is what goes on record, as stage.event tells it; empty for nothing. Only the beginning counts when it ends in
	// ….
	event string
	// some says that the case was done for some and refused for others.
	some  bool
	check func(s *fixture, a *apitest.Answer)
}

// selections is what the tests read of each payload beside the user errors. Every mutation of the schema stands here.
var selections = map[string]string{
	"sendCode": "flow expiresInSeconds resendInSeconds",
	"signIn": "token viewer { account { id phone email } seats { orgId orgName name status org { name } } " +
		"ownedOrg { name } sessions { current } }",
	"setPassword": "account { id email hasPassword }",
	"signOut":     "endedId",
	"endSessions": "endedIds",
	"createOrg": "org { id name ownerName timeZone currency viewerIsOwner owner { phone } viewerGrants { " +
		"module } navigation { module } roles { totalCount nodes { name grants { module actions scope } } } }",
	"updateOrg":          "org { id name ownerName timeZone currency updatedAt }",
	"releaseSeat":        "orgId unmanagedCreators",
	"createRole":         selectedRole,
	"updateRole":         selectedRole,
	"deleteRole":         "deletedId",
	"sendBindCode":       "flow expiresInSeconds resendInSeconds",
	"createSubAccount":   selectedSubAccount,
	"updateSubAccount":   selectedSubAccount,
	"enableSubAccounts":  "subAccounts { id name status roles { name } }",
	"disableSubAccounts": "subAccounts { id name status roles { name } }",
	"deleteSubAccounts":  "deletedIds handedOverCreators unmanagedCreators",

	"createApp":       selectedApp,
	"updateApp":       selectedApp,
	"enableApp":       "app { id name status }",
	"disableApp":      "app { id name status }",
	"deleteApp":       "deletedId",
	"createApiToken":  "token { id name status hint createdByName app { name } }",
	"rotateApiToken":  "token { id name status } replaced { id name status }",
	"revokeApiTokens": "tokens { id name status }",

	"createCreator":       selectedCreator,
	"updateCreator":       selectedCreator,
	"assignCreators":      "creators { id name manager { subAccountId name } }",
	"endCreators":         "creators { id name status }",
	"createTask":          selectedTask,
	"updateTask":          selectedTask,
	"openTask":            selectedTask,
	"closeTask":           selectedTask,
	"assignTask":          selectedTask,
	"setAssignmentStatus": "assignment { id creatorName status creator { name } }",
	"settleOrders":        "settled count orders { id number status settledAt creatorName creator { name } }",
	"importOrders":        "created changed unchanged",
	"refundOrder": "order { id number status amount refundAmount refundedAt netAmount netCommission orgShare " +
		"creatorShare shareBps }",
	"voidOrders":        "voidedIds",
	"importCreators":    "created changed unchanged",
	"exportCreators":    "url ticketUrl rows expiresAt",
	"exportTasks":       "url ticketUrl rows expiresAt",
	"exportFigures":     "url ticketUrl rows expiresAt",
	"exportOrders":      "url ticketUrl rows expiresAt",
	"exportAuditEvents": "url ticketUrl rows expiresAt",
}

const (
	selectedCreator = "creator { id name platformId category followers status contractFrom contractTo shareBps manager " +
		"{ subAccountId name } org { name } }"
	selectedTask = "task { id title brief reward status deadline org { name } assignments { totalCount nodes { " +
		"creatorName status } } }"

	selectedApp = "app { id name description contacts status grants { module actions scope } ipRanges budget { rows " +
		"refill } " +
		"org { name } tokens { name } auditEvents(first: 1) { nodes { operation } } }"
	selectedRole = "role { id name description modules grants { module actions scope } org { name } subAccounts { " +
		"totalCount nodes { name } } auditEvents(first: 1) { nodes { operation } } }"
	selectedSubAccount = "subAccount { id name phone email status roles { name } grants { module actions scope } org { " +
		"name } lastActiveAt auditEvents(first: 1) { nodes { operation } } }"
)

func schemaOfServer() *ast.Schema {
	return generated.NewExecutableSchema(generated.Config{}).Schema()
}

// documentOf returns the document that asks for the mutation with its input in the variable in.
func documentOf(mutation string) string {
	field := schemaOfServer().Mutation.Fields.ForName(mutation)
	selection := selections[mutation] + " userErrors { code message field }"
	input := field.Arguments.ForName("input")
	switch {
	case input == nil:
		return fmt.Sprintf("mutation { %s { %s } }", mutation, selection)
	case field.Arguments.ForName("session") != nil:
		return fmt.Sprintf("mutation($in: %s, $session: SessionKind! = BEARER) { %s(input: $in, session: $session) { %s } }",
			input.Type, mutation, selection)
	}
	return fmt.Sprintf("mutation($in: %s) { %s(input: $in) { %s } }", input.Type, mutation, selection)
}

// fixture is the world that cases happen in.
type fixture struct {
	*testing.T
	*apitest.World
	numbers int
	// platformID of the creator who brings orders in; see row.
	platformID string
	// packed is an org that holds as much as it may; see pack.
	packed *packed
	// orgs by id, as events name them.
	orgs map[string]string
	// secrets are the codes, passwords and tokens that were seen; see TestNothingSecretIsKept.
	secrets []string
}

func newFixture(t *testing.T, db *store.Store) *fixture {
	t.Helper()
	w := apitest.NewWorld(t, db)
	return &fixture{T: t, World: w, orgs: map[string]string{w.A.ID: "甲", w.B.ID: "乙"}}
}

// on is the fixture in a subtest.
func (s *fixture) on(t *testing.T) *fixture {
	s.T = t
	return s
}

// number returns a phone number that nobody has, email an address.
func (s *fixture) number() string {
	s.numbers++
	return fmt.Sprintf("1380%07d", s.numbers)
}

func (s *fixture) email() string {
	s.numbers++
	return fmt.Sprintf("person%d@example.com", s.numbers)
}

// seat gives somebody new a seat in the org of A.
func (s *fixture) seat(name string, roles ...string) *apitest.Seat {
	s.Helper()
	if len(roles) == 0 {
		roles = []string{s.A.Roles["客服"]}
	}
	return s.Seat(s.T, s.A, s.number(), name, roles...)
}

// role makes a role in the org of A.
// onlooker is a seat that sees all rows, and edits those of its own creators, of whom there are none.
func (s *fixture) onlooker() *apitest.Seat {
	s.Helper()
	var grants []vars
	for _, module := range []string{"CREATORS", "TASKS", "ORDERS"} {
		grants = append(grants, grant(module, "VIEW", "ALL"), grant(module, "EDIT", "OWN"))
	}
	return s.seat("看全部", s.role4(grants...))
}

// lookingOn has an onlooker ask for what is not its own.
func lookingOn(input func(s *fixture) vars) func(*fixture) (*apitest.Client, apitest.Vars) {
	return func(s *fixture) (*apitest.Client, apitest.Vars) {
		in := input(s)
		in["orgId"] = s.A.ID
		return s.onlooker().Client, in
	}
}

const (
	notYoursZh = "您可以查看，但只能编辑自己负责的达人的数据；请联系机构的主帐号。"
	notYoursEn = "You can see this, but you can edit only data of your own creators. Ask the owner."
)

func (s *fixture) role(name string) string {
	s.Helper()
	return s.must(s.A.Owner, "createRole", apitest.Vars{
		"orgId": s.A.ID, "name": name,
		"grants": []any{},
	}).Text("createRole.role.id")
}

// must asks for a mutation that is done.
func (s *fixture) must(who *apitest.Client, mutation string, input apitest.Vars) *apitest.Answer {
	s.Helper()
	a := who.Do(documentOf(mutation), apitest.Vars{"in": input}).OK()
	if got := userErrorsOf(a, mutation); got != "" {
		s.Fatalf("%s: %s", mutation, a.Body)
	}
	return a
}

// code sends a code and returns the input that goes with it.
func (s *fixture) code(purpose string, to apitest.Vars) apitest.Vars {
	s.Helper()
	return s.sentCode(s.must(s.Nobody(s.T), "sendCode", apitest.Vars{"to": to, "purpose": purpose}).Text("sendCode.flow"))
}

// bindCode sends a code that binds somebody to the org.
func (s *fixture) bindCode(a *apitest.Agency, to apitest.Vars) apitest.Vars {
	s.Helper()
	return s.sentCode(s.must(a.Owner, "sendBindCode", apitest.Vars{"orgId": a.ID, "to": to}).Text("sendBindCode.flow"))
}

func (s *fixture) sentCode(flow string) apitest.Vars {
	s.Clock.Add(61 * time.Second)
	return apitest.Vars{"flow": flow, "code": s.Codes.Of(flow)}
}

// wrong is the code with another last digit.
func wrong(code apitest.Vars) apitest.Vars {
	digits := []byte(code["code"].(string))
	digits[5] = '0' + (digits[5]-'0'+1)%10
	return apitest.Vars{"flow": code["flow"], "code": string(digits)}
}

// person signs in somebody new by e-mail address, with the password "correct horse battery".
func (s *fixture) person() (who *apitest.Client, email string) {
	s.Helper()
	email = s.email()
	s.must(s.Nobody(s.T), "setPassword", apitest.Vars{
		"code":     s.code("SET_PASSWORD", apitest.Vars{"email": email}),
		"password": goodPassword,
	})
	return s.signInAgain(email), email
}

const goodPassword = "correct horse battery"

// signInAgain signs in by e-mail address once more.
func (s *fixture) signInAgain(email string) *apitest.Client {
	s.Helper()
	who := s.Nobody(s.T)
	who.Token = s.must(who, "signIn", apitest.Vars{"password": apitest.Vars{
		"email":    email,
		"password": goodPassword,
	}}).Text("signIn.token")
	return who
}

func userErrorsOf(a *apitest.Answer, mutation string) string {
	var all []string
	for _, item := range a.List(mutation + ".userErrors") {
		e := item.(map[string]any)
		path := make([]string, 0, 4)
		for _, step := range e["field"].([]any) {
			path = append(path, step.(string))
		}
		all = append(all, strings.TrimSpace(e["code"].(string)+" "+strings.Join(path, ".")))
	}
	return strings.Join(all, " | ")
}

// events returns what went on record since the events that were known.
func (s *fixture) events(known map[string]bool) (fresh []*ent.AuditEvent) {
	s.Helper()
	all, err := s.Store.Client.AuditEvent.Query().Order(auditevent.ByAt(), auditevent.ByID()).All(context.Background())
	if err != nil {
		s.Fatal(err)
	}
	for _, e := range all {
		if !known[e.ID] {
			fresh = append(fresh, e)
		}
	}
	return fresh
}

func (s *fixture) knownEvents() map[string]bool {
	s.Helper()
	known := map[string]bool{}
	for _, e := range s.events(nil) {
		known[e.ID] = true
	}
	return known
}

// event tells an event: OWNER 主帐号 @甲 createRole DONE | Role "客服" name:→客服, …
func (s *fixture) event(e *ent.AuditEvent) string {
	s.Helper()
	org := "@-"
	if e.OrgID != nil {
		org = "@" + s.orgs[*e.OrgID]
	}
	told := []string{strings.TrimSpace(fmt.Sprintf("%s %s %s %s %s %s", e.ActorKind, e.ActorName, org, e.Operation,
		e.Outcome, text(e.Code)))}
	targets, err := s.Store.Client.AuditTarget.Query().Where(
		audittarget.EventID(e.ID)).Order(audittarget.ByID()).All(context.Background())
	if err != nil {
		s.Fatal(err)
	}
	for _, t := range targets {
		if e.Outcome == fault.OutcomeRefused {
			break // see refusedAbout
		}
		changes, err := audit.Changes(t)
		if err != nil {
			s.Fatal(err)
		}
		parts := []string{fmt.Sprintf("%s %q", t.Type, t.Label)}
		if t.Code != nil {
			parts = append(parts, *t.Code)
		}
		for _, c := range changes {
			parts = append(parts, c.Field+":"+s.recordedNames(c.Field, c.Before)+"→"+s.recordedNames(c.Field, c.After))
		}
		told = append(told, strings.Join(parts, " "))
	}
	return strings.Join(told, " | ")
}

// recordedNames returns objects by the names that they had on record last; the record keeps their ids.
func (s *fixture) recordedNames(field string, side *string) string {
	s.Helper()
	if side == nil || field != "manager" && field != "roles" {
		return text(side)
	}
	var names []string
	for _, id := range strings.Fields(*side) {
		last, err := s.Store.Client.AuditTarget.Query().Where(audittarget.TargetID(id), audittarget.LabelNEQ("")).
			Order(audittarget.ByAt(sql.OrderDesc())).First(context.Background())
		if err != nil {
			s.Fatal(err)
		}
		names = append(names, last.Label)
	}
	return strings.Join(names, ", ")
}

// refusedAbout returns the objects that the refusal is about as the record has them, sorted.
func (s *fixture) refusedAbout(e *ent.AuditEvent) []string {
	s.Helper()
	targets, err := s.Store.Client.AuditTarget.Query().Where(audittarget.EventID(e.ID)).All(context.Background())
	if err != nil {
		s.Fatal(err)
	}
	about := []string{}
	for _, t := range targets {
		if t.Code == nil || t.Outcome != fault.OutcomeRefused {
			s.Errorf("%s %s of a refusal is %s", t.Type, t.TargetID, t.Outcome)
		}
		if t.TargetID == e.TenantID() { // how many there were
			continue
		}
		about = append(about, cmp.Or(t.Label, t.TargetID))
	}
	slices.Sort(about)
	return about
}

// namedIn returns what the record must name of an input that was refused: the items that the user errors point at, or
// else all ids.
func namedIn(input vars, userErrors []any) []string {
	named, all := map[string]bool{}, map[string]bool{}
	var walk func(name string, at any)
	walk = func(name string, at any) {
		switch at := at.(type) {
		case string:
			if !slices.Contains([]string{"orgId", "flow", "platformId", "creatorPlatformId"}, name) &&
				(strings.HasSuffix(name, "Id") || strings.HasSuffix(name, "Ids") || name == "id" || name == "ids" ||
					name == "handOverTo") {
				all[seen(at)] = true
			}
		case map[string]any:
			for name, one := range at {
				walk(name, one)
			}
		case []any:
			for _, one := range at {
				walk(name, one)
			}
		}
	}
	whole := plainly(map[string]any{"input": input})
	walk("", whole)
	for _, e := range userErrors {
		at := whole
		for _, step := range e.(map[string]any)["field"].([]any) {
			if i, err := strconv.Atoi(step.(string)); err == nil {
				at = at.([]any)[i]
				switch one := at.(type) {
				case string:
					named[seen(one)] = true
				case map[string]any:
					if number, ok := one["number"].(string); ok {
						named[seen(number)] = true
					}
					if platformID, ok := one["platformId"].(string); ok {
						named[seen(platformID)] = true
					}
				}
				continue
			}
			object, ok := at.(map[string]any)
			if !ok {
				break
			}
			at = object[step.(string)]
		}
	}
	if len(named) > 0 {
		all = named
	}
	return slices.Sorted(maps.Keys(all))
}

// seen returns what can be seen of an id that may be none.
func seen(given string) string { return cmp.Or(contact.Shown(given, 200), "?") }

// plainly returns a value as JSON has it.
func plainly(v any) (plain any) {
	body, err := json.Marshal(v)
	if err == nil {
		err = json.Unmarshal(body, &plain)
	}
	if err != nil {
		panic(err)
	}
	return plain
}

func text(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

// runCase asks for the case in one language and looks at what came of it.
func (s *fixture) runCase(d mutationCase, lang string) {
	s.Helper()
	who, input := d.ask(s)
	s.Clock.Add(time.Minute) // refusals of one minute are one event
	asker := *who
	asker.Lang = lang
	asker.Header = who.Header.Clone()
	asker.Header.Set("User-Agent", "deeds/1")
	known := s.knownEvents()
	vars := apitest.Vars{"in": input}
	if kind, ok := input["session"]; ok {
		vars["session"] = kind
		delete(input, "session")
	}
	a := asker.Do(documentOf(d.mutation), vars).OK()
	if got := userErrorsOf(a, d.mutation); got != d.want {
		s.Errorf("answered %q, want %q: %s", got, d.want, a.Body)
	}
	if message := a.Text(d.mutation + ".userErrors.0.message"); lang == "en" && message != d.en || lang == "" &&
		message != d.zh {
		s.Errorf("said %q, want %q / %q", message, d.zh, d.en)
	}
	payload, _ := a.Get(d.mutation).(map[string]any)
	for name, value := range payload {
		list, isList := value.([]any)
		nothing := value == nil || value == 0.0 || isList && len(list) == 0
		// A count is what a refusal tells: how many there are now.
		if name != "userErrors" && name != "count" && d.want != "" && !d.some && !nothing {
			s.Errorf("refused, and yet %s is %v", name, value)
		}
	}
	fresh := s.events(known)
	s.onRecord(d.event, a, fresh)
	for _, e := range fresh {
		if e.Outcome != fault.OutcomeRefused || e.Operation != d.mutation {
			continue
		}
		got, want := s.refusedAbout(e), namedIn(input, a.List(d.mutation+".userErrors"))
		if len(want) > audit.MaxRefused {
			if len(got) != audit.MaxRefused {
				s.Errorf("%d objects are on record", len(got))
			}
			continue
		}
		if !slices.Equal(got, want) {
			s.Errorf("on record as refused: %q, want %q", got, want)
		}
	}
	if d.check != nil {
		d.check(s, a)
	}
}

// onRecord compares the events that a case left with the one it must leave.
func (s *fixture) onRecord(want string, a *apitest.Answer, got []*ent.AuditEvent) {
	s.Helper()
	var told []string
	for _, e := range got {
		told = append(told, s.event(e))
		if text(e.IP) != "127.0.0.1" || text(e.UserAgent) != "deeds/1" || e.RequestID == "" ||
			e.RequestID != a.Header.Get("X-Request-Id") {
			s.Errorf("on record from ip %q, user agent %q, request %q of %q", text(e.IP), text(e.UserAgent), e.RequestID,
				a.Header.Get("X-Request-Id"))
		}
		if age := s.Clock.Now().Sub(e.At); age < 0 || age > time.Second {
			s.Errorf("on record %v ago", age)
		}
	}
	begin, open := strings.CutSuffix(want, "…")
	switch whole := strings.Join(told, "\n"); {
	case open && len(told) == 1 && strings.HasPrefix(whole, begin):
	case whole != want:
		s.Errorf("on record:\n%s\nwant:\n%s", whole, want)
	}
}

// replays reports whether the case can be asked for in both languages: what is refused changes nothing, so it can.
func (d mutationCase) replays() bool { return d.want != "" && !d.some }

// allDeeds in their order: those of sign-ins move the clock beyond the sessions that the world began with.
var allDeeds = [][]mutationCase{
	creatorDeeds, taskDeeds, orderDeeds, exportDeeds, codeDeeds, sessionDeeds, orgDeeds, roleDeeds,
	appDeeds, bindDeeds, subAccountDeeds, batchDeeds, expectedDeeds(),
}

// TestEveryMutation asks for every mutation of the schema, done and refused with every code that its payload names:
// what is answered, in both languages, and what goes on record.
func TestEveryMutation(t *testing.T) {
	t.Parallel()
	eachFixture(t, func(s *fixture) {
		s.Store.DB().SetMaxOpenConns(1) // a transaction that waits for another connection never ends
		top := s.T
		for _, d := range slices.Concat(allDeeds...) {
			top.Run(d.mutation+" "+d.name, func(t *testing.T) {
				s.on(t).runCase(d, "")
				if d.replays() {
					s.runCase(d, "en")
				}
			})
		}
		s.on(top)
		nothingSecret(s)
	})
}
