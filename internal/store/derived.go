package store

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"entgo.io/ent/dialect/entsql"
	"entgo.io/ent/dialect/sql/schema"
	"entgo.io/ent/schema/field"

	"deputy/internal/id"
)

// derived returns the tables that are computed from the rows of other tables, by set-based statements only. They have
// no entities.
//
// creator_days and product_days are the figures of orders by the day on which they were paid, in the org's time zone.
// product_days has a row for each creator and product, and one for the product over all creators, whose creator_id is
// empty. A row is spread over slots, which add up: each transaction writes one slot, so that writers do not wait for
// each other. The first slot holds up to 2^52, and the fifteen others together less, so that their sum is a number that
// every client can represent.
//
// figure_slots has the slots of an org, created when they are first needed: on PostgreSQL, a transaction that writes
// figures locks the row of its slot.
//
// creator_shares has the org's share of a creator's commission, and from when on it holds. Rows are only added.
func derived(creators *schema.Table) []*schema.Table {
	slots := schema.NewTable("figure_slots")
	keyed(slots, text("org_id", id.Len), number("slot", field.TypeInt16))
	return []*schema.Table{
		creatorShares(creators), slots,
		figures("creator_days", text("org_id", id.Len), number("day", field.TypeInt32), text("creator_id", id.Len)),
		figures("product_days", text("org_id", id.Len), text("creator_id", id.Len), number("day", field.TypeInt32),
			text("product_name", 400)),
	}
}

// creatorShares returns the table of the shares that creators had.
func creatorShares(creators *schema.Table) *schema.Table {
	table := schema.NewTable("creator_shares")
	orgID, creatorID := text("org_id", id.Len), text("creator_id", id.Len)
	keyed(table, orgID, creatorID, &schema.Column{Name: "since", Type: field.TypeTime})
	table.AddColumn(number("share_bps", field.TypeInt))
	table.AddForeignKey(&schema.ForeignKey{
		Symbol: "creator_shares_creators_creator", OnDelete: schema.NoAction,
		Columns: []*schema.Column{creatorID, orgID}, RefTable: creators,
		RefColumns: []*schema.Column{find(creators, "id"), find(creators, "org_id")},
	})
	table.SetAnnotation(
		&entsql.Annotation{Checks: map[string]string{"creator_shares_bps": "share_bps BETWEEN 0 AND 10000"}})
	return table
}

// figures returns a table of figures under a key.
func figures(name string, key ...*schema.Column) *schema.Table {
	table := schema.NewTable(name)
	keyed(table, append(key, number("slot", field.TypeInt16))...)
	var most []string
	for _, sum := range []string{
		"orders", "amount", "commission", "refunds", "refund_amount", "net_commission",
		"org_share",
	} {
		table.AddColumn(number(sum, field.TypeInt64))
		most = append(most, sum+" <= CASE slot WHEN 0 THEN 4503599627370496 ELSE 281474976710656 END")
	}
	table.SetAnnotation(&entsql.Annotation{Checks: map[string]string{name + "_sums": strings.Join(most, " AND ")}})
	return table
}

func keyed(table *schema.Table, key ...*schema.Column) {
	for _, column := range key {
		table.AddColumn(column)
	}
	table.PrimaryKey = key
}

func text(name string, size int64) *schema.Column {
	return &schema.Column{Name: name, Type: field.TypeString, Size: size}
}

func number(name string, t field.Type) *schema.Column { return &schema.Column{Name: name, Type: t} }

// wholeNumbers adds checks to SQLite that columns of integers contain only integers: without them, a sum that overflows
// silently becomes a floating-point number.
func wholeNumbers(tables []*schema.Table) {
	for _, table := range tables {
		var whole []string
		for _, column := range table.Columns {
			switch {
			case !column.Type.Integer() || slices.Contains(table.PrimaryKey, column): // a key is no sum
			case column.Nullable:
				whole = append(whole, "typeof("+column.Name+") IN ('integer', 'null')")
			default:
				whole = append(whole, "typeof("+column.Name+") = 'integer'")
			}
		}
		if len(whole) == 0 {
			continue
		}
		checks := map[string]string{table.Name + "_whole": strings.Join(whole, " AND ")}
		annotation := &entsql.Annotation{}
		if table.Annotation != nil {
			*annotation = *table.Annotation // Ent's is shared
		}
		maps.Copy(checks, annotation.Checks)
		annotation.Checks = checks
		table.SetAnnotation(annotation)
	}
}

// searched adds to searchable tables the column that SQLite's full-text indexes need: seq, the number by which an index
// refers to a row. SQLite numbers the rows of any table, but keeps the numbers over VACUUM only where a column has
// them. The indexes themselves are made by invariants.sql, and nothing indexes the columns of grams.
func searched(tables []*schema.Table) error {
	for _, table := range tables {
		if find(table, "grams") == nil {
			continue
		}
		id := find(table, "id")
		if id == nil || len(table.PrimaryKey) != 1 || table.PrimaryKey[0] != id {
			return fmt.Errorf("number the rows of %s: their key is not their id", table.Name)
		}
		seq := number("seq", field.TypeInt64)
		table.Columns = append([]*schema.Column{seq}, table.Columns...)
		table.PrimaryKey = []*schema.Column{seq}
		table.Indexes = slices.DeleteFunc(table.Indexes, func(index *schema.Index) bool {
			return len(index.Columns) == 1 && index.Columns[0].Name == "grams"
		})
		table.Indexes = append(table.Indexes,
			&schema.Index{Name: table.Name + "_id", Unique: true, Columns: []*schema.Column{id}})
	}
	return nil
}
