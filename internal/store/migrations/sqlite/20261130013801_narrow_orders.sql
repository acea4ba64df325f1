-- Drop index "order_org_id_parent_number" from table: "orders"
DROP INDEX `order_org_id_parent_number`;
-- Create index "order_org_id_parent_number" to table: "orders"
CREATE INDEX `order_org_id_parent_number` ON `orders` (`org_id`, `parent_number`) WHERE parent_number IS NOT NULL;

-- invariants.sql 15f251583e7d46cafb7a0dd10355a580e8d7381aa188bd1588ecff322fd95790
