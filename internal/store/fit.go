package store

import (
	"context"
	"errors"
	"fmt"

	"entgo.io/ent/dialect"
	entsql "entgo.io/ent/dialect/sql"
	"github.com/lib/pq"

	"deputy/internal/bulk"
)

// ErrEncoding is returned when a database can't store every text.
var ErrEncoding = errors.New("the database encoding is not UTF8, so it can't store every text: create another " +
	"database (CREATE DATABASE … TEMPLATE template0 ENCODING 'UTF8'), and set DATABASE_URL to it")

// ErrSchemaRight is returned when the user is not allowed to create tables.
var ErrSchemaRight = errors.New("the user in DATABASE_URL is not allowed to create tables")

// checkEncoding returns ErrEncoding when a PostgreSQL database can't store every text.
func (s *Store) checkEncoding(ctx context.Context, q entsql.ExecQuerier) error {
	if s.Dialect() != dialect.Postgres {
		return nil
	}
	encoding, _, err := bulk.One[string](ctx, q, "SELECT current_setting('server_encoding')")
	if err != nil {
		return fmt.Errorf("read the database's encoding: %w", err)
	}
	if encoding != "UTF8" {
		return fmt.Errorf("%w (it is %s)", ErrEncoding, encoding)
	}
	return nil
}

// checkSchema returns ErrSchemaRight, with the missing GRANT, when the user can't create tables in the schema of its
// search_path.
func (s *Store) checkSchema(ctx context.Context, q entsql.ExecQuerier) error {
	if s.Dialect() != dialect.Postgres {
		return nil
	}
	const query = `SELECT coalesce(current_schema(), ''), current_user,
		coalesce(has_schema_privilege(current_schema(), 'CREATE'), false), current_setting('search_path'),
		coalesce((SELECT nspname FROM pg_namespace WHERE nspname = 'public'), '')`
	var schema, account, path, public string
	var may bool
	err := bulk.Each(ctx, q, query, nil, func(scan bulk.Scan) error {
		return scan(&schema, &account, &may, &path,
			&public)
	})
	if err != nil {
		return fmt.Errorf("check the right to create tables: %w", err)
	}
	if may {
		return nil
	}
	if schema == "" && public == "" {
		return fmt.Errorf("%w: no schema in its search_path (%s) exists: run CREATE SCHEMA … AUTHORIZATION "+
			"%s", ErrSchemaRight,
			path, pq.QuoteIdentifier(account))
	}
	if schema == "" {
		schema = public
	}
	return fmt.Errorf("%w in the schema %s: its owner or an administrator must run  GRANT USAGE, CREATE ON SCHEMA %s TO "+
		"%s;  (since PostgreSQL 15, not every user has this right)", ErrSchemaRight, schema, pq.QuoteIdentifier(schema),
		pq.QuoteIdentifier(account))
}
