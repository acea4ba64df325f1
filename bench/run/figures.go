package main

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"deputy/bench/workload"
	"deputy/internal/civil"
)

// How often each question is asked: the figures are there at once, and orders take long to add up.
const (
	timesFigures = 50
	timesOrders  = 3
)

// days is how many days the figures are asked for.
const days = 90

// question is what a question cost, a time.
type question struct {
	name    string
	rows    int64 // read; 0 where nobody counts
	program time.Duration
	// database computed so long on PostgreSQL.
	database time.Duration
}

// sums are the answers: of the whole span, and by day.
type sums struct {
	orders, amount int64
	days           [days][2]int64
}

// rollups measures what the figures of 90 days cost, from those that are kept by day, and from the orders themselves.
func (o options) rollups(ctx context.Context, folder string) (report string, err error) {
	all, stop, err := grounds(ctx, folder)
	defer func() { err = errors.Join(err, stop()) }()
	if err != nil {
		return "", err
	}
	for _, g := range all {
		table, err := o.figuresOn(ctx, g)
		if err != nil {
			return "", fmt.Errorf("figures on %s: %w", g.name, err)
		}
		fmt.Print("\n", table)
		report += "\n" + table
	}
	return report, nil
}

func (o options) figuresOn(ctx context.Context, g *ground) (table string, err error) {
	const name = "figures"
	url, err := g.make(ctx, name)
	if err != nil {
		return "", err
	}
	for _, args := range [][]string{
		{"migrate"}, {"demo", "--orgs", "1", "--orders", fmt.Sprint(o.figures)}, {"figures", "rebuild"},
	} {
		if _, err := g.run(ctx, o, o.deputy, append(args, "--database", url)...); err != nil {
			return "", err
		}
	}
	at, from, err := g.look(ctx, name)
	if err != nil {
		return "", err
	}
	var asked []question
	for _, one := range questions() {
		var answer, again sums
		kept, err := o.askFigures(ctx, g, url, at, from, one.document, &answer)
		if err != nil {
			return "", err
		}
		raw, err := g.askOrders(ctx, name, at, from, one.queries, &again)
		if err != nil {
			return "", err
		}
		if answer != again {
			return "", fmt.Errorf("the figures say %v, and the orders %v", answer, again)
		}
		kept.name, raw.name = one.name+", from the figures", one.name+", from the orders"
		asked = append(asked, kept, raw)
	}
	return g.answers(o.figures, asked), nil
}

// look returns the org and the first of the days that are asked for, and has PostgreSQL look at what is there.
func (g *ground) look(ctx context.Context, name string) (at *office, from civil.Day, err error) {
	if at, err = g.office(ctx, name); err != nil {
		return nil, 0, err
	}
	s, err := g.open(ctx, name)
	if err != nil {
		return nil, 0, err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	if g.admin != nil {
		if _, err := s.DB().ExecContext(ctx, "VACUUM (ANALYZE)"); err != nil {
			return nil, 0, err
		}
	}
	var last int64
	err = s.DB().QueryRowContext(ctx, "SELECT max(day) FROM creator_days").Scan(&last)
	return at, civil.Day(last - days + 1), err //nolint:gosec // a day fits
}

// askFigures asks a server, as a client does.
func (o options) askFigures(
	ctx context.Context, g *ground, url string, at *office, from civil.Day, document string, answer *sums,
) (q question, err error) {
	idle, err := o.asked(ctx, g, url, at, from, document, 0, answer)
	if err != nil {
		return q, err
	}
	q, err = o.asked(ctx, g, url, at, from, document, timesFigures, answer)
	q.rows = (q.rows - idle.rows) / timesFigures // a server reads by itself, too
	return q, err
}

// asked starts a server and asks it so many times. The rows are those of all times.
func (o options) asked(
	ctx context.Context, g *ground, url string, at *office, from civil.Day, document string, times int, answer *sums,
) (q question, err error) {
	before, err := g.rows(ctx, url)
	if err != nil {
		return q, err
	}
	deputy, err := filepath.Abs(o.deputy)
	if err != nil {
		return q, err
	}
	k := kind{name: "deputy", command: []string{deputy, "--addr"}, environment: append(o.alike(),
		"DEPUTY_DEV_CODES=true", "DEPUTY_COST_BUDGET=0")}
	s, end, err := k.start(ctx, url, g.folder)
	if err != nil {
		return q, err
	}
	err = o.askedOf(g, s, document, at, from, times, &q, answer)
	if err = errors.Join(err, end()); err != nil {
		return q, err
	}
	after, err := g.rows(ctx, url)
	q.rows = after - before
	return q, err
}

func (o options) askedOf(
	g *ground, s *server, document string, at *office, from civil.Day, times int, q *question, answer *sums,
) error {
	request, err := newPost(s, document, at.token, map[string]any{
		"id": at.org, "from": from.String(), "to": (from + days - 1).String(),
	})
	if err != nil {
		return err
	}
	to, err := dial(s.addr)
	if err != nil {
		return err
	}
	defer to.conn.Close() //nolint:errcheck // it was read from
	before, err := computed(s.process)
	if err != nil {
		return err
	}
	c, err := g.measured(func(*cost) error {
		for range times {
			body, err := to.do(request)
			if err == nil {
				err = answer.read(body)
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	after, err := computed(s.process)
	if times > 0 {
		q.program, q.database = (after-before)/time.Duration(times), c.database/time.Duration(times)
	}
	return err
}

// read takes the answer of a server.
func (a *sums) read(body []byte) error {
	type point struct{ Orders, Amount int64 }
	var of struct {
		Data struct {
			Org struct {
				Data struct {
					Total   point
					Periods []struct{ Point point }
				}
			}
		}
	}
	if err := json.Unmarshal(body, &of); err != nil {
		return err
	}
	data := of.Data.Org.Data
	if len(data.Periods) != days {
		return fmt.Errorf("%d days are told", len(data.Periods))
	}
	a.orders, a.amount = data.Total.Orders, data.Total.Amount
	for i, day := range data.Periods {
		a.days[i] = [2]int64{day.Point.Orders, day.Point.Amount}
	}
	return nil
}

// The questions over orders: $1 is the org, $2 and $3 the bounds of the time of payment. DAY stands for the day of it.
const ofOrders = " FROM orders WHERE org_id = $1 AND paid_at >= $2 AND paid_at < $3 "

// overOrders is a question over orders; the answer of one by day is kept.
type overOrders struct {
	query string
	byDay bool
}

// asked is a question that is asked in both ways.
type asked struct {
	name, document string
	queries        []overOrders
}

// questions are those that are asked: what the span and each of its days came to, and the whole report.
func questions() []asked {
	byDay := overOrders{
		"SELECT DAY, count(*), sum(amount), sum(commission), sum(refund_amount)" + ofOrders + "GROUP BY 1 ORDER BY 1", true,
	}
	all := []asked{
		{"sums by day", `query Sums($id: ID!, $from: Date!, $to: Date!) {
  org(id: $id) {
    data(dateFrom: $from, dateTo: $to) {
      total { orders amount commission refundAmount }
      periods(period: DAY) { dateFrom point { orders amount commission refundAmount } }
    }
  }
}`, []overOrders{byDay}},
		{"report", "", []overOrders{
			byDay,
			{query: "SELECT creator_id, count(*), sum(amount), 0, 0" + ofOrders + "GROUP BY 1 ORDER BY 3 DESC LIMIT 10"},
			{query: "SELECT product_name, count(*), sum(amount), count(DISTINCT creator_id), 0" + ofOrders +
				"GROUP BY 1 ORDER BY 3 DESC LIMIT 10"},
		}},
	}
	for _, l := range workload.All() {
		if l.Name == "data90" {
			all[1].document = l.Document
		}
	}
	return all
}

// askOrders asks the database itself.
func (g *ground) askOrders(
	ctx context.Context, name string, at *office, from civil.Day, queries []overOrders, answer *sums,
) (q question, err error) {
	url := g.url(name)
	before, err := g.rows(ctx, url)
	if err != nil {
		return q, err
	}
	s, err := g.open(ctx, name)
	if err != nil {
		return q, err
	}
	db, zone := s.DB(), time.FixedZone("", 8*60*60)
	begun := process()
	c, err := g.measured(func(*cost) error {
		for range timesOrders {
			for _, one := range queries {
				into := answer
				if !one.byDay {
					into = &sums{}
				}
				if err := ask(ctx, db, g.dated(one.query), at.org, from, zone, into, one.byDay); err != nil {
					return err
				}
			}
		}
		return nil
	})
	q.program, q.database = (process()-begun)/timesOrders, c.database/timesOrders
	if err = errors.Join(err, s.Close()); err != nil {
		return q, err
	}
	after, err := g.rows(ctx, url)
	q.rows = (after - before) / timesOrders
	return q, err
}

// dated says DAY in the database's own words, in the time zone of the demo.
func (g *ground) dated(query string) string {
	day := "(paid_at + 28800000000) / 86400000000"
	if g.admin != nil {
		day = "(paid_at AT TIME ZONE 'Asia/Shanghai')::date - date '1970-01-01'"
	}
	return strings.Replace(query, "DAY", day, 1)
}

func ask(
	ctx context.Context, db *sql.DB, query, org string, from civil.Day, zone *time.Location, answer *sums,
	byDay bool,
) (err error) {
	rows, err := db.QueryContext(ctx, query, org, from.Start(zone), (from + days).Start(zone))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	*answer = sums{}
	for rows.Next() {
		var (
			key                       any
			orders, amount, one, more int64
		)
		if err := rows.Scan(&key, &orders, &amount, &one, &more); err != nil {
			return err
		}
		if byDay {
			day, _ := key.(int64)
			answer.days[day-int64(from)] = [2]int64{orders, amount}
			answer.orders, answer.amount = answer.orders+orders, answer.amount+amount
		}
	}
	return rows.Err()
}

// process returns the time that the bench itself has computed for.
func process() time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		return 0
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// rows returns how many rows and entries of indexes PostgreSQL has read in a database, by all who have left it; others
// do not count.
func (g *ground) rows(ctx context.Context, url string) (n int64, err error) {
	if g.admin == nil {
		return 0, nil
	}
	name := url[strings.LastIndex(url, "/")+1:]
	name, _, _ = strings.Cut(name, "?")
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for {
		var left int
		err := g.admin.QueryRowContext(ctx, "SELECT count(*) FROM pg_stat_activity WHERE datname = $1", name).Scan(&left)
		if err != nil {
			return 0, err
		}
		if left == 0 {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	err = g.admin.QueryRowContext(ctx, "SELECT tup_returned FROM pg_stat_database WHERE datname = $1", name).Scan(&n)
	return n, err
}

// answers is what was measured, as Markdown: each question from the figures, and then from the orders.
func (g *ground) answers(orders int, all []question) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s figures90 (%d orders of %d days, %s)\n\n| question | rows read | CPU ms | PostgreSQL CPU ms | "+
		"rows to figures | CPU to figures |\n| --- | ---: | ---: | ---: | ---: | ---: |\n", g.heading(), orders, days, g.name)
	for i, q := range all {
		rows, ratio, kept := "", "", all[i&^1]
		if g.admin != nil {
			rows, ratio = fmt.Sprint(q.rows), fmt.Sprintf("%.0f", float64(q.rows)/float64(max(kept.rows, 1)))
		}
		fmt.Fprintf(&b, "| %s | %s | %.2f | %.2f | %s | %.0f |\n", q.name, rows, q.program.Seconds()*1000,
			q.database.Seconds()*1000, ratio, (q.program+q.database).Seconds()/(kept.program+kept.database).Seconds())
	}
	return b.String()
}
