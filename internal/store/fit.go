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

// ErrEncoding says that a database can't keep every text.
var ErrEncoding = errors.New("the database's encoding is not UTF8, so it can't keep every text: make another one " +
	"(CREATE DATABASE … TEMPLATE template0 ENCODING 'UTF8'), and name it in DATABASE_URL")

// ErrSchemaRight says that the account may not make tables.
var ErrSchemaRight = errors.New("the account of DATABASE_URL may not make tables")

// checkEncoding reports whether a PostgreSQL database keeps every text.
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

// checkSchema reports whether the account may make tables in the schema that its search_path leads to, and which GRANT
// is missing.
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
		return fmt.Errorf("look whether tables may be made: %w", err)
	}
	if may {
		return nil
	}
	if schema == "" && public == "" {
		return fmt.Errorf("%w: no schema of its search_path (%s) is there: CREATE SCHEMA … AUTHORIZATION %s", ErrSchemaRight,
			path, pq.QuoteIdentifier(account))
	}
	if schema == "" {
		schema = public
	}
	return fmt.Errorf("%w in the schema %s: let its owner or an administrator run  GRANT USAGE, CREATE ON SCHEMA %s TO "+
		"%s;  (since version 15 of "+
		"PostgreSQL not everybody has that right)", ErrSchemaRight, schema, pq.QuoteIdentifier(schema),
		pq.QuoteIdentifier(account))
}
