package rls

import "regexp"

const (
	// Policies counts the policies of the schema for the role.
	Policies = "SELECT count(*) FROM pg_policies WHERE schemaname = current_schema() AND '" + Role + "' = ANY (roles)"
	// Clear drops the policies of a schema that was created with the statements of Without.
	Clear = `DO $$ DECLARE found record; BEGIN
		FOR found IN SELECT policyname, tablename FROM pg_policies WHERE schemaname = current_schema() AND roles = ARRAY[current_user]::name[] LOOP
			EXECUTE format('DROP POLICY %I ON %I', found.policyname, found.tablename);
		END LOOP; END; $$`
)

//nolint:gochecknoglobals // constants: they match the role in a version of the schema
var (
	makesRole  = regexp.MustCompile(`(?s)DO \$\$(?:[^$]|\$[^$])*?CREATE ROLE ` + Role + `.*?\$\$;`)
	grantsRole = regexp.MustCompile(`\bTO ` + Role + `\b`)
	takesRole  = regexp.MustCompile(`\bFROM ` + Role + `\b`)
	asksRole   = regexp.MustCompile(`'` + Role + `', current_schema\(\)`)
	namesRole  = regexp.MustCompile(`roles = '\{` + Role + `\}'`)
)

// Without returns the statements of a version without the role, for a login that can't have it: rights are granted to
// the owner instead, who has them anyway, and every policy of the schema is one of ours.
func Without(statements string) string {
	statements = makesRole.ReplaceAllString(statements, "")
	statements = grantsRole.ReplaceAllString(statements, "TO CURRENT_USER")
	statements = takesRole.ReplaceAllString(statements, "FROM PUBLIC") // the owner keeps its own
	statements = asksRole.ReplaceAllString(statements, "current_user, current_schema()")
	return namesRole.ReplaceAllString(statements, "roles <@ ARRAY['"+Role+"', current_user]::name[]")
}
