DROP TRIGGER audit_events_delete;
DROP TRIGGER audit_events_update;
DROP TRIGGER audit_tallies_delete;
DROP TRIGGER audit_tallies_update;
DROP TRIGGER audit_targets_delete;
DROP TRIGGER audit_targets_update;
DROP TRIGGER sub_account_roles_delete;
DROP TRIGGER sub_account_roles_update;
DROP TRIGGER sub_accounts_insert;
DROP TRIGGER sub_accounts_update;
-- Create "creators" table
CREATE TABLE `creators` (`id` text NOT NULL, `created_at` datetime NOT NULL, `updated_at` datetime NOT NULL, `grams` text NOT NULL, `name` text NOT NULL, `platform_id` text NOT NULL, `category` text NOT NULL DEFAULT (''), `followers` integer NOT NULL DEFAULT (0), `status` text NOT NULL DEFAULT ('SIGNED'), `contract_from` integer NULL, `contract_to` integer NULL, `share_bps` integer NOT NULL DEFAULT (0), `org_id` text NOT NULL, `manager_id` text NULL, PRIMARY KEY (`id`), CONSTRAINT `creators_orgs_org` FOREIGN KEY (`org_id`) REFERENCES `orgs` (`id`) ON DELETE NO ACTION, CONSTRAINT `creators_sub_accounts_manager` FOREIGN KEY (`manager_id`, `org_id`) REFERENCES `sub_accounts` (`id`, `org_id`) ON DELETE NO ACTION, CONSTRAINT `creators_contract` CHECK (contract_from <= contract_to), CONSTRAINT `creators_followers` CHECK (followers >= 0), CONSTRAINT `creators_share` CHECK (share_bps BETWEEN 0 AND 10000), CONSTRAINT `creators_status` CHECK (status IN ('SIGNED', 'ENDED')));
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
-- Create "orders" table
CREATE TABLE `orders` (`id` text NOT NULL, `created_at` datetime NOT NULL, `updated_at` datetime NOT NULL, `grams` text NOT NULL, `number` text NOT NULL, `product_name` text NOT NULL, `amount` integer NOT NULL, `commission` integer NOT NULL, `status` text NOT NULL, `paid_at` datetime NOT NULL, `settled_at` datetime NULL, `org_id` text NOT NULL, `creator_id` text NOT NULL, PRIMARY KEY (`id`), CONSTRAINT `orders_orgs_org` FOREIGN KEY (`org_id`) REFERENCES `orgs` (`id`) ON DELETE NO ACTION, CONSTRAINT `orders_creators_creator` FOREIGN KEY (`creator_id`, `org_id`) REFERENCES `creators` (`id`, `org_id`) ON DELETE NO ACTION, CONSTRAINT `orders_amount` CHECK (amount >= 0), CONSTRAINT `orders_commission` CHECK (commission BETWEEN 0 AND amount), CONSTRAINT `orders_settled` CHECK (status = 'REFUNDED' OR (status = 'SETTLED') = (settled_at IS NOT NULL)), CONSTRAINT `orders_settled_at` CHECK (settled_at >= paid_at), CONSTRAINT `orders_status` CHECK (status IN ('PAID', 'SETTLED', 'REFUNDED')));
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
-- Create index "order_creator_id_paid_at_id" to table: "orders"
CREATE INDEX `order_creator_id_paid_at_id` ON `orders` (`creator_id`, `paid_at`, `id`);
-- Create index "order_creator_id_amount_id" to table: "orders"
CREATE INDEX `order_creator_id_amount_id` ON `orders` (`creator_id`, `amount`, `id`);
-- Create "tasks" table
CREATE TABLE `tasks` (`id` text NOT NULL, `created_at` datetime NOT NULL, `updated_at` datetime NOT NULL, `grams` text NOT NULL, `title` text NOT NULL, `brief` text NOT NULL DEFAULT (''), `reward` integer NOT NULL DEFAULT (0), `status` text NOT NULL DEFAULT ('DRAFT'), `deadline` datetime NULL, `org_id` text NOT NULL, PRIMARY KEY (`id`), CONSTRAINT `tasks_orgs_org` FOREIGN KEY (`org_id`) REFERENCES `orgs` (`id`) ON DELETE NO ACTION, CONSTRAINT `tasks_reward` CHECK (reward >= 0), CONSTRAINT `tasks_status` CHECK (status IN ('DRAFT', 'OPEN', 'CLOSED')));
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
-- Create "task_assignments" table
CREATE TABLE `task_assignments` (`id` text NOT NULL, `created_at` datetime NOT NULL, `updated_at` datetime NOT NULL, `org_id` text NOT NULL, `status` text NOT NULL DEFAULT ('ASSIGNED'), `task_id` text NOT NULL, `creator_id` text NOT NULL, PRIMARY KEY (`id`), CONSTRAINT `task_assignments_tasks_task` FOREIGN KEY (`task_id`, `org_id`) REFERENCES `tasks` (`id`, `org_id`) ON DELETE NO ACTION, CONSTRAINT `task_assignments_creators_creator` FOREIGN KEY (`creator_id`, `org_id`) REFERENCES `creators` (`id`, `org_id`) ON DELETE NO ACTION, CONSTRAINT `task_assignments_status` CHECK (status IN ('ASSIGNED', 'ACCEPTED', 'SUBMITTED', 'APPROVED', 'REJECTED')));
-- Create index "taskassignment_task_id_creator_id" to table: "task_assignments"
CREATE UNIQUE INDEX `taskassignment_task_id_creator_id` ON `task_assignments` (`task_id`, `creator_id`);
-- Create index "taskassignment_task_id_created_at_id" to table: "task_assignments"
CREATE INDEX `taskassignment_task_id_created_at_id` ON `task_assignments` (`task_id`, `created_at`, `id`);
-- Create index "taskassignment_creator_id_task_id" to table: "task_assignments"
CREATE INDEX `taskassignment_creator_id_task_id` ON `task_assignments` (`creator_id`, `task_id`);
-- Create "creator_days" table
CREATE TABLE `creator_days` (`org_id` text NOT NULL, `day` integer NOT NULL, `creator_id` text NOT NULL, `slot` integer NOT NULL, `orders` integer NOT NULL, `amount` integer NOT NULL, `commission` integer NOT NULL, `refunds` integer NOT NULL, `refund_amount` integer NOT NULL, PRIMARY KEY (`org_id`, `day`, `creator_id`, `slot`));
-- Create "product_days" table
CREATE TABLE `product_days` (`org_id` text NOT NULL, `creator_id` text NOT NULL, `day` integer NOT NULL, `product_name` text NOT NULL, `slot` integer NOT NULL, `orders` integer NOT NULL, `amount` integer NOT NULL, `commission` integer NOT NULL, `refunds` integer NOT NULL, `refund_amount` integer NOT NULL, PRIMARY KEY (`org_id`, `creator_id`, `day`, `product_name`, `slot`));
-- Create "search_grams" table
CREATE TABLE `search_grams` (`gram` integer NOT NULL, `row_id` text NOT NULL, PRIMARY KEY (`gram`, `row_id`));
-- Create index "search_grams_row_id" to table: "search_grams"
CREATE INDEX `search_grams_row_id` ON `search_grams` (`row_id`);

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
