DROP POLICY IF EXISTS accounts_change ON accounts;
DROP POLICY IF EXISTS accounts_make ON accounts;
DROP POLICY IF EXISTS accounts_read ON accounts;
DROP POLICY IF EXISTS audit_events_orgless ON audit_events;
DROP POLICY IF EXISTS audit_events_own ON audit_events;
DROP POLICY IF EXISTS audit_events_tenant ON audit_events;
DROP POLICY IF EXISTS audit_tallies_event ON audit_tallies;
DROP POLICY IF EXISTS audit_targets_orgless ON audit_targets;
DROP POLICY IF EXISTS audit_targets_own ON audit_targets;
DROP POLICY IF EXISTS audit_targets_tenant ON audit_targets;
DROP POLICY IF EXISTS code_flows_tenant ON code_flows;
DROP POLICY IF EXISTS creator_days_tenant ON creator_days;
DROP POLICY IF EXISTS creators_tenant ON creators;
DROP POLICY IF EXISTS orders_tenant ON orders;
DROP POLICY IF EXISTS orgs_change ON orgs;
DROP POLICY IF EXISTS orgs_make ON orgs;
DROP POLICY IF EXISTS orgs_read ON orgs;
DROP POLICY IF EXISTS product_days_tenant ON product_days;
DROP POLICY IF EXISTS receipts_claimed ON receipts;
DROP POLICY IF EXISTS roles_tenant ON roles;
DROP POLICY IF EXISTS sessions_own ON sessions;
DROP POLICY IF EXISTS sub_account_roles_tenant ON sub_account_roles;
DROP POLICY IF EXISTS sub_accounts_own ON sub_accounts;
DROP POLICY IF EXISTS sub_accounts_tenant ON sub_accounts;
DROP POLICY IF EXISTS task_assignments_tenant ON task_assignments;
DROP POLICY IF EXISTS tasks_tenant ON tasks;
DROP TRIGGER IF EXISTS audit_events_change ON audit_events;
DROP TRIGGER IF EXISTS audit_events_truncate ON audit_events;
DROP TRIGGER IF EXISTS audit_tallies_delete ON audit_tallies;
DROP TRIGGER IF EXISTS audit_tallies_truncate ON audit_tallies;
DROP TRIGGER IF EXISTS audit_tallies_update ON audit_tallies;
DROP TRIGGER IF EXISTS audit_targets_change ON audit_targets;
DROP TRIGGER IF EXISTS audit_targets_truncate ON audit_targets;
DROP TRIGGER IF EXISTS orders_key ON orders;
DROP TRIGGER IF EXISTS orders_status ON orders;
DROP TRIGGER IF EXISTS sub_account_roles_delete ON sub_account_roles;
DROP TRIGGER IF EXISTS sub_account_roles_truncate ON sub_account_roles;
DROP TRIGGER IF EXISTS sub_account_roles_update ON sub_account_roles;
DROP TRIGGER IF EXISTS sub_accounts_insert ON sub_accounts;
DROP TRIGGER IF EXISTS sub_accounts_update ON sub_accounts;
-- Modify "audit_events" table
ALTER TABLE "audit_events" ADD COLUMN "made" text NULL;
-- Drop index "creator_org_id_name_id" from table: "creators"
DROP INDEX "creator_org_id_name_id";
-- Modify "creators" table
ALTER TABLE "creators" ADD COLUMN "name_key" bytea NOT NULL DEFAULT '\x';
ALTER TABLE "creators" ALTER COLUMN "name_key" DROP DEFAULT;
-- Create index "creator_org_id_name_key_id" to table: "creators"
CREATE INDEX "creator_org_id_name_key_id" ON "creators" ("org_id", "name_key", "id");
-- Create index "creator_org_id_updated_at_id" to table: "creators"
CREATE INDEX "creator_org_id_updated_at_id" ON "creators" ("org_id", "updated_at", "id");
-- Modify "orders" table
ALTER TABLE "orders" ADD COLUMN "made_by" character varying NULL;
-- Create index "order_creator_id_updated_at_id_org_id" to table: "orders"
CREATE INDEX "order_creator_id_updated_at_id_org_id" ON "orders" ("creator_id", "updated_at", "id", "org_id");
-- Create index "order_org_id_status_updated_at_id" to table: "orders"
CREATE INDEX "order_org_id_status_updated_at_id" ON "orders" ("org_id", "status", "updated_at", "id");
-- Create index "order_org_id_updated_at_id" to table: "orders"
CREATE INDEX "order_org_id_updated_at_id" ON "orders" ("org_id", "updated_at", "id");
-- Modify "roles" table
ALTER TABLE "roles" ADD COLUMN "name_key" bytea NOT NULL DEFAULT '\x';
ALTER TABLE "roles" ALTER COLUMN "name_key" DROP DEFAULT;
-- Create index "role_org_id_name_key_id" to table: "roles"
CREATE INDEX "role_org_id_name_key_id" ON "roles" ("org_id", "name_key", "id");
-- Modify "sub_accounts" table
ALTER TABLE "sub_accounts" ADD COLUMN "name_key" bytea NOT NULL DEFAULT '\x';
ALTER TABLE "sub_accounts" ALTER COLUMN "name_key" DROP DEFAULT;
-- Create index "subaccount_org_id_name_key_id" to table: "sub_accounts"
CREATE INDEX "subaccount_org_id_name_key_id" ON "sub_accounts" ("org_id", "name_key", "id");
-- Create index "taskassignment_org_id_updated_at_id" to table: "task_assignments"
CREATE INDEX "taskassignment_org_id_updated_at_id" ON "task_assignments" ("org_id", "updated_at", "id");
-- Create index "task_org_id_updated_at_id" to table: "tasks"
CREATE INDEX "task_org_id_updated_at_id" ON "tasks" ("org_id", "updated_at", "id");

-- invariants.sql 4b47838f0c2a491fd2e0af5b6cf2647c58cdf261e925d9a6b3e9bdaf8aaf9033
