package graph_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"entgo.io/ent/dialect"

	"deputy/ent/apitoken"
	entorder "deputy/ent/order"
	"deputy/internal/apitest"
	"deputy/internal/store"
	"deputy/internal/store/storetest"
	"deputy/internal/traces/otlp"
	"deputy/internal/web"
)

// reply is a response to a request that was sent in two halves.
type reply struct {
	status     int
	retryAfter string
	body       string
	err        error
}

// halfSent sends the first half of a request, which the server waits for the rest of, and returns what sends the rest.
func halfSent(t testing.TB, server *apitest.Server, token, query string, in apitest.Vars) (rest func() reply) {
	t.Helper()
	body, err := json.Marshal(map[string]any{"query": query, "variables": in})
	if err != nil {
		t.Fatal(err)
	}
	source, upload := io.Pipe()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, server.URL, source)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Authorization", "Bearer "+token)
	done := make(chan reply, 1)
	go func() {
		response, err := http.DefaultClient.Do(r)
		if err != nil {
			done <- reply{err: err}
			return
		}
		defer response.Body.Close() //nolint:errcheck // it was read
		text, err := io.ReadAll(response.Body)
		done <- reply{response.StatusCode, response.Header.Get("Retry-After"), string(text), err}
	}()
	begun, half := time.Now(), len(body)/2
	if _, err := upload.Write(body[:half]); err != nil {
		t.Fatal(err)
	}
	return func() reply {
		eventually(t, "the rest is late", func() bool { return time.Since(begun) > 2*web.Late })
		_, _ = upload.Write(body[half:]) // a server that has refused it reads no more
		_ = upload.Close()
		return <-done
	}
}

// codeOf sends an operation from any goroutine, and returns the code of its first error.
func codeOf(ctx context.Context, server *apitest.Server, token, query string, in apitest.Vars) (string, error) {
	body, err := json.Marshal(map[string]any{"query": query, "variables": in})
	if err != nil {
		return "", err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, server.URL, bytes.NewReader(body))
	if err != nil {
		return "", err
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Authorization", "Bearer "+token)
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		return "", err
	}
	defer response.Body.Close() //nolint:errcheck // it was read
	var answer apitest.Answer
	err = json.NewDecoder(response.Body).Decode(&answer)
	return answer.Code(), err
}

// TestTenRequestsOfATokenAtOnce: while the server reads ten of them, another one is refused, and none of another token
// of the app, nor of a person.
func TestTenRequestsOfATokenAtOnce(t *testing.T) {
	t.Parallel()
	w := apitest.NewWorld(t, storetest.Open(t, dialect.SQLite))
	p := w.App(t, w.A, "应用", "ORDERS VIEW", nil)
	other := w.Nobody(t)
	_, other.Token = w.A.NewToken(t, p.ID, "又一个")
	const who = "{ app { id } }"
	var open []func() reply
	for range web.AtOnce {
		open = append(open, halfSent(t, w.Server, p.Token, who, nil))
	}
	var refused *apitest.Answer
	eventually(t, "another one is refused", func() bool {
		refused = p.Do(who, nil)
		return len(refused.Errors) > 0
	})
	if refused.Status != http.StatusTooManyRequests || refused.Code() != "RATE_LIMITED" ||
		fmt.Sprint(refused.Errors[0].Extensions["retryAfter"]) != "1" || refused.Header.Get("Retry-After") != "1" {
		t.Errorf("%d %v %s", refused.Status, refused.Header, refused.Body)
	}
	for range 2 * web.AtOnce {
		if got := other.Do(who, nil).OK(); got.Text("app.id") != p.ID {
			t.Errorf("%s", got.Body)
		}
	}
	w.A.Owner.Do("{ viewer { id } }", nil).OK()
	for _, rest := range open {
		if got := rest(); got.status != http.StatusOK || !strings.Contains(got.body, p.ID) {
			t.Errorf("one of ten: %+v", got)
		}
	}
	eventually(t, "there is room again", func() bool { return p.Do(who, nil).Code() == "" })
}

// TestARefusalIsNotedOnTheToken: of a request from outside its ranges, while its app is disabled, and after its
// revocation and its end; once a minute, and as no use.
func TestARefusalIsNotedOnTheToken(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.Store) {
		proxies, err := web.ParseProxies("127.0.0.1")
		if err != nil {
			t.Fatal(err)
		}
		w := apitest.NewWorldWith(t, db, apitest.Options{Proxies: proxies})
		for _, of := range []struct {
			name, from string
			more       apitest.Vars
			end        func(p *apitest.App)
		}{
			{
				"outside its ranges", "198.51.100.9",
				apitest.Vars{"ipRanges": []string{"203.0.113.0/24"}},
				func(*apitest.App) {},
			},
			{"while its app is disabled", "203.0.113.7", nil, func(p *apitest.App) {
				w.A.Owner.Do(documentOf("disableApp"), apitest.Vars{"in": apitest.Vars{"orgId": w.A.ID, "id": p.ID}}).OK()
			}},
			{"after its revocation", "203.0.113.7", nil, func(p *apitest.App) {
				w.A.Owner.Do(documentOf("revokeApiTokens"),
					apitest.Vars{"in": apitest.Vars{"orgId": w.A.ID, "ids": []string{p.TokenID}}}).OK()
			}},
			{"after its end", "203.0.113.7", nil, func(p *apitest.App) {
				one := db.Client.ApiToken.Query().Where(apitoken.ID(p.TokenID)).Select(apitoken.FieldEndsAt).OnlyX(t.Context())
				w.Clock.Set(one.EndsAt)
			}},
		} {
			p := w.App(t, w.A, of.name, "ORDERS VIEW", of.more)
			ask := func(from, code string) {
				t.Helper()
				p.Header.Set("X-Forwarded-For", from)
				if got := p.Do("{ app { id } }", nil); got.Code() != code {
					t.Errorf("%s: %q from %s: %s", of.name, code, from, got.Body)
				}
			}
			noted := func() (at, ip, used string) {
				one := db.Client.ApiToken.Query().Where(apitoken.ID(p.TokenID)).OnlyX(t.Context())
				if one.LastRefusedAt != nil && one.LastRefusedIP != nil {
					at, ip = one.LastRefusedAt.UTC().Format(time.DateTime), *one.LastRefusedIP
				}
				if one.LastUsedAt != nil && one.LastUsedIP != nil {
					used = one.LastUsedAt.UTC().String() + *one.LastUsedIP
				}
				return at, ip, used
			}
			ask("203.0.113.7", "")
			at, _, used := noted()
			if at != "" || used == "" {
				t.Fatalf("%s: %q %q", of.name, at, used)
			}
			of.end(p)
			first := w.Clock.Now().UTC().Format(time.DateTime)
			ask(of.from, "UNAUTHENTICATED")
			w.Clock.Add(50 * time.Second)
			ask("198.51.100.77", "UNAUTHENTICATED")
			if at, ip, still := noted(); at != first || ip != of.from || still != used {
				t.Errorf("%s: noted %s %s and %s, at %s used %s", of.name, at, ip, still, first, used)
			}
			w.Clock.Add(11 * time.Second)
			ask("198.51.100.77", "UNAUTHENTICATED")
			at, ip, still := noted()
			if at != w.Clock.Now().UTC().Format(time.DateTime) || ip != "198.51.100.77" || still != used {
				t.Errorf("%s: after a minute: %s %s %s", of.name, at, ip, still)
			}
		}
	})
}

// TestWhatATokenHasBegunEndsOnTheOtherServer: a download that another server sends, and an upload that it reads, end
// with the token.
func TestWhatATokenHasBegunEndsOnTheOtherServer(t *testing.T) {
	t.Parallel()
	w, second := twoServers(t)
	s := &fixture{T: t, World: w, orgs: map[string]string{w.A.ID: "甲"}}
	s.creator("多", apitest.Vars{"platformId": "many"})
	s.manyOrders("many", 6_000)
	p := w.App(t, w.A, "应用", "ORDERS EDIT EXPORT", nil)
	upload := func(number string) apitest.Vars {
		return apitest.Vars{"in": apitest.Vars{"orgId": w.A.ID, "orders": []apitest.Vars{
			s.row(number, apitest.Vars{"creatorPlatformId": "many"}),
		}}}
	}
	download := slowly(t, second, p.Client, s.link(p.Client, "exportOrders", apitest.Vars{}))
	const query = "{ orgs { nodes { orders(first: 1) { nodes { number } } } } }"
	asked := halfSent(t, second, p.Token, query, nil)
	before := halfSent(t, second, p.Token, importOne, upload("BEFORE"))
	late := halfSent(t, second, p.Token, importOne, upload("LATE"))
	if got := before(); !strings.Contains(got.body, `"created":1`) {
		t.Fatalf("an upload in time: %+v", got)
	}
	w.A.Owner.Do(documentOf("revokeApiTokens"),
		apitest.Vars{"in": apitest.Vars{"orgId": w.A.ID, "ids": []string{p.TokenID}}}).OK()
	there := second.As(t, p.Client)
	eventually(t, "the token has ended there", func() bool { return there.Do("{ app { id } }", nil).Code() != "" })
	if got := late(); !strings.Contains(got.body, "FORBIDDEN") && !strings.Contains(got.body, "UNAUTHENTICATED") {
		t.Errorf("the upload: %+v", got)
	}
	if got := asked(); !strings.Contains(got.body, "UNAUTHENTICATED") || strings.Contains(got.body, "number") {
		t.Errorf("the query: %+v", got)
	}
	eventually(t, "the download is cut off", func() bool { return len(s.downloads()) == 1 })
	if rest, err := io.ReadAll(download.Body); err == nil {
		t.Errorf("%d bytes, to a clean end", len(rest))
	}
	if got := s.downloads()[0]; !strings.HasSuffix(got, "whole: ∅ → false") {
		t.Errorf("on record: %s", got)
	}
	for number, want := range map[string]int{"BEFORE": 1, "LATE": 0} {
		if n := w.Store.Client.Order.Query().Where(entorder.Number(number)).CountX(t.Context()); n != want {
			t.Errorf("%d orders %s", n, number)
		}
	}
}

// TestNoSecretOfATokenIsKept: not in any value of any row, the log, spans, or what others are told.
func TestNoSecretOfATokenIsKept(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.Store) {
		c := receive(t)
		sending, err := otlp.Open(t.Context(), c.URL, "v1.2.3", slog.New(slog.DiscardHandler))
		if err != nil {
			t.Fatal(err)
		}
		w := apitest.NewWorldWith(t, db, apitest.Options{Tracer: sending.Tracer()})
		s := &fixture{T: t, World: w, orgs: map[string]string{w.A.ID: "甲"}}
		soldBy(w.A)
		p := w.App(t, w.A, "应用", "ORDERS EDIT EXPORT", nil)
		rotated := w.A.Owner.Do(`mutation($in: RotateApiTokenInput!) { rotateApiToken(input: $in) { secret } }`, apitest.Vars{
			"in": apitest.Vars{"orgId": w.A.ID, "id": p.TokenID},
		}).OK().Text("rotateApiToken.secret")
		revokedID, revoked := w.A.NewToken(t, p.ID, "吊销")
		w.A.Owner.Do(documentOf("revokeApiTokens"),
			apitest.Vars{"in": apitest.Vars{"orgId": w.A.ID, "ids": []string{revokedID}}}).OK()
		secrets, told := []string{p.Token, rotated, revoked}, ""
		for _, secret := range secrets {
			who := w.Nobody(t)
			who.Token = secret
			who.Header.Set("User-Agent", "agent "+secret)
			for _, query := range []string{
				"{ app { id name token { id hint lastUsedUserAgent } } }", "{ org(id: 5", "{ app { nothing } }",
				"query Q($x: Nothing) { app { id } }",
			} {
				told += who.Do(query, nil).Body
			}
			who.Header.Set("Idempotency-Key", "k"+secret[len(secret)-3:])
			told += who.Do(importOne, oneOrder(w.A.ID, secret[len(secret)-3:])).Body
			told += who.Do(importOne, oneOrder(w.B.ID, "n1")).Body
			status, header, body := who.Download("/downloads/x")
			told += fmt.Sprint(status, header, string(body))
		}
		p.Subscribe("subscription($org: ID!) { ordersChanged(orgId: $org) { id } }", apitest.Vars{"org": w.A.ID})
		told += w.A.Owner.Do(documentOf("createApiToken"),
			apitest.Vars{"in": apitest.Vars{"orgId": w.A.ID, "appId": "x", "name": "n"}}).Body
		told += w.A.Owner.Do(`query($org: ID!) { org(id: $org) { apps { id name tokens { id name hint status createdByName
			lastUsedUserAgent lastRefusedAt } } auditEvents(first: 100) { nodes { operation userAgent actor { name tokenId } targets {
			nodes { label changes { field before after } } } } } } }`, apitest.Vars{"org": w.A.ID}).OK().Body
		sending.Close()
		rows := 0
		for _, table := range s.tables() {
			s.each("SELECT * FROM "+table, func(_ []string, values []any) {
				rows++
				for _, value := range values {
					if raw, ok := value.([]byte); ok {
						value = string(raw)
					}
					told += fmt.Sprintln(value)
				}
			})
		}
		c.mu.Lock()
		spans := fmt.Sprint(c.spans, c.whose)
		c.mu.Unlock()
		told += spans + w.Log.String()
		for _, secret := range secrets {
			if secret == "" || strings.Contains(told, secret[16:]) {
				at := strings.Index(told, secret[16:])
				t.Errorf("a secret is kept: %.300s", told[max(0, at-200):])
			}
		}
		if !strings.Contains(told, p.Token[:16]) || !strings.Contains(spans, "importOrders") || rows < 50 ||
			!strings.Contains(told, "agent deputy_live_") {
			t.Errorf("too little was looked at: %d rows, %d bytes of spans", rows, len(spans))
		}
	})
}

// TestNoFileTellsAnAppOfPeople: the files that an app downloads name no managers, in any format; those of the owner do.
func TestNoFileTellsAnAppOfPeople(t *testing.T) {
	t.Parallel()
	eachFixture(t, func(s *fixture) {
		manager := s.seat("金丝雀", s.A.Roles["运营"])
		made := s.creator("达人", vars{"platformId": "sold", "managerId": manager.ID, "category": "美妆"})
		s.order(vars{"creatorPlatformId": "sold"})
		s.task("任务", made)
		p := s.App(s.T, s.A, "全部", "CREATORS EDIT EXPORT, TASKS EDIT EXPORT, DATA VIEW EXPORT, ORDERS EDIT EXPORT", nil)
		tells := func(body []byte, name string) bool {
			text := string(body)
			if strings.HasSuffix(name, ".xlsx") {
				text = fmt.Sprint(s.cells(s.workbook(body), 0), s.cells(s.workbook(body), 1))
			}
			return strings.Contains(text, "金丝雀") || strings.Contains(text, manager.ID)
		}
		span := func(by string) vars {
			return vars{"by": by, "dateFrom": "2026-02-01", "dateTo": "2026-03-31"}
		}
		for _, file := range []struct {
			mutation string
			in       vars
			owner    bool // whether the owner is told
		}{
			{"exportCreators", vars{}, true},
			{"exportTasks", vars{}, false},
			{"exportOrders", vars{}, false},
			{"exportFigures", span("CREATOR"), false},
			{"exportFigures", span("MONTH"), false},
			{"exportFigures", span("MANAGER"), true},
		} {
			for _, format := range []string{"CSV", "XLSX", "JSONL"} {
				file.in["format"] = format
				if tells(s.downloaded(s.A.Owner, file.mutation, file.in)) != file.owner {
					s.Errorf("%s in %s of the owner tells: %t", file.mutation, format, !file.owner)
				}
				if file.in["by"] == "MANAGER" {
					file.in["orgId"] = s.A.ID
					got := p.Do(documentOf(file.mutation), vars{"in": file.in})
					if got.Code() != "FORBIDDEN" || got.Errors[0].Extensions["apps"] != false {
						s.Errorf("managers in %s: %s", format, got.Body)
					}
					continue
				}
				body, name := s.downloaded(p.Client, file.mutation, file.in)
				if len(bytes.TrimSpace(body)) == 0 || tells(body, name) {
					s.Errorf("%s in %s tells an app: %q", file.mutation, format, body)
				}
			}
		}
	})
}

// TestAQuerySentSlowlyIsAnsweredAsOfItsEnd: what ends while a server waits for the rest of a query is not answered.
func TestAQuerySentSlowlyIsAnsweredAsOfItsEnd(t *testing.T) {
	t.Parallel()
	w, second := twoServers(t)
	(&fixture{T: t, World: w, orgs: map[string]string{w.A.ID: "甲"}}).creator("慢", apitest.Vars{"platformId": "slow"})
	const query = "query($org: ID!) { org(id: $org) { creators(first: 1) { nodes { platformId } } } }"
	in := apitest.Vars{"org": w.A.ID}
	leaves, stays := w.A.Seats["运营"], w.A.Owner
	for _, of := range []struct {
		name, want string
		who        *apitest.Client
		end        func()
	}{
		{"a seat that is disabled", `"org":null`, leaves.Client, func() {
			stays.Do(documentOf("disableSubAccounts"),
				apitest.Vars{"in": apitest.Vars{"orgId": w.A.ID, "ids": []string{leaves.ID}}}).OK()
		}},
		{"a session that is ended", "UNAUTHENTICATED", stays, func() {
			stays.Do("mutation { signOut { endedId } }", nil).OK()
		}},
	} {
		there := second.As(t, of.who)
		if body := there.Do(query, in).Body; !strings.Contains(body, "slow") {
			t.Fatalf("%s: before: %s", of.name, body)
		}
		rest := halfSent(t, second, of.who.Token, query, in)
		of.end()
		eventually(t, of.name, func() bool { return !strings.Contains(there.Do(query, in).Body, "slow") })
		if got := rest(); !strings.Contains(got.body, of.want) || strings.Contains(got.body, "slow") {
			t.Errorf("%s: %+v", of.name, got)
		}
	}
}

// TestNoFilterTellsAnAppOfPeople: an app that knows the id of a person, as from the audit log, does not learn by a
// filter which creators the person manages.
func TestNoFilterTellsAnAppOfPeople(t *testing.T) {
	t.Parallel()
	eachFixture(t, func(s *fixture) {
		manager := s.seat("金丝雀", s.A.Roles["运营"])
		s.creator("达人", vars{"platformId": "sold", "managerId": manager.ID})
		s.creator("无人", vars{"platformId": "free"})
		s.order(vars{"creatorPlatformId": "sold"})
		p := s.App(s.T, s.A, "全部", "CREATORS EDIT EXPORT, ORDERS EDIT EXPORT", nil)
		of := vars{"managerIds": []string{manager.ID}}
		creators := `query($org: ID!, $f: CreatorFilter) { org(id: $org) { creators(filter: $f) { totalCount } } }`
		orders := `query($org: ID!, $f: OrderFilter) { org(id: $org) { orders(filter: $f) { totalCount } } }`
		for _, asked := range []struct {
			document string
			in       vars
		}{
			{creators, vars{"org": s.A.ID, "f": of}},
			{creators, vars{"org": s.A.ID, "f": vars{"withoutManager": true}}},
			{orders, vars{"org": s.A.ID, "f": of}},
			{documentOf("exportCreators"), vars{"in": vars{"orgId": s.A.ID, "filter": of}}},
			{documentOf("exportOrders"), vars{"in": vars{"orgId": s.A.ID, "filter": of}}},
			{documentOf("settleOrders"), vars{"in": vars{"orgId": s.A.ID, "filter": of, "expectedCount": 7}}},
		} {
			got := p.Do(asked.document, asked.in)
			if got.Code() != "FORBIDDEN" || got.Errors[0].Extensions["apps"] != false {
				s.Errorf("%s %v: %s", asked.document, asked.in, got.Body)
			}
			if got := s.A.Owner.Do(asked.document, asked.in); got.Code() != "" {
				s.Errorf("%s %v of the owner: %s", asked.document, asked.in, got.Body)
			}
		}
		all := p.Do(creators, vars{"org": s.A.ID}).OK().Get("org.creators.totalCount")
		for _, f := range []vars{{"withoutManager": false}, {"managerIds": nil}} {
			if got := p.Do(creators, vars{"org": s.A.ID, "f": f}).OK().Get("org.creators.totalCount"); got != all {
				s.Errorf("%v: %v of %v creators", f, got, all)
			}
		}
	})
}
