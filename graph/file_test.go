package graph_test

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"mime"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"deputy/internal/orderfile"
)

// in returns the client with another language.
func in(lang string, who *client) *client {
	c := *who
	c.Lang = lang
	return &c
}

// downloaded returns a file and its name.
func (s *fixture) downloaded(who *client, mutation string, input vars) (body []byte, name string) {
	s.Helper()
	status, header, body := who.Download(s.link(who, mutation, maps.Clone(input)))
	_, params, err := mime.ParseMediaType(header.Get("Content-Disposition"))
	if status != 200 || err != nil {
		s.Fatalf("%d %v %v", status, header, err)
	}
	return body, params["filename"]
}

// objects returns the lines of JSON Lines.
func (s *fixture) objects(body []byte) (all []map[string]any) {
	s.Helper()
	if len(body) > 0 && body[len(body)-1] != '\n' {
		s.Errorf("the last line has no end: %q", body[max(0, len(body)-20):])
	}
	for line := range strings.Lines(string(body)) {
		var object map[string]any
		if err := json.Unmarshal([]byte(line), &object); err != nil {
			s.Fatalf("%s: %v", line, err)
		}
		all = append(all, object)
	}
	return all
}

// orderNumbered imports an order of a number, and returns its id.
func (s *fixture) orderNumbered(number string, change vars) string {
	s.Helper()
	s.must(s.A.Owner, "importOrders", vars{"orgId": s.A.ID, "orders": []vars{s.row(number, change)}})
	return s.A.Owner.Do(
		`query($org: ID!, $number: String!) { org(id: $org) { orders(filter: {search: $number}) { nodes { id } } } }`,
		vars{"org": s.A.ID, "number": number}).OK().Text("org.orders.nodes.0.id")
}

func (s *fixture) workbook(body []byte) *excelize.File {
	s.Helper()
	book, err := excelize.OpenReader(bytes.NewReader(body))
	if err != nil {
		s.Fatal(err)
	}
	return book
}

// cells returns a row of a workbook as a spreadsheet shows it.
func (s *fixture) cells(book *excelize.File, row int) []string {
	s.Helper()
	rows, err := book.GetRows("Sheet1")
	if err != nil || len(rows) <= row {
		s.Fatalf("%d rows, %v", len(rows), err)
	}
	return rows[row]
}

// imported brings a file of orders into A, and returns the counts.
func (s *fixture) imported(body []byte, ending string) string {
	s.Helper()
	return s.importedAs(orderfile.Orders, body, ending)
}

// importedAs is imported for files of something.
func (s *fixture) importedAs(rows orderfile.Rows, body []byte, ending string) string {
	s.Helper()
	path := filepath.Join(s.TempDir(), "orders."+ending)
	if err := os.WriteFile(path, body, 0o600); err != nil {
		s.Fatal(err)
	}
	out, err := os.Create(path + ".out")
	if err != nil {
		s.Fatal(err)
	}
	run := orderfile.Import{
		Store: s.Store, Office: s.Resolver.Office, Now: s.Clock.Now, File: path, OrgID: s.A.ID,
		Out: out, Rows: rows,
	}.Run(s.Context())
	if err := out.Close(); err != nil {
		s.Fatal(err)
	}
	told, err := os.ReadFile(out.Name())
	if err != nil {
		s.Fatal(err)
	}
	if run != nil {
		s.Errorf("%v: %s", run, told)
	}
	last := strings.TrimSpace(string(told))
	return last[strings.LastIndexByte(last, '\n')+1:]
}

// TestADownloadIsGivenBackUnchanged whatever the currency, the zone, the language, the format and the unit are.
func TestADownloadIsGivenBackUnchanged(t *testing.T) {
	t.Parallel()
	for name, of := range map[string]struct {
		zone, currency string
		paid           []string // beside those of every org
	}{
		"CNY": {zone: "Asia/Shanghai", currency: "CNY"},
		"JPY": {"America/New_York", "JPY", []string{
			"2025-11-02T05:30:00Z", "2025-11-02T06:30:00Z", "2025-11-02T06:30:00.25Z",
			"2025-11-02T07:30:00Z",
		}},
		"KWD": {"Australia/Lord_Howe", "KWD", []string{
			"2025-04-05T14:45:00Z", "2025-04-05T15:15:00.000001Z",
			"2025-04-05T15:45:00Z",
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			eachFixture(t, func(s *fixture) {
				s.must(s.A.Owner, "updateOrg", vars{"orgId": s.A.ID, "timeZone": of.zone, "currency": of.currency})
				amounts := []int64{0, 1, 19_900, 199_00_50, 123_456_789_01, 1_000_000_000_000}
				products := []string{
					"=cmd|' /C calc'!A0", "'=x", `="007"`, "TRUE", "1-2", "口红,\"礼盒\"", "a;b", "2026年3月1日", "'90",
					"+86", "<&>", "😀",
				}
				paid := append(of.paid, "2026-02-28T16:30:00Z", "2026-02-28T16:30:00.123456Z", "2026-02-28T16:00:00.000001Z",
					"2026-02-28T15:59:59.999999Z",
					"2026-01-01T00:00:00.0005Z", "2000-02-29T12:00:00Z", "2025-12-31T23:59:59.5Z")
				var rows []vars
				for i := range 40 {
					row := s.row(fmt.Sprintf("692353000000000%04d", i), vars{
						"productName": products[i%len(products)], "amount": amounts[i%len(amounts)],
						"commission": amounts[i%len(amounts)] / 3, "paidAt": paid[i%len(paid)],
					})
					switch i % 3 {
					case 1:
						row["status"], row["settledAt"] = "SETTLED", "2026-02-28T20:00:00.654321Z"
					case 2:
						row["status"] = "REFUNDED"
					}
					rows = append(rows, row)
				}
				s.must(s.A.Owner, "importOrders", vars{"orgId": s.A.ID, "orders": rows})
				for _, lang := range []string{"zh", "en"} {
					for _, input := range []vars{
						{"format": "CSV"},
						{"format": "XLSX"},
						{"format": "JSONL"},
						{"format": "CSV", "amounts": "SMALLEST_UNIT"},
						{"format": "XLSX", "amounts": "SMALLEST_UNIT"},
					} {
						body, file := s.downloaded(in(lang, s.A.Owner), "exportOrders", input)
						if got := s.imported(body, strings.TrimPrefix(filepath.Ext(file),
							".")); got != "0 created, 0 changed, 40 unchanged, 0 refused" {
							t.Errorf("%s %v: %s", lang, input, got)
						}
					}
				}
			})
		})
	}
}

// TestASheetOfOrdersIsForPeople: headings with units, amounts of the currency, times of the org and statuses, in the
// reader's language.
func TestASheetOfOrdersIsForPeople(t *testing.T) {
	t.Parallel()
	eachRule(t, func(s *fixture) {
		s.must(s.A.Owner, "updateOrg", vars{"orgId": s.A.ID, "name": "星河/文化: 传媒"})
		s.orderNumbered("6923530000000000001", vars{
			"productName": "口红", "amount": 19900, "commission": 3980, "status": "SETTLED", "paidAt": "2026-02-28T16:30:00Z",
			"settledAt": "2026-03-01T04:00:00Z",
		})
		zh, name := s.downloaded(s.A.Owner, "exportOrders", vars{})
		want := "\uFEFF订单号,达人平台ID,达人,商品,金额(元),佣金(元),状态,支付时间,结算时间," +
			"主订单号,已退款金额(元),退款时间,佣金已扣退款,退款后金额(元),退款后佣金(元),机构分得(元),达人分得(元)\r\n" +
			"6923530000000000001\t," + s.platformID + ",带货,口红,199.00,39.80,已结算,2026-03-01 00:30:00\t,2026-03-01 12:00:00\t," +
			",0.00,,否,199.00,39.80,0.00,39.80\r\n"
		if string(zh) != want || name != "星河 文化 传媒-订单-2026-03-01.csv" {
			t.Errorf("%s: %q, want %q", name, zh, want)
		}
		en, name := s.downloaded(in("en", s.A.Owner), "exportOrders", vars{"amounts": "SMALLEST_UNIT"})
		want = "\uFEFFOrder number,Creator platform ID,Creator,Product,Amount (smallest unit),Commission (smallest " +
			"unit),Status,Paid at,Settled at,Parent order number,Refunded (smallest unit),Refunded at,Commission after " +
			"refunds,Net amount (smallest unit),Net commission (smallest unit),Org's share (smallest unit),Share of " +
			"the creator (smallest unit)\r\n" +
			"6923530000000000001\t," + s.platformID + ",带货,口红,19900,3980,Settled,2026-03-01 00:30:00\t,2026-03-01 12:00:00\t," +
			",0,,No,19900,3980,0,3980\r\n"
		if string(en) != want || name != "星河 文化 传媒-orders-2026-03-01.csv" {
			t.Errorf("%s: %q, want %q", name, en, want)
		}
		minor, _ := s.downloaded(s.A.Owner, "exportOrders", vars{"amounts": "SMALLEST_UNIT"})
		if !strings.Contains(string(minor), ",金额(最小货币单位),佣金(最小货币单位),") {
			t.Errorf("%s", minor)
		}
		if en, _ := s.downloaded(in("en", s.A.Owner), "exportOrders", vars{}); !strings.Contains(string(en),
			",Amount (CNY),Commission (CNY),") {
			t.Errorf("%s", en)
		}

		body, name := s.downloaded(s.A.Owner, "exportOrders", vars{"format": "XLSX"})
		if name != "星河 文化 传媒-订单-2026-03-01.xlsx" {
			t.Error(name)
		}
		book := s.workbook(body)
		if got := s.cells(book, 1); !slices.Equal(got, []string{
			"6923530000000000001", s.platformID, "带货", "口红", "199.00",
			"39.80", "已结算", "2026-03-01 00:30:00", "2026-03-01 12:00:00", "", "0.00", "", "否", "199.00", "39.80", "0.00",
			"39.80",
		}) {
			t.Errorf("%q", got)
		}
		for cell, want := range map[string]struct {
			kind   excelize.CellType
			format string
		}{
			"A2": {excelize.CellTypeInlineString, "@"}, "E2": {excelize.CellTypeUnset, "#,##0.00"},
			"H2": {excelize.CellTypeUnset, `yyyy\-mm\-dd\ hh:mm:ss`},
			"I2": {excelize.CellTypeUnset, `yyyy\-mm\-dd\ hh:mm:ss`},
		} {
			kind, err := book.GetCellType("Sheet1", cell)
			id, wrong := book.GetCellStyle("Sheet1", cell)
			style, unknown := book.GetStyle(id)
			if err != nil || wrong != nil || unknown != nil || kind != want.kind {
				t.Fatalf("%s: %v %v %v %v", cell, kind, err, wrong, unknown)
			}
			format := "@"
			if style.CustomNumFmt != nil {
				format = *style.CustomNumFmt
			} else if style.NumFmt != 49 {
				format = fmt.Sprint(style.NumFmt)
			}
			if format != want.format {
				t.Errorf("%s has the format %s, want %s", cell, format, want.format)
			}
		}
		if raw, err := book.GetCellValue("Sheet1", "E2", excelize.Options{RawCellValue: true}); err != nil ||
			raw != "199.00" {
			t.Errorf("%s %v", raw, err)
		}
		panes, err := book.GetPanes("Sheet1")
		if err != nil || !panes.Freeze || panes.YSplit != 1 || panes.TopLeftCell != "A2" {
			t.Errorf("%+v %v", panes, err)
		}
		if width, err := book.GetColWidth("Sheet1", "D"); err != nil || width != 32 {
			t.Errorf("%v %v", width, err)
		}
		if names := book.GetDefinedName(); len(names) != 1 || names[0].RefersTo != "Sheet1!$A$1:$Q$2" {
			t.Errorf("%+v", names)
		}
		if sheet := part(t, body, "xl/worksheets/sheet1.xml"); !strings.Contains(sheet, `<autoFilter ref="A1:Q2"/>`) {
			t.Errorf("no filter: %s", sheet)
		}
	})
}

// part returns a part of a workbook.
func part(t *testing.T, body []byte, name string) string {
	t.Helper()
	archive, err := zip.NewReader(bytes.NewReader(body), int64(len(body)))
	if err != nil {
		t.Fatal(err)
	}
	f, err := archive.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(f)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestAFileHasTheUnitAndTheDayOfTheOrg, not those of the server.
func TestAFileHasTheUnitAndTheDayOfTheOrg(t *testing.T) {
	t.Parallel()
	eachRule(t, func(s *fixture) {
		s.must(s.A.Owner, "updateOrg", vars{
			"orgId": s.A.ID, "name": "Acme", "timeZone": "Pacific/Pago_Pago",
			"currency": "JPY",
		})
		s.orderNumbered("DQ1", vars{"amount": 19900, "paidAt": "2026-02-28T10:59:59Z"})
		_, header, body := s.A.Owner.Download(s.link(s.A.Owner, "exportOrders", vars{}))
		if got, want := header.Get("Content-Disposition"),
			`attachment; filename="Acme-orders-2026-02-28.csv"; filename*=UTF-8''Acme-%E8%AE%A2%E5%8D%95-2026-02-28.csv`; got != want {
			t.Errorf("%s, want %s", got, want)
		}
		if !strings.Contains(string(body), ",金额(JPY),") || !strings.Contains(string(body), ",19900,") ||
			!strings.Contains(string(body), ",2026-02-27 23:59:59\t,") {
			t.Errorf("%s", body)
		}
		if book, _ := s.downloaded(s.A.Owner, "exportOrders", vars{"format": "XLSX"}); s.cells(s.workbook(book),
			1)[4] != "19,900" {
			t.Errorf("%q", s.cells(s.workbook(book), 1))
		}
	})
}

// TestJSONLinesAreForMachines: ids, smallest units, times in UTC, and the names of the schema, for orders and events,
// in every language.
func TestJSONLinesAreForMachines(t *testing.T) {
	t.Parallel()
	eachRule(t, func(s *fixture) {
		own := s.role4(grant("ORDERS", "EXPORT", "ALL"))
		clerk := s.seat("导出员", own)
		id := s.orderNumbered("DQ1", vars{
			"amount": 19900, "commission": 3980, "paidAt": "2026-02-28T16:30:00Z",
			"productName": "<口红>",
		})
		s.must(s.A.Owner, "settleOrders", vars{"orgId": s.A.ID, "ids": []string{id}})
		status, header, body := s.A.Owner.Download(s.link(in("en", s.A.Owner), "exportOrders", vars{"format": "JSONL"}))
		if status != 200 || header.Get("Content-Type") != "application/jsonl; charset=utf-8" ||
			!strings.Contains(header.Get("Content-Disposition"), `-2026-03-01.jsonl"`) {
			t.Fatalf("%d %v", status, header)
		}
		o := s.A.Owner.Do(
			`query($id: ID!) { node(id: $id) { ... on Order {
				id number creatorName productName amount commission status paidAt settledAt updatedAt creator { id platformId } } }
				}`,
			vars{"id": id}).OK()
		want := fmt.Sprintf(
			`{"id":%q,"number":"DQ1","creatorId":%q,"creatorPlatformId":%q,"creatorName":"带货","productName":"<口红>","amount":19900,"commission":3980,`+
				`"status":"SETTLED","paidAt":"2026-02-28T16:30:00.000000Z","settledAt":%q,"updatedAt":%q,"parentNumber":null,"refundAmount":0,`+
				`"refundedAt":null,"commissionAfterRefunds":false,"netAmount":19900,"netCommission":3980,"orgShare":0,"creatorShare":3980,`+
				`"shareBps":0}`+"\n",
			id, o.Text("node.creator.id"), s.platformID, o.Text("node.settledAt"), o.Text("node.updatedAt"))
		if string(body) != want {
			t.Errorf("%s, want %s", body, want)
		}
		// Who does not see the creator has the name alone.
		body, _ = s.downloaded(clerk.Client, "exportOrders", vars{"format": "JSONL"})
		if o := s.objects(body)[0]; o["creatorId"] != nil || o["creatorPlatformId"] != nil || o["creatorName"] != "带货" {
			t.Errorf("%v", o)
		}

		body, _ = s.downloaded(s.A.Owner, "exportAuditEvents",
			vars{"format": "JSONL", "filter": vars{"operations": []string{"settleOrders"}}})
		e := s.A.Owner.Do(`query($id: ID!) { org(id: $id) { auditEvents(first: 1, filter: {operations: ["settleOrders"]}) { nodes {
			id at actor { kind actorId name } operation outcome code count ip userAgent requestId
			targets { nodes { targetId type label outcome code changes { field before after beforeNames afterNames } } } } } } }`, vars{"id": s.A.ID}).OK()
		shown := e.Get("org.auditEvents.nodes.0").(map[string]any)
		shown["targets"] = shown["targets"].(map[string]any)["nodes"]
		told := s.objects(body)
		if got, want := compact(t, told[0]), compact(t, shown); len(told) != 1 || got != want {
			t.Errorf("%s, want what the screen shows: %s", got, want)
		}
	})
}

func compact(t *testing.T, v any) string {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// logged returns the rows of a sheet of events, by their headings.
func (s *fixture) logged(who *client, filter vars) (all []map[string]string) {
	s.Helper()
	lines := s.lines(who, s.link(who, "exportAuditEvents", vars{"filter": filter}))
	for _, line := range lines[1:] {
		row := map[string]string{}
		for i, cell := range line {
			row[lines[0][i]] = strings.TrimSuffix(cell, "\t")
		}
		all = append(all, row)
	}
	return all
}

// TestTheLogOnPaper says who did what, when, on which objects, and what changed, as the screen does.
func TestTheLogOnPaper(t *testing.T) {
	t.Parallel()
	eachRule(t, func(s *fixture) {
		role := s.must(s.A.Owner, "createRole", vars{
			"orgId": s.A.ID, "name": "客服二",
			"grants": []vars{grant("ORDERS", "VIEW", "ALL")},
		}).Text("createRole.role.id")
		s.must(s.A.Owner, "updateRole", vars{"orgId": s.A.ID, "id": role, "grants": []vars{grant("TASKS", "EDIT", "OWN")}})
		seat := s.seat("王芳", role)
		order := s.orderNumbered("DQ1", vars{"amount": 19900, "commission": 0, "paidAt": "2026-02-28T16:30:00Z"})
		s.must(s.A.Owner, "importOrders", vars{
			"orgId": s.A.ID,
			"orders": []vars{s.row("DQ1", vars{
				"amount": 29950, "commission": 0, "status": "SETTLED",
				"settledAt": "2026-03-01T04:00:00Z", "paidAt": "2026-02-28T16:30:00Z",
			})},
		})
		creator := s.creator("=小美", vars{"platformId": "x1", "managerId": seat.ID, "shareBps": 2500})
		s.must(s.A.Owner, "updateCreator", vars{"orgId": s.A.ID, "id": creator, "shareBps": 0})
		s.must(s.A.Owner, "assignCreators", vars{"orgId": s.A.ID, "ids": []string{creator}, "managerId": nil})
		seat.Client.Do(`mutation($org: ID!) { exportOrders(input: {orgId: $org}) { url } }`, vars{"org": s.A.ID})
		seat.Client.Do(`mutation($org: ID!) { exportOrders(input: {orgId: $org}) { url } }`, vars{"org": s.A.ID})

		owner := s.A.Owner.Do(
			`query($id: ID!) { org(id: $id) { auditEvents(first: 1, filter: {operations: ["updateRole"]}) { nodes { id at actor {
				actorId } ip userAgent requestId } } } }`, vars{"id": s.A.ID}).OK()
		at := "org.auditEvents.nodes.0."
		moment, err := time.Parse(time.RFC3339, owner.Text(at+"at"))
		if err != nil {
			t.Fatal(err)
		}
		want := map[string]string{
			"时间": moment.Add(8 * time.Hour).Format("2006-01-02 15:04:05.999999"), "操作人类型": "主帐号", "操作人": "主帐号",
			"操作": "updateRole", "结果": "已完成", "原因": "",
			"IP 地址": owner.Text(at + "ip"), "客户端": owner.Text(at + "userAgent"), "请求编号": owner.Text(at + "requestId"),
			"操作名称":  "编辑岗位",
			"操作人ID": owner.Text(at + "actor.actorId"), "次数": "1", "对象类型": "岗位", "对象ID": role, "对象": "客服二", "对象结果": "已完成",
			"对象原因": "",
			"变更":   "权限：订单管理: 查看 (全部) → 机构任务: 查看, 编辑 (自己的)", "日志ID": owner.Text(at + "id"),
		}
		if got := s.logged(s.A.Owner, vars{"operations": []string{"updateRole"}}); len(got) != 1 ||
			!maps.Equal(got[0], want) {
			t.Errorf("%q, want %q", got, want)
		}
		if got := s.logged(in("en", s.A.Owner),
			vars{"operations": []string{"updateRole"}})[0]; got["Operation name"] != "Edit a role" || got["Outcome"] != "Done" ||
			got["Changes"] != "Grants: Orders: View (all) → Tasks: View, Edit (own)" {
			t.Errorf("%q", got)
		}

		changed := func(filter vars, object string) string {
			t.Helper()
			for _, row := range s.logged(s.A.Owner, filter) {
				if row["对象"] == object && row["对象类型"] != "订单导入" {
					return row["变更"]
				}
			}
			return "no row"
		}
		if got, want := changed(vars{"targetId": order}, "DQ1"),
			"金额：199.00 → 299.50；状态：已支付 → 已结算；结算时间：（无） → 2026-03-01 12:00:00"; got != want {
			t.Errorf("%s, want %s", got, want)
		}
		// A name that looks like a formula is none.
		if got, want := changed(vars{"operations": []string{"updateCreator"}}, "'=小美"), "机构分成：25% → 0%"; got != want {
			t.Errorf("%s, want %s", got, want)
		}
		if got, want := changed(vars{"operations": []string{"assignCreators"}}, "'=小美"),
			"经纪人：王芳 ("+seat.ID+") → （无）"; got != want {
			t.Errorf("%s, want %s", got, want)
		}
		refused := s.logged(s.A.Owner, vars{"operations": []string{"exportOrders"}, "outcomes": []string{"REFUSED"}})
		if len(refused) != 1 || refused[0]["结果"] != "已拒绝" || refused[0]["原因"] != "FORBIDDEN" || refused[0]["次数"] != "2" ||
			refused[0]["操作人"] != "王芳" || refused[0]["操作人ID"] != seat.ID {
			t.Errorf("%q", refused)
		}
		// Phone numbers keep their mask.
		if got := changed(vars{"operations": []string{"createSubAccount"}}, "王芳"); !strings.Contains(got, "****") ||
			strings.Contains(got, "+86138") {
			t.Errorf("%s", got)
		}

		// Whoever may read the log and not the orders reads that they changed, and not how.
		clerk := s.seat("审计", s.role4(grant("AUDIT_LOG", "EXPORT", "ALL")))
		for _, row := range s.logged(clerk.Client, vars{"targetId": order}) {
			if row["对象类型"] == "订单" && row["变更"] != "金额：（无权查看）；状态：（无权查看）；结算时间：（无权查看）" {
				t.Errorf("%q", row)
			}
		}
		body, _ := s.downloaded(clerk.Client, "exportAuditEvents", vars{"format": "JSONL"})
		for _, secret := range []string{"29950", "2026-03-01T04:00:00Z", "TASKS: "} {
			if strings.Contains(string(body), secret) {
				t.Errorf("%s is shown", secret)
			}
		}
		// A workbook has the same rows.
		book, _ := s.downloaded(s.A.Owner, "exportAuditEvents",
			vars{"format": "XLSX", "filter": vars{"operations": []string{"updateRole"}}})
		if got := s.cells(s.workbook(book), 1); got[17] != want["变更"] ||
			got[0] != moment.Add(8*time.Hour).Format(time.DateTime) {
			t.Errorf("%q", got)
		}
	})
}

// TestALogOfManyObjects has a row for each of them, and is read in parts.
func TestALogOfManyObjects(t *testing.T) {
	t.Parallel()
	eachRule(t, func(s *fixture) {
		for _, amount := range []int{100, 200, 300, 400} {
			var rows []vars
			for i := range 900 {
				rows = append(rows, s.row(fmt.Sprintf("DQ%04d", i), vars{"amount": amount, "commission": 0}))
			}
			s.must(s.A.Owner, "importOrders", vars{"orgId": s.A.ID, "orders": rows})
		}
		lines := s.lines(s.A.Owner, s.link(s.A.Owner, "exportAuditEvents",
			vars{"filter": vars{"operations": []string{"importOrders"}}}))
		if len(lines) != 1+1+3*901 {
			t.Errorf("%d lines", len(lines))
		}
		s.Resolver.MaxXLSX = 3 * 901 // one less than that
		a := s.A.Owner.Do(documentOf("exportAuditEvents"), vars{"in": vars{
			"orgId": s.A.ID, "format": "XLSX",
			"filter": vars{"operations": []string{"importOrders"}},
		}}).OK()
		if got := a.Text("exportAuditEvents.userErrors.0.code"); got != "INVALID" {
			t.Errorf("a workbook of too many rows: %q", got)
		}
		s.Resolver.MaxXLSX = 3*901 + 1
		body, _ := s.downloaded(s.A.Owner, "exportAuditEvents",
			vars{"format": "XLSX", "filter": vars{"operations": []string{"importOrders"}}})
		if rows, err := s.workbook(body).GetRows("Sheet1"); err != nil || len(rows) != len(lines) {
			t.Errorf("%d rows, %v", len(rows), err)
		}
	})
}
