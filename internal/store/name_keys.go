package store

import (
	"context"
	"database/sql"
	"encoding/hex"
	"fmt"

	"entgo.io/ent/dialect"

	"deputy/internal/bulk"
	"deputy/internal/collate"
)

// keyedAtOnce is the number of names whose keys one statement writes.
const keyedAtOnce = 1000

// fillNameKeys writes the sort keys of existing names, which neither database can compute by itself.
func fillNameKeys(ctx context.Context, tx *sql.Tx, name string) error {
	for _, table := range []string{"creators", "sub_accounts", "roles"} {
		for after := ""; ; {
			ids, keys, err := nameKeys(ctx, tx, table, after)
			if err != nil {
				return fmt.Errorf("read names of %s: %w", table, err)
			}
			if len(ids) == 0 {
				break
			}
			after = ids[len(ids)-1]
			from, args, err := bulk.Table(name, bulk.Column{Name: "row_id", Texts: ids},
				bulk.Column{Name: "name_key", Texts: keys})
			if err != nil {
				return err
			}
			decoded := "unhex(v.name_key)"
			if name == dialect.Postgres {
				decoded = "decode(v.name_key, 'hex')"
			}
			update := "UPDATE " + table + " SET name_key = " + decoded + " FROM " + from + //nolint:gosec // names of ours
				" WHERE id = v.row_id"
			if _, err := tx.ExecContext(ctx, update, args...); err != nil {
				return fmt.Errorf("sort names of %s: %w", table, err)
			}
		}
	}
	return nil
}

// nameKeys returns the next ids of a table, and the keys of their names in hexadecimal.
func nameKeys(ctx context.Context, tx *sql.Tx, table, after string) (ids, keys []string, err error) {
	query := "SELECT id, name FROM " + table + " WHERE id > $1 ORDER BY id LIMIT $2"
	err = bulk.Each(ctx, tx, query, []any{after, keyedAtOnce}, func(scan bulk.Scan) error {
		var id, text string
		err := scan(&id, &text)
		ids, keys = append(ids, id), append(keys, hex.EncodeToString(collate.Key(text)))
		return err
	})
	return ids, keys, err
}
