DROP TRIGGER audit_events_change ON audit_events;
DROP TRIGGER audit_events_truncate ON audit_events;
DROP TRIGGER audit_tallies_delete ON audit_tallies;
DROP TRIGGER audit_tallies_truncate ON audit_tallies;
DROP TRIGGER audit_tallies_update ON audit_tallies;
DROP TRIGGER audit_targets_change ON audit_targets;
DROP TRIGGER audit_targets_truncate ON audit_targets;
DROP TRIGGER sub_account_roles_delete ON sub_account_roles;
DROP TRIGGER sub_account_roles_truncate ON sub_account_roles;
DROP TRIGGER sub_account_roles_update ON sub_account_roles;
DROP TRIGGER sub_accounts_insert ON sub_accounts;
DROP TRIGGER sub_accounts_update ON sub_accounts;
-- Create "receipts" table
CREATE TABLE "receipts" ("id" character varying NOT NULL, "created_at" timestamptz NOT NULL, "request" bytea NOT NULL, "answer" text NOT NULL, PRIMARY KEY ("id"));
-- Create index "receipt_created_at" to table: "receipts"
CREATE INDEX "receipt_created_at" ON "receipts" ("created_at");

-- What neither Ent nor constraints.go can state. Each version of the schema that changes a table or this file ends with it, so
-- it can run any number of times. The constraint names are what the program knows a refusal by.

-- What was done stays on record.
CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'rows of % are only ever added', TG_TABLE_NAME
    USING ERRCODE = '23514', CONSTRAINT = 'append_only', TABLE = TG_TABLE_NAME;
END;
$$;
DROP TRIGGER IF EXISTS audit_events_change ON audit_events;
CREATE TRIGGER audit_events_change BEFORE UPDATE OR DELETE ON audit_events FOR EACH ROW EXECUTE FUNCTION refuse_change();
DROP TRIGGER IF EXISTS audit_events_truncate ON audit_events;
CREATE TRIGGER audit_events_truncate BEFORE TRUNCATE ON audit_events FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
DROP TRIGGER IF EXISTS audit_targets_change ON audit_targets;
CREATE TRIGGER audit_targets_change BEFORE UPDATE OR DELETE ON audit_targets FOR EACH ROW EXECUTE FUNCTION refuse_change();
DROP TRIGGER IF EXISTS audit_targets_truncate ON audit_targets;
CREATE TRIGGER audit_targets_truncate BEFORE TRUNCATE ON audit_targets FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- A tally only grows.
DROP TRIGGER IF EXISTS audit_tallies_update ON audit_tallies;
CREATE TRIGGER audit_tallies_update BEFORE UPDATE ON audit_tallies FOR EACH ROW
  WHEN (NEW.id <> OLD.id OR NEW.count <= OLD.count) EXECUTE FUNCTION refuse_change();
DROP TRIGGER IF EXISTS audit_tallies_delete ON audit_tallies;
CREATE TRIGGER audit_tallies_delete BEFORE DELETE ON audit_tallies FOR EACH ROW EXECUTE FUNCTION refuse_change();
DROP TRIGGER IF EXISTS audit_tallies_truncate ON audit_tallies;
CREATE TRIGGER audit_tallies_truncate BEFORE TRUNCATE ON audit_tallies FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- A sub-account has at least one role. Its links are inserted before it, so their foreign key waits for the end of the
-- transaction, and new links before old ones are deleted. Deleting it takes its links along.
ALTER TABLE sub_account_roles ALTER CONSTRAINT sub_account_roles_sub_accounts_sub_account DEFERRABLE INITIALLY DEFERRED;
CREATE OR REPLACE FUNCTION require_role() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  sub_account varchar;
BEGIN
  IF TG_OP = 'INSERT' THEN
    sub_account := NEW.id;
  ELSE
    -- The lock makes two transactions that each take one of two roles see each other.
    SELECT id INTO sub_account FROM sub_accounts WHERE id = OLD.sub_account_id FOR NO KEY UPDATE;
    IF NOT FOUND THEN
      RETURN NULL; -- it is being deleted
    END IF;
  END IF;
  IF NOT EXISTS (SELECT FROM sub_account_roles WHERE sub_account_id = sub_account) THEN
    RAISE EXCEPTION 'a sub-account needs a role'
      USING ERRCODE = '23514', CONSTRAINT = 'role_required', TABLE = 'sub_accounts';
  END IF;
  RETURN NULL;
END;
$$;
DROP TRIGGER IF EXISTS sub_accounts_insert ON sub_accounts;
CREATE TRIGGER sub_accounts_insert AFTER INSERT ON sub_accounts FOR EACH ROW EXECUTE FUNCTION require_role();
DROP TRIGGER IF EXISTS sub_account_roles_delete ON sub_account_roles;
CREATE TRIGGER sub_account_roles_delete AFTER DELETE ON sub_account_roles FOR EACH ROW EXECUTE FUNCTION require_role();
CREATE OR REPLACE FUNCTION refuse_move() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'rows of % keep their keys', TG_TABLE_NAME
    USING ERRCODE = '23514', CONSTRAINT = 'immutable', TABLE = TG_TABLE_NAME;
END;
$$;
DROP TRIGGER IF EXISTS sub_accounts_update ON sub_accounts;
CREATE TRIGGER sub_accounts_update BEFORE UPDATE OF id, org_id ON sub_accounts FOR EACH ROW
  WHEN (NEW.id <> OLD.id OR NEW.org_id <> OLD.org_id) EXECUTE FUNCTION refuse_move();
DROP TRIGGER IF EXISTS sub_account_roles_update ON sub_account_roles;
CREATE TRIGGER sub_account_roles_update BEFORE UPDATE ON sub_account_roles FOR EACH ROW EXECUTE FUNCTION refuse_move();
-- TRUNCATE fires no trigger of a row.
DROP TRIGGER IF EXISTS sub_account_roles_truncate ON sub_account_roles;
CREATE TRIGGER sub_account_roles_truncate BEFORE TRUNCATE ON sub_account_roles FOR EACH STATEMENT EXECUTE FUNCTION refuse_move();
