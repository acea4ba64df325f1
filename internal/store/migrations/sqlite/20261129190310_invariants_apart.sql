DROP TRIGGER IF EXISTS audit_events_delete;
DROP TRIGGER IF EXISTS audit_events_update;
DROP TRIGGER IF EXISTS audit_tallies_delete;
DROP TRIGGER IF EXISTS audit_tallies_update;
DROP TRIGGER IF EXISTS audit_targets_delete;
DROP TRIGGER IF EXISTS audit_targets_update;
DROP TRIGGER IF EXISTS creators_grams_insert;
DROP TRIGGER IF EXISTS creators_grams_update;
DROP TRIGGER IF EXISTS orders_grams_delete;
DROP TRIGGER IF EXISTS orders_grams_insert;
DROP TRIGGER IF EXISTS orders_grams_update;
DROP TRIGGER IF EXISTS orders_key;
DROP TRIGGER IF EXISTS orders_status;
DROP TRIGGER IF EXISTS sub_account_roles_delete;
DROP TRIGGER IF EXISTS sub_account_roles_update;
DROP TRIGGER IF EXISTS sub_accounts_insert;
DROP TRIGGER IF EXISTS sub_accounts_update;
DROP TRIGGER IF EXISTS tasks_grams_insert;
DROP TRIGGER IF EXISTS tasks_grams_update;

-- invariants.sql c01a766a16276955c99740f512e12af6b08911d74913ab15e2a3b5959260013c
