package graph_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"deputy/ent"
	"deputy/ent/auditevent"
	"deputy/ent/creator"
	entorder "deputy/ent/order"
	"deputy/internal/apitest"
	"deputy/internal/fault"
	"deputy/internal/feed"
	"deputy/internal/store"
)

// manyOrders makes orders of a creator that no format makes small. No index of texts finds them.
func (s *fixture) manyOrders(platformID string, n int) {
	s.Helper()
	s.fill(func(ctx context.Context, tx *store.Tx) error {
		found, err := tx.Creator.Query().Where(creator.OrgID(s.A.ID), creator.PlatformID(platformID)).OnlyID(ctx)
		if err != nil {
			return err
		}
		var made []*ent.OrderCreate
		for i := range n {
			made = append(made, tx.Order.Create().SetOrgID(s.A.ID).SetCreatorID(found).SetNumber(fmt.Sprintf("%s-%05d",
				platformID, i)).
				SetProductName(fmt.Sprintf("%016x%016x%016x%016x%016x", rand.Uint64(), rand.Uint64(), rand.Uint64(), rand.Uint64(),
					rand.Uint64())).
				SetAmount(
					19_900).SetCommission(
				1_990).SetNetCommission(1_990).SetOrgShare(0).SetCreatorShare(1_990).SetShareBps(0).SetStatus(
				entorder.StatusPAID).SetPaidAt(s.Clock.Now()).SetCreatedAt(s.Clock.Now()).SetUpdatedAt(s.Clock.Now()).
				SetGrams(nil))
			if len(made) == 1_000 || i == n-1 {
				if err := tx.Order.CreateBulk(made...).Exec(ctx); err != nil {
					return err
				}
				made = nil
			}
		}
		return nil
	})
}

// manyEvents puts events on A's record.
func (s *fixture) manyEvents(n int) {
	s.Helper()
	for range n / 1_000 {
		s.fill(func(ctx context.Context, tx *store.Tx) error {
			made := make([]*ent.AuditEventCreate, 1_000)
			for i := range made {
				made[i] = tx.AuditEvent.Create().SetOrgID(
					s.A.ID).SetAt(s.Clock.Now()).SetActorKind(auditevent.ActorKindSYSTEM).SetActorName("Deputy").
					SetOperation(
						"test").SetOutcome(fault.OutcomeDone).SetRequestID("").SetUserAgent(strings.Repeat(fmt.Sprintf("%016x",
					rand.Uint64()), 12))
			}
			return tx.AuditEvent.CreateBulk(made...).Exec(ctx)
		})
	}
}

// slowly begins to read a file over a connection that holds little, and returns what is left of it.
func slowly(t testing.TB, server *apitest.Server, who *client, url string) *http.Response {
	t.Helper()
	transport := &http.Transport{DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
		c, err := (&net.Dialer{}).DialContext(ctx, network, address)
		if err == nil {
			err = c.(*net.TCPConn).SetReadBuffer(4 << 10)
		}
		return c, err
	}}
	t.Cleanup(transport.CloseIdleConnections)
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, strings.TrimSuffix(server.URL, "/graphql")+url, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+who.Token)
	response, err := (&http.Client{Transport: transport}).Do(r)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = response.Body.Close() })
	if _, err := io.ReadFull(response.Body, make([]byte, 200)); err != nil || response.StatusCode != http.StatusOK {
		t.Fatalf("%d %v", response.StatusCode, err)
	}
	return response
}

// downloads returns what A's trail says of downloads, the last one first.
func (s *fixture) downloads() (all []string) {
	s.Helper()
	a := s.A.Owner.Do(toldOnTrail, vars{"id": s.A.ID, "filter": vars{"operations": []string{"download"}}}).OK()
	for i := range a.List("org.auditEvents.nodes") {
		at := fmt.Sprintf("org.auditEvents.nodes.%d.", i)
		said := a.Text(at + "outcome")
		for _, c := range a.List(at + "targets.nodes.0.changes") {
			said += " " + change(c.(map[string]any))
		}
		all = append(all, said)
	}
	return all
}

// TestADownloadEndsWithTheRight: what takes the right to a file away ends the file that is being read slowly, in every
// way and format, and what was cut off does not look whole.
func TestADownloadEndsWithTheRight(t *testing.T) {
	t.Parallel()
	const rows = 4_000
	for name, end := range map[string]func(s *fixture, who *apitest.Seat, role, creator string){
		"disableSubAccounts": func(s *fixture, who *apitest.Seat, _, _ string) {
			s.must(s.A.Owner, "disableSubAccounts", vars{"orgId": s.A.ID, "ids": []string{who.ID}})
		},
		"deleteSubAccounts": func(s *fixture, who *apitest.Seat, _, _ string) {
			s.must(s.A.Owner, "deleteSubAccounts", vars{"orgId": s.A.ID, "ids": []string{who.ID}})
		},
		"updateRole": func(s *fixture, _ *apitest.Seat, role, _ string) {
			s.must(s.A.Owner, "updateRole", vars{
				"orgId": s.A.ID, "id": role,
				"grants": []vars{grant("ORDERS", "VIEW", "ALL"), grant("AUDIT_LOG", "VIEW", "ALL")},
			})
		},
		"another role": func(s *fixture, who *apitest.Seat, _, _ string) {
			s.must(s.A.Owner, "updateSubAccount", vars{"orgId": s.A.ID, "id": who.ID, "roleIds": []string{s.A.Roles["客服"]}})
		},
		"signOut": func(s *fixture, who *apitest.Seat, _, _ string) { s.must(who.Client, "signOut", nil) },
		"releaseSeat": func(s *fixture, who *apitest.Seat, _, _ string) {
			s.must(who.Client, "releaseSeat", vars{"orgId": s.A.ID})
		},
		"assignCreators": func(s *fixture, _ *apitest.Seat, _, creator string) {
			s.must(s.A.Owner, "assignCreators", vars{"orgId": s.A.ID, "ids": []string{creator}, "managerId": nil})
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			eachFixture(t, func(s *fixture) {
				scope := "ALL"
				if name == "assignCreators" {
					scope = "OWN"
				}
				role := s.role4(grant("ORDERS", "EXPORT", scope), grant("AUDIT_LOG", "EXPORT", "ALL"))
				who := s.seat("导出员", role)
				creator := s.creator("多", vars{"platformId": "many", "managerId": who.ID})
				s.manyOrders("many", rows)
				s.manyEvents(rows)
				var open []*http.Response
				for mutation, format := range map[string]string{"exportOrders": "CSV", "exportAuditEvents": "XLSX"} {
					switch name {
					case "signOut": // the other way round
						format = map[string]string{"CSV": "XLSX", "XLSX": "CSV"}[format]
					case "updateRole", "assignCreators":
						format = "JSONL"
					}
					open = append(open, slowly(t, s.Server, who.Client, s.link(who.Client, mutation, vars{"format": format})))
				}
				end(s, who, role, creator)
				s.must(s.A.Owner, "importOrders", vars{
					"orgId":  s.A.ID,
					"orders": []vars{s.row("LATE", vars{"creatorPlatformId": "many"})},
				})
				eventually(t, "the downloads are cut off", func() bool { return len(s.downloads()) == len(open) })
				for _, response := range open {
					rest, err := io.ReadAll(response.Body)
					if err == nil || len(rest) > 400<<10 || bytes.Contains(rest, []byte("LATE")) {
						t.Errorf("%s: %d bytes after the right had ended, and then %v", response.Header.Get("Content-Type"), len(rest),
							err)
					}
					if _, err := excelize.OpenReader(bytes.NewReader(rest)); err == nil {
						t.Error("what was cut off opens as a workbook")
					}
				}
				for _, said := range s.downloads() {
					if !strings.HasPrefix(said, "DONE rows: ∅ → ") || !strings.HasSuffix(said, "whole: ∅ → false") {
						t.Errorf("on record: %s", said)
					}
				}
			})
		})
	}
}

// TestADownloadEndsOnTheOtherServer: the right ends at one server while another one, which is told of nothing, sends
// the file.
func TestADownloadEndsOnTheOtherServer(t *testing.T) {
	t.Parallel()
	w, second := twoServers(t)
	s := &fixture{T: t, World: w, orgs: map[string]string{w.A.ID: "甲"}}
	second.Resolver.Feed = &feed.Feed{} // nothing wakes it
	who := s.seat("导出员", s.role4(grant("ORDERS", "EXPORT", "ALL")))
	s.creator("多", vars{"platformId": "many"})
	s.manyOrders("many", 6_000)
	second.Clock.Set(w.Clock.Now())
	response := slowly(t, second, who.Client, s.link(who.Client, "exportOrders", vars{}))
	s.must(s.A.Owner, "disableSubAccounts", vars{"orgId": s.A.ID, "ids": []string{who.ID}})
	ended := time.Now()
	eventually(t, "the download is cut off", func() bool { return len(s.downloads()) == 1 })
	t.Logf("on record %s after the right had ended", time.Since(ended))
	if rest, err := io.ReadAll(response.Body); err == nil {
		t.Errorf("%d bytes, to a clean end", len(rest))
	}
}

// TestEachDownloadIsOnRecord: the trail says what each use of a link sent, and which was refused.
func TestEachDownloadIsOnRecord(t *testing.T) {
	t.Parallel()
	eachRule(t, func(s *fixture) {
		who := s.seat("导出员", s.role4(grant("ORDERS", "EXPORT", "ALL")))
		url := s.link(who.Client, "exportOrders", vars{"filter": vars{"statuses": []string{"PAID"}}})
		count := func(want int) {
			t.Helper()
			if lines := s.lines(who.Client, url); len(lines) != want+1 {
				t.Errorf("%d lines", len(lines))
			}
		}
		count(0)
		s.order(nil)
		s.order(nil)
		count(2)
		status, _, _ := who.Download(strings.Replace(url, "/downloads/", "/downloads/x", 1))
		if status != http.StatusNotFound {
			t.Errorf("%d", status)
		}
		s.must(s.A.Owner, "disableSubAccounts", vars{"orgId": s.A.ID, "ids": []string{who.ID}})
		if status, _, _ := who.Download(url); status != http.StatusNotFound {
			t.Errorf("%d", status)
		}
		want := `[REFUSED rows: ∅ → 0 filter: ∅ → {"statuses":["PAID"]} DONE rows: ∅ → 2 whole: ∅ → true filter: ∅ → {"statuses":["PAID"]} DONE rows: ∅ → 0 whole: ∅ → true filter: ∅ → {"statuses":["PAID"]}]`
		if got := fmt.Sprint(s.downloads()); got != want {
			t.Errorf("on record: %s", got)
		}
	})
}
