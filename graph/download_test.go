package graph_test

import (
	"bytes"
	"encoding/csv"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"
)

// link exports and returns the link.
func (s *fixture) link(who *client, mutation string, in vars) string {
	s.Helper()
	in["orgId"] = s.A.ID
	url := s.must(who, mutation, in).Text(mutation + ".url")
	if url == "" {
		s.Fatalf("%s answers no link", mutation)
	}
	return url
}

// lines reads a CSV file.
func (s *fixture) lines(who *client, url string) [][]string {
	s.Helper()
	status, header, body := who.Download(url)
	if status != 200 || header.Get("Content-Type") != "text/csv; charset=utf-8" ||
		!strings.HasPrefix(header.Get("Content-Disposition"), "attachment; filename=") {
		s.Fatalf("%d %v %s", status, header, body)
	}
	if !bytes.HasPrefix(body, []byte("\xEF\xBB\xBF")) || !bytes.HasSuffix(body, []byte("\r\n")) {
		s.Errorf("no mark at the start, or no CRLF at the end: %q", body[:min(len(body), 20)])
	}
	lines, err := csv.NewReader(bytes.NewReader(body[3:])).ReadAll()
	if err != nil {
		s.Fatal(err)
	}
	return lines
}

func TestDownloads(t *testing.T) {
	t.Parallel()
	eachFixture(t, func(s *fixture) {
		own := s.role4(grant("ORDERS", "EXPORT", "OWN"), grant("ORDERS", "VIEW", "ALL"))
		manager := s.seat("经纪", own)
		s.creator("自己的", vars{"platformId": "own1", "managerId": manager.ID})
		s.must(s.A.Owner, "importOrders", vars{"orgId": s.A.ID, "orders": []vars{
			s.row("DY1", vars{"productName": "=cmd|' /C calc'!A0", "creatorPlatformId": "own1"}),
			s.row("DY2", vars{"productName": "口红,\"礼盒\""}),
			s.row("DY3", vars{"productName": "@x", "status": "REFUNDED"}),
		}})

		lines := s.lines(s.A.Owner, s.link(s.A.Owner, "exportOrders", vars{}))
		if len(lines) != 4 || lines[0][0] != "订单号" {
			t.Fatalf("%q", lines)
		}
		products := map[string]bool{}
		for _, line := range lines[1:] {
			products[line[3]] = true
		}
		if !products["'=cmd|' /C calc'!A0"] || !products["口红,\"礼盒\""] || !products["'@x"] {
			t.Errorf("%v", products)
		}
		if lines := s.lines(s.A.Owner, s.link(s.A.Owner, "exportOrders",
			vars{"filter": vars{"statuses": []string{"REFUNDED"}}})); len(lines) != 2 || lines[1][0] != "DY3" {
			t.Errorf("%q", lines)
		}

		// VIEW of all in one role and EXPORT of own in it too: own orders alone, and no ids of creators that CREATORS would
		// show.
		if lines := s.lines(manager.Client, s.link(manager.Client, "exportOrders", vars{})); len(lines) != 2 ||
			lines[1][0] != "DY1" || lines[1][1] != "" || lines[1][2] != "自己的" {
			t.Errorf("own orders: %q", lines)
		}

		status, header, body := s.A.Owner.Download(s.link(s.A.Owner, "exportOrders", vars{"format": "XLSX"}))
		book, err := excelize.OpenReader(bytes.NewReader(body))
		if err != nil || status != 200 || !strings.Contains(header.Get("Content-Type"), "spreadsheetml") {
			t.Fatalf("%d %v %v", status, header, err)
		}
		rows, err := book.GetRows("Sheet1")
		if err != nil || len(rows) != 4 || rows[0][0] != "订单号" || rows[1][4] != "199.00" {
			t.Errorf("%q %v", rows, err)
		}

		english := *s.A.Owner
		english.Lang = "en"
		if lines := s.lines(s.A.Owner, s.link(&english, "exportAuditEvents",
			vars{"filter": vars{"operations": []string{"importOrders"}}})); len(lines) != 2 || lines[0][3] != "Operation" ||
			lines[1][3] != "importOrders" {
			t.Errorf("%q", lines)
		}
	})
}

// role4 makes a role of A with grants.
func (s *fixture) role4(grants ...vars) string {
	s.Helper()
	return s.must(s.A.Owner, "createRole", vars{
		"orgId": s.A.ID, "name": "角色" + s.number()[6:],
		"grants": grants,
	}).Text("createRole.role.id")
}

// TestALinkIsGoodForOneAccountTenMinutesAndWhileItMay holds the doors to files shut: all that is refused looks alike.
func TestALinkIsGoodForOneAccountTenMinutesAndWhileItMay(t *testing.T) {
	t.Parallel()
	eachRule(t, func(s *fixture) {
		s.order(nil)
		role := s.role4(grant("ORDERS", "EXPORT", "ALL"))
		clerk := s.seat("导出员", role)
		url := s.link(clerk.Client, "exportOrders", vars{})
		if lines := s.lines(clerk.Client, url); len(lines) != 2 {
			t.Fatalf("%q", lines)
		}
		refused := func(name string, who *client, url string) {
			t.Helper()
			zh, _, body := who.Download(url)
			if want := "下载链接无效或已过期，请重新导出；并请使用导出时的帐号登录。\n"; zh != 404 || string(body) != want {
				t.Errorf("%s: %d %s", name, zh, body)
			}
		}
		for name, who := range map[string]*client{
			"nobody": s.Nobody(t), "stranger": s.Stranger, "owner": s.A.Owner,
			"another org's owner": s.B.Owner,
		} {
			refused(name, who, url)
		}
		last := url[len(url)-1:]
		refused("edited", clerk.Client, url[:len(url)-1]+map[bool]string{true: "A", false: "Q"}[last == "Q"])
		refused("cut", clerk.Client, url[:len(url)-9])
		refused("no link", clerk.Client, "/downloads/")

		s.must(s.A.Owner, "updateRole", vars{"orgId": s.A.ID, "id": role, "grants": []vars{grant("ORDERS", "VIEW", "ALL")}})
		refused("without the action", clerk.Client, url)
		s.must(s.A.Owner, "updateRole", vars{"orgId": s.A.ID, "id": role, "grants": []vars{grant("ORDERS", "EXPORT", "ALL")}})
		if lines := s.lines(clerk.Client, url); len(lines) != 2 {
			t.Errorf("%q", lines)
		}
		s.must(s.A.Owner, "disableSubAccounts", vars{"orgId": s.A.ID, "ids": []string{clerk.ID}})
		refused("disabled", clerk.Client, url)
		s.must(s.A.Owner, "enableSubAccounts", vars{"orgId": s.A.ID, "ids": []string{clerk.ID}})
		s.Clock.Add(11 * time.Minute)
		refused("after ten minutes", clerk.Client, url)

		english := *clerk.Client
		english.Lang = "en"
		if _, _, body := english.Download(url); string(body) != "The download link is invalid or has expired. "+
			"Export again, and sign in with the account that you exported with.\n" {
			t.Errorf("%s", body)
		}
	})
}
