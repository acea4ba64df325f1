-- Drop index "order_org_id_parent_number" from table: "orders"
DROP INDEX "order_org_id_parent_number";
-- Create index "order_org_id_parent_number" to table: "orders"
CREATE INDEX "order_org_id_parent_number" ON "orders" ("org_id", "parent_number") WHERE (parent_number IS NOT NULL);

-- invariants.sql 61b218b18481d24c7d7b9134aca82ce8089b44811a43c292f134c6b0c1bfdbc3
