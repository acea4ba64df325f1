package graph_test

import (
	"context"
	"strconv"
	"strings"
	"testing"

	"entgo.io/ent/dialect"

	"deputy/internal/apitest"
	"deputy/internal/bounds"
	"deputy/internal/share"
	"deputy/internal/store/storetest"
)

// TestLargeRequestsOfOneAccountLeaveRoomForOthers, over every transport: an account that has its share of turns waits,
// and nobody else does.
func TestLargeRequestsOfOneAccountLeaveRoomForOthers(t *testing.T) {
	t.Parallel()
	s := newFixture(t, storetest.Open(t, dialect.SQLite))
	turns := s.Streams.Large()
	var held []*share.Place
	for who := s.asViewer(s.A.Owner); turns.Waiting() == 0; {
		now, cancel := context.WithCancel(who)
		cancel()
		place, err := turns.Take(now, bounds.Asks(who))
		if err != nil {
			break
		}
		held = append(held, place)
	}
	if len(held) == 0 {
		t.Fatal("it got none")
	}
	padding := strings.Repeat(" ", 70<<10)
	large := map[string]func(a *apitest.Agency) string{
		"HTTP": func(a *apitest.Agency) string {
			return a.Owner.Do(`query($id: ID!) { org(id: $id) { name } }`+padding, vars{"id": a.ID}).OK().Text("org.name")
		},
		"an event stream": func(a *apitest.Agency) string {
			stream := a.Owner.Stream(watchEvents+padding, vars{"org": a.ID})
			_ = stream.Response.Body.Close() // it was let in
			return stream.Response.Status
		},
		"a WebSocket": func(a *apitest.Agency) string {
			socket := a.Owner.Subscribe(watchEvents+padding, vars{"org": a.ID})
			socket.Subscribe("1", "{", nil) // the first was begun when this one is refused
			return strconv.Itoa(socket.Next().Closed)
		},
	}
	ends := make(chan string)
	waiting := 0
	for name, ask := range large {
		want := ask(s.B)
		go func() {
			if got := ask(s.A); name != "HTTP" && got != want {
				t.Errorf("%s: %s, want %s", name, got, want)
			}
			ends <- name
		}()
		waiting++
		s.until("a large request of the account waits", func() bool { return turns.Waiting() == waiting })
	}
	for _, place := range held {
		place.End()
	}
	for range large {
		<-ends
	}
}
