package proof_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2/ast"

	"deputy/internal/proof"
)

func TestTableHasEveryFieldOnce(t *testing.T) {
	schema := realSchema(t).mustLoad(t)
	lines := map[string]int{}
	for line := range strings.Lines(string(proof.Table(schema))) {
		if field, _, ok := strings.Cut(strings.TrimPrefix(line, "| "), " | "); ok {
			lines[field]++
		}
	}
	for _, def := range schema.Types {
		if def.Kind != ast.Object || def.BuiltIn {
			continue
		}
		for _, field := range def.Fields {
			if coordinate := def.Name + "." + field.Name; !strings.HasPrefix(field.Name, "__") && lines[coordinate] != 1 {
				t.Errorf("%s has %d lines", coordinate, lines[coordinate])
			}
		}
	}
}

func TestTableSaysWhoMayAsk(t *testing.T) {
	table := string(proof.Table(realSchema(t).mustLoad(t)))
	for _, line := range []string{
		"| Query.modules | [ModuleInfo!]! | @public |  |  | anyone | yes |",
		"| Mutation.releaseSeat | ReleaseSeatPayload | @signedIn |  |  | any signed-in account | no |",
		"| Mutation.createRole | CreateRolePayload | @hasModule | SUB_ACCOUNTS | EDIT | the owner | no |",
		"| Org.auditEvents | AuditEventConnection | @hasModule | AUDIT_LOG | VIEW | the owner; sub-accounts with AUDIT_LOG " +
			"VIEW | with AUDIT_LOG VIEW |",
		"| Role.name | String! | @inModule | SUB_ACCOUNTS |  | whoever was handed the Role | yes |",
		"| Seat.orgName | String! | @open |  |  | whoever was handed the Seat | yes |",
		"- Viewer.auditEvents: AuditEventConnection!",
		"- Query.node: Node",
		"- Query.nodes: [Node]",
	} {
		if !strings.Contains(table, "\n"+line+"\n") {
			t.Errorf("the table does not say %q", line)
		}
	}
}

func TestTableIsTheSameEveryTime(t *testing.T) {
	first := proof.Table(realSchema(t).mustLoad(t))
	for range 20 {
		if !bytes.Equal(first, proof.Table(realSchema(t).mustLoad(t))) {
			t.Fatal("the same schema made another table")
		}
	}
}

// A change of one permission is a change of one line, so that a reviewer sees it.
func TestOnePermissionIsOneLine(t *testing.T) {
	s := realSchema(t)
	before := strings.Split(string(proof.Table(s.mustLoad(t))), "\n")
	s.edit(t, "org.graphqls", "owner: Account @hasModule(module: SUB_ACCOUNTS)", "owner: Account")
	after := strings.Split(string(proof.Table(s.mustLoad(t))), "\n")
	if len(before) != len(after) {
		t.Fatalf("%d lines became %d", len(before), len(after))
	}
	var changed []string
	for i := range before {
		if before[i] != after[i] {
			changed = append(changed, after[i])
		}
	}
	if want := "| Org.owner | Account | @open |  |  | whoever was handed the Org | yes |"; len(changed) != 1 ||
		changed[0] != want {
		t.Errorf("changed %q, want %q", changed, want)
	}
}
