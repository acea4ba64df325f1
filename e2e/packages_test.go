package e2e

import (
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

const permissionsFolder = "../packages/permissions"

// TestPackageOfPermissions runs the tests of the npm package: the map is that of the rules, wrong names do not compile,
// it stays small, and components render again when their own result changes (packages/permissions/test).
func TestPackageOfPermissions(t *testing.T) {
	t.Parallel()
	made(t, "make packages", permissionsFolder+"/dist/index.js", permissionsFolder+"/node_modules/.package-lock.json")
	npm(t, permissionsFolder, "test")
}

// TestPermissionsArrive has the sources of the package follow a real server: a change of role, a lost connection and
// the end of the session.
func TestPermissionsArrive(t *testing.T) {
	t.Parallel()
	made(t, "make packages", permissionsFolder+"/dist/index.js", permissionsFolder+"/node_modules/.package-lock.json")
	p, w := owned(t, database(t), "--code-limits=off")
	role := p.do(w.token, `mutation($org: ID!) { createRole(input: {orgId: $org, name: "实时", grants: []}) { role { id } } }`,
		vars{"org": w.orgID}).text("createRole.role.id")
	const phone = "13901000077"
	p.bind(w.token, w.orgID, phone, "小林", role)
	npm(t, permissionsFolder, "live", "API="+p.url+"/graphql", "OWNER="+w.token, "SEAT="+p.signIn(phone), "ORG="+w.orgID,
		"ROLE="+role)
}

// TestPackagesAreHandedOut: npm installs the package from the server that it fits, and it is what was built.
func TestPackagesAreHandedOut(t *testing.T) {
	t.Parallel()
	p := start(t, launch{args: []string{"--demo"}, env: []string{"DATABASE_URL=" + database(t)}})
	const pack = "../packages/dist/deputy-permissions.tgz"
	address := p.url + "/packages/deputy-permissions.tgz"
	if _, err := os.Stat(pack); err != nil {
		if response, _ := look(t, address); response.StatusCode != http.StatusServiceUnavailable {
			t.Errorf("not built: %s", response.Status)
		}
		made(t, "make packages", pack)
	}
	folder := t.TempDir()
	install := exec.CommandContext(limited(t), "npm", "install", "--ignore-scripts", "--no-audit", "--no-fund",
		"--cache", t.TempDir(), address)
	install.Dir = folder
	if out, err := install.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	for _, file := range []string{"dist/index.js", "dist/react.js", "dist/types/core/rules.d.ts", "package.json"} {
		want, err := os.ReadFile(filepath.Join(permissionsFolder, file))
		if err != nil {
			t.Fatal(err)
		}
		got, err := os.ReadFile(filepath.Join(folder, "node_modules/deputy-permissions", file))
		if err != nil || string(got) != string(want) {
			t.Errorf("%s is not what was built: %v", file, err)
		}
	}
}
