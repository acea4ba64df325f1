package store

import (
	"context"
	"database/sql"
	"fmt"

	"entgo.io/ent/dialect"

	"deputy/internal/bulk"
	"deputy/internal/search"
)

// indexedAtOnce is the number of rows whose grams one statement writes.
const indexedAtOnce = 1000

// indexTexts computes the grams of all rows: in the full-text indexes of SQLite, which are empty, and in the rows of
// PostgreSQL.
func indexTexts(ctx context.Context, tx *sql.Tx, name string) error {
	key, write := "id", "UPDATE %s SET grams = v.grams::int[] FROM %s WHERE id = v.row_key"
	if name == dialect.SQLite {
		key, write = "seq", "INSERT INTO %s_search (rowid, grams) SELECT row_key, grams FROM %s ORDER BY row_key"
	}
	for table, texts := range map[string]string{
		"creators": "name, platform_id, ''", "tasks": "title, brief, ''",
		"orders": "number, product_name, COALESCE(parent_number, '')",
	} {
		next := "SELECT " + key + ", org_id, " + texts + " FROM " + table + " WHERE " + key + " > $1 ORDER BY " + key +
			" LIMIT $2"
		var after any = ""
		if name == dialect.SQLite {
			after = int64(-1 << 63)
		}
		for {
			keys, grams, last, err := gramsAfter(ctx, tx, next, after)
			if err != nil {
				return fmt.Errorf("read texts of %s: %w", table, err)
			}
			if len(grams) == 0 {
				break
			}
			after = last
			from, args, err := bulk.Table(name, keys, bulk.Column{Name: "grams", Texts: grams})
			if err != nil {
				return err
			}
			if _, err := tx.ExecContext(ctx, fmt.Sprintf(write, table, from), args...); err != nil {
				return fmt.Errorf("index texts of %s: %w", table, err)
			}
		}
	}
	return nil
}

// gramsAfter returns the keys and the grams of the next rows after a key, and the last key.
func gramsAfter(
	ctx context.Context, tx *sql.Tx, query string, after any,
) (keys bulk.Column, grams []string, last any, err error) {
	keys.Name = "row_key"
	rows, err := tx.QueryContext(ctx, query, after, indexedAtOnce)
	if err != nil {
		return keys, nil, nil, err
	}
	defer rows.Close() //nolint:errcheck // rows.Err returns the error
	for rows.Next() {
		var orgID, one, other, more string
		if err := rows.Scan(&last, &orgID, &one, &other, &more); err != nil {
			return keys, nil, nil, err
		}
		switch key := last.(type) {
		case int64:
			keys.Numbers = append(keys.Numbers, key)
		case string:
			keys.Texts = append(keys.Texts, key)
		case []byte:
			last = string(key)
			keys.Texts = append(keys.Texts, string(key))
		}
		grams = append(grams, search.Of(orgID, one, other, more).String())
	}
	return keys, grams, last, rows.Err()
}
