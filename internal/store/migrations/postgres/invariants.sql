-- What neither Ent nor constraints.go can state. It runs after the last version of the schema (see migrations.go), so
-- it can run any number of times. The constraint names are what the program knows a refusal by.

-- What was done stays on record.
CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'rows of % are only ever added', TG_TABLE_NAME
    USING ERRCODE = '23514', CONSTRAINT = 'append_only', TABLE = TG_TABLE_NAME;
END;
$$;
DROP TRIGGER IF EXISTS audit_events_change ON audit_events;
CREATE TRIGGER audit_events_change BEFORE UPDATE OR DELETE ON audit_events FOR EACH ROW EXECUTE FUNCTION refuse_change();
DROP TRIGGER IF EXISTS audit_events_truncate ON audit_events;
CREATE TRIGGER audit_events_truncate BEFORE TRUNCATE ON audit_events FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
DROP TRIGGER IF EXISTS audit_targets_change ON audit_targets;
CREATE TRIGGER audit_targets_change BEFORE UPDATE OR DELETE ON audit_targets FOR EACH ROW EXECUTE FUNCTION refuse_change();
DROP TRIGGER IF EXISTS audit_targets_truncate ON audit_targets;
CREATE TRIGGER audit_targets_truncate BEFORE TRUNCATE ON audit_targets FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- A tally only grows.
DROP TRIGGER IF EXISTS audit_tallies_update ON audit_tallies;
CREATE TRIGGER audit_tallies_update BEFORE UPDATE ON audit_tallies FOR EACH ROW
  WHEN (NEW.id <> OLD.id OR NEW.count <= OLD.count) EXECUTE FUNCTION refuse_change();
DROP TRIGGER IF EXISTS audit_tallies_delete ON audit_tallies;
CREATE TRIGGER audit_tallies_delete BEFORE DELETE ON audit_tallies FOR EACH ROW EXECUTE FUNCTION refuse_change();
DROP TRIGGER IF EXISTS audit_tallies_truncate ON audit_tallies;
CREATE TRIGGER audit_tallies_truncate BEFORE TRUNCATE ON audit_tallies FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- A sub-account has at least one role. Its links are inserted before it, so their foreign key waits for the end of the
-- transaction, and new links before old ones are deleted. Deleting it takes its links along.
ALTER TABLE sub_account_roles ALTER CONSTRAINT sub_account_roles_sub_accounts_sub_account DEFERRABLE INITIALLY DEFERRED;
-- It looks at all rows, whoever deletes one, so it runs as the owner of the tables.
CREATE OR REPLACE FUNCTION require_role() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
DECLARE
  sub_account varchar;
BEGIN
  IF TG_OP = 'INSERT' THEN
    sub_account := NEW.id;
  ELSE
    -- The lock makes two transactions that each take one of two roles see each other.
    SELECT id INTO sub_account FROM sub_accounts WHERE id = OLD.sub_account_id FOR NO KEY UPDATE;
    IF NOT FOUND THEN
      RETURN NULL; -- it is being deleted
    END IF;
  END IF;
  IF NOT EXISTS (SELECT FROM sub_account_roles WHERE sub_account_id = sub_account) THEN
    RAISE EXCEPTION 'a sub-account needs a role'
      USING ERRCODE = '23514', CONSTRAINT = 'role_required', TABLE = 'sub_accounts';
  END IF;
  RETURN NULL;
END;
$$;
DROP TRIGGER IF EXISTS sub_accounts_insert ON sub_accounts;
CREATE TRIGGER sub_accounts_insert AFTER INSERT ON sub_accounts FOR EACH ROW EXECUTE FUNCTION require_role();
DROP TRIGGER IF EXISTS sub_account_roles_delete ON sub_account_roles;
CREATE TRIGGER sub_account_roles_delete AFTER DELETE ON sub_account_roles FOR EACH ROW EXECUTE FUNCTION require_role();
CREATE OR REPLACE FUNCTION refuse_move() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'rows of % keep their keys', TG_TABLE_NAME
    USING ERRCODE = '23514', CONSTRAINT = 'immutable', TABLE = TG_TABLE_NAME;
END;
$$;
DROP TRIGGER IF EXISTS sub_accounts_update ON sub_accounts;
CREATE TRIGGER sub_accounts_update BEFORE UPDATE OF id, org_id ON sub_accounts FOR EACH ROW
  WHEN (NEW.id <> OLD.id OR NEW.org_id <> OLD.org_id) EXECUTE FUNCTION refuse_move();
DROP TRIGGER IF EXISTS sub_account_roles_update ON sub_account_roles;
CREATE TRIGGER sub_account_roles_update BEFORE UPDATE ON sub_account_roles FOR EACH ROW EXECUTE FUNCTION refuse_move();
-- TRUNCATE fires no trigger of a row.
DROP TRIGGER IF EXISTS sub_account_roles_truncate ON sub_account_roles;
CREATE TRIGGER sub_account_roles_truncate BEFORE TRUNCATE ON sub_account_roles FOR EACH STATEMENT EXECUTE FUNCTION refuse_move();

-- An order is known by its number for good, as is what made it and what settled it, and its status never goes back: PAID, SETTLED, REFUNDED.
CREATE OR REPLACE FUNCTION refuse_back() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'the status of an order never goes back'
    USING ERRCODE = '23514', CONSTRAINT = 'status_back', TABLE = TG_TABLE_NAME;
END;
$$;
DROP TRIGGER IF EXISTS orders_status ON orders;
CREATE TRIGGER orders_status BEFORE UPDATE OF status ON orders FOR EACH ROW
  WHEN (OLD.status = 'REFUNDED' AND NEW.status <> 'REFUNDED' OR OLD.status = 'SETTLED' AND NEW.status = 'PAID') EXECUTE FUNCTION refuse_back();
DROP TRIGGER IF EXISTS orders_key ON orders;
CREATE TRIGGER orders_key BEFORE UPDATE OF id, org_id, number, made_by, settled_by ON orders FOR EACH ROW
  WHEN (NEW.id <> OLD.id OR NEW.org_id <> OLD.org_id OR NEW.number <> OLD.number OR NEW.made_by IS DISTINCT FROM OLD.made_by
    OR OLD.settled_by IS NOT NULL AND NEW.settled_by IS DISTINCT FROM OLD.settled_by) EXECUTE FUNCTION refuse_move();

-- What was refunded is never taken back.
CREATE OR REPLACE FUNCTION refuse_less() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'what was refunded of an order only grows'
    USING ERRCODE = '23514', CONSTRAINT = 'refund_back', TABLE = TG_TABLE_NAME;
END;
$$;
DROP TRIGGER IF EXISTS orders_refund ON orders;
CREATE TRIGGER orders_refund BEFORE UPDATE OF refund_amount ON orders FOR EACH ROW
  WHEN (NEW.refund_amount < OLD.refund_amount) EXECUTE FUNCTION refuse_less();

-- What share a creator had stays on record, since orders were computed from it.
DROP TRIGGER IF EXISTS creator_shares_change ON creator_shares;
CREATE TRIGGER creator_shares_change BEFORE UPDATE OR DELETE ON creator_shares FOR EACH ROW EXECUTE FUNCTION refuse_change();
DROP TRIGGER IF EXISTS creator_shares_truncate ON creator_shares;
CREATE TRIGGER creator_shares_truncate BEFORE TRUNCATE ON creator_shares FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- The second wall. What a request does is done as deputy_request, who owns nothing, and who reaches the rows of the orgs and of the
-- account that the settings of its transaction name (deputy.orgs, deputy.account), whatever a query forgets to say. See store/rls.
DO $$
DECLARE
  attempt integer := 0;
BEGIN
  LOOP
    attempt := attempt + 1;
    BEGIN
      IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'deputy_request') THEN
        CREATE ROLE deputy_request NOLOGIN;
      END IF;
      BEGIN
        SET LOCAL ROLE deputy_request;
        RAISE EXCEPTION USING ERRCODE = 'DPY01'; -- it works: leave the role again
      EXCEPTION
        WHEN SQLSTATE 'DPY01' THEN EXIT;
        WHEN insufficient_privilege THEN GRANT deputy_request TO SESSION_USER;
      END;
    EXCEPTION
      WHEN insufficient_privilege THEN
        RAISE EXCEPTION 'this login may not make the role of requests: let an administrator of PostgreSQL run  %GRANT deputy_request TO %;  and migrate again',
          CASE WHEN EXISTS (SELECT FROM pg_roles WHERE rolname = 'deputy_request') THEN '' ELSE 'CREATE ROLE deputy_request NOLOGIN; ' END,
          quote_ident(session_user) USING ERRCODE = 'insufficient_privilege';
      WHEN duplicate_object OR unique_violation OR internal_error THEN
        -- Roles belong to the cluster: the migration of another database was faster.
        IF attempt >= 100 THEN
          RAISE;
        END IF;
    END;
    IF attempt >= 200 THEN
      RAISE EXCEPTION 'this login may not act as the role deputy_request';
    END IF;
  END LOOP;
  IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'deputy_request' AND (rolsuper OR rolbypassrls)) THEN
    RAISE EXCEPTION 'no policy stops the role deputy_request: let an administrator of PostgreSQL run  ALTER ROLE deputy_request NOSUPERUSER NOBYPASSRLS;  and migrate again';
  END IF;
END;
$$;

-- Nothing is open but what is opened below.
DO $$
DECLARE
  found record;
BEGIN
  IF NOT has_schema_privilege('deputy_request', current_schema(), 'USAGE') THEN
    EXECUTE format('GRANT USAGE ON SCHEMA %I TO deputy_request', current_schema());
  END IF;
  FOR found IN SELECT policyname, tablename FROM pg_policies WHERE schemaname = current_schema() AND roles = '{deputy_request}' LOOP
    EXECUTE format('DROP POLICY %I ON %I', found.policyname, found.tablename);
  END LOOP;
  FOR found IN SELECT tablename, rowsecurity FROM pg_tables WHERE schemaname = current_schema()
    AND tablename <> 'schema_versions' AND pg_has_role(tableowner, 'USAGE') LOOP
    EXECUTE format('REVOKE ALL ON %I FROM deputy_request', found.tablename);
    IF NOT found.rowsecurity THEN
      EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', found.tablename);
    END IF;
  END LOOP;
  EXECUTE format('ALTER FUNCTION require_role() SET search_path = pg_catalog, %I, pg_temp', current_schema());
END;
$$;

CREATE OR REPLACE FUNCTION request_orgs() RETURNS text[] LANGUAGE sql STABLE PARALLEL SAFE
  AS $$ SELECT string_to_array(current_setting('deputy.orgs', true), ',') $$;
CREATE OR REPLACE FUNCTION request_value(name text) RETURNS text LANGUAGE sql STABLE PARALLEL SAFE
  AS $$ SELECT nullif(current_setting('deputy.' || name, true), '') $$;
GRANT EXECUTE ON FUNCTION request_orgs(), request_value(text) TO deputy_request;

-- A policy is no way to find rows, and says so with a CASE: the planner, which cannot know that the query asks for the same org, would
-- think few rows of it, look for them by an index of the policy's, and read and sort all the org's rows where a page of them is asked for.
-- Policies are tried in the reverse order of their names, so that a tenant's comes before what else lets a row pass.

-- An org is seen by who has a standing in it, and by its owner from the moment it is made.
GRANT SELECT, INSERT, UPDATE (name, owner_name, time_zone, currency, updated_at) ON orgs TO deputy_request;
CREATE POLICY orgs_read ON orgs FOR SELECT TO deputy_request
  USING (CASE WHEN id = ANY ((SELECT request_orgs())::text[]) OR owner_id = (SELECT request_value('account')) THEN TRUE END);
CREATE POLICY orgs_make ON orgs FOR INSERT TO deputy_request WITH CHECK (owner_id = (SELECT request_value('account')));
CREATE POLICY orgs_change ON orgs FOR UPDATE TO deputy_request USING (id = ANY ((SELECT request_orgs())::text[]));

GRANT SELECT, INSERT, DELETE, UPDATE (name, name_key, description, grants, updated_at) ON roles TO deputy_request;
CREATE POLICY roles_tenant ON roles TO deputy_request
  USING (CASE WHEN org_id = ANY ((SELECT request_orgs())::text[]) THEN TRUE END);

-- Everybody sees the seats of their own account; whoever proved a destination, those of the account it reaches.
GRANT SELECT, INSERT, DELETE, UPDATE (name, name_key, status, updated_at) ON sub_accounts TO deputy_request;
CREATE POLICY sub_accounts_tenant ON sub_accounts TO deputy_request
  USING (CASE WHEN org_id = ANY ((SELECT request_orgs())::text[]) THEN TRUE END);
CREATE POLICY sub_accounts_own ON sub_accounts FOR SELECT TO deputy_request
  USING (account_id = (SELECT request_value('account')) OR account_id = (SELECT request_value('reached')));

GRANT SELECT, INSERT, DELETE ON sub_account_roles TO deputy_request;
CREATE POLICY sub_account_roles_tenant ON sub_account_roles TO deputy_request
  USING (CASE WHEN org_id = ANY ((SELECT request_orgs())::text[]) THEN TRUE END);

-- An account is seen by itself, by the orgs it owns, and by whoever proved a destination that reaches it.
-- Nobody who asks reads or sets a password's hash.
GRANT SELECT (id, created_at, phone, email, has_password, side), INSERT (id, created_at, phone, email, has_password, side), UPDATE (side) ON accounts TO deputy_request;
CREATE POLICY accounts_read ON accounts FOR SELECT TO deputy_request
  USING (id = (SELECT request_value('account')) OR id = (SELECT request_value('reached'))
    OR phone = (SELECT request_value('destination')) OR email = (SELECT request_value('destination'))
    OR EXISTS (SELECT FROM orgs o WHERE o.owner_id = accounts.id AND o.id = ANY ((SELECT request_orgs())::text[])));
CREATE POLICY accounts_make ON accounts FOR INSERT TO deputy_request
  WITH CHECK (phone = (SELECT request_value('destination')) OR email = (SELECT request_value('destination')));
CREATE POLICY accounts_change ON accounts FOR UPDATE TO deputy_request
  USING (id = (SELECT request_value('account')) OR id = (SELECT request_value('reached'))
    OR phone = (SELECT request_value('destination')) OR email = (SELECT request_value('destination')));

GRANT SELECT (id, account_id, created_at, last_used_at, expires_at, ip, user_agent), DELETE ON sessions TO deputy_request;
CREATE POLICY sessions_own ON sessions TO deputy_request USING (account_id = (SELECT request_value('account')));

-- A code that binds is used up where it binds.
GRANT SELECT (id, org_id, used_at), UPDATE (used_at) ON code_flows TO deputy_request;
CREATE POLICY code_flows_tenant ON code_flows TO deputy_request
  USING (CASE WHEN org_id = ANY ((SELECT request_orgs())::text[]) THEN TRUE END);

-- An app and its tokens are of their org. Nobody who asks reads what a token hashes to, or notes its use.
GRANT SELECT, INSERT, DELETE, UPDATE (name, description, contacts, status, grants, ip_ranges, budget_rows, budget_refill, updated_at) ON apps TO deputy_request;
CREATE POLICY apps_tenant ON apps TO deputy_request
  USING (CASE WHEN org_id = ANY ((SELECT request_orgs())::text[]) THEN TRUE END);
GRANT SELECT (id, org_id, app_id, name, hint, created_at, created_by_name, ends_at, successor_id, revoked_at, last_used_at, last_used_ip,
  last_used_user_agent, last_refused_at, last_refused_ip), INSERT, UPDATE (ends_at, successor_id, revoked_at) ON api_tokens TO deputy_request;
CREATE POLICY api_tokens_tenant ON api_tokens TO deputy_request
  USING (CASE WHEN org_id = ANY ((SELECT request_orgs())::text[]) THEN TRUE END);

-- A receipt is known by its id alone, which the transaction has claimed.
GRANT SELECT, INSERT ON receipts TO deputy_request;
CREATE POLICY receipts_claimed ON receipts TO deputy_request USING (id = (SELECT request_value('claimed')));

-- Everybody sees what they did and what was done to them, wherever that was, and puts on record what they do outside any org.
-- What is put on record is of who asks and of now: at most a minute before the last event beside it, at most a day ahead of the
-- database's clock.
CREATE OR REPLACE FUNCTION event_fits(org text, account text, moment timestamptz) RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER AS $$
  SELECT moment <= clock_timestamp() + interval '1 day' AND moment >= coalesce(CASE WHEN org IS NULL
    THEN (SELECT e.at FROM audit_events e WHERE e.account_id = account AND e.org_id IS NULL ORDER BY e.at DESC, e.id DESC LIMIT 1)
    ELSE (SELECT e.at FROM audit_events e WHERE e.org_id = org ORDER BY e.at DESC, e.id DESC LIMIT 1)
  END - interval '1 minute', moment) $$;
-- A target is one of an event of the same org and moment, which this transaction put on record.
CREATE OR REPLACE FUNCTION target_fits(event text, org text, moment timestamptz) RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER AS $$
  SELECT EXISTS (SELECT FROM audit_events e WHERE e.id = event AND e.org_id IS NOT DISTINCT FROM org AND e.at = moment
    AND e.xmin = pg_current_xact_id()::xid) $$;
DO $$
BEGIN
  EXECUTE format('ALTER FUNCTION event_fits(text, text, timestamptz) SET search_path = pg_catalog, %I, pg_temp', current_schema());
  EXECUTE format('ALTER FUNCTION target_fits(text, text, timestamptz) SET search_path = pg_catalog, %I, pg_temp', current_schema());
  REVOKE ALL ON FUNCTION event_fits(text, text, timestamptz), target_fits(text, text, timestamptz) FROM PUBLIC;
  GRANT EXECUTE ON FUNCTION event_fits(text, text, timestamptz), target_fits(text, text, timestamptz) TO deputy_request;
END;
$$;
GRANT SELECT, INSERT ON audit_events TO deputy_request;
CREATE POLICY audit_events_tenant ON audit_events TO deputy_request
  USING (CASE WHEN org_id = ANY ((SELECT request_orgs())::text[]) THEN TRUE END)
  WITH CHECK (org_id = ANY ((SELECT request_orgs())::text[]) AND account_id IS NOT DISTINCT FROM (SELECT request_value('account'))
    AND event_fits(org_id, account_id, at));
CREATE POLICY audit_events_own ON audit_events FOR SELECT TO deputy_request
  USING (account_id = (SELECT request_value('account')) OR EXISTS (
    SELECT FROM audit_targets t WHERE t.event_id = audit_events.id AND t.account_id = (SELECT request_value('account'))));
CREATE POLICY audit_events_orgless ON audit_events FOR INSERT TO deputy_request
  WITH CHECK (org_id IS NULL AND account_id = (SELECT request_value('account')) AND event_fits(org_id, account_id, at));
GRANT SELECT, INSERT ON audit_targets TO deputy_request;
CREATE POLICY audit_targets_tenant ON audit_targets TO deputy_request
  USING (CASE WHEN org_id = ANY ((SELECT request_orgs())::text[]) THEN TRUE END)
  WITH CHECK (org_id = ANY ((SELECT request_orgs())::text[]) AND target_fits(event_id, org_id, at));
CREATE POLICY audit_targets_own ON audit_targets FOR SELECT TO deputy_request USING (account_id = (SELECT request_value('account')));
CREATE POLICY audit_targets_orgless ON audit_targets FOR INSERT TO deputy_request
  WITH CHECK (org_id IS NULL AND account_id = (SELECT request_value('account')) AND target_fits(event_id, org_id, at));
GRANT SELECT, INSERT, UPDATE (count) ON audit_tallies TO deputy_request;
CREATE POLICY audit_tallies_event ON audit_tallies TO deputy_request
  USING (EXISTS (SELECT FROM audit_events e WHERE e.id = audit_tallies.id));

-- Operators that might tell of rows they are not to see, such as @>, are tried under a policy only after it, and so never by an index.
-- What keeps grams is therefore searched by a function of the owner's, which looks at the policy's question itself, last.
DO $$
DECLARE
  found text;
BEGIN
  FOR found IN SELECT relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
    WHERE relnamespace = current_schema()::regnamespace AND relkind = 'r' AND attname = 'grams' AND NOT attisdropped
      AND pg_has_role(relowner, 'USAGE') LOOP
    EXECUTE format('CREATE OR REPLACE FUNCTION %I(sought integer[]) RETURNS SETOF text LANGUAGE sql STABLE SECURITY DEFINER ROWS 100 '
      'SET search_path = pg_catalog, %I, pg_temp SET enable_seqscan = off AS $f$ '
      'SELECT id FROM (SELECT id, org_id FROM %I WHERE grams @> sought OFFSET 0) AS kept '
      'WHERE current_setting(''role'') <> ''deputy_request'' OR org_id = ANY (request_orgs()) $f$',
      'search_' || found, current_schema(), found);
    EXECUTE format('REVOKE ALL ON FUNCTION %I(integer[]) FROM PUBLIC', 'search_' || found);
    EXECUTE format('GRANT EXECUTE ON FUNCTION %I(integer[]) TO deputy_request', 'search_' || found);
  END LOOP;
END;
$$;

-- Any other table whose rows belong to an org is open to its org; one whose rows do not stays closed.
DO $$
DECLARE
  found record;
BEGIN
  FOR found IN SELECT relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
    WHERE relnamespace = current_schema()::regnamespace AND relkind = 'r' AND attname = 'org_id' AND attnotnull AND NOT attisdropped
      AND pg_has_role(relowner, 'USAGE') AND NOT EXISTS (SELECT FROM pg_policy WHERE polrelid = c.oid) LOOP
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO deputy_request', found.relname);
    EXECUTE format('CREATE POLICY %I ON %I TO deputy_request USING (CASE WHEN org_id = ANY ((SELECT request_orgs())::text[]) THEN TRUE END)',
      found.relname || '_tenant', found.relname);
  END LOOP;
END;
$$;
