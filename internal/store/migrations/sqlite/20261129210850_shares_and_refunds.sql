-- Disable the enforcement of foreign-keys constraints
PRAGMA foreign_keys = off;
-- Create "new_orders" table
CREATE TABLE `new_orders` (`id` text NOT NULL, `created_at` datetime NOT NULL, `updated_at` datetime NOT NULL, `grams` text NOT NULL, `number` text NOT NULL, `product_name` text NOT NULL, `amount` integer NOT NULL, `commission` integer NOT NULL, `status` text NOT NULL, `paid_at` datetime NOT NULL, `settled_at` datetime NULL, `parent_number` text NULL, `commission_after_refunds` bool NOT NULL DEFAULT (false), `refund_amount` integer NOT NULL DEFAULT (0), `refunded_at` datetime NULL, `net_commission` integer NOT NULL, `org_share` integer NOT NULL, `creator_share` integer NOT NULL, `share_bps` integer NULL, `given_share` integer NULL, `given_net` integer NULL, `settled_by` text NULL, `made_by` text NULL, `org_id` text NOT NULL, `creator_id` text NOT NULL, PRIMARY KEY (`id`), CONSTRAINT `orders_orgs_org` FOREIGN KEY (`org_id`) REFERENCES `orgs` (`id`) ON DELETE NO ACTION, CONSTRAINT `orders_creators_creator` FOREIGN KEY (`creator_id`, `org_id`) REFERENCES `creators` (`id`, `org_id`) ON DELETE NO ACTION, CONSTRAINT `orders_amount` CHECK (amount BETWEEN 0 AND 1000000000000), CONSTRAINT `orders_commission` CHECK (commission BETWEEN 0 AND amount), CONSTRAINT `orders_net` CHECK (net_commission = CASE WHEN status = 'REFUNDED' THEN 0 WHEN commission_after_refunds OR amount = 0 THEN commission ELSE (((commission * ((amount - refund_amount) >> 20)) / amount << 20) + (((commission * ((amount - refund_amount) >> 20)) % amount << 20) + commission * ((amount - refund_amount) & 1048575)) / amount) END), CONSTRAINT `orders_org_share` CHECK (CASE WHEN share_bps IS NOT NULL THEN share_bps BETWEEN 0 AND 10000 AND given_share IS NULL AND given_net IS NULL AND org_share = net_commission * share_bps / 10000 WHEN given_net IS NULL OR given_share IS NULL THEN FALSE ELSE given_net BETWEEN 1 AND 1000000000000 AND given_share BETWEEN 0 AND given_net AND org_share = (((given_share * (net_commission >> 20)) / given_net << 20) + (((given_share * (net_commission >> 20)) % given_net << 20) + given_share * (net_commission & 1048575)) / given_net) END), CONSTRAINT `orders_refund` CHECK (refund_amount BETWEEN 0 AND amount AND (status <> 'REFUNDED' AND (refund_amount < amount OR amount = 0) OR status = 'REFUNDED' AND refund_amount = amount)), CONSTRAINT `orders_refunded_at` CHECK (refunded_at IS NULL OR refunded_at >= paid_at AND (refund_amount > 0 OR status = 'REFUNDED')), CONSTRAINT `orders_settled` CHECK (status = 'REFUNDED' OR (status = 'SETTLED') = (settled_at IS NOT NULL)), CONSTRAINT `orders_settled_at` CHECK (settled_at >= paid_at), CONSTRAINT `orders_shares` CHECK (org_share BETWEEN 0 AND net_commission AND creator_share = net_commission - org_share), CONSTRAINT `orders_status` CHECK (status IN ('PAID', 'SETTLED', 'REFUNDED')), CONSTRAINT `orders_whole` CHECK (typeof(amount) = 'integer' AND typeof(commission) = 'integer' AND typeof(refund_amount) = 'integer' AND typeof(net_commission) = 'integer' AND typeof(org_share) = 'integer' AND typeof(creator_share) = 'integer' AND typeof(share_bps) IN ('integer', 'null') AND typeof(given_share) IN ('integer', 'null') AND typeof(given_net) IN ('integer', 'null')));
-- Copy rows from old table "orders", computed with the share that their creator has now, to new temporary table "new_orders"
INSERT INTO `new_orders` (`id`, `created_at`, `updated_at`, `grams`, `number`, `product_name`, `amount`, `commission`, `status`, `paid_at`, `settled_at`, `made_by`, `org_id`, `creator_id`, `refund_amount`, `net_commission`, `org_share`, `creator_share`, `share_bps`) SELECT o.`id`, o.`created_at`, o.`updated_at`, o.`grams`, o.`number`, o.`product_name`, o.`amount`, o.`commission`, o.`status`, o.`paid_at`, o.`settled_at`, o.`made_by`, o.`org_id`, o.`creator_id`, CASE o.status WHEN 'REFUNDED' THEN amount ELSE 0 END, CASE o.status WHEN 'REFUNDED' THEN 0 ELSE commission END, CASE o.status WHEN 'REFUNDED' THEN 0 ELSE commission * c.share_bps / 10000 END, CASE o.status WHEN 'REFUNDED' THEN 0 ELSE commission - commission * c.share_bps / 10000 END, c.share_bps FROM `orders` o JOIN `creators` c ON c.id = o.creator_id;
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
-- Create "new_creator_days" table
CREATE TABLE `new_creator_days` (`org_id` text NOT NULL, `day` integer NOT NULL, `creator_id` text NOT NULL, `slot` integer NOT NULL, `orders` integer NOT NULL, `amount` integer NOT NULL, `commission` integer NOT NULL, `refunds` integer NOT NULL, `refund_amount` integer NOT NULL, `net_commission` integer NOT NULL, `org_share` integer NOT NULL, PRIMARY KEY (`org_id`, `day`, `creator_id`, `slot`), CONSTRAINT `creator_days_sums` CHECK (orders <= CASE slot WHEN 0 THEN 4503599627370496 ELSE 281474976710656 END AND amount <= CASE slot WHEN 0 THEN 4503599627370496 ELSE 281474976710656 END AND commission <= CASE slot WHEN 0 THEN 4503599627370496 ELSE 281474976710656 END AND refunds <= CASE slot WHEN 0 THEN 4503599627370496 ELSE 281474976710656 END AND refund_amount <= CASE slot WHEN 0 THEN 4503599627370496 ELSE 281474976710656 END AND net_commission <= CASE slot WHEN 0 THEN 4503599627370496 ELSE 281474976710656 END AND org_share <= CASE slot WHEN 0 THEN 4503599627370496 ELSE 281474976710656 END), CONSTRAINT `creator_days_whole` CHECK (typeof(orders) = 'integer' AND typeof(amount) = 'integer' AND typeof(commission) = 'integer' AND typeof(refunds) = 'integer' AND typeof(refund_amount) = 'integer' AND typeof(net_commission) = 'integer' AND typeof(org_share) = 'integer'));
-- Its rows are made anew from the orders, by the program
-- Drop "creator_days" table
DROP TABLE `creator_days`;
-- Rename temporary table "new_creator_days" to "creator_days"
ALTER TABLE `new_creator_days` RENAME TO `creator_days`;
-- Create "new_product_days" table
CREATE TABLE `new_product_days` (`org_id` text NOT NULL, `creator_id` text NOT NULL, `day` integer NOT NULL, `product_name` text NOT NULL, `slot` integer NOT NULL, `orders` integer NOT NULL, `amount` integer NOT NULL, `commission` integer NOT NULL, `refunds` integer NOT NULL, `refund_amount` integer NOT NULL, `net_commission` integer NOT NULL, `org_share` integer NOT NULL, PRIMARY KEY (`org_id`, `creator_id`, `day`, `product_name`, `slot`), CONSTRAINT `product_days_sums` CHECK (orders <= CASE slot WHEN 0 THEN 4503599627370496 ELSE 281474976710656 END AND amount <= CASE slot WHEN 0 THEN 4503599627370496 ELSE 281474976710656 END AND commission <= CASE slot WHEN 0 THEN 4503599627370496 ELSE 281474976710656 END AND refunds <= CASE slot WHEN 0 THEN 4503599627370496 ELSE 281474976710656 END AND refund_amount <= CASE slot WHEN 0 THEN 4503599627370496 ELSE 281474976710656 END AND net_commission <= CASE slot WHEN 0 THEN 4503599627370496 ELSE 281474976710656 END AND org_share <= CASE slot WHEN 0 THEN 4503599627370496 ELSE 281474976710656 END), CONSTRAINT `product_days_whole` CHECK (typeof(orders) = 'integer' AND typeof(amount) = 'integer' AND typeof(commission) = 'integer' AND typeof(refunds) = 'integer' AND typeof(refund_amount) = 'integer' AND typeof(net_commission) = 'integer' AND typeof(org_share) = 'integer'));
-- Its rows are made anew from the orders, by the program
-- Drop "product_days" table
DROP TABLE `product_days`;
-- Rename temporary table "new_product_days" to "product_days"
ALTER TABLE `new_product_days` RENAME TO `product_days`;
-- Create "creator_shares" table
CREATE TABLE `creator_shares` (`org_id` text NOT NULL, `creator_id` text NOT NULL, `since` datetime NOT NULL, `share_bps` integer NOT NULL, PRIMARY KEY (`org_id`, `creator_id`, `since`), CONSTRAINT `creator_shares_creators_creator` FOREIGN KEY (`creator_id`, `org_id`) REFERENCES `creators` (`id`, `org_id`) ON DELETE NO ACTION, CONSTRAINT `creator_shares_bps` CHECK (share_bps BETWEEN 0 AND 10000), CONSTRAINT `creator_shares_whole` CHECK (typeof(share_bps) = 'integer'));
-- Create "figure_slots" table
CREATE TABLE `figure_slots` (`org_id` text NOT NULL, `slot` integer NOT NULL, PRIMARY KEY (`org_id`, `slot`));
-- The share that creators have now is the one that they had from the start
INSERT INTO creator_shares (org_id, creator_id, since, share_bps) SELECT org_id, id, created_at, share_bps FROM creators;
-- Enable back the enforcement of foreign-keys constraints
PRAGMA foreign_keys = on;

-- invariants.sql 796eae96cb2fb60672c351058ccfccb8a693f5ad7ba4ad08ff0bd2a1c2749c10
