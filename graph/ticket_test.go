package graph_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"deputy/internal/apitest"
)

// ticket exports orders, and returns the link that needs no token.
func (s *fixture) ticket(who *client) string {
	s.Helper()
	url := s.must(who, "exportOrders", vars{"orgId": s.A.ID, "filter": vars{}}).Text("exportOrders.ticketUrl")
	if url == "" {
		s.Fatal("no ticket")
	}
	return url
}

// TestATicketIsGoodOnceForItsSession: a plain link, without a token, leads to the file once, within a minute, while the
// session that asked for it lasts and may have the file. What is refused looks like any link that does not work, and
// spends nothing.
func TestATicketIsGoodOnceForItsSession(t *testing.T) {
	t.Parallel()
	eachRule(t, func(s *fixture) {
		s.order(nil)
		role := s.role4(grant("ORDERS", "EXPORT", "ALL"))
		clerk := s.seat("导出员", role)
		nobody := s.Nobody(t)
		var tickets []string
		ticket := func() string {
			t.Helper()
			tickets = append(tickets, s.ticket(clerk.Client))
			return tickets[len(tickets)-1]
		}
		refused := func(name string, who *client, url string) {
			t.Helper()
			status, header, body := who.Download(url)
			if want := "下载链接无效或已过期，请重新导出；并请使用导出时的帐号登录。\n"; status != 404 || string(body) != want ||
				header.Get("Content-Disposition") != "" {
				t.Errorf("%s: %d %s", name, status, body)
			}
		}
		works := func(name string, who *client, url string) {
			t.Helper()
			if lines := s.lines(who, url); len(lines) != 2 {
				t.Errorf("%s: %q", name, lines)
			}
			refused(name+", again", who, url)
			refused(name+", again with the session", clerk.Client, url)
		}

		works("without a token", nobody, ticket())
		works("with the session's own", clerk.Client, ticket())
		other := s.SignIn(t, clerk.Phone)
		works("with another session of the account", other, ticket())
		url := ticket()
		for name, who := range map[string]*client{
			"stranger": s.Stranger, "owner": s.A.Owner,
			"another org's owner": s.B.Owner,
		} {
			refused(name, who, url)
		}
		works("after others tried", nobody, url)
		one, two := ticket(), ticket()
		works("one of two of the same moment", nobody, one)
		works("the other", nobody, two)
		url = ticket()
		last := url[len(url)-1:]
		refused("edited", nobody, url[:len(url)-1]+map[bool]string{true: "A", false: "Q"}[last == "Q"])

		s.must(s.A.Owner, "updateRole", vars{"orgId": s.A.ID, "id": role, "grants": []vars{grant("ORDERS", "VIEW", "ALL")}})
		refused("without the action", nobody, url)
		s.must(s.A.Owner, "updateRole", vars{"orgId": s.A.ID, "id": role, "grants": []vars{grant("ORDERS", "EXPORT", "ALL")}})
		works("with the action again", nobody, url)

		url = ticket()
		s.Clock.Add(time.Minute - time.Second)
		works("at the end of its minute", nobody, url)
		url = ticket()
		s.Clock.Add(time.Minute)
		refused("after its minute", nobody, url)
		url = ticket()
		s.must(clerk.Client, "signOut", nil)
		refused("after the session", nobody, url)
		refused("after the session, with another one", other, url)

		events := s.downloads()
		done := strings.Count(fmt.Sprint(events), "DONE rows: ∅ → 1 whole: ∅ → true")
		if done != 8 || len(events) != 9 || !strings.Contains(fmt.Sprint(events), "REFUSED rows: ∅ → 0") {
			t.Errorf("on record: %d, %q", done, events)
		}
		log := s.World.Log.String()
		for _, url := range tickets {
			if strings.Contains(log, strings.TrimPrefix(url, "/downloads/")) {
				t.Errorf("the log has the ticket")
			}
		}
	})
}

// TestATicketIsSpentOnce, whichever of two servers requests of the same instant reach.
func TestATicketIsSpentOnce(t *testing.T) {
	t.Parallel()
	eachFixture(t, func(s *fixture) {
		s.order(nil)
		second := apitest.NewWith(s.T, s.Store, apitest.Options{Clock: s.Clock})
		for range 3 {
			url := s.ticket(s.A.Owner)
			var (
				all  sync.WaitGroup
				mu   sync.Mutex
				sent int
			)
			for i := range 12 {
				who := s.Nobody(t)
				if i%2 == 1 {
					who = second.Nobody(t)
				}
				all.Go(func() {
					if status, _, _ := who.Download(url); status == 200 {
						mu.Lock()
						sent++
						mu.Unlock()
					}
				})
			}
			all.Wait()
			if sent != 1 {
				t.Errorf("sent %d times", sent)
			}
		}
	})
}

// TestLookingAtATicketSpendsNothing: a HEAD, as of what shows a preview of a link, answers the headers alone.
func TestLookingAtATicketSpendsNothing(t *testing.T) {
	t.Parallel()
	eachRule(t, func(s *fixture) {
		url := s.ticket(s.A.Owner)
		for range 2 {
			if status, header := s.head(s.Nobody(t), s.URL, url); status != 200 || header.Get("Content-Disposition") == "" {
				t.Errorf("%d %v", status, header)
			}
		}
		s.lines(s.Nobody(t), url)
	})
}
