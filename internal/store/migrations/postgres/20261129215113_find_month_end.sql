-- Create index "creator_org_id_contract_to_id" to table: "creators"
CREATE INDEX "creator_org_id_contract_to_id" ON "creators" ("org_id", "contract_to", "id") WHERE (contract_to IS NOT NULL);
-- Create index "creator_unmanaged" to table: "creators"
CREATE INDEX "creator_unmanaged" ON "creators" ("org_id", "created_at", "id") WHERE (manager_id IS NULL);
-- Create index "order_creator_id_settled_at_id_org_id" to table: "orders"
CREATE INDEX "order_creator_id_settled_at_id_org_id" ON "orders" ("creator_id", "settled_at", "id", "org_id") WHERE (settled_at IS NOT NULL);
-- Create index "order_org_id_settled_at_id" to table: "orders"
CREATE INDEX "order_org_id_settled_at_id" ON "orders" ("org_id", "settled_at", "id") WHERE (settled_at IS NOT NULL);
-- Create index "order_org_id_status_settled_at_id" to table: "orders"
CREATE INDEX "order_org_id_status_settled_at_id" ON "orders" ("org_id", "status", "settled_at", "id") WHERE (settled_at IS NOT NULL);
-- Modify "roles" table
ALTER TABLE "roles" DROP CONSTRAINT "roles_grantable", ADD CONSTRAINT "roles_grantable" CHECK ((grants >= 0) AND ((grants | '103899553881727'::bigint) = '103899553881727'::bigint));
-- Create index "task_org_id_status_deadline_id" to table: "tasks"
CREATE INDEX "task_org_id_status_deadline_id" ON "tasks" ("org_id", "status", "deadline", "id");

-- invariants.sql 61b218b18481d24c7d7b9134aca82ce8089b44811a43c292f134c6b0c1bfdbc3
