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

-- What is searched has a full-text index, whose words are the grams of the rows (see package search). An index holds a
-- row under its seq, and nothing of its texts. The grams of a row come with it, and go into the index: a row keeps ''.
CREATE VIRTUAL TABLE IF NOT EXISTS `creators_search` USING fts5(grams, content='', contentless_delete=1, detail=none, tokenize="ascii tokenchars '-'");
DROP TRIGGER IF EXISTS creators_search_insert;
CREATE TRIGGER creators_search_insert AFTER INSERT ON creators BEGIN
  INSERT INTO creators_search (rowid, grams) VALUES (NEW.seq, NEW.grams);
  UPDATE creators SET grams = '' WHERE seq = NEW.seq;
END;
DROP TRIGGER IF EXISTS creators_search_update;
CREATE TRIGGER creators_search_update AFTER UPDATE OF grams ON creators WHEN NEW.grams <> '' BEGIN
  UPDATE creators_search SET grams = NEW.grams WHERE rowid = NEW.seq AND (NEW.name <> OLD.name OR NEW.platform_id <> OLD.platform_id);
  UPDATE creators SET grams = '' WHERE seq = NEW.seq;
END;
DROP TRIGGER IF EXISTS creators_search_delete;
CREATE TRIGGER creators_search_delete AFTER DELETE ON creators BEGIN
  DELETE FROM creators_search WHERE rowid = OLD.seq;
END;
CREATE VIRTUAL TABLE IF NOT EXISTS `tasks_search` USING fts5(grams, content='', contentless_delete=1, detail=none, tokenize="ascii tokenchars '-'");
DROP TRIGGER IF EXISTS tasks_search_insert;
CREATE TRIGGER tasks_search_insert AFTER INSERT ON tasks BEGIN
  INSERT INTO tasks_search (rowid, grams) VALUES (NEW.seq, NEW.grams);
  UPDATE tasks SET grams = '' WHERE seq = NEW.seq;
END;
DROP TRIGGER IF EXISTS tasks_search_update;
CREATE TRIGGER tasks_search_update AFTER UPDATE OF grams ON tasks WHEN NEW.grams <> '' BEGIN
  UPDATE tasks_search SET grams = NEW.grams WHERE rowid = NEW.seq AND (NEW.title <> OLD.title OR NEW.brief <> OLD.brief);
  UPDATE tasks SET grams = '' WHERE seq = NEW.seq;
END;
DROP TRIGGER IF EXISTS tasks_search_delete;
CREATE TRIGGER tasks_search_delete AFTER DELETE ON tasks BEGIN
  DELETE FROM tasks_search WHERE rowid = OLD.seq;
END;
CREATE VIRTUAL TABLE IF NOT EXISTS `orders_search` USING fts5(grams, content='', contentless_delete=1, detail=none, tokenize="ascii tokenchars '-'");
DROP TRIGGER IF EXISTS orders_search_insert;
CREATE TRIGGER orders_search_insert AFTER INSERT ON orders BEGIN
  INSERT INTO orders_search (rowid, grams) VALUES (NEW.seq, NEW.grams);
  UPDATE orders SET grams = '' WHERE seq = NEW.seq;
END;
DROP TRIGGER IF EXISTS orders_search_update;
CREATE TRIGGER orders_search_update AFTER UPDATE OF grams ON orders WHEN NEW.grams <> '' BEGIN
  UPDATE orders_search SET grams = NEW.grams WHERE rowid = NEW.seq AND (NEW.number <> OLD.number OR
    NEW.product_name <> OLD.product_name OR NEW.parent_number IS NOT OLD.parent_number);
  UPDATE orders SET grams = '' WHERE seq = NEW.seq;
END;
DROP TRIGGER IF EXISTS orders_search_delete;
CREATE TRIGGER orders_search_delete AFTER DELETE ON orders BEGIN
  DELETE FROM orders_search WHERE rowid = OLD.seq;
END;
