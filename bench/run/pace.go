package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"deputy/bench/fill"
	"deputy/bench/workload"
	"deputy/internal/bulk"
	"deputy/internal/store"
)

// pace measures imports of a file of orders beside a loader that is written by hand.
type pace struct {
	options
	folder, loader string
	grounds        []*ground
	orders         []sold
}

// sold is an order as a file and a mutation say it.
type sold struct {
	Number            string     `json:"number"`
	CreatorPlatformID string     `json:"creatorPlatformId"`
	ProductName       string     `json:"productName"`
	Amount            int64      `json:"amount"`
	Commission        int64      `json:"commission"`
	Status            string     `json:"status"`
	PaidAt            time.Time  `json:"paidAt"`
	SettledAt         *time.Time `json:"settledAt,omitempty"`
}

// importer is one way in which orders come in.
type importer struct {
	name string
	run  func(p *pace, ctx context.Context, g *ground, at *office, database string) (cost, error)
}

// importers are measured in this order; the first is what the others are measured by.
var importers = []importer{
	{"loader", (*pace).load}, {"deputy import", (*pace).command}, {"deputy importOrders", (*pace).mutation},
}

// office is an org that orders come into.
type office struct {
	org, token string
	platforms  []string
}

// base is the database that is copied for each import.
const base = "base"

// imports measures the imports on both databases, and returns the tables.
func (o options) imports(ctx context.Context, folder string) (report string, err error) {
	p := &pace{options: o, folder: folder, loader: filepath.Join(folder, "loader")}
	build := exec.CommandContext(ctx, "go", "build", "-o", p.loader, "./bench/loader") //nolint:gosec // a folder of ours
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build the loader: %w: %s", err, out)
	}
	var stop func() error
	p.grounds, stop, err = grounds(ctx, folder)
	defer func() { err = errors.Join(err, stop()) }()
	if err != nil {
		return "", err
	}
	var tables, demos strings.Builder
	var demo []cost
	for _, g := range p.grounds {
		table, err := p.measure(ctx, g)
		if err != nil {
			return "", fmt.Errorf("import on %s: %w", g.name, err)
		}
		fmt.Print("\n", table)
		tables.WriteString("\n" + table)
		c, err := p.demo(ctx, g)
		if err != nil {
			return "", fmt.Errorf("demo on %s: %w", g.name, err)
		}
		demo = append(demo, c)
	}
	fmt.Fprintf(&demos, "### demo\n\n`deputy demo` makes %d orders, their figures and their index.\n\n"+
		"| database | orders/s | to PostgreSQL, time | CPU ms for 1,000 | CPU to PostgreSQL |\n"+
		"| --- | ---: | ---: | ---: | ---: |\n", o.orders)
	for i, g := range p.grounds {
		fmt.Fprintf(&demos, "| %s | %.0f | %.2f | %.1f | %.2f |\n", g.name, float64(o.orders)/demo[i].took.Seconds(),
			demo[i].took.Seconds()/demo[0].took.Seconds(), each(demo[i].all(), o.orders),
			demo[i].all().Seconds()/demo[0].all().Seconds())
	}
	fmt.Print("\n", demos.String())
	return tables.String() + "\n" + demos.String(), nil
}

// each returns the milliseconds of a thousand orders.
func each(d time.Duration, orders int) float64 { return d.Seconds() * 1e6 / float64(orders) }

// measure measures the imports on a database.
func (p *pace) measure(ctx context.Context, g *ground) (string, error) {
	at, err := p.prepare(ctx, g)
	if err != nil {
		return "", err
	}
	p.orders = makeOrders(at.platforms, p.options.orders)
	if err := p.write(); err != nil {
		return "", err
	}
	costs := make([][]cost, len(importers))
	var first []string
	for round := range p.rounds {
		for n := range importers {
			i := (n + round) % len(importers)
			c, came, err := p.once(ctx, g, at, importers[i], round == 0)
			if err != nil {
				return "", fmt.Errorf("%s: %w", importers[i].name, err)
			}
			costs[i] = append(costs[i], c)
			if round > 0 {
				continue
			}
			if first == nil {
				first = came
			}
			for k, what := range leftBehind {
				if first[k] != came[k] {
					return "", fmt.Errorf("%s leaves other %s than %s", importers[i].name, what, importers[0].name)
				}
			}
		}
	}
	table := p.table(g, costs)
	if p.long == 0 {
		return table, nil
	}
	growth, err := p.growth(ctx, g, at, costs[1])
	return table + growth, err
}

// prepare makes the database that is copied: an org with creators, whose owner is signed in.
func (p *pace) prepare(ctx context.Context, g *ground) (at *office, err error) {
	url, err := g.make(ctx, base)
	if err != nil {
		return nil, err
	}
	for _, args := range [][]string{
		{"migrate", "--database", url}, {"demo", "--orgs", "1", "--orders", "0", "--database", url},
	} {
		if _, err := g.run(ctx, p.options, p.deputy, args...); err != nil {
			return nil, err
		}
	}
	return g.office(ctx, base)
}

// office returns the one org of a database, whose owner is signed in.
func (g *ground) office(ctx context.Context, name string) (at *office, err error) {
	s, err := g.open(ctx, name)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	at = &office{}
	var owner string
	if err := s.DB().QueryRowContext(ctx, "SELECT id, owner_id FROM orgs").Scan(&at.org, &owner); err != nil {
		return nil, err
	}
	at.platforms, err = bulk.Collect[string](ctx, s.DB(), "SELECT platform_id FROM creators ORDER BY platform_id")
	if err != nil {
		return nil, err
	}
	at.token, err = fill.SignIn(ctx, s, owner)
	return at, err
}

// makeOrders makes up orders in the order in which they were paid, as platforms tell them.
func makeOrders(platforms []string, n int) []sold {
	random := rand.New(rand.NewPCG(seed, seed)) //nolint:gosec // the same each time
	made, number := make([]sold, n), int64(6_900_000_000_000_000_000)
	for i := range made {
		number += 1 + random.Int64N(1_000_000_000)
		amount := int64(1_000 + random.IntN(200_000))
		paid := fill.First.Add(time.Duration(i) * (span / time.Duration(n))).Truncate(time.Second)
		made[i] = sold{
			Number: fmt.Sprint(number), CreatorPlatformID: platforms[random.IntN(len(platforms))],
			ProductName: fill.Product(random), Amount: amount, Commission: amount / 10, Status: "PAID", PaidAt: paid,
		}
		if random.IntN(2) == 0 {
			made[i].Status, made[i].SettledAt = "SETTLED", new(paid.Add(7*24*time.Hour))
		}
	}
	return made
}

const (
	seed = 20260301
	// span is what the orders are of.
	span = 90 * 24 * time.Hour
)

// file is the name of the file of orders.
func (p *pace) file() string { return filepath.Join(p.folder, "orders.csv") }

// write writes the orders to the file, as a Chinese platform does.
func (p *pace) write() (err error) {
	file, err := os.Create(p.file())
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	zone, err := time.LoadLocation("Asia/Shanghai")
	if err != nil {
		return err
	}
	out, status := bufio.NewWriter(file), map[string]string{"PAID": "已支付", "SETTLED": "已结算"}
	_, _ = out.WriteString("订单号,达人平台ID,商品,金额,佣金,状态,支付时间,结算时间\n") // Flush tells
	for _, o := range p.orders {
		settled := ""
		if o.SettledAt != nil {
			settled = o.SettledAt.In(zone).Format(time.DateTime)
		}
		_, _ = fmt.Fprintf(out, "%s,%s,%s,%d.%02d,%d.%02d,%s,%s,%s\n", o.Number, o.CreatorPlatformID, o.ProductName,
			o.Amount/100, o.Amount%100, o.Commission/100, o.Commission%100, status[o.Status],
			o.PaidAt.In(zone).Format(time.DateTime), settled)
	}
	return out.Flush()
}

// once imports all orders into a copy of the database, and returns what that costs and, when it is asked for, what came
// of it.
func (p *pace) once(
	ctx context.Context, g *ground, at *office, by importer, look bool,
) (c cost, came []string, err error) {
	const name = "measured"
	url, err := g.copy(ctx, base, name)
	if err != nil {
		return c, nil, err
	}
	defer func() { err = errors.Join(err, g.drop(ctx, name)) }()
	if err := g.settle(ctx); err != nil {
		return c, nil, err
	}
	if c, err = by.run(p, ctx, g, at, url); err != nil || !look {
		return c, nil, err
	}
	came, err = p.left(ctx, g, at, name)
	return c, came, err
}

func (p *pace) load(ctx context.Context, g *ground, at *office, url string) (cost, error) {
	return g.run(ctx, p.options, p.loader, "-database", url, "-org", at.org, p.file())
}

func (p *pace) command(ctx context.Context, g *ground, at *office, url string) (cost, error) {
	return g.run(ctx, p.options, p.deputy, "import", "orders", p.file(), "--org", at.org, "--database", url)
}

// mutation asks a server to import the orders, a thousand at a time, one request after the other.
func (p *pace) mutation(ctx context.Context, g *ground, at *office, url string) (c cost, err error) {
	deputy, err := filepath.Abs(p.deputy)
	if err != nil {
		return c, err
	}
	k := kind{name: "deputy", command: []string{deputy, "--addr"}, environment: append(p.alike(),
		"DEPUTY_DEV_CODES=true", "DEPUTY_COST_BUDGET=0")}
	s, end, err := k.start(ctx, url, p.folder)
	if err != nil {
		return c, err
	}
	defer func() { err = errors.Join(err, end()) }()
	load, err := chosen("import1000")
	if err != nil {
		return c, err
	}
	var requests [][]byte
	for first := 0; first < len(p.orders); first += workload.Rows {
		r, err := newPost(s, load[0].Document, at.token, map[string]any{"input": map[string]any{
			"orgId": at.org, "orders": p.orders[first:min(len(p.orders), first+workload.Rows)],
		}})
		if err != nil {
			return c, err
		}
		requests = append(requests, r)
	}
	to, err := dial(s.addr)
	if err != nil {
		return c, err
	}
	defer func() { err = errors.Join(err, to.conn.Close()) }()
	before, err := computed(s.process)
	if err != nil {
		return c, err
	}
	return g.measured(func(c *cost) error {
		created := 0
		for _, r := range requests {
			body, err := to.do(r)
			if err != nil {
				return err
			}
			var answer struct {
				Data struct{ ImportOrders struct{ Created int } }
			}
			if err := json.Unmarshal(body, &answer); err != nil {
				return err
			}
			created += answer.Data.ImportOrders.Created
		}
		if created != len(p.orders) {
			return fmt.Errorf("%d of %d orders were made", created, len(p.orders))
		}
		after, err := computed(s.process)
		if err != nil {
			return err
		}
		c.program = after - before
		c.resident, err = resident(s.process)
		return err
	})
}

// request1 returns a request of a document with variables.
func newPost(s *server, document, token string, variables any) ([]byte, error) {
	body, err := json.Marshal(map[string]any{"query": document, "variables": variables})
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	fmt.Fprintf(&b, "POST /graphql HTTP/1.1\r\nHost: %s\r\nContent-Type: application/json\r\nAccept: application/json\r\n"+
		"Authorization: Bearer %s\r\nContent-Length: %d\r\n\r\n", s.addr, token, len(body))
	b.Write(body)
	return b.Bytes(), nil
}

// leftBehind are what imports are compared by.
var leftBehind = []string{"orders", "figures of creators", "figures of products", "events", "index"}

// left returns what an import left behind, each as a hash: orders but for their ids and the time of the import,
// figures, what is on record, and the words of the index.
func (p *pace) left(ctx context.Context, g *ground, at *office, name string) (came []string, err error) {
	s, err := g.open(ctx, name)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	index := "SELECT number, grams::text, '' FROM orders WHERE org_id = $1 ORDER BY number"
	if g.admin == nil {
		const words = "CREATE VIRTUAL TABLE temp.words USING fts5vocab(main, orders_search, 'instance')"
		if _, err := s.DB().ExecContext(ctx, words); err != nil {
			return nil, err
		}
		index = "SELECT w.term, o.number, '' FROM words w JOIN orders o ON o.seq = w.doc WHERE o.org_id = $1 ORDER BY 2, 1"
	}
	for _, query := range []string{
		`SELECT o.number, c.platform_id, o.product_name, o.amount, o.commission, o.status, o.paid_at, o.settled_at,
	o.parent_number, o.refund_amount, o.refunded_at, o.net_commission, o.org_share, o.creator_share, o.share_bps,
	o.given_share, o.given_net, o.created_at = o.updated_at, o.made_by IS NULL
FROM orders o JOIN creators c ON c.id = o.creator_id WHERE o.org_id = $1 ORDER BY o.number`,
		`SELECT day, creator_id, sum(orders), sum(amount), sum(commission), sum(refunds), sum(refund_amount),
	sum(net_commission), sum(org_share) FROM creator_days WHERE org_id = $1 GROUP BY day, creator_id ORDER BY 1, 2`,
		`SELECT day, creator_id, product_name, sum(orders), sum(amount), sum(commission), sum(refunds), sum(refund_amount),
	sum(net_commission), sum(org_share) FROM product_days WHERE org_id = $1 GROUP BY day, creator_id, product_name
ORDER BY 1, 2, 3`,
		`SELECT e.operation, e.outcome, e.code, length(e.made), t.type, t.outcome, t.changes
FROM audit_events e JOIN audit_targets t ON t.event_id = e.id WHERE e.org_id = $1 ORDER BY e.at, e.id, t.id`,
		index,
	} {
		sum := sha256.New()
		if err := hashed(ctx, s, sum, query, at.org); err != nil {
			return nil, err
		}
		came = append(came, string(sum.Sum(nil)))
	}
	return came, nil
}

// hashed adds the rows of a query to a hash.
func hashed(ctx context.Context, s *store.Store, sum hash.Hash, query, org string) (err error) {
	rows, err := s.DB().QueryContext(ctx, query, org)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	columns, err := rows.Columns()
	if err != nil {
		return err
	}
	values, into := make([]any, len(columns)), make([]any, len(columns))
	for i := range values {
		into[i] = &values[i]
	}
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			return err
		}
		if _, err := fmt.Fprintf(sum, "%v\n", values); err != nil {
			return err
		}
	}
	return rows.Err()
}

// table is what was measured on a database, as Markdown.
func (p *pace) table(g *ground, costs [][]cost) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s importFile (%d orders, %s)\n\n| server | orders/s | to loader | CPU ms for 1,000 | PostgreSQL "+
		"CPU ms for 1,000 | CPU to loader | memory MB |\n| --- | ---: | ---: | ---: | ---: | ---: | ---: |\n", g.heading(),
		len(p.orders), g.name)
	n := len(p.orders)
	for i, by := range importers {
		var rates, ratios, programs, databases, computed []float64
		memory := int64(0)
		for k, c := range costs[i] {
			first := costs[0][k]
			rates = append(rates, float64(n)/c.took.Seconds())
			ratios = append(ratios, first.took.Seconds()/c.took.Seconds())
			programs, databases = append(programs, each(c.program, n)), append(databases, each(c.database, n))
			computed = append(computed, c.all().Seconds()/first.all().Seconds())
			memory = max(memory, c.resident)
		}
		fmt.Fprintf(&b, "| %s | %.0f | %.2f | %.1f | %.1f | %.2f | %.0f |\n", by.name, middle(rates), middle(ratios),
			middle(programs), middle(databases), middle(computed), float64(memory)/1e6)
	}
	return b.String()
}

// heading is what a section about the database begins with.
func (g *ground) heading() string {
	if g.admin == nil {
		return "####"
	}
	return "###"
}

// growth imports a longer file, and tells how much longer an order of it takes.
func (p *pace) growth(ctx context.Context, g *ground, at *office, short []cost) (string, error) {
	before := len(p.orders)
	p.orders = makeOrders(at.platforms, p.long)
	if err := p.write(); err != nil {
		return "", err
	}
	c, _, err := p.once(ctx, g, at, importers[1], false)
	if err != nil {
		return "", err
	}
	var took, computed []float64
	for _, one := range short {
		took, computed = append(took, each(one.took, before)), append(computed, each(one.all(), before))
	}
	return fmt.Sprintf("\n%d orders by `deputy import`: %.0f orders/s, %.0f MB; an order takes %.2f of the time and %.2f "+
		"of the processor time that it takes among %d.\n", p.long, float64(p.long)/c.took.Seconds(), float64(c.resident)/1e6,
		each(c.took, p.long)/middle(took), each(c.all(), p.long)/middle(computed), before), nil
}

// demo fills a new database for load tests, as often as all is measured, and returns what is in the middle.
func (p *pace) demo(ctx context.Context, g *ground) (cost, error) {
	const name = "demo"
	var took, program, database []time.Duration
	for range p.rounds {
		url, err := g.make(ctx, name)
		if err != nil {
			return cost{}, err
		}
		if _, err := g.run(ctx, p.options, p.deputy, "migrate", "--database", url); err != nil {
			return cost{}, err
		}
		if err := g.settle(ctx); err != nil {
			return cost{}, err
		}
		c, err := g.run(ctx, p.options, p.deputy, "demo", "--orgs", "1", "--orders", fmt.Sprint(p.options.orders),
			"--database", url)
		if err := errors.Join(err, g.drop(ctx, name)); err != nil {
			return cost{}, err
		}
		took, program, database = append(took, c.took), append(program, c.program), append(database, c.database)
	}
	return cost{took: middle(took), program: middle(program), database: middle(database)}, nil
}
