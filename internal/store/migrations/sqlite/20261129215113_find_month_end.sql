-- Disable the enforcement of foreign-keys constraints
PRAGMA foreign_keys = off;
-- Create index "task_org_id_status_deadline_id" to table: "tasks"
CREATE INDEX `task_org_id_status_deadline_id` ON `tasks` (`org_id`, `status`, `deadline`, `id`);
-- Create "new_roles" table
CREATE TABLE `new_roles` (`id` text NOT NULL, `created_at` datetime NOT NULL, `updated_at` datetime NOT NULL, `name_key` blob NOT NULL, `name` text NOT NULL, `description` text NOT NULL DEFAULT (''), `grants` integer NOT NULL, `org_id` text NOT NULL, PRIMARY KEY (`id`), CONSTRAINT `roles_orgs_org` FOREIGN KEY (`org_id`) REFERENCES `orgs` (`id`) ON DELETE NO ACTION, CONSTRAINT `roles_grantable` CHECK (grants >= 0 AND (grants | 103899553881727) = 103899553881727), CONSTRAINT `roles_whole` CHECK (typeof(grants) = 'integer'));
-- Copy rows from old table "roles" to new temporary table "new_roles"
INSERT INTO `new_roles` (`id`, `created_at`, `updated_at`, `name_key`, `name`, `description`, `grants`, `org_id`) SELECT `id`, `created_at`, `updated_at`, `name_key`, `name`, `description`, `grants`, `org_id` FROM `roles`;
-- Drop "roles" table after copying rows
DROP TABLE `roles`;
-- Rename temporary table "new_roles" to "roles"
ALTER TABLE `new_roles` RENAME TO `roles`;
-- Create index "role_org_id_id" to table: "roles"
CREATE UNIQUE INDEX `role_org_id_id` ON `roles` (`org_id`, `id`);
-- Create index "role_org_id_name_key_id" to table: "roles"
CREATE INDEX `role_org_id_name_key_id` ON `roles` (`org_id`, `name_key`, `id`);
-- Create index "role_org_id_name" to table: "roles"
CREATE UNIQUE INDEX `role_org_id_name` ON `roles` (`org_id`, `name`);
-- Create index "role_org_id_created_at_id" to table: "roles"
CREATE INDEX `role_org_id_created_at_id` ON `roles` (`org_id`, `created_at`, `id`);
-- Create index "creator_org_id_contract_to_id" to table: "creators"
CREATE INDEX `creator_org_id_contract_to_id` ON `creators` (`org_id`, `contract_to`, `id`) WHERE contract_to IS NOT NULL;
-- Create index "creator_unmanaged" to table: "creators"
CREATE INDEX `creator_unmanaged` ON `creators` (`org_id`, `created_at`, `id`) WHERE manager_id IS NULL;
-- Create index "order_org_id_settled_at_id" to table: "orders"
CREATE INDEX `order_org_id_settled_at_id` ON `orders` (`org_id`, `settled_at`, `id`) WHERE settled_at IS NOT NULL;
-- Create index "order_org_id_status_settled_at_id" to table: "orders"
CREATE INDEX `order_org_id_status_settled_at_id` ON `orders` (`org_id`, `status`, `settled_at`, `id`) WHERE settled_at IS NOT NULL;
-- Create index "order_creator_id_settled_at_id_org_id" to table: "orders"
CREATE INDEX `order_creator_id_settled_at_id_org_id` ON `orders` (`creator_id`, `settled_at`, `id`, `org_id`) WHERE settled_at IS NOT NULL;
-- Enable back the enforcement of foreign-keys constraints
PRAGMA foreign_keys = on;

-- invariants.sql 796eae96cb2fb60672c351058ccfccb8a693f5ad7ba4ad08ff0bd2a1c2749c10
