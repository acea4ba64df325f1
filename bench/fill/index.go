package fill

import (
	"context"
	"errors"
	"fmt"
	"sync"
)

// builders is how many indexes are made at the same time.
const builders = 2

// dropIndexes drops the indexes that no constraint stands on, and returns how they are made: they are made faster when
// the rows are there.
func (f *filler) dropIndexes(ctx context.Context) (making []string, err error) {
	rows, err := f.db.QueryContext(ctx, `SELECT i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid)
FROM pg_index i JOIN pg_class t ON t.oid = i.indrelid
WHERE t.relnamespace = current_schema()::regnamespace AND t.relname IN
	('audit_events', 'audit_targets', 'orders', 'creators', 'tasks', 'task_assignments', 'sub_accounts', 'sub_account_roles')
	AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = i.indexrelid) ORDER BY 1`)
	if err != nil {
		return nil, fmt.Errorf("read indexes: %w", err)
	}
	defer rows.Close() //nolint:errcheck // rows.Err tells
	var names []string
	for rows.Next() {
		var name, definition string
		if err := rows.Scan(&name, &definition); err != nil {
			return nil, fmt.Errorf("read indexes: %w", err)
		}
		names, making = append(names, name), append(making, definition)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("read indexes: %w", err)
	}
	for _, name := range names {
		if _, err := f.db.ExecContext(ctx, "DROP INDEX "+name); err != nil {
			return nil, fmt.Errorf("drop index: %w", err)
		}
	}
	return making, nil
}

// finish makes the indexes again, and lets PostgreSQL look at what is there.
func (f *filler) finish(ctx context.Context, indexes []string) error {
	todo, failed := make(chan string, len(indexes)), make([]error, builders)
	for _, index := range indexes {
		todo <- index
	}
	close(todo)
	var work sync.WaitGroup
	for n := range builders {
		work.Go(func() {
			for index := range todo {
				if _, err := f.db.ExecContext(ctx, index); err != nil {
					failed[n] = errors.Join(failed[n], fmt.Errorf("make index: %w", err))
				}
			}
		})
	}
	work.Wait()
	if err := errors.Join(failed...); err != nil {
		return err
	}
	if _, err := f.db.ExecContext(ctx, "VACUUM (ANALYZE)"); err != nil {
		return fmt.Errorf("look at what is there: %w", err)
	}
	return nil
}
