package graph_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"entgo.io/ent/dialect"

	"deputy/internal/apitest"
	"deputy/internal/store/storetest"
)

const watchViewer = `subscription { viewerChanged { id mayOpenOrg ownedOrg { id name ownerName navigation { module } }
	seats { orgId orgName name status roleNames org { name ownerName viewerIsOwner viewerGrants { module actions scope }
	navigation { module } } } } }`

// eachPair runs a test with two servers of one database: on SQLite in one process, on PostgreSQL apart.
func eachPair(t *testing.T, f func(t *testing.T, w *apitest.World, second *apitest.Server)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		w := apitest.NewWorld(t, storetest.Open(t, dialect.SQLite))
		f(t, w, apitest.NewWith(t, w.Store, apitest.Options{Clock: w.Clock}))
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		w, second := twoServers(t)
		f(t, w, second)
	})
}

// viewerText tells what the viewer under the path of an answer is and may do.
func viewerText(a *apitest.Answer, path string) string {
	var told []string
	if a.Get(path+".ownedOrg") != nil {
		told = append(told, fmt.Sprintf("owns %s as %s with %d modules", a.Text(path+".ownedOrg.name"),
			a.Text(path+".ownedOrg.ownerName"), len(a.List(path+".ownedOrg.navigation"))))
	}
	for i := range a.List(path + ".seats") {
		at := fmt.Sprintf("%s.seats.%d.", path, i)
		text := strings.Join([]string{
			a.Text(at + "orgName"), a.Text(at + "name"), a.Text(at + "status"), fmt.Sprint(a.Get(at + "roleNames")),
		}, " ")
		if a.Get(at+"org") != nil {
			var grants []string
			for _, item := range a.List(at + "org.viewerGrants") {
				grant := item.(map[string]any)
				grants = append(grants, fmt.Sprint(grant["module"], grant["actions"], grant["scope"]))
			}
			text += fmt.Sprintf(" of %s: %s", a.Text(at+"org.ownerName"), strings.Join(grants, " "))
		}
		told = append(told, text)
	}
	if a.Get(path+".mayOpenOrg") == true {
		told = append(told, "may open an org")
	}
	return strings.Join(told, "; ")
}

// TestTheViewerComesAsItChanges, over both transports of another server, once for each change of what it is, may do and
// is called; what happens to others brings nothing.
func TestTheViewerComesAsItChanges(t *testing.T) {
	t.Parallel()
	eachPair(t, func(t *testing.T, w *apitest.World, second *apitest.Server) {
		s := &fixture{T: t, World: w, orgs: map[string]string{}}
		role := func(name string, grants ...vars) string {
			in := vars{"orgId": w.A.ID, "name": name, "grants": append([]vars{}, grants...)}
			return s.must(w.A.Owner, "createRole", in).Text("createRole.role.id")
		}
		clerk, other := role("文员", grant("TASKS", "VIEW", "OWN")), role("另一个")
		phone := s.number()
		seat, colleague := w.Seat(t, w.A, phone, "小林", clerk), s.seat("同事", other)
		socket, stream := second.As(t, seat.Client).Subscribe(watchViewer, nil),
			second.As(t, seat.Client).Stream(watchViewer, nil)
		elsewhere := socket.Event().Text("viewerChanged.id")
		if elsewhere != seat.Do(`{ viewer { id } }`, nil).OK().Text("viewer.id") {
			t.Errorf("the viewer is %q", elsewhere)
		}
		const tasks = " of 主帐号: TASKS[VIEW]OWN"
		if got := viewerText(stream.Event(), "viewerChanged"); got != "甲机构 小林 ENABLED [文员]"+tasks {
			t.Errorf("at once: %s", got)
		}
		a, b := w.A, w.B
		var left string
		for i, step := range []struct {
			who      *client
			mutation string
			in       vars
			want     string
		}{
			{a.Owner, "updateSubAccount", vars{"orgId": a.ID, "id": seat.ID, "name": "林"}, "甲机构 林 ENABLED [文员]" + tasks},
			{a.Owner, "updateRole", vars{"orgId": a.ID, "id": clerk, "name": "助理"}, "甲机构 林 ENABLED [助理]" + tasks},
			{
				a.Owner, "updateRole",
				vars{"orgId": a.ID, "id": clerk, "grants": []vars{grant("ORDERS", "EXPORT", "ALL")}},
				"甲机构 林 ENABLED [助理] of 主帐号: ORDERS[VIEW EXPORT]ALL",
			},
			{
				a.Owner, "updateSubAccount",
				vars{"orgId": a.ID, "id": seat.ID, "roleIds": []string{other, clerk}},
				"甲机构 林 ENABLED [助理 另一个] of 主帐号: ORDERS[VIEW EXPORT]ALL",
			},
			{
				a.Owner, "updateSubAccount",
				vars{"orgId": a.ID, "id": seat.ID, "roleIds": []string{other}},
				"甲机构 林 ENABLED [另一个] of 主帐号: ",
			},
			{a.Owner, "updateOrg", vars{"orgId": a.ID, "name": "甲"}, "甲 林 ENABLED [另一个] of 主帐号: "},
			{a.Owner, "updateOrg", vars{"orgId": a.ID, "ownerName": "老甲"}, "甲 林 ENABLED [另一个] of 老甲: "},
			{a.Owner, "disableSubAccounts", vars{"orgId": a.ID, "ids": []string{seat.ID}}, "甲 林 DISABLED [另一个]"},
			{a.Owner, "updateOrg", vars{"orgId": a.ID, "name": "甲甲"}, "甲甲 林 DISABLED [另一个]"},
			{
				a.Owner, "enableSubAccounts",
				vars{"orgId": a.ID, "ids": []string{seat.ID}},
				"甲甲 林 ENABLED [另一个] of 老甲: ",
			},
			{b.Owner, "createSubAccount", nil, "甲甲 林 ENABLED [另一个] of 老甲: ; 乙机构 林二 ENABLED [客服] of 主帐号: ORDERS[VIEW]ALL"},
			{
				a.Owner, "deleteSubAccounts",
				vars{"orgId": a.ID, "ids": []string{seat.ID}},
				"乙机构 林二 ENABLED [客服] of 主帐号: ORDERS[VIEW]ALL",
			},
			{b.Owner, "updateOrg", vars{"orgId": b.ID, "name": "乙"}, "乙 林二 ENABLED [客服] of 主帐号: ORDERS[VIEW]ALL"},
			{seat.Client, "releaseSeat", vars{"orgId": b.ID}, "may open an org"},
			{seat.Client, "createOrg", vars{"name": "林家", "ownerName": "林总"}, "owns 林家 as 林总 with 7 modules"},
		} {
			in := step.in
			if step.mutation == "createSubAccount" {
				in = vars{
					"orgId": b.ID, "name": "林二", "roleIds": []string{b.Roles["客服"]},
					"code": s.bindCode(b, vars{"phone": phone}),
				}
			}
			// Of others, in the same orgs, and of rows.
			s.must(a.Owner, "updateSubAccount", vars{"orgId": a.ID, "id": colleague.ID, "name": fmt.Sprint("同事", i)})
			s.must(a.Owner, "updateRole", vars{"orgId": a.ID, "id": a.Roles["财务"], "description": fmt.Sprint("第", i)})
			s.must(b.Owner, "createTask", vars{"orgId": b.ID, "title": fmt.Sprint("任务", i)})
			done := s.must(step.who, step.mutation, in)
			if step.mutation == "createOrg" {
				left = done.Text("createOrg.org.id")
			}
			for name, event := range map[string]*answer{"WebSocket": socket.Event(), "event stream": stream.Event()} {
				if got := viewerText(event, "viewerChanged"); got != step.want {
					t.Fatalf("%s, after %s %v:\n%s\nwant\n%s", name, step.mutation, step.in, got, step.want)
				}
			}
		}
		s.must(seat.Client, "updateOrg", vars{"orgId": left, "ownerName": "林"})
		for name, event := range map[string]*answer{"WebSocket": socket.Event(), "event stream": stream.Event()} {
			if got := viewerText(event, "viewerChanged"); got != "owns 林家 as 林 with 7 modules" {
				t.Errorf("%s, of one's own org: %s", name, got)
			}
		}
	})
}

// TestTheViewerEndsWithItsSession and with nothing else, on every server.
func TestTheViewerEndsWithItsSession(t *testing.T) {
	t.Parallel()
	eachPair(t, func(t *testing.T, w *apitest.World, second *apitest.Server) {
		who := w.A.Seats["审计"]
		socket, stream := second.As(t, who.Client).Subscribe(watchViewer, nil),
			second.As(t, who.Client).Stream(watchViewer, nil)
		for _, state := range []string{"ENABLED", "DISABLED", "ENABLED"} {
			if state == "DISABLED" {
				disable(w, "disableSubAccounts")
			}
			for name, event := range map[string]*answer{"WebSocket": socket.Event(), "event stream": stream.Event()} {
				if got := event.Text("viewerChanged.seats.0.status"); got != state {
					t.Errorf("%s: %s", name, event.Body)
				}
			}
			if state == "DISABLED" {
				disable(w, "enableSubAccounts")
			}
		}
		who.Do(`mutation { signOut { endedId } }`, nil).OK()
		if code := socket.Close(); code != 4403 {
			t.Errorf("the WebSocket is closed with %d", code)
		}
		if a := stream.Event(); a.Code() != "UNAUTHENTICATED" || a.Data != nil {
			t.Errorf("the event stream ends with %s", a.Body)
		}
	})
}

// TestTheLastStateOfTheViewerComes, whoever changes it at once through two servers, and however slowly it is read.
func TestTheLastStateOfTheViewerComes(t *testing.T) {
	t.Parallel()
	eachPair(t, func(t *testing.T, w *apitest.World, second *apitest.Server) {
		s := &fixture{T: t, World: w, orgs: map[string]string{}}
		s.Identity.Limits.Off = true
		seat := w.A.Seats["运营"]
		socket := second.As(t, seat.Client).Subscribe(watchViewer, nil)
		socket.Event()
		owners := []*client{w.A.Owner, second.As(t, w.A.Owner)}
		for round := range 5 {
			var all sync.WaitGroup
			for i, who := range owners {
				for n := range 4 {
					all.Go(func() {
						for _, in := range []vars{
							{"orgId": w.A.ID, "id": seat.ID, "name": fmt.Sprintf("名%d%d%d", round, i, n)},
							{"orgId": w.A.ID, "id": seat.ID, "name": "原名"},
						} {
							who.Do(documentOf("updateSubAccount"), vars{"in": in}).OK()
						}
					})
				}
			}
			all.Wait()
			s.must(w.A.Owner, "updateRole", vars{"orgId": w.A.ID, "id": w.A.Roles["运营"], "name": fmt.Sprint("运营", round)})
			want := viewerText(seat.Do(strings.Replace(strings.Replace(watchViewer, "subscription", "", 1), "viewerChanged",
				"viewer", 1), nil).OK(), "viewer")
			got := ""
			for n := 0; got != want && n < 100; n++ {
				got = viewerText(socket.Event(), "viewerChanged")
			}
			if got != want || !strings.Contains(got, fmt.Sprint("运营", round)) {
				t.Fatalf("the last event is\n%s\nwant\n%s", got, want)
			}
		}
	})
}

// TestTheViewerComesWhereNothingIsHeard: a server that is told of nothing finds the first seat of somebody by itself,
// and what becomes of it.
func TestTheViewerComesWhereNothingIsHeard(t *testing.T) {
	t.Parallel()
	w, second, p := disconnectedServer(t)
	socket := second.As(t, w.Stranger).Subscribe(watchViewer, nil)
	if got := viewerText(socket.Event(), "viewerChanged"); got != "may open an org" {
		t.Errorf("at once: %s", got)
	}
	p.Refuse.Store(true)
	p.Sever()
	eventually(t, "the server hears nothing", func() bool { return !second.Store.Listening() })
	seat := w.Seat(t, w.A, "13900000099", "新人", w.A.Roles["客服"])
	const grants = " of 主帐号: ORDERS[VIEW]ALL"
	if got := viewerText(socket.Event(), "viewerChanged"); got != "甲机构 新人 ENABLED [客服]"+grants {
		t.Errorf("with a seat: %s", got)
	}
	renamed(w, seat, "旧人")
	if got := viewerText(socket.Event(), "viewerChanged"); got != "甲机构 旧人 ENABLED [客服]"+grants {
		t.Errorf("renamed: %s", got)
	}
}
