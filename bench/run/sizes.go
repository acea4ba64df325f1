package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"deputy/internal/bulk"
)

// sizes tells how many bytes of disk an order takes in each table and index, when `deputy import` has brought so many
// into one org.
func (o options) sizes(ctx context.Context, folder string) (report string, err error) {
	p := &pace{options: o, folder: folder}
	all, stop, err := grounds(ctx, folder)
	defer func() { err = errors.Join(err, stop()) }()
	if err != nil {
		return "", err
	}
	tables, bytes := map[string]string{}, map[string][]int64{}
	for n, g := range all {
		kept, err := p.kept(ctx, g)
		if err != nil {
			return "", fmt.Errorf("sizes on %s: %w", g.name, err)
		}
		for _, one := range kept {
			name := one.table + " " + one.name
			if bytes[name] == nil {
				bytes[name] = make([]int64, len(all))
			}
			tables[name] = one.table
			bytes[name][n] += one.bytes
		}
	}
	var b strings.Builder
	fmt.Fprintf(&b, "### sizes (%d orders of one org)\n\nBytes an order.\n\n| table | index |", o.sized)
	for _, g := range all {
		b.WriteString(" " + g.name + " |")
	}
	b.WriteString("\n| --- | --- |" + strings.Repeat(" ---: |", len(all)) + "\n")
	line := func(table, index string, of []int64) {
		fmt.Fprintf(&b, "| %s | %s |", table, index)
		for _, n := range of {
			text := "–"
			if n > 0 {
				text = fmt.Sprintf("%.1f", float64(n)/float64(o.sized))
			}
			b.WriteString(" " + text + " |")
		}
		b.WriteByte('\n')
	}
	rest, sum := make([]int64, len(all)), make([]int64, len(all))
	for _, name := range slices.SortedFunc(maps.Keys(bytes), func(a, b string) int {
		return cmp.Or(cmp.Compare(tables[a], tables[b]), -cmp.Compare(slices.Max(bytes[a]), slices.Max(bytes[b])),
			cmp.Compare(a, b))
	}) {
		of := bytes[name]
		for n := range all {
			sum[n] += of[n]
		}
		if slices.Max(of) < int64(o.sized)/2 {
			for n := range all {
				rest[n] += of[n]
			}
			continue
		}
		_, index, _ := strings.Cut(name, " ")
		if index == tables[name] {
			index = ""
		}
		line(tables[name], index, of)
	}
	line("what is smaller", "", rest)
	line("all", "", sum)
	fmt.Print("\n", b.String())
	return "\n" + b.String(), nil
}

// keptIn is the disk that a table without its indexes takes, or an index.
type keptIn struct {
	table, name string
	bytes       int64
}

// kept imports the orders into a new database, and returns what that keeps.
func (p *pace) kept(ctx context.Context, g *ground) (all []keptIn, err error) {
	at, err := p.prepare(ctx, g)
	if err != nil {
		return nil, err
	}
	if p.orders == nil {
		p.orders = makeOrders(at.platforms, p.sized)
		if err := p.write(); err != nil {
			return nil, err
		}
	}
	c, err := p.command(ctx, g, at, g.url(base))
	if err != nil {
		return nil, err
	}
	fmt.Printf("%s: %.1f ms of processor time for 1,000 orders\n", g.name, each(c.all(), p.sized))
	s, err := g.open(ctx, base)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	query := `SELECT coalesce(m.tbl_name, d.name), d.name, d.bytes FROM
(SELECT name, sum(pgsize) AS bytes FROM dbstat GROUP BY name) d LEFT JOIN sqlite_master m ON m.name = d.name`
	if g.admin != nil { // what is too long for a row is its table's
		query = `SELECT coalesce(t.relname, c.relname), c.relname,
pg_relation_size(c.oid) + CASE WHEN c.reltoastrelid <> 0 THEN pg_total_relation_size(c.reltoastrelid) ELSE 0 END
FROM pg_class c LEFT JOIN pg_index i ON i.indexrelid = c.oid LEFT JOIN pg_class t ON t.oid = i.indrelid
WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'i', 'm')`
	}
	err = bulk.Each(ctx, s.DB(), query, nil, func(scan bulk.Scan) error {
		var one keptIn
		err := scan(&one.table, &one.name, &one.bytes)
		all = append(all, one)
		return err
	})
	for i := range all {
		all[i] = all[i].alike()
	}
	return all, err
}

// alike gives what the databases call differently one name: keys, and the indexes of searches.
func (k keptIn) alike() keptIn {
	if of, ok := strings.CutPrefix(k.name, "sqlite_autoindex_"); ok {
		k.name = strings.TrimRight(of, "_0123456789") + "_pkey"
	}
	for _, of := range []string{"creator", "order", "task"} {
		if k.name == of+"s_id" {
			k.name = of + "s_pkey"
		}
		if k.name == of+"_grams" || strings.HasPrefix(k.name, of+"s_search") {
			k.table, k.name = of+"s", "search"
		}
	}
	return k
}
