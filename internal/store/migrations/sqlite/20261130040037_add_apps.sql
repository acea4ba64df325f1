-- Add column "token_id" to table: "audit_events"
ALTER TABLE `audit_events` ADD COLUMN `token_id` text NULL;
-- Create "api_tokens" table
CREATE TABLE `api_tokens` (`id` text NOT NULL, `org_id` text NOT NULL, `created_at` datetime NOT NULL, `name` text NOT NULL, `hint` text NOT NULL, `token_hash` blob NOT NULL, `created_by_name` text NOT NULL, `ends_at` datetime NOT NULL, `successor_id` text NULL, `revoked_at` datetime NULL, `last_used_at` datetime NULL, `last_used_ip` text NULL, `last_used_user_agent` text NULL, `last_refused_at` datetime NULL, `last_refused_ip` text NULL, `app_id` text NOT NULL, PRIMARY KEY (`id`), CONSTRAINT `api_tokens_apps_app` FOREIGN KEY (`app_id`, `org_id`) REFERENCES `apps` (`id`, `org_id`) ON DELETE CASCADE, CONSTRAINT `api_tokens_ended` CHECK (revoked_at IS NULL OR ends_at <= revoked_at));
-- Create index "api_tokens_token_hash_key" to table: "api_tokens"
CREATE UNIQUE INDEX `api_tokens_token_hash_key` ON `api_tokens` (`token_hash`);
-- Create index "apitoken_org_id_id" to table: "api_tokens"
CREATE UNIQUE INDEX `apitoken_org_id_id` ON `api_tokens` (`org_id`, `id`);
-- Create index "apitoken_org_id_app_id_created_at_id" to table: "api_tokens"
CREATE INDEX `apitoken_org_id_app_id_created_at_id` ON `api_tokens` (`org_id`, `app_id`, `created_at`, `id`);
-- Create index "apitoken_ends_at" to table: "api_tokens"
CREATE INDEX `apitoken_ends_at` ON `api_tokens` (`ends_at`);
-- Create "apps" table
CREATE TABLE `apps` (`id` text NOT NULL, `created_at` datetime NOT NULL, `updated_at` datetime NOT NULL, `name` text NOT NULL, `description` text NOT NULL DEFAULT (''), `contacts` text NOT NULL DEFAULT (''), `status` text NOT NULL DEFAULT ('ENABLED'), `grants` integer NOT NULL, `ip_ranges` text NOT NULL DEFAULT (''), `budget_rows` integer NULL, `budget_refill` integer NULL, `last_used_at` datetime NULL, `org_id` text NOT NULL, PRIMARY KEY (`id`), CONSTRAINT `apps_orgs_org` FOREIGN KEY (`org_id`) REFERENCES `orgs` (`id`) ON DELETE NO ACTION, CONSTRAINT `apps_budget` CHECK (CASE WHEN budget_rows IS NULL THEN budget_refill IS NULL ELSE budget_refill IS NOT NULL AND budget_rows >= 1000 AND budget_refill >= 1 END), CONSTRAINT `apps_grantable` CHECK (grants >= 0 AND (grants | 104999065509759) = 104999065509759 AND (grants >> 32) = (grants & 4294967295)), CONSTRAINT `apps_status` CHECK (status IN ('ENABLED', 'DISABLED')), CONSTRAINT `apps_whole` CHECK (typeof(grants) = 'integer' AND typeof(budget_rows) IN ('integer', 'null') AND typeof(budget_refill) IN ('integer', 'null')));
-- Create index "app_org_id_id" to table: "apps"
CREATE UNIQUE INDEX `app_org_id_id` ON `apps` (`org_id`, `id`);
-- Create index "app_org_id_name" to table: "apps"
CREATE UNIQUE INDEX `app_org_id_name` ON `apps` (`org_id`, `name`);
-- Create index "app_org_id_created_at_id" to table: "apps"
CREATE INDEX `app_org_id_created_at_id` ON `apps` (`org_id`, `created_at`, `id`);

-- invariants.sql 15f251583e7d46cafb7a0dd10355a580e8d7381aa188bd1588ecff322fd95790
