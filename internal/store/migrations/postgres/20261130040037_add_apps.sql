-- Modify "audit_events" table
ALTER TABLE "audit_events" ADD COLUMN "token_id" character varying NULL;
-- Create "apps" table
CREATE TABLE "apps" ("id" character varying NOT NULL, "created_at" timestamptz NOT NULL, "updated_at" timestamptz NOT NULL, "name" character varying NOT NULL, "description" character varying NOT NULL DEFAULT '', "contacts" text NOT NULL DEFAULT '', "status" character varying NOT NULL DEFAULT 'ENABLED', "grants" bigint NOT NULL, "ip_ranges" text NOT NULL DEFAULT '', "budget_rows" bigint NULL, "budget_refill" bigint NULL, "last_used_at" timestamptz NULL, "org_id" character varying NOT NULL, PRIMARY KEY ("id"), CONSTRAINT "apps_orgs_org" FOREIGN KEY ("org_id") REFERENCES "orgs" ("id") ON UPDATE NO ACTION ON DELETE NO ACTION, CONSTRAINT "apps_budget" CHECK (
CASE
    WHEN (budget_rows IS NULL) THEN (budget_refill IS NULL)
    ELSE ((budget_refill IS NOT NULL) AND (budget_rows >= 1000) AND (budget_refill >= 1))
END), CONSTRAINT "apps_grantable" CHECK ((grants >= 0) AND ((grants | '104999065509759'::bigint) = '104999065509759'::bigint) AND ((grants >> 32) = (grants & '4294967295'::bigint))), CONSTRAINT "apps_status" CHECK ((status)::text = ANY (ARRAY[('ENABLED'::character varying)::text, ('DISABLED'::character varying)::text])));
-- Create index "app_org_id_created_at_id" to table: "apps"
CREATE INDEX "app_org_id_created_at_id" ON "apps" ("org_id", "created_at", "id");
-- Create index "app_org_id_id" to table: "apps"
CREATE UNIQUE INDEX "app_org_id_id" ON "apps" ("org_id", "id");
-- Create index "app_org_id_name" to table: "apps"
CREATE UNIQUE INDEX "app_org_id_name" ON "apps" ("org_id", "name");
-- Create "api_tokens" table
CREATE TABLE "api_tokens" ("id" character varying NOT NULL, "org_id" character varying NOT NULL, "created_at" timestamptz NOT NULL, "name" character varying NOT NULL, "hint" character varying NOT NULL, "token_hash" bytea NOT NULL, "created_by_name" character varying NOT NULL, "ends_at" timestamptz NOT NULL, "successor_id" character varying NULL, "revoked_at" timestamptz NULL, "last_used_at" timestamptz NULL, "last_used_ip" character varying NULL, "last_used_user_agent" character varying NULL, "last_refused_at" timestamptz NULL, "last_refused_ip" character varying NULL, "app_id" character varying NOT NULL, PRIMARY KEY ("id"), CONSTRAINT "api_tokens_apps_app" FOREIGN KEY ("app_id", "org_id") REFERENCES "apps" ("id", "org_id") ON UPDATE NO ACTION ON DELETE CASCADE, CONSTRAINT "api_tokens_ended" CHECK ((revoked_at IS NULL) OR (ends_at <= revoked_at)));
-- Create index "api_tokens_token_hash_key" to table: "api_tokens"
CREATE UNIQUE INDEX "api_tokens_token_hash_key" ON "api_tokens" ("token_hash");
-- Create index "apitoken_ends_at" to table: "api_tokens"
CREATE INDEX "apitoken_ends_at" ON "api_tokens" ("ends_at");
-- Create index "apitoken_org_id_app_id_created_at_id" to table: "api_tokens"
CREATE INDEX "apitoken_org_id_app_id_created_at_id" ON "api_tokens" ("org_id", "app_id", "created_at", "id");
-- Create index "apitoken_org_id_id" to table: "api_tokens"
CREATE UNIQUE INDEX "apitoken_org_id_id" ON "api_tokens" ("org_id", "id");

-- invariants.sql e2ab6ac4e1237e7f3c972db0f0dac6df3ffb4b87cb222ca73e20ba8d9e390627
