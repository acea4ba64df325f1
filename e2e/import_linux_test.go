package e2e

import (
	"database/sql"
	"encoding/csv"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"entgo.io/ent/dialect"
	"golang.org/x/sys/unix"

	"deputy/internal/apitest"
	"deputy/internal/store/storetest"
)

// terminal is one that a test sits at.
type terminal struct {
	*testing.T
	keys *os.File
	// screen is what was written to it.
	screen *output
}

// newTerminal returns a terminal, and what a process that runs there has as its descriptor.
func newTerminal(t *testing.T) (*terminal, *os.File) {
	t.Helper()
	keys, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if err := unix.IoctlSetPointerInt(int(keys.Fd()), unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	n, err := unix.IoctlGetInt(int(keys.Fd()), unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	line, err := os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	return &terminal{T: t, keys: keys, screen: newOutput()}, line
}

// begin starts a process at a terminal, which reads what it writes until it has ended.
func (t *terminal) begin(l launch, line *os.File) *process {
	t.Helper()
	l.terminal = line
	p := begin(t, l)
	p.stdout = t.screen
	if err := line.Close(); err != nil {
		t.Fatal(err)
	}
	read := make(chan struct{})
	go func() {
		defer close(read)
		buffer := make([]byte, 4096)
		for {
			n, err := t.keys.Read(buffer)
			_, _ = t.screen.Write(buffer[:n]) // never fails
			if err != nil {
				return // EIO: nobody is left at the other end
			}
		}
	}()
	t.Cleanup(func() {
		_ = p.cmd.Process.Kill() // it may have ended
		<-read
		_ = t.keys.Close() // it was read to its end
	})
	return p
}

// importer imports files into orgs of a database.
type importer struct {
	*testing.T
	dialect string
	db      *sql.DB
	env     []string
	// orgs have the same creators, and no orders; tokens are those of their owners.
	orgs, tokens []string
}

// newImporter makes a database with so many orgs.
func newImporter(t *testing.T, d string, orgs int) *importer {
	t.Helper()
	url := storetest.Empty(t, d)
	i := &importer{T: t, dialect: d, env: []string{
		"DATABASE_URL=" + url, "DEPUTY_MIGRATE=true", "DEPUTY_SECRET=" + apitest.Secret,
	}}
	server := start(t, launch{args: []string{"--demo", "--code-limits=off"}, env: i.env})
	server.welcome()
	for n := range orgs {
		token := server.signIn(fmt.Sprintf("1390000050%d", n))
		orgID := server.do(token, `mutation { createOrg(input: {name: "导入"}) { org { id } userErrors { code } } }`, nil).
			text("createOrg.org.id")
		for _, one := range []vars{
			{"name": "小美", "platformId": "dy_1", "shareBps": 2500}, {"name": "小强", "platformId": "dy_2", "shareBps": 3333},
		} {
			one["orgId"] = orgID
			server.do(token, `mutation($in: CreateCreatorInput!) { createCreator(input: $in) { creator { id } userErrors { code }
				} }`, vars{"in": one})
		}
		i.orgs, i.tokens = append(i.orgs, orgID), append(i.tokens, token)
	}
	server.stop()
	driver := "postgres"
	if d == dialect.SQLite {
		driver = "sqlite"
	}
	var err error
	if i.db, err = sql.Open(driver, url); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = i.db.Close() })
	return i
}

// do runs statements.
func (i *importer) do(statements ...string) {
	i.Helper()
	for _, statement := range statements {
		if _, err := i.db.ExecContext(i.Context(), statement); err != nil {
			i.Fatalf("%s: %v", statement, err)
		}
	}
}

// rows returns what a query answers, a row in a line.
func (i *importer) rows(query string) string {
	i.Helper()
	rows, err := i.db.QueryContext(i.Context(), query)
	if err != nil {
		i.Fatalf("%s: %v", query, err)
	}
	defer rows.Close() //nolint:errcheck // they are read to their end
	names, err := rows.Columns()
	if err != nil {
		i.Fatal(err)
	}
	values, into := make([]any, len(names)), make([]any, len(names))
	for n := range values {
		into[n] = &values[n]
	}
	var b strings.Builder
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			i.Fatal(err)
		}
		fmt.Fprintln(&b, values...)
	}
	if err := rows.Err(); err != nil {
		i.Fatal(err)
	}
	return b.String()
}

// kept returns the orders of an org and its figures, with nothing in it that is another in each org.
func (i *importer) kept(orgID string) string {
	i.Helper()
	return i.rows(`SELECT o.number, c.platform_id, o.product_name, o.amount, o.commission, o.status, o.paid_at,
		o.settled_at, o.parent_number, o.refund_amount, o.refunded_at, o.commission_after_refunds, o.net_commission,
		o.org_share, o.creator_share, o.share_bps, o.given_share, o.given_net FROM orders o JOIN creators c ON c.id = o.creator_id
		WHERE o.org_id = '`+orgID+`' ORDER BY o.number`) + i.rows(`SELECT p.day, c.platform_id, p.product_name, SUM(p.orders),
		SUM(p.amount), SUM(p.commission), SUM(p.refunds), SUM(p.refund_amount), SUM(p.net_commission), SUM(p.org_share)
		FROM product_days p LEFT JOIN creators c ON c.id = p.creator_id WHERE p.org_id = '`+orgID+`'
		GROUP BY p.day, c.platform_id, p.product_name HAVING SUM(p.orders) > 0 ORDER BY p.day, c.platform_id, p.product_name`)
}

// stuck makes an import into an org stand still at an order, as long as it runs.
func (i *importer) stuck(orgID, number string) {
	i.Helper()
	when := fmt.Sprintf("NEW.org_id = '%s' AND NEW.number = '%s'", orgID, number)
	if i.dialect == dialect.SQLite {
		i.do("CREATE TRIGGER stuck BEFORE INSERT ON orders WHEN " + when + ` BEGIN SELECT count(*) FROM (
			WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000000000000) SELECT i FROM n); END`)
		return
	}
	i.do("CREATE FUNCTION stuck() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(3600); RETURN NEW; END'",
		"CREATE TRIGGER stuck BEFORE INSERT ON orders FOR EACH ROW WHEN ("+when+") EXECUTE FUNCTION stuck()")
}

// free ends what stuck began.
func (i *importer) free() {
	i.Helper()
	if i.dialect == dialect.SQLite {
		i.do("DROP TRIGGER stuck")
		return
	}
	i.rows("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND " +
		"pid <> pg_backend_pid() AND wait_event = 'PgSleep'") // of a client that is gone
	i.do("DROP TRIGGER stuck ON orders", "DROP FUNCTION stuck()")
}

// longReport is a report of so many lines: orders of one line and of several, which are paid, settled, refunded, not
// paid, and of nobody.
func longReport(t *testing.T, lines int) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "微信小店.csv")
	file, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	out := csv.NewWriter(file)
	write := func(cells ...string) {
		if err := out.Write(cells); err != nil {
			t.Fatal(err)
		}
	}
	write("订单号", "订单完成结算时间", "订单状态", "收件人姓名", "支付时间", "带货账号昵称", "带货费用", "商品名称", "商品编码(平台)",
		"商品实际价格(总共)", "商品已退款金额")
	for n := range lines {
		number, status, paid, settled, creator, refund := fmt.Sprintf("372%06d", n), "待收货",
			fmt.Sprintf("2026-06-%02d 10:%02d:00", 1+n%28, n%60), "", []string{"小美", "小强"}[n%2], "0"
		switch {
		case n%10 == 7 && n > 1000:
			number = fmt.Sprintf("372%06d", n-1000) // one more line of an order far above
		case n%11 == 3:
			status, settled = "完成", "2026-07-20 00:00:05"
		case n%13 == 5:
			refund = "5.50"
		case n%17 == 6:
			status, refund = "全部商品售后之后，订单取消", "30.00"
		case n%97 == 1:
			status, paid = "待付款", ""
		case n%501 == 2:
			creator = "无名氏"
		}
		write(number, settled, status, canary, paid, creator, "3.33", fmt.Sprintf("商品 %d", n%50), fmt.Sprint(n), "30.00",
			refund)
	}
	out.Flush()
	if err := out.Error(); err != nil {
		t.Fatal(err)
	}
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

// canary is what a report says of a buyer.
const canary = "金丝雀"

// bar is how an import draws how far it is.
var bar = regexp.MustCompile(`\r\[(#*\.*)\] +(\d+) %  (\d+) rows`)

// TestABrokenImportGoesOn: killed, or ended with Ctrl-C, in the middle of a part, and run again, it comes to the orders
// and figures of one that ran through. What it says of refused rows is that of the last run. A terminal sees how far it
// is.
func TestABrokenImportGoesOn(t *testing.T) {
	t.Parallel()
	for _, d := range storetest.Dialects() {
		t.Run(storetest.Name(d), func(t *testing.T) {
			t.Parallel()
			i := newImporter(t, d, 3)
			const lines, at = 4_600, "372003600"
			whole := longReport(t, lines)
			told, code := i.run(whole, i.orgs[0])
			if code != 1 || !strings.Contains(told, " created, 0 changed, 0 unchanged, ") {
				t.Fatalf("status %d: %s", code, told)
			}
			for n, how := range map[int]func(*terminal, *process){
				1: func(_ *terminal, p *process) { p.signal(syscall.SIGKILL) },
				2: func(at *terminal, _ *process) {
					if _, err := at.keys.Write([]byte{3}); err != nil { // Ctrl-C
						t.Fatal(err)
					}
				},
			} {
				file := longReport(t, lines)
				i.stuck(i.orgs[n], at)
				at, line := newTerminal(t)
				p := at.begin(launch{args: []string{"import", "orders", file, "--org", i.orgs[n]}, env: i.env}, line)
				p.await(p.stdout, regexp.MustCompile(`\r\[#+\.+\] +\d+ %  3\d\d\d rows`))
				how(at, p)
				if code := p.wait(patience); code == 0 {
					t.Errorf("it ended well: %s", p.stdout)
				}
				if n == 2 && !strings.Contains(p.log.String(), "interrupted / 导入已中断: what is counted above was imported; run the") {
					t.Errorf("it does not say what to do: %s", p.log)
				}
				i.free()
				var made, rows int
				if _, err := fmt.Sscan(i.rows("SELECT COUNT(*) FROM orders WHERE org_id = '"+i.orgs[n]+"'"), &made); err != nil ||
					made < 2_900 || made > 3_000 { // without those that were refused
					t.Errorf("it had made %d orders: %v, %s%s", made, err, p.stdout, p.log)
				}
				for _, drawn := range bar.FindAllStringSubmatch(p.stdout.String(), -1) {
					before := rows
					if _, err := fmt.Sscan(drawn[3], &rows); err != nil || rows <= before || len(drawn[1]) != 30 {
						t.Errorf("the bar is %q behind %d rows", drawn[0], before)
					}
				}
				again, _ := i.run(file, i.orgs[n])
				var created, unchanged, of int
				last := again[strings.LastIndexByte(strings.TrimSpace(again), '\n')+1:]
				if _, err := fmt.Sscanf(last, "%d created, 0 changed, %d unchanged,", &created, &unchanged); err != nil {
					t.Fatalf("%v: %s", err, again)
				}
				last = told[strings.LastIndexByte(strings.TrimSpace(told), '\n')+1:]
				if _, err := fmt.Sscanf(last, "%d created,", &of); err != nil || unchanged != made || created+unchanged != of {
					t.Errorf("%d were created and %d were there, of %d", created, unchanged, of)
				}
				if got, want := i.kept(i.orgs[n]), i.kept(i.orgs[0]); got != want {
					t.Errorf("orders and figures are other ones: %s", firstDifference(got, want))
				}
				if got, want := read(t, file+".refused.csv"), read(t, whole+".refused.csv"); got != want {
					t.Errorf("refused are %s, want %s", got, want)
				}
				if said := p.stdout.String() + p.log.String() + again; strings.Contains(said, canary) {
					t.Errorf("a buyer is told of: %s", said)
				}
			}
			if told, _ := i.run(whole, i.orgs[0]); strings.Contains(told, "\r") {
				t.Errorf("a bar is drawn where nobody watches: %q", told)
			}
			server := start(t, launch{args: []string{"--dev-codes"}, env: i.env})
			for n, orgID := range i.orgs {
				a := server.do(i.tokens[n], `query($id: ID!) { org(id: $id) { orders(first: 100) { totalCount nodes { number
					parentNumber productName creatorName } } auditEvents(first: 20) { nodes { operation actor { name } targets(
					first: 10) { nodes { targetId label changes { field before after } } } } } } }`, vars{"id": orgID})
				if a.get("org.orders.totalCount") == 0.0 || strings.Contains(a.raw+server.log.String(), canary) {
					t.Errorf("a buyer is told of: %s%s", a.raw, server.log)
				}
			}
			server.stop()
		})
	}
}

// run imports a file, and returns what was told and the status.
func (i *importer) run(file, orgID string) (told string, code int) {
	i.Helper()
	p := begin(i, launch{args: []string{"import", "orders", file, "--org", orgID}, env: i.env})
	code = p.wait(patience)
	if strings.Contains(p.log.String(), canary) {
		i.Errorf("the log tells of a buyer: %s", p.log)
	}
	return p.stdout.String(), code
}

func read(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// firstDifference returns the first line that two texts do not share.
func firstDifference(got, want string) string {
	a, b := strings.Split(got, "\n"), strings.Split(want, "\n")
	for n := range min(len(a), len(b)) {
		if a[n] != b[n] {
			return fmt.Sprintf("line %d is %q, want %q", n, a[n], b[n])
		}
	}
	return fmt.Sprintf("%d lines, want %d", len(a), len(b))
}
