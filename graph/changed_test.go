package graph_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"deputy/internal/apitest"
)

// ofBoth are the streams of creators and tasks of somebody.
type ofBoth struct{ creators, tasks *apitest.Socket }

func both(who *client, in vars) ofBoth {
	return ofBoth{who.Subscribe(watchCreators, in), who.Subscribe(watchTasks, in)}
}

// creator is the next one that changed.
func (w ofBoth) creator() string {
	e := w.creators.Event()
	at := func(path string) any { return e.Get("creatorsChanged." + path) }
	return fmt.Sprint(at("name"), " ", at("status"), " ", at("manager.name"))
}

// task is the next one that changed, and who takes part in it.
func (w ofBoth) task() string {
	e := w.tasks.Event()
	const taking = "tasksChanged.assignments.nodes"
	names, states := e.Texts(taking, "creatorName"), e.Texts(taking, "status")
	for i := range names {
		names[i] += " " + states[i]
	}
	return fmt.Sprint(e.Text("tasksChanged.title"), " ", e.Text("tasksChanged.status"), " ", names)
}

// TestCreatorsComeAsTheyChange, each by the access of its moment: who is handed one is told of it, and who hands it
// over is not.
func TestCreatorsComeAsTheyChange(t *testing.T) {
	t.Parallel()
	eachFixture(t, func(s *fixture) {
		o := newOwn(s)
		third := s.creator("第三", vars{"platformId": "third", "managerId": o.other.ID})
		eventually(t, "the server hears", s.Store.Listening)
		all, own := both(s.A.Owner, vars{"org": s.A.ID}), both(o.manager.Client, vars{"org": s.A.ID})
		following(t, s.Server, 8)
		for _, c := range []struct {
			mutation string
			in       vars
			own      bool // whether the manager is told, too
			want     string
		}{
			{"updateCreator", vars{"id": o.theirs, "category": "美食"}, false, "别人的 SIGNED 经纪乙"},
			{"updateCreator", vars{"id": o.mine, "name": "我的新名"}, true, "我的新名 SIGNED 经纪甲"},
			{"assignCreators", vars{"ids": []string{o.theirs}, "managerId": o.manager.ID}, true, "别人的 SIGNED 经纪甲"},
			{"assignCreators", vars{"ids": []string{o.mine}, "managerId": o.other.ID}, false, "我的新名 SIGNED 经纪乙"},
			{"endCreators", vars{"ids": []string{o.theirs}}, true, "别人的 ENDED 经纪甲"},
			{"createCreator", vars{"name": "新来的", "platformId": "new"}, false, "新来的 SIGNED <nil>"},
			{"assignCreators", vars{"ids": []string{o.mine}, "managerId": o.manager.ID}, true, "我的新名 SIGNED 经纪甲"},
			{"deleteSubAccounts", vars{"ids": []string{o.other.ID}, "handOverTo": o.manager.ID}, true, "第三 SIGNED 经纪甲"},
			{"assignCreators", vars{"ids": []string{third}, "managerId": nil}, false, "第三 SIGNED <nil>"},
			{"updateCreator", vars{"id": o.mine, "name": "我的"}, true, "我的 SIGNED 经纪甲"},
		} {
			c.in["orgId"] = s.A.ID
			s.must(s.A.Owner, c.mutation, c.in)
			if got := all.creator(); got != c.want {
				t.Errorf("%s %v: %s, want %s", c.mutation, c.in, got, c.want)
			}
			if c.own {
				if got := own.creator(); got != c.want {
					t.Errorf("%s %v for the manager: %s, want %s", c.mutation, c.in, got, c.want)
				}
			}
		}
	})
}

// TestTasksComeAsTheyChange, and when an assignment does: under OWN one of an own creator alone.
func TestTasksComeAsTheyChange(t *testing.T) {
	t.Parallel()
	eachFixture(t, func(s *fixture) {
		o := newOwn(s)
		third := s.creator("第三", vars{"platformId": "third", "managerId": o.other.ID})
		eventually(t, "the server hears", s.Store.Listening)
		all, own := both(s.A.Owner, vars{"org": s.A.ID}), both(o.manager.Client, vars{"org": s.A.ID})
		following(t, s.Server, 8)
		set := func(assignment, status string) vars { return vars{"id": assignment, "status": status} }
		take := func(task, creator string) vars { return vars{"id": task, "creatorIds": []string{creator}} }
		for _, c := range []struct {
			mutation string
			in       vars
			want     string
			own      string // what the manager is told; nothing when empty
		}{
			{"updateTask", vars{"id": o.theirTask, "title": "改了"}, "改了 DRAFT [别人的 ASSIGNED]", ""},
			{"setAssignmentStatus", set(o.theirInMine, "ACCEPTED"), "我的任务 DRAFT [我的 ASSIGNED 别人的 ACCEPTED]", ""},
			{"assignTask", take(o.myTask, third), "我的任务 DRAFT [我的 ASSIGNED 别人的 ACCEPTED 第三 ASSIGNED]", ""},
			{
				"setAssignmentStatus", set(o.myAssignment, "SUBMITTED"),
				"我的任务 DRAFT [我的 SUBMITTED 别人的 ACCEPTED 第三 ASSIGNED]", "我的任务 DRAFT [我的 SUBMITTED]",
			},
			{
				"openTask",
				vars{"id": o.myTask},
				"我的任务 OPEN [我的 SUBMITTED 别人的 ACCEPTED 第三 ASSIGNED]", "我的任务 OPEN [我的 SUBMITTED]",
			},
			{
				"createTask",
				vars{"title": "新任务", "creatorIds": []string{o.mine}},
				"新任务 DRAFT [我的 ASSIGNED]", "新任务 DRAFT [我的 ASSIGNED]",
			},
			{"assignTask", take(o.theirTask, o.mine), "改了 DRAFT [别人的 ASSIGNED 我的 ASSIGNED]", "改了 DRAFT [我的 ASSIGNED]"},
		} {
			c.in["orgId"] = s.A.ID
			s.must(s.A.Owner, c.mutation, c.in)
			if got := all.task(); got != c.want {
				t.Errorf("%s %v: %s, want %s", c.mutation, c.in, got, c.want)
			}
			if c.own != "" {
				if got := own.task(); got != c.own {
					t.Errorf("%s %v for the manager: %s, want %s", c.mutation, c.in, got, c.own)
				}
			}
		}
	})
}

// TestChangesOfCreatorsAndTasksAreResumed: first what changed since a minute before the moment, a task by its
// assignments too, then what changes.
func TestChangesOfCreatorsAndTasksAreResumed(t *testing.T) {
	t.Parallel()
	eachFixture(t, func(s *fixture) {
		o := newOwn(s)
		var early, assignments []string
		for i := range 55 { // more than are read at once
			early = append(early, s.task(fmt.Sprintf("T%02d", i), o.mine))
			a := s.A.Owner.Do(`query($id: ID!) { node(id: $id) { ... on Task { assignments { nodes { id } } } } }`,
				vars{"id": early[i]}).OK()
			assignments = append(assignments, a.Text("node.assignments.nodes.0.id"))
		}
		s.Clock.Add(time.Hour)
		in := vars{"org": s.A.ID, "after": s.Clock.Now().Format(time.RFC3339Nano)}
		s.must(s.A.Owner, "updateCreator", vars{"orgId": s.A.ID, "id": o.theirs, "name": "别人的新"})
		s.must(s.A.Owner, "updateCreator", vars{"orgId": s.A.ID, "id": o.mine, "name": "我的新"})
		for _, assignment := range append([]string{o.theirInMine}, assignments...) {
			s.must(s.A.Owner, "setAssignmentStatus", vars{"orgId": s.A.ID, "id": assignment, "status": "ACCEPTED"})
		}
		late := s.task("晚的", o.mine)
		eventually(t, "the server hears", s.Store.Listening)
		open := map[string]ofBoth{}
		for name, c := range map[string]struct {
			who             *client
			creators, tasks []string
		}{
			"all": {s.A.Owner, []string{"别人的新", "我的新"}, append([]string{late, o.myTask}, early...)},
			"own": {o.manager.Client, []string{"我的新"}, append([]string{late}, early...)},
		} {
			w := both(c.who, in)
			for _, want := range c.creators {
				if got := w.creators.Event().Text("creatorsChanged.name"); got != want {
					t.Errorf("%s: creator %s, want %s", name, got, want)
				}
			}
			missing := slices.Clone(c.tasks)
			for len(missing) > 0 {
				id := w.tasks.Event().Text("tasksChanged.id")
				if len(missing) == len(c.tasks) && id != late { // what changed itself comes first
					t.Errorf("%s: %s comes first", name, id)
				}
				at := slices.Index(missing, id)
				if at < 0 && id != late {
					t.Fatalf("%s: task %s did not change, or comes twice; missing are %v", name, id, missing)
				}
				if at >= 0 {
					missing = slices.Delete(missing, at, at+1)
				}
			}
			open[name] = w
		}
		s.must(s.A.Owner, "updateTask", vars{"orgId": s.A.ID, "id": o.theirTask, "title": "与我无关"})
		s.must(s.A.Owner, "updateTask", vars{"orgId": s.A.ID, "id": o.myTask, "title": "现在"})
		for name, w := range open {
			for got := ""; got != "现在"; {
				if got = w.tasks.Event().Text("tasksChanged.title"); name == "own" && got == "与我无关" {
					t.Errorf("who manages no creator of a task is told of it")
				}
			}
		}
	})
}

// TestCreatorsAndTasksComeOnEveryServer, not on that of the change alone.
func TestCreatorsAndTasksComeOnEveryServer(t *testing.T) {
	t.Parallel()
	w, second := twoServers(t)
	s := &fixture{T: t, World: w, orgs: map[string]string{}}
	there := both(second.As(t, w.A.Owner), vars{"org": w.A.ID})
	following(t, second, 4)
	s.task("任务", s.creator("达人", nil))
	if got := there.creator(); got != "达人 SIGNED <nil>" {
		t.Error(got)
	}
	if got := there.task(); got != "任务 DRAFT [达人 ASSIGNED]" {
		t.Error(got)
	}
}
