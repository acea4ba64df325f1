-- Create "accounts" table
CREATE TABLE `accounts` (`id` text NOT NULL, `created_at` datetime NOT NULL, `phone` text NULL, `email` text NULL, `password_hash` text NULL, `side` text NOT NULL DEFAULT ('NONE'), PRIMARY KEY (`id`), CONSTRAINT `accounts_reachable` CHECK (phone IS NOT NULL OR email IS NOT NULL), CONSTRAINT `accounts_side` CHECK (side IN ('NONE', 'OWNER', 'SEATED')));
-- Create index "accounts_phone_key" to table: "accounts"
CREATE UNIQUE INDEX `accounts_phone_key` ON `accounts` (`phone`);
-- Create index "accounts_email_key" to table: "accounts"
CREATE UNIQUE INDEX `accounts_email_key` ON `accounts` (`email`);
-- Create index "account_id_side" to table: "accounts"
CREATE UNIQUE INDEX `account_id_side` ON `accounts` (`id`, `side`);
-- Create "audit_events" table
CREATE TABLE `audit_events` (`id` text NOT NULL, `org_id` text NULL, `at` datetime NOT NULL, `actor_kind` text NOT NULL, `actor_id` text NULL, `account_id` text NULL, `actor_name` text NOT NULL, `operation` text NOT NULL, `outcome` text NOT NULL, `code` text NULL, `ip` text NULL, `user_agent` text NULL, `request_id` text NOT NULL, `refusal_key` text NULL, PRIMARY KEY (`id`), CONSTRAINT `audit_events_actor` CHECK (actor_kind IN ('OWNER', 'SUB_ACCOUNT', 'ACCOUNT', 'API_TOKEN', 'SYSTEM')), CONSTRAINT `audit_events_outcome` CHECK (outcome = 'DONE' AND code IS NULL OR outcome = 'REFUSED' AND code IS NOT NULL));
-- Create index "audit_events_refusal_key_key" to table: "audit_events"
CREATE UNIQUE INDEX `audit_events_refusal_key_key` ON `audit_events` (`refusal_key`);
-- Create index "auditevent_org_id_at_id" to table: "audit_events"
CREATE INDEX `auditevent_org_id_at_id` ON `audit_events` (`org_id`, `at`, `id`);
-- Create index "auditevent_org_id_actor_id_at_id" to table: "audit_events"
CREATE INDEX `auditevent_org_id_actor_id_at_id` ON `audit_events` (`org_id`, `actor_id`, `at`, `id`);
-- Create index "auditevent_org_id_operation_at_id" to table: "audit_events"
CREATE INDEX `auditevent_org_id_operation_at_id` ON `audit_events` (`org_id`, `operation`, `at`, `id`);
-- Create index "auditevent_org_id_outcome_at_id" to table: "audit_events"
CREATE INDEX `auditevent_org_id_outcome_at_id` ON `audit_events` (`org_id`, `outcome`, `at`, `id`);
-- Create index "auditevent_account_id_at_id" to table: "audit_events"
CREATE INDEX `auditevent_account_id_at_id` ON `audit_events` (`account_id`, `at`, `id`);
-- Create "audit_tallies" table
CREATE TABLE `audit_tallies` (`id` text NOT NULL, `count` integer NOT NULL DEFAULT (1), PRIMARY KEY (`id`), CONSTRAINT `audit_tallies_count` CHECK (count >= 1));
-- Create "audit_targets" table
CREATE TABLE `audit_targets` (`id` integer NOT NULL PRIMARY KEY AUTOINCREMENT, `org_id` text NULL, `at` datetime NOT NULL, `target_id` text NOT NULL, `type` text NOT NULL, `label` text NOT NULL, `account_id` text NULL, `outcome` text NOT NULL, `code` text NULL, `changes` text NOT NULL DEFAULT ('[]'), `event_id` text NOT NULL, CONSTRAINT `audit_targets_audit_events_event` FOREIGN KEY (`event_id`) REFERENCES `audit_events` (`id`) ON DELETE NO ACTION);
-- Create index "audittarget_event_id_id" to table: "audit_targets"
CREATE INDEX `audittarget_event_id_id` ON `audit_targets` (`event_id`, `id`);
-- Create index "audittarget_target_id_at_event_id" to table: "audit_targets"
CREATE INDEX `audittarget_target_id_at_event_id` ON `audit_targets` (`target_id`, `at`, `event_id`);
-- Create index "audittarget_account_id_at_event_id" to table: "audit_targets"
CREATE INDEX `audittarget_account_id_at_event_id` ON `audit_targets` (`account_id`, `at`, `event_id`);
-- Create "code_flows" table
CREATE TABLE `code_flows` (`id` text NOT NULL, `created_at` datetime NOT NULL, `purpose` text NOT NULL, `destination` text NOT NULL, `org_id` text NULL, `code_hash` blob NOT NULL, `guesses` integer NOT NULL DEFAULT (0), `expires_at` datetime NOT NULL, `used_at` datetime NULL, PRIMARY KEY (`id`));
-- Create index "codeflow_destination_purpose_created_at" to table: "code_flows"
CREATE INDEX `codeflow_destination_purpose_created_at` ON `code_flows` (`destination`, `purpose`, `created_at`);
-- Create index "codeflow_created_at" to table: "code_flows"
CREATE INDEX `codeflow_created_at` ON `code_flows` (`created_at`);
-- Create "known_networks" table
CREATE TABLE `known_networks` (`id` integer NOT NULL PRIMARY KEY AUTOINCREMENT, `network` text NOT NULL, `last_at` datetime NOT NULL, `account_id` text NOT NULL, CONSTRAINT `known_networks_accounts_account` FOREIGN KEY (`account_id`) REFERENCES `accounts` (`id`) ON DELETE CASCADE);
-- Create index "knownnetwork_account_id_network" to table: "known_networks"
CREATE UNIQUE INDEX `knownnetwork_account_id_network` ON `known_networks` (`account_id`, `network`);
-- Create "orgs" table
CREATE TABLE `orgs` (`id` text NOT NULL, `created_at` datetime NOT NULL, `updated_at` datetime NOT NULL, `name` text NOT NULL, `owner_side` text NOT NULL DEFAULT ('OWNER'), `owner_name` text NOT NULL, `time_zone` text NOT NULL DEFAULT ('Asia/Shanghai'), `currency` text NOT NULL DEFAULT ('CNY'), `owner_id` text NOT NULL, PRIMARY KEY (`id`), CONSTRAINT `orgs_accounts_owner` FOREIGN KEY (`owner_id`, `owner_side`) REFERENCES `accounts` (`id`, `side`) ON DELETE NO ACTION, CONSTRAINT `orgs_owner_side` CHECK (owner_side = 'OWNER'));
-- Create index "org_owner_id" to table: "orgs"
CREATE UNIQUE INDEX `org_owner_id` ON `orgs` (`owner_id`);
-- Create "roles" table
CREATE TABLE `roles` (`id` text NOT NULL, `created_at` datetime NOT NULL, `updated_at` datetime NOT NULL, `name` text NOT NULL, `description` text NOT NULL DEFAULT (''), `grants` integer NOT NULL, `org_id` text NOT NULL, PRIMARY KEY (`id`), CONSTRAINT `roles_orgs_org` FOREIGN KEY (`org_id`) REFERENCES `orgs` (`id`) ON DELETE NO ACTION, CONSTRAINT `roles_grantable` CHECK (grants >= 0 AND (grants | 103744935059035) = 103744935059035));
-- Create index "role_org_id_id" to table: "roles"
CREATE UNIQUE INDEX `role_org_id_id` ON `roles` (`org_id`, `id`);
-- Create index "role_org_id_name" to table: "roles"
CREATE UNIQUE INDEX `role_org_id_name` ON `roles` (`org_id`, `name`);
-- Create index "role_org_id_created_at_id" to table: "roles"
CREATE INDEX `role_org_id_created_at_id` ON `roles` (`org_id`, `created_at`, `id`);
-- Create "sessions" table
CREATE TABLE `sessions` (`id` text NOT NULL, `created_at` datetime NOT NULL, `token_hash` blob NOT NULL, `last_used_at` datetime NOT NULL, `expires_at` datetime NOT NULL, `ip` text NULL, `user_agent` text NULL, `account_id` text NOT NULL, PRIMARY KEY (`id`), CONSTRAINT `sessions_accounts_account` FOREIGN KEY (`account_id`) REFERENCES `accounts` (`id`) ON DELETE CASCADE);
-- Create index "sessions_token_hash_key" to table: "sessions"
CREATE UNIQUE INDEX `sessions_token_hash_key` ON `sessions` (`token_hash`);
-- Create index "session_account_id_created_at_id" to table: "sessions"
CREATE INDEX `session_account_id_created_at_id` ON `sessions` (`account_id`, `created_at`, `id`);
-- Create "sub_accounts" table
CREATE TABLE `sub_accounts` (`id` text NOT NULL, `created_at` datetime NOT NULL, `updated_at` datetime NOT NULL, `account_side` text NOT NULL DEFAULT ('SEATED'), `slot` integer NOT NULL, `name` text NOT NULL, `phone` text NULL, `email` text NULL, `status` text NOT NULL DEFAULT ('ENABLED'), `last_active_at` datetime NULL, `org_id` text NOT NULL, `account_id` text NOT NULL, PRIMARY KEY (`id`), CONSTRAINT `sub_accounts_orgs_org` FOREIGN KEY (`org_id`) REFERENCES `orgs` (`id`) ON DELETE NO ACTION, CONSTRAINT `sub_accounts_accounts_account` FOREIGN KEY (`account_id`, `account_side`) REFERENCES `accounts` (`id`, `side`) ON DELETE NO ACTION, CONSTRAINT `sub_accounts_account_side` CHECK (account_side = 'SEATED'), CONSTRAINT `sub_accounts_contact` CHECK (phone IS NOT NULL OR email IS NOT NULL), CONSTRAINT `sub_accounts_slot` CHECK (slot BETWEEN 1 AND 20), CONSTRAINT `sub_accounts_status` CHECK (status IN ('ENABLED', 'DISABLED')));
-- Create index "subaccount_org_id_id" to table: "sub_accounts"
CREATE UNIQUE INDEX `subaccount_org_id_id` ON `sub_accounts` (`org_id`, `id`);
-- Create index "subaccount_org_id_account_id" to table: "sub_accounts"
CREATE UNIQUE INDEX `subaccount_org_id_account_id` ON `sub_accounts` (`org_id`, `account_id`);
-- Create index "subaccount_account_id_slot" to table: "sub_accounts"
CREATE UNIQUE INDEX `subaccount_account_id_slot` ON `sub_accounts` (`account_id`, `slot`);
-- Create index "subaccount_org_id_created_at_id" to table: "sub_accounts"
CREATE INDEX `subaccount_org_id_created_at_id` ON `sub_accounts` (`org_id`, `created_at`, `id`);
-- Create "sub_account_roles" table
CREATE TABLE `sub_account_roles` (`org_id` text NOT NULL, `sub_account_id` text NOT NULL, `role_id` text NOT NULL, PRIMARY KEY (`sub_account_id`, `role_id`), CONSTRAINT `sub_account_roles_sub_accounts_sub_account` FOREIGN KEY (`sub_account_id`, `org_id`) REFERENCES `sub_accounts` (`id`, `org_id`) ON DELETE CASCADE, CONSTRAINT `sub_account_roles_roles_role` FOREIGN KEY (`role_id`, `org_id`) REFERENCES `roles` (`id`, `org_id`) ON DELETE NO ACTION);
-- Create index "subaccountrole_role_id_sub_account_id" to table: "sub_account_roles"
CREATE INDEX `subaccountrole_role_id_sub_account_id` ON `sub_account_roles` (`role_id`, `sub_account_id`);
-- Create "throttles" table
CREATE TABLE `throttles` (`id` text NOT NULL, `count` integer NOT NULL DEFAULT (0), `ends_at` datetime NOT NULL, PRIMARY KEY (`id`));
-- Create index "throttle_ends_at" to table: "throttles"
CREATE INDEX `throttle_ends_at` ON `throttles` (`ends_at`);

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
