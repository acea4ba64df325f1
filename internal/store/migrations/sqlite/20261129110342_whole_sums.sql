DROP TRIGGER audit_events_delete;
DROP TRIGGER audit_events_update;
DROP TRIGGER audit_tallies_delete;
DROP TRIGGER audit_tallies_update;
DROP TRIGGER audit_targets_delete;
DROP TRIGGER audit_targets_update;
DROP TRIGGER creators_grams_insert;
DROP TRIGGER creators_grams_update;
DROP TRIGGER orders_grams_insert;
DROP TRIGGER orders_grams_update;
DROP TRIGGER orders_key;
DROP TRIGGER orders_status;
DROP TRIGGER sub_account_roles_delete;
DROP TRIGGER sub_account_roles_update;
DROP TRIGGER sub_accounts_insert;
DROP TRIGGER sub_accounts_update;
DROP TRIGGER tasks_grams_insert;
DROP TRIGGER tasks_grams_update;
-- Disable the enforcement of foreign-keys constraints
PRAGMA foreign_keys = off;
-- Create "new_accounts" table
CREATE TABLE `new_accounts` (`id` text NOT NULL, `created_at` datetime NOT NULL, `phone` text NULL, `email` text NULL, `password_hash` text NULL, `has_password` bool NOT NULL DEFAULT (false), `side` text NOT NULL DEFAULT ('NONE'), PRIMARY KEY (`id`), CONSTRAINT `accounts_password` CHECK (has_password = (password_hash IS NOT NULL)), CONSTRAINT `accounts_reachable` CHECK (phone IS NOT NULL OR email IS NOT NULL), CONSTRAINT `accounts_side` CHECK (side IN ('NONE', 'OWNER', 'SEATED')));
-- Copy rows from old table "accounts" to new temporary table "new_accounts"
INSERT INTO `new_accounts` (`id`, `created_at`, `phone`, `email`, `password_hash`, `has_password`, `side`) SELECT `id`, `created_at`, `phone`, `email`, `password_hash`, `password_hash` IS NOT NULL, `side` FROM `accounts`;
-- Drop "accounts" table after copying rows
DROP TABLE `accounts`;
-- Rename temporary table "new_accounts" to "accounts"
ALTER TABLE `new_accounts` RENAME TO `accounts`;
-- Create index "accounts_phone_key" to table: "accounts"
CREATE UNIQUE INDEX `accounts_phone_key` ON `accounts` (`phone`);
-- Create index "accounts_email_key" to table: "accounts"
CREATE UNIQUE INDEX `accounts_email_key` ON `accounts` (`email`);
-- Create index "account_id_side" to table: "accounts"
CREATE UNIQUE INDEX `account_id_side` ON `accounts` (`id`, `side`);
-- Create "new_audit_tallies" table
CREATE TABLE `new_audit_tallies` (`id` text NOT NULL, `count` integer NOT NULL DEFAULT (1), PRIMARY KEY (`id`), CONSTRAINT `audit_tallies_count` CHECK (count >= 1), CONSTRAINT `audit_tallies_whole` CHECK (typeof(count) = 'integer'));
-- Copy rows from old table "audit_tallies" to new temporary table "new_audit_tallies"
INSERT INTO `new_audit_tallies` (`id`, `count`) SELECT `id`, `count` FROM `audit_tallies`;
-- Drop "audit_tallies" table after copying rows
DROP TABLE `audit_tallies`;
-- Rename temporary table "new_audit_tallies" to "audit_tallies"
ALTER TABLE `new_audit_tallies` RENAME TO `audit_tallies`;
-- Create "new_code_flows" table
CREATE TABLE `new_code_flows` (`id` text NOT NULL, `created_at` datetime NOT NULL, `purpose` text NOT NULL, `destination` text NOT NULL, `org_id` text NULL, `code_hash` blob NOT NULL, `guesses` integer NOT NULL DEFAULT (0), `expires_at` datetime NOT NULL, `used_at` datetime NULL, PRIMARY KEY (`id`), CONSTRAINT `code_flows_whole` CHECK (typeof(guesses) = 'integer'));
-- Copy rows from old table "code_flows" to new temporary table "new_code_flows"
INSERT INTO `new_code_flows` (`id`, `created_at`, `purpose`, `destination`, `org_id`, `code_hash`, `guesses`, `expires_at`, `used_at`) SELECT `id`, `created_at`, `purpose`, `destination`, `org_id`, `code_hash`, `guesses`, `expires_at`, `used_at` FROM `code_flows`;
-- Drop "code_flows" table after copying rows
DROP TABLE `code_flows`;
-- Rename temporary table "new_code_flows" to "code_flows"
ALTER TABLE `new_code_flows` RENAME TO `code_flows`;
-- Create index "codeflow_destination_purpose_created_at" to table: "code_flows"
CREATE INDEX `codeflow_destination_purpose_created_at` ON `code_flows` (`destination`, `purpose`, `created_at`);
-- Create index "codeflow_created_at" to table: "code_flows"
CREATE INDEX `codeflow_created_at` ON `code_flows` (`created_at`);
-- Create "new_roles" table
CREATE TABLE `new_roles` (`id` text NOT NULL, `created_at` datetime NOT NULL, `updated_at` datetime NOT NULL, `name` text NOT NULL, `description` text NOT NULL DEFAULT (''), `grants` integer NOT NULL, `org_id` text NOT NULL, PRIMARY KEY (`id`), CONSTRAINT `roles_orgs_org` FOREIGN KEY (`org_id`) REFERENCES `orgs` (`id`) ON DELETE NO ACTION, CONSTRAINT `roles_grantable` CHECK (grants >= 0 AND (grants | 103744935059035) = 103744935059035), CONSTRAINT `roles_whole` CHECK (typeof(grants) = 'integer'));
-- Copy rows from old table "roles" to new temporary table "new_roles"
INSERT INTO `new_roles` (`id`, `created_at`, `updated_at`, `name`, `description`, `grants`, `org_id`) SELECT `id`, `created_at`, `updated_at`, `name`, `description`, `grants`, `org_id` FROM `roles`;
-- Drop "roles" table after copying rows
DROP TABLE `roles`;
-- Rename temporary table "new_roles" to "roles"
ALTER TABLE `new_roles` RENAME TO `roles`;
-- Create index "role_org_id_id" to table: "roles"
CREATE UNIQUE INDEX `role_org_id_id` ON `roles` (`org_id`, `id`);
-- Create index "role_org_id_name" to table: "roles"
CREATE UNIQUE INDEX `role_org_id_name` ON `roles` (`org_id`, `name`);
-- Create index "role_org_id_created_at_id" to table: "roles"
CREATE INDEX `role_org_id_created_at_id` ON `roles` (`org_id`, `created_at`, `id`);
-- Create "new_sub_accounts" table
CREATE TABLE `new_sub_accounts` (`id` text NOT NULL, `created_at` datetime NOT NULL, `updated_at` datetime NOT NULL, `account_side` text NOT NULL DEFAULT ('SEATED'), `slot` integer NOT NULL, `name` text NOT NULL, `phone` text NULL, `email` text NULL, `status` text NOT NULL DEFAULT ('ENABLED'), `last_active_at` datetime NULL, `org_id` text NOT NULL, `account_id` text NOT NULL, PRIMARY KEY (`id`), CONSTRAINT `sub_accounts_orgs_org` FOREIGN KEY (`org_id`) REFERENCES `orgs` (`id`) ON DELETE NO ACTION, CONSTRAINT `sub_accounts_accounts_account` FOREIGN KEY (`account_id`, `account_side`) REFERENCES `accounts` (`id`, `side`) ON DELETE NO ACTION, CONSTRAINT `sub_accounts_account_side` CHECK (account_side = 'SEATED'), CONSTRAINT `sub_accounts_contact` CHECK (phone IS NOT NULL OR email IS NOT NULL), CONSTRAINT `sub_accounts_slot` CHECK (slot BETWEEN 1 AND 20), CONSTRAINT `sub_accounts_status` CHECK (status IN ('ENABLED', 'DISABLED')), CONSTRAINT `sub_accounts_whole` CHECK (typeof(slot) = 'integer'));
-- Copy rows from old table "sub_accounts" to new temporary table "new_sub_accounts"
INSERT INTO `new_sub_accounts` (`id`, `created_at`, `updated_at`, `account_side`, `slot`, `name`, `phone`, `email`, `status`, `last_active_at`, `org_id`, `account_id`) SELECT `id`, `created_at`, `updated_at`, `account_side`, `slot`, `name`, `phone`, `email`, `status`, `last_active_at`, `org_id`, `account_id` FROM `sub_accounts`;
-- Drop "sub_accounts" table after copying rows
DROP TABLE `sub_accounts`;
-- Rename temporary table "new_sub_accounts" to "sub_accounts"
ALTER TABLE `new_sub_accounts` RENAME TO `sub_accounts`;
-- Create index "subaccount_org_id_id" to table: "sub_accounts"
CREATE UNIQUE INDEX `subaccount_org_id_id` ON `sub_accounts` (`org_id`, `id`);
-- Create index "subaccount_org_id_account_id" to table: "sub_accounts"
CREATE UNIQUE INDEX `subaccount_org_id_account_id` ON `sub_accounts` (`org_id`, `account_id`);
-- Create index "subaccount_account_id_slot" to table: "sub_accounts"
CREATE UNIQUE INDEX `subaccount_account_id_slot` ON `sub_accounts` (`account_id`, `slot`);
-- Create index "subaccount_org_id_created_at_id" to table: "sub_accounts"
CREATE INDEX `subaccount_org_id_created_at_id` ON `sub_accounts` (`org_id`, `created_at`, `id`);
-- Create "new_throttles" table
CREATE TABLE `new_throttles` (`id` text NOT NULL, `count` integer NOT NULL DEFAULT (0), `ends_at` datetime NOT NULL, PRIMARY KEY (`id`), CONSTRAINT `throttles_whole` CHECK (typeof(count) = 'integer'));
-- Copy rows from old table "throttles" to new temporary table "new_throttles"
INSERT INTO `new_throttles` (`id`, `count`, `ends_at`) SELECT `id`, `count`, `ends_at` FROM `throttles`;
-- Drop "throttles" table after copying rows
DROP TABLE `throttles`;
-- Rename temporary table "new_throttles" to "throttles"
ALTER TABLE `new_throttles` RENAME TO `throttles`;
-- Create index "throttle_ends_at" to table: "throttles"
CREATE INDEX `throttle_ends_at` ON `throttles` (`ends_at`);
-- Create "new_creators" table
CREATE TABLE `new_creators` (`id` text NOT NULL, `created_at` datetime NOT NULL, `updated_at` datetime NOT NULL, `grams` text NOT NULL, `name` text NOT NULL, `platform_id` text NOT NULL, `category` text NOT NULL DEFAULT (''), `followers` integer NOT NULL DEFAULT (0), `status` text NOT NULL DEFAULT ('SIGNED'), `contract_from` integer NULL, `contract_to` integer NULL, `share_bps` integer NOT NULL DEFAULT (0), `org_id` text NOT NULL, `manager_id` text NULL, PRIMARY KEY (`id`), CONSTRAINT `creators_orgs_org` FOREIGN KEY (`org_id`) REFERENCES `orgs` (`id`) ON DELETE NO ACTION, CONSTRAINT `creators_sub_accounts_manager` FOREIGN KEY (`manager_id`, `org_id`) REFERENCES `sub_accounts` (`id`, `org_id`) ON DELETE NO ACTION, CONSTRAINT `creators_contract` CHECK (contract_from <= contract_to), CONSTRAINT `creators_followers` CHECK (followers BETWEEN 0 AND 1000000000000), CONSTRAINT `creators_share` CHECK (share_bps BETWEEN 0 AND 10000), CONSTRAINT `creators_status` CHECK (status IN ('SIGNED', 'ENDED')), CONSTRAINT `creators_whole` CHECK (typeof(followers) = 'integer' AND typeof(contract_from) IN ('integer', 'null') AND typeof(contract_to) IN ('integer', 'null') AND typeof(share_bps) = 'integer'));
-- Copy rows from old table "creators" to new temporary table "new_creators"
INSERT INTO `new_creators` (`id`, `created_at`, `updated_at`, `grams`, `name`, `platform_id`, `category`, `followers`, `status`, `contract_from`, `contract_to`, `share_bps`, `org_id`, `manager_id`) SELECT `id`, `created_at`, `updated_at`, `grams`, `name`, `platform_id`, `category`, `followers`, `status`, `contract_from`, `contract_to`, `share_bps`, `org_id`, `manager_id` FROM `creators`;
-- Drop "creators" table after copying rows
DROP TABLE `creators`;
-- Rename temporary table "new_creators" to "creators"
ALTER TABLE `new_creators` RENAME TO `creators`;
-- Create index "creator_org_id_id" to table: "creators"
CREATE UNIQUE INDEX `creator_org_id_id` ON `creators` (`org_id`, `id`);
-- Create index "creator_org_id_platform_id" to table: "creators"
CREATE UNIQUE INDEX `creator_org_id_platform_id` ON `creators` (`org_id`, `platform_id`);
-- Create index "creator_org_id_created_at_id" to table: "creators"
CREATE INDEX `creator_org_id_created_at_id` ON `creators` (`org_id`, `created_at`, `id`);
-- Create index "creator_org_id_name_id" to table: "creators"
CREATE INDEX `creator_org_id_name_id` ON `creators` (`org_id`, `name`, `id`);
-- Create index "creator_org_id_followers_id" to table: "creators"
CREATE INDEX `creator_org_id_followers_id` ON `creators` (`org_id`, `followers`, `id`);
-- Create index "creator_org_id_category_created_at_id" to table: "creators"
CREATE INDEX `creator_org_id_category_created_at_id` ON `creators` (`org_id`, `category`, `created_at`, `id`);
-- Create index "creator_manager_id_org_id" to table: "creators"
CREATE INDEX `creator_manager_id_org_id` ON `creators` (`manager_id`, `org_id`);
-- Create "new_orders" table
CREATE TABLE `new_orders` (`id` text NOT NULL, `created_at` datetime NOT NULL, `updated_at` datetime NOT NULL, `grams` text NOT NULL, `number` text NOT NULL, `product_name` text NOT NULL, `amount` integer NOT NULL, `commission` integer NOT NULL, `status` text NOT NULL, `paid_at` datetime NOT NULL, `settled_at` datetime NULL, `org_id` text NOT NULL, `creator_id` text NOT NULL, PRIMARY KEY (`id`), CONSTRAINT `orders_orgs_org` FOREIGN KEY (`org_id`) REFERENCES `orgs` (`id`) ON DELETE NO ACTION, CONSTRAINT `orders_creators_creator` FOREIGN KEY (`creator_id`, `org_id`) REFERENCES `creators` (`id`, `org_id`) ON DELETE NO ACTION, CONSTRAINT `orders_amount` CHECK (amount BETWEEN 0 AND 1000000000000), CONSTRAINT `orders_commission` CHECK (commission BETWEEN 0 AND amount), CONSTRAINT `orders_settled` CHECK (status = 'REFUNDED' OR (status = 'SETTLED') = (settled_at IS NOT NULL)), CONSTRAINT `orders_settled_at` CHECK (settled_at >= paid_at), CONSTRAINT `orders_status` CHECK (status IN ('PAID', 'SETTLED', 'REFUNDED')), CONSTRAINT `orders_whole` CHECK (typeof(amount) = 'integer' AND typeof(commission) = 'integer'));
-- Copy rows from old table "orders" to new temporary table "new_orders"
INSERT INTO `new_orders` (`id`, `created_at`, `updated_at`, `grams`, `number`, `product_name`, `amount`, `commission`, `status`, `paid_at`, `settled_at`, `org_id`, `creator_id`) SELECT `id`, `created_at`, `updated_at`, `grams`, `number`, `product_name`, `amount`, `commission`, `status`, `paid_at`, `settled_at`, `org_id`, `creator_id` FROM `orders`;
-- Drop "orders" table after copying rows
DROP TABLE `orders`;
-- Rename temporary table "new_orders" to "orders"
ALTER TABLE `new_orders` RENAME TO `orders`;
-- Create index "order_org_id_number" to table: "orders"
CREATE UNIQUE INDEX `order_org_id_number` ON `orders` (`org_id`, `number`);
-- Create index "order_org_id_paid_at_id" to table: "orders"
CREATE INDEX `order_org_id_paid_at_id` ON `orders` (`org_id`, `paid_at`, `id`);
-- Create index "order_org_id_amount_id" to table: "orders"
CREATE INDEX `order_org_id_amount_id` ON `orders` (`org_id`, `amount`, `id`);
-- Create index "order_org_id_status_paid_at_id" to table: "orders"
CREATE INDEX `order_org_id_status_paid_at_id` ON `orders` (`org_id`, `status`, `paid_at`, `id`);
-- Create index "order_org_id_status_amount_id" to table: "orders"
CREATE INDEX `order_org_id_status_amount_id` ON `orders` (`org_id`, `status`, `amount`, `id`);
-- Create index "order_creator_id_paid_at_id_org_id" to table: "orders"
CREATE INDEX `order_creator_id_paid_at_id_org_id` ON `orders` (`creator_id`, `paid_at`, `id`, `org_id`);
-- Create index "order_creator_id_amount_id_org_id" to table: "orders"
CREATE INDEX `order_creator_id_amount_id_org_id` ON `orders` (`creator_id`, `amount`, `id`, `org_id`);
-- Create "new_tasks" table
CREATE TABLE `new_tasks` (`id` text NOT NULL, `created_at` datetime NOT NULL, `updated_at` datetime NOT NULL, `grams` text NOT NULL, `title` text NOT NULL, `brief` text NOT NULL DEFAULT (''), `reward` integer NOT NULL DEFAULT (0), `status` text NOT NULL DEFAULT ('DRAFT'), `deadline` datetime NULL, `org_id` text NOT NULL, PRIMARY KEY (`id`), CONSTRAINT `tasks_orgs_org` FOREIGN KEY (`org_id`) REFERENCES `orgs` (`id`) ON DELETE NO ACTION, CONSTRAINT `tasks_reward` CHECK (reward BETWEEN 0 AND 1000000000000), CONSTRAINT `tasks_status` CHECK (status IN ('DRAFT', 'OPEN', 'CLOSED')), CONSTRAINT `tasks_whole` CHECK (typeof(reward) = 'integer'));
-- Copy rows from old table "tasks" to new temporary table "new_tasks"
INSERT INTO `new_tasks` (`id`, `created_at`, `updated_at`, `grams`, `title`, `brief`, `reward`, `status`, `deadline`, `org_id`) SELECT `id`, `created_at`, `updated_at`, `grams`, `title`, `brief`, `reward`, `status`, `deadline`, `org_id` FROM `tasks`;
-- Drop "tasks" table after copying rows
DROP TABLE `tasks`;
-- Rename temporary table "new_tasks" to "tasks"
ALTER TABLE `new_tasks` RENAME TO `tasks`;
-- Create index "task_org_id_id" to table: "tasks"
CREATE UNIQUE INDEX `task_org_id_id` ON `tasks` (`org_id`, `id`);
-- Create index "task_org_id_created_at_id" to table: "tasks"
CREATE INDEX `task_org_id_created_at_id` ON `tasks` (`org_id`, `created_at`, `id`);
-- Create index "task_org_id_status_created_at_id" to table: "tasks"
CREATE INDEX `task_org_id_status_created_at_id` ON `tasks` (`org_id`, `status`, `created_at`, `id`);
-- Create index "task_org_id_deadline_id" to table: "tasks"
CREATE INDEX `task_org_id_deadline_id` ON `tasks` (`org_id`, `deadline`, `id`);
-- Create index "task_org_id_reward_id" to table: "tasks"
CREATE INDEX `task_org_id_reward_id` ON `tasks` (`org_id`, `reward`, `id`);
-- Create "new_creator_days" table
CREATE TABLE `new_creator_days` (`org_id` text NOT NULL, `day` integer NOT NULL, `creator_id` text NOT NULL, `slot` integer NOT NULL, `orders` integer NOT NULL, `amount` integer NOT NULL, `commission` integer NOT NULL, `refunds` integer NOT NULL, `refund_amount` integer NOT NULL, PRIMARY KEY (`org_id`, `day`, `creator_id`, `slot`), CONSTRAINT `creator_days_sums` CHECK (orders <= CASE slot WHEN 0 THEN 4503599627370496 ELSE 281474976710656 END AND amount <= CASE slot WHEN 0 THEN 4503599627370496 ELSE 281474976710656 END AND commission <= CASE slot WHEN 0 THEN 4503599627370496 ELSE 281474976710656 END AND refunds <= CASE slot WHEN 0 THEN 4503599627370496 ELSE 281474976710656 END AND refund_amount <= CASE slot WHEN 0 THEN 4503599627370496 ELSE 281474976710656 END), CONSTRAINT `creator_days_whole` CHECK (typeof(orders) = 'integer' AND typeof(amount) = 'integer' AND typeof(commission) = 'integer' AND typeof(refunds) = 'integer' AND typeof(refund_amount) = 'integer'));
-- Copy rows from old table "creator_days" to new temporary table "new_creator_days"
INSERT INTO `new_creator_days` (`org_id`, `day`, `creator_id`, `slot`, `orders`, `amount`, `commission`, `refunds`, `refund_amount`) SELECT `org_id`, `day`, `creator_id`, `slot`, `orders`, `amount`, `commission`, `refunds`, `refund_amount` FROM `creator_days`;
-- Drop "creator_days" table after copying rows
DROP TABLE `creator_days`;
-- Rename temporary table "new_creator_days" to "creator_days"
ALTER TABLE `new_creator_days` RENAME TO `creator_days`;
-- Create "new_product_days" table
CREATE TABLE `new_product_days` (`org_id` text NOT NULL, `creator_id` text NOT NULL, `day` integer NOT NULL, `product_name` text NOT NULL, `slot` integer NOT NULL, `orders` integer NOT NULL, `amount` integer NOT NULL, `commission` integer NOT NULL, `refunds` integer NOT NULL, `refund_amount` integer NOT NULL, PRIMARY KEY (`org_id`, `creator_id`, `day`, `product_name`, `slot`), CONSTRAINT `product_days_sums` CHECK (orders <= CASE slot WHEN 0 THEN 4503599627370496 ELSE 281474976710656 END AND amount <= CASE slot WHEN 0 THEN 4503599627370496 ELSE 281474976710656 END AND commission <= CASE slot WHEN 0 THEN 4503599627370496 ELSE 281474976710656 END AND refunds <= CASE slot WHEN 0 THEN 4503599627370496 ELSE 281474976710656 END AND refund_amount <= CASE slot WHEN 0 THEN 4503599627370496 ELSE 281474976710656 END), CONSTRAINT `product_days_whole` CHECK (typeof(orders) = 'integer' AND typeof(amount) = 'integer' AND typeof(commission) = 'integer' AND typeof(refunds) = 'integer' AND typeof(refund_amount) = 'integer'));
-- Copy rows from old table "product_days" to new temporary table "new_product_days"
INSERT INTO `new_product_days` (`org_id`, `creator_id`, `day`, `product_name`, `slot`, `orders`, `amount`, `commission`, `refunds`, `refund_amount`) SELECT `org_id`, `creator_id`, `day`, `product_name`, `slot`, `orders`, `amount`, `commission`, `refunds`, `refund_amount` FROM `product_days`;
-- Drop "product_days" table after copying rows
DROP TABLE `product_days`;
-- Rename temporary table "new_product_days" to "product_days"
ALTER TABLE `new_product_days` RENAME TO `product_days`;
-- Enable back the enforcement of foreign-keys constraints
PRAGMA foreign_keys = on;

-- What neither Ent nor constraints.go can state. Each version of the schema that changes a table or this file ends with it, so
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

-- An order is known by its number for good, and its status never goes back: PAID, SETTLED, REFUNDED.
DROP TRIGGER IF EXISTS orders_status;
CREATE TRIGGER orders_status BEFORE UPDATE OF status ON orders
WHEN OLD.status = 'REFUNDED' AND NEW.status <> 'REFUNDED' OR OLD.status = 'SETTLED' AND NEW.status = 'PAID'
BEGIN SELECT RAISE(ABORT, 'status_back'); END;
DROP TRIGGER IF EXISTS orders_key;
CREATE TRIGGER orders_key BEFORE UPDATE OF id, org_id, number ON orders
WHEN NEW.id <> OLD.id OR NEW.org_id <> OLD.org_id OR NEW.number <> OLD.number
BEGIN SELECT RAISE(ABORT, 'immutable'); END;

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
