-- Drop "search_grams" table, whose pages what follows may have
DROP TABLE "search_grams";
-- Disable the enforcement of foreign-keys constraints
PRAGMA foreign_keys = off;
-- Create "new_tasks" table
CREATE TABLE `new_tasks` (`seq` integer NOT NULL, `id` text NOT NULL, `created_at` datetime NOT NULL, `updated_at` datetime NOT NULL, `grams` text NOT NULL, `title` text NOT NULL, `brief` text NOT NULL DEFAULT (''), `reward` integer NOT NULL DEFAULT (0), `status` text NOT NULL DEFAULT ('DRAFT'), `deadline` datetime NULL, `org_id` text NOT NULL, PRIMARY KEY (`seq`), CONSTRAINT `tasks_orgs_org` FOREIGN KEY (`org_id`) REFERENCES `orgs` (`id`) ON DELETE NO ACTION, CONSTRAINT `tasks_reward` CHECK (reward BETWEEN 0 AND 1000000000000), CONSTRAINT `tasks_status` CHECK (status IN ('DRAFT', 'OPEN', 'CLOSED')), CONSTRAINT `tasks_whole` CHECK (typeof(reward) = 'integer'));
-- Copy rows from old table "tasks" to new temporary table "new_tasks"
INSERT INTO `new_tasks` (`id`, `created_at`, `updated_at`, `grams`, `title`, `brief`, `reward`, `status`, `deadline`, `org_id`) SELECT `id`, `created_at`, `updated_at`, '', `title`, `brief`, `reward`, `status`, `deadline`, `org_id` FROM `tasks`;
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
-- Create index "task_org_id_status_deadline_id" to table: "tasks"
CREATE INDEX `task_org_id_status_deadline_id` ON `tasks` (`org_id`, `status`, `deadline`, `id`);
-- Create index "task_org_id_reward_id" to table: "tasks"
CREATE INDEX `task_org_id_reward_id` ON `tasks` (`org_id`, `reward`, `id`);
-- Create index "task_org_id_updated_at_id" to table: "tasks"
CREATE INDEX `task_org_id_updated_at_id` ON `tasks` (`org_id`, `updated_at`, `id`);
-- Create index "tasks_id" to table: "tasks"
CREATE UNIQUE INDEX `tasks_id` ON `tasks` (`id`);
-- Create "new_creators" table
CREATE TABLE `new_creators` (`seq` integer NOT NULL, `id` text NOT NULL, `created_at` datetime NOT NULL, `updated_at` datetime NOT NULL, `name_key` blob NOT NULL, `grams` text NOT NULL, `name` text NOT NULL, `platform_id` text NOT NULL, `category` text NOT NULL DEFAULT (''), `followers` integer NOT NULL DEFAULT (0), `status` text NOT NULL DEFAULT ('SIGNED'), `contract_from` integer NULL, `contract_to` integer NULL, `share_bps` integer NOT NULL DEFAULT (0), `org_id` text NOT NULL, `manager_id` text NULL, PRIMARY KEY (`seq`), CONSTRAINT `creators_orgs_org` FOREIGN KEY (`org_id`) REFERENCES `orgs` (`id`) ON DELETE NO ACTION, CONSTRAINT `creators_sub_accounts_manager` FOREIGN KEY (`manager_id`, `org_id`) REFERENCES `sub_accounts` (`id`, `org_id`) ON DELETE NO ACTION, CONSTRAINT `creators_contract` CHECK (contract_from <= contract_to), CONSTRAINT `creators_followers` CHECK (followers BETWEEN 0 AND 1000000000000), CONSTRAINT `creators_share` CHECK (share_bps BETWEEN 0 AND 10000), CONSTRAINT `creators_status` CHECK (status IN ('SIGNED', 'ENDED')), CONSTRAINT `creators_whole` CHECK (typeof(followers) = 'integer' AND typeof(contract_from) IN ('integer', 'null') AND typeof(contract_to) IN ('integer', 'null') AND typeof(share_bps) = 'integer'));
-- Copy rows from old table "creators" to new temporary table "new_creators"
INSERT INTO `new_creators` (`id`, `created_at`, `updated_at`, `name_key`, `grams`, `name`, `platform_id`, `category`, `followers`, `status`, `contract_from`, `contract_to`, `share_bps`, `org_id`, `manager_id`) SELECT `id`, `created_at`, `updated_at`, `name_key`, '', `name`, `platform_id`, `category`, `followers`, `status`, `contract_from`, `contract_to`, `share_bps`, `org_id`, `manager_id` FROM `creators`;
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
-- Create index "creator_org_id_contract_to_id" to table: "creators"
CREATE INDEX `creator_org_id_contract_to_id` ON `creators` (`org_id`, `contract_to`, `id`) WHERE contract_to IS NOT NULL;
-- Create index "creator_unmanaged" to table: "creators"
CREATE INDEX `creator_unmanaged` ON `creators` (`org_id`, `created_at`, `id`) WHERE manager_id IS NULL;
-- Create index "creators_id" to table: "creators"
CREATE UNIQUE INDEX `creators_id` ON `creators` (`id`);
-- Create "new_orders" table
CREATE TABLE `new_orders` (`seq` integer NOT NULL, `id` text NOT NULL, `created_at` datetime NOT NULL, `updated_at` datetime NOT NULL, `grams` text NOT NULL, `number` text NOT NULL, `product_name` text NOT NULL, `amount` integer NOT NULL, `commission` integer NOT NULL, `status` text NOT NULL, `paid_at` datetime NOT NULL, `settled_at` datetime NULL, `parent_number` text NULL, `commission_after_refunds` bool NOT NULL DEFAULT (false), `refund_amount` integer NOT NULL DEFAULT (0), `refunded_at` datetime NULL, `net_commission` integer NOT NULL, `org_share` integer NOT NULL, `creator_share` integer NOT NULL, `share_bps` integer NULL, `given_share` integer NULL, `given_net` integer NULL, `settled_by` text NULL, `made_by` text NULL, `org_id` text NOT NULL, `creator_id` text NOT NULL, PRIMARY KEY (`seq`), CONSTRAINT `orders_orgs_org` FOREIGN KEY (`org_id`) REFERENCES `orgs` (`id`) ON DELETE NO ACTION, CONSTRAINT `orders_creators_creator` FOREIGN KEY (`creator_id`, `org_id`) REFERENCES `creators` (`id`, `org_id`) ON DELETE NO ACTION, CONSTRAINT `orders_amount` CHECK (amount BETWEEN 0 AND 1000000000000), CONSTRAINT `orders_commission` CHECK (commission BETWEEN 0 AND amount), CONSTRAINT `orders_net` CHECK (net_commission = CASE WHEN status = 'REFUNDED' THEN 0 WHEN commission_after_refunds OR amount = 0 THEN commission ELSE (((commission * ((amount - refund_amount) >> 20)) / amount << 20) + (((commission * ((amount - refund_amount) >> 20)) % amount << 20) + commission * ((amount - refund_amount) & 1048575)) / amount) END), CONSTRAINT `orders_org_share` CHECK (CASE WHEN share_bps IS NOT NULL THEN share_bps BETWEEN 0 AND 10000 AND given_share IS NULL AND given_net IS NULL AND org_share = net_commission * share_bps / 10000 WHEN given_net IS NULL OR given_share IS NULL THEN FALSE ELSE given_net BETWEEN 1 AND 1000000000000 AND given_share BETWEEN 0 AND given_net AND org_share = (((given_share * (net_commission >> 20)) / given_net << 20) + (((given_share * (net_commission >> 20)) % given_net << 20) + given_share * (net_commission & 1048575)) / given_net) END), CONSTRAINT `orders_refund` CHECK (refund_amount BETWEEN 0 AND amount AND (status <> 'REFUNDED' AND (refund_amount < amount OR amount = 0) OR status = 'REFUNDED' AND refund_amount = amount)), CONSTRAINT `orders_refunded_at` CHECK (refunded_at IS NULL OR refunded_at >= paid_at AND (refund_amount > 0 OR status = 'REFUNDED')), CONSTRAINT `orders_settled` CHECK (status = 'REFUNDED' OR (status = 'SETTLED') = (settled_at IS NOT NULL)), CONSTRAINT `orders_settled_at` CHECK (settled_at >= paid_at), CONSTRAINT `orders_shares` CHECK (org_share BETWEEN 0 AND net_commission AND creator_share = net_commission - org_share), CONSTRAINT `orders_status` CHECK (status IN ('PAID', 'SETTLED', 'REFUNDED')), CONSTRAINT `orders_whole` CHECK (typeof(amount) = 'integer' AND typeof(commission) = 'integer' AND typeof(refund_amount) = 'integer' AND typeof(net_commission) = 'integer' AND typeof(org_share) = 'integer' AND typeof(creator_share) = 'integer' AND typeof(share_bps) IN ('integer', 'null') AND typeof(given_share) IN ('integer', 'null') AND typeof(given_net) IN ('integer', 'null')));
-- Copy rows from old table "orders" to new temporary table "new_orders"
INSERT INTO `new_orders` (`id`, `created_at`, `updated_at`, `grams`, `number`, `product_name`, `amount`, `commission`, `status`, `paid_at`, `settled_at`, `parent_number`, `commission_after_refunds`, `refund_amount`, `refunded_at`, `net_commission`, `org_share`, `creator_share`, `share_bps`, `given_share`, `given_net`, `settled_by`, `made_by`, `org_id`, `creator_id`) SELECT `id`, `created_at`, `updated_at`, '', `number`, `product_name`, `amount`, `commission`, `status`, `paid_at`, `settled_at`, `parent_number`, `commission_after_refunds`, `refund_amount`, `refunded_at`, `net_commission`, `org_share`, `creator_share`, `share_bps`, `given_share`, `given_net`, `settled_by`, `made_by`, `org_id`, `creator_id` FROM `orders`;
-- Drop "orders" table after copying rows
DROP TABLE `orders`;
-- Rename temporary table "new_orders" to "orders"
ALTER TABLE `new_orders` RENAME TO `orders`;
-- Create index "order_org_id_number" to table: "orders"
CREATE UNIQUE INDEX `order_org_id_number` ON `orders` (`org_id`, `number`);
-- Create index "order_org_id_parent_number" to table: "orders"
CREATE INDEX `order_org_id_parent_number` ON `orders` (`org_id`, `parent_number`);
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
-- Create index "order_org_id_updated_at_id" to table: "orders"
CREATE INDEX `order_org_id_updated_at_id` ON `orders` (`org_id`, `updated_at`, `id`);
-- Create index "order_org_id_status_updated_at_id" to table: "orders"
CREATE INDEX `order_org_id_status_updated_at_id` ON `orders` (`org_id`, `status`, `updated_at`, `id`);
-- Create index "order_creator_id_updated_at_id_org_id" to table: "orders"
CREATE INDEX `order_creator_id_updated_at_id_org_id` ON `orders` (`creator_id`, `updated_at`, `id`, `org_id`);
-- Create index "order_org_id_settled_at_id" to table: "orders"
CREATE INDEX `order_org_id_settled_at_id` ON `orders` (`org_id`, `settled_at`, `id`) WHERE settled_at IS NOT NULL;
-- Create index "order_org_id_status_settled_at_id" to table: "orders"
CREATE INDEX `order_org_id_status_settled_at_id` ON `orders` (`org_id`, `status`, `settled_at`, `id`) WHERE settled_at IS NOT NULL;
-- Create index "order_creator_id_settled_at_id_org_id" to table: "orders"
CREATE INDEX `order_creator_id_settled_at_id_org_id` ON `orders` (`creator_id`, `settled_at`, `id`, `org_id`) WHERE settled_at IS NOT NULL;
-- Create index "orders_id" to table: "orders"
CREATE UNIQUE INDEX `orders_id` ON `orders` (`id`);
-- Enable back the enforcement of foreign-keys constraints
PRAGMA foreign_keys = on;
-- Create full-text index of table: "creators"
CREATE VIRTUAL TABLE `creators_search` USING fts5(grams, content='', contentless_delete=1, detail=none, tokenize="ascii tokenchars '-'");
-- Create full-text index of table: "tasks"
CREATE VIRTUAL TABLE `tasks_search` USING fts5(grams, content='', contentless_delete=1, detail=none, tokenize="ascii tokenchars '-'");
-- Create full-text index of table: "orders"
CREATE VIRTUAL TABLE `orders_search` USING fts5(grams, content='', contentless_delete=1, detail=none, tokenize="ascii tokenchars '-'");

-- invariants.sql 15f251583e7d46cafb7a0dd10355a580e8d7381aa188bd1588ecff322fd95790
