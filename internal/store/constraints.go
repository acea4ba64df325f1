package store

import (
	"fmt"
	"slices"

	"entgo.io/ent/dialect"
	"entgo.io/ent/dialect/sql/schema"

	"deputy/ent/creator"
	"deputy/ent/migrate"
)

// Tables returns the tables of a dialect: those of the entities, with the composite foreign keys that Ent can't express
// (a row and the row it refers to must agree in a second column), and the derived tables; see derived.go. The versions
// of the schema are made from them.
func Tables(name string) ([]*schema.Table, error) {
	tables, err := schema.CopyTables(migrate.Tables)
	if err != nil {
		return nil, fmt.Errorf("copy tables: %w", err)
	}
	if name == dialect.SQLite {
		if err := searched(tables); err != nil {
			return nil, err
		}
	}
	widened := 0
	for _, table := range tables {
		for _, key := range table.ForeignKeys {
			pair, ok := agreements()[key.Symbol]
			if !ok {
				continue
			}
			if err := widen(table, key, pair); err != nil {
				return nil, err
			}
			widened++
		}
	}
	if widened != len(agreements()) {
		return nil, fmt.Errorf("complete foreign keys: %d of %d are there", widened, len(agreements()))
	}
	i := slices.IndexFunc(tables, func(t *schema.Table) bool { return t.Name == creator.Table })
	if i < 0 {
		return nil, fmt.Errorf("complete tables: no table %s", creator.Table)
	}
	tables = append(tables, derived(tables[i])...)
	if name == dialect.SQLite {
		wholeNumbers(tables)
	}
	return tables, nil
}

// agreement is a column that must equal a column of the referenced row.
type agreement struct{ column, refColumn string }

// agreements returns them by the foreign key's name.
func agreements() map[string]agreement {
	org := agreement{"org_id", "org_id"}
	return map[string]agreement{
		// An account is the owner of an org, or has seats, never both.
		"orgs_accounts_owner":           {"owner_side", "side"},
		"sub_accounts_accounts_account": {"account_side", "side"},
		// A sub-account's roles are roles of its org.
		"sub_account_roles_sub_accounts_sub_account": org,
		"sub_account_roles_roles_role":               org,
		// A token belongs to an app of its org.
		"api_tokens_apps_app": org,
		// The same holds for the manager of a creator, the creators of a task, and the creator of an order.
		"creators_sub_accounts_manager":     org,
		"task_assignments_tasks_task":       org,
		"task_assignments_creators_creator": org,
		"orders_creators_creator":           org,
	}
}

func widen(table *schema.Table, key *schema.ForeignKey, pair agreement) error {
	column, ref := find(table, pair.column), find(key.RefTable, pair.refColumn)
	if column == nil || ref == nil {
		return fmt.Errorf("complete foreign key %s: no column %s or %s", key.Symbol, pair.column, pair.refColumn)
	}
	key.Columns = append(key.Columns, column)
	key.RefColumns = append(key.RefColumns, ref)
	return nil
}

func find(table *schema.Table, name string) *schema.Column {
	for _, column := range table.Columns {
		if column.Name == name {
			return column
		}
	}
	return nil
}
