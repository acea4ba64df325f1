package deploy

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
)

// image makes what the last stage of Dockerfile copies, with the program that the stage before compiles. It returns the
// folder that is the root of a container, and the environment of its programs.
func image(t *testing.T) (root string, env []string) {
	t.Helper()
	stages := strings.Split(read(t, "Dockerfile"), "\nFROM ")
	compile := regexp.MustCompile(
		`(?m)^RUN (CGO_ENABLED=0 go build .*) && mkdir /out/data$`).FindStringSubmatch(stages[len(stages)-2])
	if compile == nil {
		t.Fatal("Dockerfile does not compile the program")
	}
	out := t.TempDir()
	build := exec.CommandContext(t.Context(), "sh", "-c", strings.ReplaceAll(compile[1], "/out/", out+"/"))
	build.Dir = ".."
	if said, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, said)
	}
	root = t.TempDir()
	if err := os.Chmod(root, 0o755); err != nil {
		t.Fatal(err)
	}
	last := stages[len(stages)-1]
	for _, line := range regexp.MustCompile(
		`(?m)^COPY --from=build (--chown=\S+ )?(\S+) (\S+)$`).FindAllStringSubmatch(last, -1) {
		from, to := line[2], filepath.Join(root, line[3])
		if strings.HasSuffix(line[3], "/") {
			to = filepath.Join(to, filepath.Base(from))
		}
		if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
			t.Fatal(err)
		}
		switch {
		case from == "/out/data":
			if err := os.Mkdir(to, 0o755); err != nil {
				t.Fatal(err)
			}
		default:
			if said, err := exec.CommandContext(t.Context(), "cp", "-L", strings.Replace(from, "/out/", out+"/", 1),
				to).CombinedOutput(); err != nil {
				t.Fatalf("%v: %s", err, said)
			}
		}
	}
	if set := regexp.MustCompile(`(?m)^ENV (.+)$`).FindStringSubmatch(last); set != nil {
		env = strings.Fields(set[1])
	}
	return root, env
}

// container makes a program that does what the documented `docker run` does with the image: namespaces and mounts are
// this machine's. It returns its path and the folder of the volume. Each call of it is one more program in the same
// container.
func container(t *testing.T, root string) (path, volume string) {
	t.Helper()
	block := regexp.MustCompile(`(?s)\ndocker run ((?:[^\n]|\\\n)*deputy)\n`).FindStringSubmatch(read(t,
		"../docs/deploy.md"))
	if block == nil {
		t.Fatal("docs/deploy.md runs no container")
	}
	volume = t.TempDir()
	steps := "mount --make-rprivate /; mount --bind " + root + " " + root + "; mount --bind " + volume + " " + root +
		"/data; "
	become, enter := "setpriv", "unshare --root="+root+" --wd=/data"
	options := strings.Fields(strings.ReplaceAll(strings.TrimSuffix(block[1], "deputy"), "\\\n", " "))
	for i := 0; i < len(options); i++ {
		switch option := options[i]; option {
		case "--detach", "--name", "--env-file", "--publish", "--restart", "--stop-timeout": // Docker's own part
		case "--read-only":
			steps += "mount -o remount,ro,bind " + root + "; if touch " + root + "/written 2>/dev/null; then exit 1; fi; "
		case "--user":
			user, group, _ := strings.Cut(options[i+1], ":")
			enter += " --setuid=" + user + " --setgid=" + group
			// A new volume belongs to whom the image's folder belongs to.
			if said, err := exec.CommandContext(t.Context(), "chown", options[i+1], volume).CombinedOutput(); err != nil {
				t.Fatalf("%v: %s", err, said)
			}
		case "--cap-drop": // an account that is not root keeps none
			become += " --clear-groups --inh-caps=-all"
		case "--security-opt":
			become += " --no-new-privs"
		case "--volume":
			if options[i+1] != "deputy:/data" {
				t.Fatalf("the data is in %s", options[i+1])
			}
		default:
			t.Fatalf("docs/deploy.md runs a container with %s, which this test does not", option)
		}
		if i+1 < len(options) && !strings.HasPrefix(options[i+1], "--") {
			i++
		}
	}
	path = filepath.Join(t.TempDir(), "container")
	script := fmt.Sprintf("#!/bin/sh\nexec unshare -m sh -ec '%sexec %s %s -- /deputy \"$@\"' sh \"$@\"\n", steps, become,
		enter)
	if err := os.WriteFile(path, []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	return path, volume
}

// TestContainerAsDocumented runs the image of Dockerfile with the options of docs/deploy.md: it serves, checks its
// settings and backs up, as an account that is not root, with a root folder that can't be written.
func TestContainerAsDocumented(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("the whole binary is for make test")
	}
	if os.Geteuid() != 0 {
		t.Skip("only root mounts")
	}
	root, env := image(t)
	path, volume := container(t, root)
	env = append(env, "DEPUTY_SMS_URL=", "HOME=/nowhere", "TMPDIR=/tmp")
	s := begin(t, path, t.TempDir(), env...)
	if got := ask(t, s, `query($org: ID!) { org(id: $org) { id } }`); !strings.Contains(got, s.Org) {
		t.Errorf("%s", got)
	}
	for _, command := range [][]string{{"check", "--demo"}, {"backup", "/data/backup.db"}} {
		c := exec.CommandContext(context.WithoutCancel(t.Context()), path, command...)
		c.Env = append(os.Environ(), env...)
		if said, err := c.CombinedOutput(); err != nil {
			t.Errorf("deputy %s: %v: %s", command[0], err, said)
		}
	}
	info, err := os.Stat(filepath.Join(volume, "deputy.db"))
	if err != nil {
		t.Fatal(err)
	}
	if owner := info.Sys().(*syscall.Stat_t).Uid; owner != 65532 || info.Mode() != 0o600 {
		t.Errorf("the database belongs to %d and has mode %v", owner, info.Mode())
	}
	if err := s.Stop(); err != nil {
		t.Error(err)
	}
}
