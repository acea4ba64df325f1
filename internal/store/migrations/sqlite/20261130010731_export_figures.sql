-- Disable the enforcement of foreign-keys constraints
PRAGMA foreign_keys = off;
-- Create "new_roles" table
CREATE TABLE `new_roles` (`id` text NOT NULL, `created_at` datetime NOT NULL, `updated_at` datetime NOT NULL, `name_key` blob NOT NULL, `name` text NOT NULL, `description` text NOT NULL DEFAULT (''), `grants` integer NOT NULL, `org_id` text NOT NULL, PRIMARY KEY (`id`), CONSTRAINT `roles_orgs_org` FOREIGN KEY (`org_id`) REFERENCES `orgs` (`id`) ON DELETE NO ACTION, CONSTRAINT `roles_grantable` CHECK (grants >= 0 AND (grants | 104999065509759) = 104999065509759), CONSTRAINT `roles_whole` CHECK (typeof(grants) = 'integer'));
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
-- Enable back the enforcement of foreign-keys constraints
PRAGMA foreign_keys = on;

-- invariants.sql 15f251583e7d46cafb7a0dd10355a580e8d7381aa188bd1588ecff322fd95790
