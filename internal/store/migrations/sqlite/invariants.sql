-- What neither Ent nor constraints.go can state. It runs after the last version of the schema (see migrations.go), so
-- it can run any number of times. The names in RAISE are what the program knows a refusal by.

-- What was done stays on record. (REPLACE deletes too, and fires the triggers because of recursive_triggers.)
DROP TRIGGER IF EXISTS audit_events_update;
CREATE TRIGGER audit_events_update BEFORE UPDATE ON audit_events BEGIN SELECT RAISE(ABORT, 'append_only'); END;
DROP TRIGGER IF EXISTS audit_events_delete;
CREATE TRIGGER audit_events_delete BEFORE DELETE ON audit_events BEGIN SELECT RAISE(ABORT, 'append_only'); END;
DROP TRIGGER IF EXISTS audit_targets_update;
CREATE TRIGGER audit_targets_update BEFORE UPDATE ON audit_targets BEGIN SELECT RAISE(ABORT, 'append_only'); END;
DROP TRIGGER IF EXISTS audit_targets_delete;
CREATE TRIGGER audit_targets_delete BEFORE DELETE ON audit_targets BEGIN SELECT RAISE(ABORT, 'append_only'); END;

-- A tally only grows.
DROP TRIGGER IF EXISTS audit_tallies_update;
CREATE TRIGGER audit_tallies_update BEFORE UPDATE ON audit_tallies
WHEN NEW.id <> OLD.id OR NEW.count <= OLD.count
BEGIN SELECT RAISE(ABORT, 'append_only'); END;
DROP TRIGGER IF EXISTS audit_tallies_delete;
CREATE TRIGGER audit_tallies_delete BEFORE DELETE ON audit_tallies BEGIN SELECT RAISE(ABORT, 'append_only'); END;

-- A sub-account has at least one role. Its links are inserted before it, in a transaction that defers foreign keys
-- (PRAGMA defer_foreign_keys), and new links before old ones are deleted. Deleting it takes its links along.
DROP TRIGGER IF EXISTS sub_accounts_insert;
CREATE TRIGGER sub_accounts_insert AFTER INSERT ON sub_accounts
WHEN NOT EXISTS (SELECT 1 FROM sub_account_roles WHERE sub_account_id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'role_required'); END;
DROP TRIGGER IF EXISTS sub_account_roles_delete;
CREATE TRIGGER sub_account_roles_delete AFTER DELETE ON sub_account_roles
WHEN EXISTS (SELECT 1 FROM sub_accounts WHERE id = OLD.sub_account_id)
 AND NOT EXISTS (SELECT 1 FROM sub_account_roles WHERE sub_account_id = OLD.sub_account_id)
BEGIN SELECT RAISE(ABORT, 'role_required'); END;
DROP TRIGGER IF EXISTS sub_accounts_update;
CREATE TRIGGER sub_accounts_update BEFORE UPDATE OF id, org_id ON sub_accounts
WHEN NEW.id <> OLD.id OR NEW.org_id <> OLD.org_id
BEGIN SELECT RAISE(ABORT, 'immutable'); END;
DROP TRIGGER IF EXISTS sub_account_roles_update;
CREATE TRIGGER sub_account_roles_update BEFORE UPDATE ON sub_account_roles BEGIN SELECT RAISE(ABORT, 'immutable'); END;

-- An order is known by its number for good, as is what made it and what settled it, and its status never goes back: PAID, SETTLED, REFUNDED.
DROP TRIGGER IF EXISTS orders_status;
CREATE TRIGGER orders_status BEFORE UPDATE OF status ON orders
WHEN OLD.status = 'REFUNDED' AND NEW.status <> 'REFUNDED' OR OLD.status = 'SETTLED' AND NEW.status = 'PAID'
BEGIN SELECT RAISE(ABORT, 'status_back'); END;
DROP TRIGGER IF EXISTS orders_key;
CREATE TRIGGER orders_key BEFORE UPDATE OF id, org_id, number, made_by, settled_by ON orders
WHEN NEW.id <> OLD.id OR NEW.org_id <> OLD.org_id OR NEW.number <> OLD.number OR NEW.made_by IS NOT OLD.made_by
  OR OLD.settled_by IS NOT NULL AND NEW.settled_by IS NOT OLD.settled_by
BEGIN SELECT RAISE(ABORT, 'immutable'); END;

-- What was refunded is never taken back.
DROP TRIGGER IF EXISTS orders_refund;
CREATE TRIGGER orders_refund BEFORE UPDATE OF refund_amount ON orders
WHEN NEW.refund_amount < OLD.refund_amount
BEGIN SELECT RAISE(ABORT, 'refund_back'); END;

-- What share a creator had stays on record, since orders were computed from it.
DROP TRIGGER IF EXISTS creator_shares_update;
CREATE TRIGGER creator_shares_update BEFORE UPDATE ON creator_shares BEGIN SELECT RAISE(ABORT, 'append_only'); END;
DROP TRIGGER IF EXISTS creator_shares_delete;
CREATE TRIGGER creator_shares_delete BEFORE DELETE ON creator_shares BEGIN SELECT RAISE(ABORT, 'append_only'); END;

-- search_grams follows the grams of the rows. An array is written {1,2} and read as JSON.
DROP TRIGGER IF EXISTS creators_grams_insert;
CREATE TRIGGER creators_grams_insert AFTER INSERT ON creators BEGIN
  INSERT INTO search_grams (gram, row_id) SELECT value, NEW.id FROM json_each('[' || trim(NEW.grams, '{}') || ']');
END;
DROP TRIGGER IF EXISTS creators_grams_update;
CREATE TRIGGER creators_grams_update AFTER UPDATE OF grams ON creators WHEN NEW.grams <> OLD.grams BEGIN
  DELETE FROM search_grams WHERE row_id = OLD.id;
  INSERT INTO search_grams (gram, row_id) SELECT value, NEW.id FROM json_each('[' || trim(NEW.grams, '{}') || ']');
END;
DROP TRIGGER IF EXISTS tasks_grams_insert;
CREATE TRIGGER tasks_grams_insert AFTER INSERT ON tasks BEGIN
  INSERT INTO search_grams (gram, row_id) SELECT value, NEW.id FROM json_each('[' || trim(NEW.grams, '{}') || ']');
END;
DROP TRIGGER IF EXISTS tasks_grams_update;
CREATE TRIGGER tasks_grams_update AFTER UPDATE OF grams ON tasks WHEN NEW.grams <> OLD.grams BEGIN
  DELETE FROM search_grams WHERE row_id = OLD.id;
  INSERT INTO search_grams (gram, row_id) SELECT value, NEW.id FROM json_each('[' || trim(NEW.grams, '{}') || ']');
END;
DROP TRIGGER IF EXISTS orders_grams_insert;
CREATE TRIGGER orders_grams_insert AFTER INSERT ON orders BEGIN
  INSERT INTO search_grams (gram, row_id) SELECT value, NEW.id FROM json_each('[' || trim(NEW.grams, '{}') || ']');
END;
DROP TRIGGER IF EXISTS orders_grams_update;
CREATE TRIGGER orders_grams_update AFTER UPDATE OF grams ON orders WHEN NEW.grams <> OLD.grams BEGIN
  DELETE FROM search_grams WHERE row_id = OLD.id;
  INSERT INTO search_grams (gram, row_id) SELECT value, NEW.id FROM json_each('[' || trim(NEW.grams, '{}') || ']');
END;
DROP TRIGGER IF EXISTS orders_grams_delete;
CREATE TRIGGER orders_grams_delete AFTER DELETE ON orders BEGIN
  DELETE FROM search_grams WHERE row_id = OLD.id;
END;
