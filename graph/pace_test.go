package graph_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"entgo.io/ent/dialect"

	"deputy/graph"
	"deputy/internal/apitest"
	"deputy/internal/bounds"
	"deputy/internal/share"
	"deputy/internal/store/storetest"
)

// orders imports so many orders into A.
func (s *fixture) orders(n int) {
	s.Helper()
	s.order(nil) // and whatever orders need
	var rows []vars
	for i := range n - 1 {
		rows = append(rows, s.row(fmt.Sprintf("DY%06d", i), nil))
	}
	s.must(s.A.Owner, "importOrders", vars{"orgId": s.A.ID, "orders": rows})
}

// TestFilesAreTakenFromTheBudgetOfRequests: their rows are, before anything is read, and who has nothing left is told
// when to come again.
func TestFilesAreTakenFromTheBudgetOfRequests(t *testing.T) {
	t.Parallel()
	eachRule(t, func(s *fixture) {
		s.orders(300)
		for _, format := range []string{"CSV", "XLSX"} {
			server := apitest.NewWith(s.T, s.Store, apitest.Options{Budget: 500, Clock: s.Clock})
			owner := server.As(s.T, s.A.Owner)
			url := s.link(s.A.Owner, "exportOrders", vars{"format": format})
			for range 5 { // asking for the headers costs nothing
				if status, header := s.head(owner, server.URL, url); status != 200 || header.Get("Content-Disposition") == "" ||
					header.Get("Content-Type") == "" {
					s.Fatalf("HEAD: %d %v", status, header)
				}
			}
			if status, _, body := owner.Download(url); status != 200 || len(body) == 0 {
				s.Fatalf("%s: %d %s", format, status, body)
			}
			status, header, body := owner.Download(url)
			after, err := strconv.Atoi(header.Get("Retry-After"))
			if status != http.StatusTooManyRequests || err != nil || after < 1 || !strings.Contains(string(body), "秒") ||
				header.Get("Content-Disposition") != "" {
				s.Errorf("%s, a second time: %d %v %s", format, status, header, body)
			}
			if a := owner.Do(
				`query($id: ID!) { org(id: $id) { orders(first: 100) { nodes { number creator { name } } } subAccounts(first: 100) {
					nodes { id } } } }`, vars{"id": s.A.ID}); a.Code() != "RATE_LIMITED" {
				s.Errorf("%s, a query after it: %s", format, a.Body)
			}
			server.Clock.Add(time.Duration(after+10) * time.Second) // the query took some, too
			if status, _, body := owner.Download(url); status != 200 {
				s.Errorf("%s, when it may come again: %d %s", format, status, body)
			}
		}
	})
}

func (s *fixture) head(who *client, base, path string) (int, http.Header) {
	s.Helper()
	r, err := http.NewRequestWithContext(s.Context(), http.MethodHead, strings.TrimSuffix(base, "/graphql")+path, nil)
	if err != nil {
		s.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+who.Token)
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		s.Fatal(err)
	}
	_ = response.Body.Close()
	return response.StatusCode, response.Header
}

// TestFilesOfOneAccountHoldUpNobodyElse: an account is sent three at a time, and the fourth waits; others' do not.
func TestFilesOfOneAccountHoldUpNobodyElse(t *testing.T) {
	t.Parallel()
	eachFixture(t, func(s *fixture) {
		s.order(nil)
		files := s.Resolver.Files()
		who := s.asViewer(s.A.Owner)
		var held []*share.Place
		for range 3 {
			place, err := files.Take(who, bounds.Asks(who))
			if err != nil {
				s.Fatal(err)
			}
			held = append(held, place)
		}
		url := s.link(s.A.Owner, "exportOrders", vars{})
		done := make(chan int)
		go func() {
			status, _, _ := s.A.Owner.Download(url)
			done <- status
		}()
		s.until("the fourth file waits", func() bool { return files.Waiting() == 1 })
		if status, _ := s.head(s.A.Owner, s.URL, url); status != 200 {
			s.Errorf("its headers: %d", status)
		}
		clerk := s.seat("导出员", s.role4(grant("ORDERS", "EXPORT", "ALL")))
		if lines := s.lines(clerk.Client, s.link(clerk.Client, "exportOrders", vars{})); len(lines) != 2 {
			s.Errorf("a seat's file: %q", lines)
		}
		if files.Waiting() != 1 {
			s.Error("the fourth file does not wait: the test shows nothing")
		}
		held[0].End()
		if status := <-done; status != 200 {
			s.Errorf("the fourth file: %d", status)
		}
	})
}

// stuck is a response over a connection whose reader does not read.
type stuck struct {
	header   http.Header
	mu       sync.Mutex
	deadline time.Time
}

func (w *stuck) Header() http.Header { return w.header }
func (w *stuck) WriteHeader(int)     {}

func (w *stuck) SetWriteDeadline(at time.Time) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.deadline = at
	return nil
}

func (w *stuck) ended() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return !w.deadline.IsZero() && !time.Now().Before(w.deadline)
}

func (w *stuck) Write([]byte) (int, error) {
	for !w.ended() {
		time.Sleep(time.Millisecond)
	}
	return 0, os.ErrDeadlineExceeded
}

// TestAFileHasAnEndInTime: who does not read it is cut off when its time is over, and nothing is left of it.
func TestAFileHasAnEndInTime(t *testing.T) {
	t.Parallel()
	s := newFixture(t, storetest.Open(t, dialect.SQLite))
	s.orders(600)
	s.Resolver.FileTime = 100 * time.Millisecond
	for _, format := range []string{"CSV", "XLSX"} {
		url := s.link(s.A.Owner, "exportOrders", vars{"format": format})
		send := func(w http.ResponseWriter) (whole bool) {
			r, err := http.NewRequestWithContext(s.asViewer(s.A.Owner), http.MethodGet, url, nil)
			if err != nil {
				t.Fatal(err)
			}
			defer func() {
				if value := recover(); value != nil {
					if err, ok := value.(error); !ok || !errors.Is(err, http.ErrAbortHandler) {
						t.Errorf("%s: %v", format, value)
					}
					whole = false
				}
			}()
			s.Resolver.ServeDownloads(w, r)
			return true
		}
		if send(&stuck{header: http.Header{}}) {
			t.Errorf("%s: nobody read it, and it was sent", format)
		}
	}
	now, cancel := context.WithCancel(s.asViewer(s.A.Owner))
	cancel()
	for range 3 {
		if _, err := s.Resolver.Files().Take(now, bounds.Asks(now)); err != nil {
			t.Error(err)
		}
	}
}

// TestAFileMayTakeWhatASlowConnectionTakes beside the time of a request.
func TestAFileMayTakeWhatASlowConnectionTakes(t *testing.T) {
	t.Parallel()
	for sent, want := range map[int]time.Duration{
		0: 30 * time.Second, 32 << 10: 31 * time.Second,
		64 << 20: 30*time.Second + 2048*time.Second,
	} {
		if got := graph.PacedFor(30*time.Second, sent); got != want {
			t.Errorf("%d bytes: %s, want %s", sent, got, want)
		}
	}
}
