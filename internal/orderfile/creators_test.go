package orderfile_test

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"deputy/ent/auditevent"
	"deputy/ent/audittarget"
	"deputy/ent/creator"
	"deputy/internal/collate"
	"deputy/internal/orderfile"
	"deputy/internal/store"
	"deputy/internal/store/storetest"
)

// told returns the creators of the org, one a line.
func (d *desk) creators() string {
	d.Helper()
	var b strings.Builder
	for _, c := range d.s.Client.Creator.Query().Order(creator.ByPlatformID()).AllX(d.Context()) {
		if string(c.NameKey) != string(collate.Key(c.Name)) || c.OrgID != d.orgID {
			d.Errorf("%s is sorted by %x, in %s", c.Name, c.NameKey, c.OrgID)
		}
		days := [2]string{"-", "-"}
		if c.ContractFrom != nil {
			days[0] = c.ContractFrom.String()
		}
		if c.ContractTo != nil {
			days[1] = c.ContractTo.String()
		}
		fmt.Fprintf(&b, "%s %s %q %d %s %s %s %d\n", c.PlatformID, c.Name, c.Category, c.Followers, c.Status, days[0],
			days[1], c.ShareBps)
	}
	return b.String()
}

// TestCreatorsFromFiles are made and changed by their ids on the platform, whatever wrote the file; what a file leaves
// open stays as it is.
func TestCreatorsFromFiles(t *testing.T) {
	t.Parallel()
	chinese := "平台ID,达人,类目,粉丝数,状态,合同开始,合同结束,机构分成\n" +
		"6923530000000000001,李佳,美妆,\"1,200,000\",签约中,2026/3/1,2027年2月28日,25%\n" +
		"dy_1,小美,,,,,,\n" +
		"dy_2,王 二,美食,900,已解约,2025-01-01,2025-12-31,12.5%\n"
	english := "platformId;name;category;followers;status;contractFrom;contractTo;shareBps\n" +
		"=\"6923530000000000001\";李佳;美妆;1200000;SIGNED;2026-03-01;2027-02-28;2500\n" +
		"dy_1;小美;;;;;;\n" +
		"dy_2;王 二;美食;900;ENDED;2025-01-01;2025-12-31;1250\n"
	lines := `{"platformId":"6923530000000000001","name":"李佳","category":"美妆","followers":1200000,"status":"SIGNED",` +
		`"contractFrom":"2026-03-01","contractTo":"2027-02-28","shareBps":2500}` + "\n" +
		`{"platformId":"dy_1","name":"小美","category":null,"contractTo":null}` + "\n" +
		`{"platformId":"dy_2","name":"王 二","category":"美食","followers":900,"status":"ENDED",` +
		`"contractFrom":"2025-01-01","contractTo":"2025-12-31","shareBps":1250,"id":"ctr_1"}` + "\n"
	want := `6923530000000000001 李佳 "美妆" 1200000 SIGNED 2026-03-01 2027-02-28 2500
dy_1 小美 "" 0 SIGNED - - 0
dy_2 王 二 "美食" 900 ENDED 2025-01-01 2025-12-31 1250
`
	for name, text := range map[string]string{"c.csv": chinese, "e.txt": english, "l.jsonl": lines} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			storetest.Each(t, func(t *testing.T, s *store.Store) {
				d := newDesk(t, s)
				d.rows = orderfile.Creators
				d.ok(d.run(d.file(name, text), true))
				if d.creators() != "dy_1 小美 \"\" 0 SIGNED - - 0\n" || d.told != "2 created, 0 changed, 1 unchanged, 0 refused" {
					t.Fatalf("a dry run: %s%s", d.all, d.creators())
				}
				d.ok(d.run(d.file(name, text), false))
				if got := d.creators(); got != want || d.told != "2 created, 0 changed, 1 unchanged, 0 refused" {
					t.Errorf("%s%s, want\n%s", d.all, got, want)
				}
				d.ok(d.run(d.file(name, text), false))
				if d.told != "0 created, 0 changed, 3 unchanged, 0 refused" {
					t.Errorf("again: %s", d.all)
				}
				// What the file does not have, or leaves empty, stays.
				d.ok(d.run(d.file("less.csv", "达人平台ID,姓名,粉丝数\ndy_2,王二,\n6923530000000000001,李佳,7\n"), false))
				changed := strings.NewReplacer("王 二", "王二", "1200000", "7").Replace(want)
				if got := d.creators(); got != changed || d.told != "0 created, 2 changed, 0 unchanged, 0 refused" {
					t.Errorf("%s%s, want\n%s", d.all, got, changed)
				}
			})
		})
	}
}

// TestRefusedRowsOfCreatorsAreGivenAgain corrects the file of refused rows and imports that.
func TestRefusedRowsOfCreatorsAreGivenAgain(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		d := newDesk(t, s)
		d.rows = orderfile.Creators
		file := d.file("creators.csv", "达人平台ID,达人,粉丝数,状态,合同开始,合同结束,机构分成\n"+
			"dy_2,王二,1万,,,,\n"+
			"dy_3,王三,,在谈,,,\n"+
			"dy_4,王四,,,2026-02-30,,\n"+
			"dy_5,王五,,,2026-03-02,2026-03-01,\n"+
			"dy_6,王六,,,,,0.25\n"+
			"6.92353E+18,王七,,,,,\n"+
			"dy_8,,,,,,\n"+
			"dy_1,小美,,,2026-03-01,,30%\n"+
			"dy_1,小美,8,,,,\n"+
			"合计,,9,,,,\n")
		want := "0 created, 1 changed, 0 unchanged, 8 refused, 1 lines that are no creators"
		for _, dry := range []bool{true, false} {
			if err := d.run(file, dry); !errors.Is(err, orderfile.ErrRefused) || d.told != want {
				t.Fatalf("%v: %s", err, d.all)
			}
		}
		refused, err := os.ReadFile(file + ".refused.csv")
		d.ok(err)
		text := string(refused)
		for _, why := range []string{
			"请填写整数", "状态为 签约中 或 已结束", "没有这样的日期", "合同结束日期不能早于开始日期", "请填写如 25% 的比例", "该平台 ID 在文件中已出现过",
			"表格软件缩短或改写了这个号码", "name: ",
		} {
			if !strings.Contains(text, why) {
				t.Errorf("%q is not in\n%s", why, text)
			}
		}
		corrected := strings.NewReplacer("1万", "10000", "在谈", "签约中", "2026-02-30", "2026-02-28", "2026-03-02", "2026-02-02",
			"0.25", "25%", "6.92353E+18\t", "6923530000000000007", "dy_8,", "dy_8,王八", "dy_1,小美,8", "dy_9,小梅,8").Replace(text)
		d.ok(d.run(d.file("again.csv", corrected), false))
		if d.told != "8 created, 0 changed, 0 unchanged, 0 refused" {
			t.Errorf("%s\n%s", d.all, corrected)
		}
	})
}

// TestAnImportOfCreatorsIsOnRecord under its file, with each creator that it made or changed.
func TestAnImportOfCreatorsIsOnRecord(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		d := newDesk(t, s)
		d.rows, d.by = orderfile.Creators, "root"
		book := excelize.NewFile()
		d.ok(book.SetSheetRow("Sheet1", "A1", &[]any{"达人ID", "昵称", "签约日期", "粉丝"}))
		d.ok(book.SetSheetRow("Sheet1", "A2", &[]any{"dy_1", "小美美", noon, 1200000}))
		d.ok(book.SetSheetRow("Sheet1", "A3", &[]any{"dy_2", "王二", "2026-03-01", "12"}))
		path := d.file("达人.xlsx", "")
		d.ok(book.SaveAs(path))
		d.ok(d.run(path, false))
		if got := d.creators(); got != "dy_1 小美美 \"\" 1200000 SIGNED 2026-03-01 - 0\n"+
			"dy_2 王二 \"\" 12 SIGNED 2026-03-01 - 0\n" {
			t.Errorf("%s%s", d.all, got)
		}
		event := s.Client.AuditEvent.Query().Where(auditevent.OrgID(d.orgID)).OnlyX(t.Context())
		if event.Operation != "importCreators" || event.ActorName != "Deputy (root)" {
			t.Errorf("%s by %s", event.Operation, event.ActorName)
		}
		var targets []string
		for _, target := range s.Client.AuditTarget.Query().Order(audittarget.ByID()).AllX(t.Context()) {
			targets = append(targets, target.Type+" "+target.Label+" "+target.Changes)
		}
		want := []string{
			`ImportCreatorsPayload 达人.xlsx [{"f":"created","a":"1"},{"f":"changed","a":"1"},` +
				`{"f":"unchanged","a":"0"},{"f":"refused","a":"0"}]`,
			`Creator 小美美 [{"f":"name","b":"小美","a":"小美美"},{"f":"followers","b":"0","a":"1200000"},` +
				`{"f":"contractFrom","a":"2026-03-01"}]`,
		}
		if len(targets) != 3 || targets[0] != want[0] || targets[1] != want[1] ||
			!strings.HasPrefix(targets[2], "Creator 王二 ") {
			t.Errorf("%q", targets)
		}
	})
}
