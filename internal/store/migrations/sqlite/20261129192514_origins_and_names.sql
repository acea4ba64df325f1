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
-- Disable the enforcement of foreign-keys constraints
PRAGMA foreign_keys = off;
-- Add column "made" to table: "audit_events"
ALTER TABLE `audit_events` ADD COLUMN `made` text NULL;
-- Create index "taskassignment_org_id_updated_at_id" to table: "task_assignments"
CREATE INDEX `taskassignment_org_id_updated_at_id` ON `task_assignments` (`org_id`, `updated_at`, `id`);
-- Create "new_roles" table
CREATE TABLE `new_roles` (`id` text NOT NULL, `created_at` datetime NOT NULL, `updated_at` datetime NOT NULL, `name_key` blob NOT NULL, `name` text NOT NULL, `description` text NOT NULL DEFAULT (''), `grants` integer NOT NULL, `org_id` text NOT NULL, PRIMARY KEY (`id`), CONSTRAINT `roles_orgs_org` FOREIGN KEY (`org_id`) REFERENCES `orgs` (`id`) ON DELETE NO ACTION, CONSTRAINT `roles_grantable` CHECK (grants >= 0 AND (grants | 103744935059035) = 103744935059035), CONSTRAINT `roles_whole` CHECK (typeof(grants) = 'integer'));
-- Copy rows from old table "roles" to new temporary table "new_roles"
INSERT INTO `new_roles` (`id`, `created_at`, `updated_at`, `name_key`, `name`, `description`, `grants`, `org_id`) SELECT `id`, `created_at`, `updated_at`, x'', `name`, `description`, `grants`, `org_id` FROM `roles`;
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
-- Create "new_sub_accounts" table
CREATE TABLE `new_sub_accounts` (`id` text NOT NULL, `created_at` datetime NOT NULL, `updated_at` datetime NOT NULL, `name_key` blob NOT NULL, `account_side` text NOT NULL DEFAULT ('SEATED'), `slot` integer NOT NULL, `name` text NOT NULL, `phone` text NULL, `email` text NULL, `status` text NOT NULL DEFAULT ('ENABLED'), `last_active_at` datetime NULL, `org_id` text NOT NULL, `account_id` text NOT NULL, PRIMARY KEY (`id`), CONSTRAINT `sub_accounts_orgs_org` FOREIGN KEY (`org_id`) REFERENCES `orgs` (`id`) ON DELETE NO ACTION, CONSTRAINT `sub_accounts_accounts_account` FOREIGN KEY (`account_id`, `account_side`) REFERENCES `accounts` (`id`, `side`) ON DELETE NO ACTION, CONSTRAINT `sub_accounts_account_side` CHECK (account_side = 'SEATED'), CONSTRAINT `sub_accounts_contact` CHECK (phone IS NOT NULL OR email IS NOT NULL), CONSTRAINT `sub_accounts_slot` CHECK (slot BETWEEN 1 AND 20), CONSTRAINT `sub_accounts_status` CHECK (status IN ('ENABLED', 'DISABLED')), CONSTRAINT `sub_accounts_whole` CHECK (typeof(slot) = 'integer'));
-- Copy rows from old table "sub_accounts" to new temporary table "new_sub_accounts"
INSERT INTO `new_sub_accounts` (`id`, `created_at`, `updated_at`, `name_key`, `account_side`, `slot`, `name`, `phone`, `email`, `status`, `last_active_at`, `org_id`, `account_id`) SELECT `id`, `created_at`, `updated_at`, x'', `account_side`, `slot`, `name`, `phone`, `email`, `status`, `last_active_at`, `org_id`, `account_id` FROM `sub_accounts`;
-- Drop "sub_accounts" table after copying rows
DROP TABLE `sub_accounts`;
-- Rename temporary table "new_sub_accounts" to "sub_accounts"
ALTER TABLE `new_sub_accounts` RENAME TO `sub_accounts`;
-- Create index "subaccount_org_id_id" to table: "sub_accounts"
CREATE UNIQUE INDEX `subaccount_org_id_id` ON `sub_accounts` (`org_id`, `id`);
-- Create index "subaccount_org_id_name_key_id" to table: "sub_accounts"
CREATE INDEX `subaccount_org_id_name_key_id` ON `sub_accounts` (`org_id`, `name_key`, `id`);
-- Create index "subaccount_org_id_account_id" to table: "sub_accounts"
CREATE UNIQUE INDEX `subaccount_org_id_account_id` ON `sub_accounts` (`org_id`, `account_id`);
-- Create index "subaccount_account_id_slot" to table: "sub_accounts"
CREATE UNIQUE INDEX `subaccount_account_id_slot` ON `sub_accounts` (`account_id`, `slot`);
-- Create index "subaccount_org_id_created_at_id" to table: "sub_accounts"
CREATE INDEX `subaccount_org_id_created_at_id` ON `sub_accounts` (`org_id`, `created_at`, `id`);
-- Create "new_creators" table
CREATE TABLE `new_creators` (`id` text NOT NULL, `created_at` datetime NOT NULL, `updated_at` datetime NOT NULL, `name_key` blob NOT NULL, `grams` text NOT NULL, `name` text NOT NULL, `platform_id` text NOT NULL, `category` text NOT NULL DEFAULT (''), `followers` integer NOT NULL DEFAULT (0), `status` text NOT NULL DEFAULT ('SIGNED'), `contract_from` integer NULL, `contract_to` integer NULL, `share_bps` integer NOT NULL DEFAULT (0), `org_id` text NOT NULL, `manager_id` text NULL, PRIMARY KEY (`id`), CONSTRAINT `creators_orgs_org` FOREIGN KEY (`org_id`) REFERENCES `orgs` (`id`) ON DELETE NO ACTION, CONSTRAINT `creators_sub_accounts_manager` FOREIGN KEY (`manager_id`, `org_id`) REFERENCES `sub_accounts` (`id`, `org_id`) ON DELETE NO ACTION, CONSTRAINT `creators_contract` CHECK (contract_from <= contract_to), CONSTRAINT `creators_followers` CHECK (followers BETWEEN 0 AND 1000000000000), CONSTRAINT `creators_share` CHECK (share_bps BETWEEN 0 AND 10000), CONSTRAINT `creators_status` CHECK (status IN ('SIGNED', 'ENDED')), CONSTRAINT `creators_whole` CHECK (typeof(followers) = 'integer' AND typeof(contract_from) IN ('integer', 'null') AND typeof(contract_to) IN ('integer', 'null') AND typeof(share_bps) = 'integer'));
-- Copy rows from old table "creators" to new temporary table "new_creators"
INSERT INTO `new_creators` (`id`, `created_at`, `updated_at`, `name_key`, `grams`, `name`, `platform_id`, `category`, `followers`, `status`, `contract_from`, `contract_to`, `share_bps`, `org_id`, `manager_id`) SELECT `id`, `created_at`, `updated_at`, x'', `grams`, `name`, `platform_id`, `category`, `followers`, `status`, `contract_from`, `contract_to`, `share_bps`, `org_id`, `manager_id` FROM `creators`;
-- Drop "creators" table after copying rows
DROP TABLE `creators`;
-- Rename temporary table "new_creators" to "creators"
ALTER TABLE `new_creators` RENAME TO `creators`;
-- Create index "creator_org_id_id" to table: "creators"
CREATE UNIQUE INDEX `creator_org_id_id` ON `creators` (`org_id`, `id`);
-- Create index "creator_org_id_name_key_id" to table: "creators"
CREATE INDEX `creator_org_id_name_key_id` ON `creators` (`org_id`, `name_key`, `id`);
-- Create index "creator_org_id_platform_id" to table: "creators"
CREATE UNIQUE INDEX `creator_org_id_platform_id` ON `creators` (`org_id`, `platform_id`);
-- Create index "creator_org_id_created_at_id" to table: "creators"
CREATE INDEX `creator_org_id_created_at_id` ON `creators` (`org_id`, `created_at`, `id`);
-- Create index "creator_org_id_updated_at_id" to table: "creators"
CREATE INDEX `creator_org_id_updated_at_id` ON `creators` (`org_id`, `updated_at`, `id`);
-- Create index "creator_org_id_followers_id" to table: "creators"
CREATE INDEX `creator_org_id_followers_id` ON `creators` (`org_id`, `followers`, `id`);
-- Create index "creator_org_id_category_created_at_id" to table: "creators"
CREATE INDEX `creator_org_id_category_created_at_id` ON `creators` (`org_id`, `category`, `created_at`, `id`);
-- Create index "creator_manager_id_org_id" to table: "creators"
CREATE INDEX `creator_manager_id_org_id` ON `creators` (`manager_id`, `org_id`);
-- Add column "made_by" to table: "orders"
ALTER TABLE `orders` ADD COLUMN `made_by` text NULL;
-- Create index "order_org_id_updated_at_id" to table: "orders"
CREATE INDEX `order_org_id_updated_at_id` ON `orders` (`org_id`, `updated_at`, `id`);
-- Create index "order_org_id_status_updated_at_id" to table: "orders"
CREATE INDEX `order_org_id_status_updated_at_id` ON `orders` (`org_id`, `status`, `updated_at`, `id`);
-- Create index "order_creator_id_updated_at_id_org_id" to table: "orders"
CREATE INDEX `order_creator_id_updated_at_id_org_id` ON `orders` (`creator_id`, `updated_at`, `id`, `org_id`);
-- Create index "task_org_id_updated_at_id" to table: "tasks"
CREATE INDEX `task_org_id_updated_at_id` ON `tasks` (`org_id`, `updated_at`, `id`);
-- Enable back the enforcement of foreign-keys constraints
PRAGMA foreign_keys = on;

-- invariants.sql c01a766a16276955c99740f512e12af6b08911d74913ab15e2a3b5959260013c
