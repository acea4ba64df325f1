package graph_test

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"deputy/internal/orderfile"
)

// TestAFileOfCreatorsIsGivenBackUnchanged whatever its format and its language are.
func TestAFileOfCreatorsIsGivenBackUnchanged(t *testing.T) {
	t.Parallel()
	eachFixture(t, func(s *fixture) {
		for i, name := range []string{
			"=cmd|' /C calc'!A0", "TRUE", "1-2", "李,\"佳\"", "a;b", "2026年3月1日", "+86", "<&>", "😀", "-",
		} {
			s.creator(name, vars{
				"platformId": fmt.Sprint("692353000000000000", i), "category": []string{"", "无", "美妆", "0012"}[i%4],
				"followers": []int{0, 7, 1_200_000, 1_000_000_000_000}[i%4], "shareBps": []int{0, 1, 2500, 10_000, 1250}[i%5],
				"contractFrom": []any{nil, "2026-01-01"}[i%2], "contractTo": []any{nil, "2199-12-31", "2026-02-28"}[i%3],
			})
		}
		s.must(s.A.Owner, "endCreators", vars{"orgId": s.A.ID, "ids": []string{s.creator("结束的", nil)}})
		before := s.holds()
		for _, lang := range []string{"zh", "en"} {
			for _, format := range []string{"CSV", "XLSX", "JSONL"} {
				body, file := s.downloaded(in(lang, s.A.Owner), "exportCreators", vars{"format": format})
				got := s.importedAs(orderfile.Creators, body, file[strings.LastIndexByte(file, '.')+1:])
				if got != "0 created, 0 changed, 11 unchanged, 0 refused" {
					s.Errorf("%s in %s: %s", format, lang, got)
				}
			}
		}
		if after := s.holds(); !reflect.DeepEqual(after, before) {
			s.Errorf("something changed: %s", listed(before.differs(after)))
		}
	})
}

// TestDownloadsOfCreatorsAndTasks are within reach of their own EXPORT, in whichever format; who does not see creators
// is told their names alone.
func TestDownloadsOfCreatorsAndTasks(t *testing.T) {
	t.Parallel()
	eachFixture(t, func(s *fixture) {
		o := newOwn(s)
		s.must(s.A.Owner, "createTask", vars{
			"orgId": s.A.ID, "title": "空的", "brief": "=1+1", "reward": 1990, "deadline": "2026-03-01T16:00:00Z",
		})
		whole := s.lines(s.A.Owner, s.link(s.A.Owner, "exportCreators", vars{}))
		if len(whole) != 4 || !slices.Equal(whole[0], []string{
			"达人平台ID", "达人", "类目", "粉丝数", "状态", "合同开始", "合同结束", "机构分成", "经纪人", "创建时间",
		}) {
			s.Fatalf("%q", whole)
		}
		who := s.seat("导出的", s.role4(grant("CREATORS", "EXPORT", "OWN"), grant("TASKS", "EXPORT", "OWN"),
			grant("TASKS", "VIEW", "ALL"), grant("CREATORS", "VIEW", "ALL")))
		s.must(s.A.Owner, "assignCreators", vars{"orgId": s.A.ID, "ids": []string{o.mine}, "managerId": who.ID})
		own := s.lines(who.Client, s.link(who.Client, "exportCreators", vars{}))
		if len(own) != 2 || own[1][0] != "mine" || own[1][8] != "导出的" {
			s.Errorf("own creators: %q", own)
		}
		for title, want := range map[string][]string{"空的": {"'=1+1", "19.90", "草稿", "2026-03-02 00:00:00\t"}} {
			found := false
			for _, line := range s.lines(s.A.Owner, s.link(s.A.Owner, "exportTasks", vars{})) {
				if line[0] == title {
					found = slices.Equal(line[1:5], want) && slices.Equal(line[6:10], []string{"", "", "", ""})
				}
			}
			if !found {
				s.Errorf("%s is not there as %q", title, want)
			}
		}
		assigned := map[string]string{}
		for _, line := range s.lines(who.Client, s.link(who.Client, "exportTasks", vars{}))[1:] {
			if assigned[line[0]] != "" {
				s.Errorf("%s stands there twice", line[0])
			}
			assigned[line[0]] = line[6] + " " + line[8]
		}
		if want := map[string]string{"我的任务": "mine 已分配"}; !reflect.DeepEqual(assigned, want) {
			s.Errorf("own tasks: %q, want %q", assigned, want)
		}
		body, name := s.downloaded(who.Client, "exportTasks", vars{"format": "JSONL"})
		objects := s.objects(body)
		if len(objects) != 1 || !strings.HasSuffix(name, ".jsonl") || len(objects[0]["assignments"].([]any)) != 1 ||
			objects[0]["id"] != o.myTask ||
			objects[0]["assignments"].([]any)[0].(map[string]any)["creatorPlatformId"] != "mine" {
			s.Errorf("%s: %v", name, objects)
		}
		blind := s.seat("看不见达人", s.role4(grant("TASKS", "EXPORT", "ALL")))
		for _, line := range s.lines(blind.Client, s.link(blind.Client, "exportTasks", vars{}))[1:] {
			if line[6] != "" || line[0] != "空的" && line[7] == "" {
				s.Errorf("without CREATORS: %q", line)
			}
		}
		if a := s.A.Owner.Do(documentOf("exportTasks"), vars{"in": vars{"orgId": s.A.ID, "format": "XLSX"}}).OK(); a.Get(
			"exportTasks.rows") != 3.0 {
			s.Errorf("%s", a.Body)
		}
		// One row more for the task with two assignments.
		s.Resolver.MaxXLSX = 3
		a := s.A.Owner.Do(documentOf("exportTasks"), vars{"in": vars{"orgId": s.A.ID, "format": "XLSX"}}).OK()
		if got := userErrorsOf(a, "exportTasks"); got != "INVALID input.format" {
			s.Errorf("%s", a.Body)
		}
		s.Resolver.MaxXLSX = 0
	})
}

// TestImportCreatorsTakesAllRows: whoever edits own creators alone makes none, and changes none that way.
func TestImportCreatorsTakesAllRows(t *testing.T) {
	t.Parallel()
	eachFixture(t, func(s *fixture) {
		o := newOwn(s)
		before := s.holds()
		a := o.manager.Do(documentOf("importCreators"), vars{"in": vars{
			"orgId": s.A.ID, "creators": []vars{{"platformId": "mine", "name": "改"}},
		}})
		if a.Code() != "FORBIDDEN" {
			s.Errorf("%s", a.Body)
		}
		if after := s.holds(); !reflect.DeepEqual(after, before) {
			s.Errorf("something changed: %s", listed(before.differs(after)))
		}
	})
}
