-- Modify "roles" table
ALTER TABLE "roles" DROP CONSTRAINT "roles_grantable", ADD CONSTRAINT "roles_grantable" CHECK ((grants >= 0) AND ((grants | '104999065509759'::bigint) = '104999065509759'::bigint));

-- invariants.sql 61b218b18481d24c7d7b9134aca82ce8089b44811a43c292f134c6b0c1bfdbc3
