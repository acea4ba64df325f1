// Package deploy holds what is needed to run Deputy elsewhere; its tests hold those files against the program.
package deploy

import (
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"

	"deputy/internal/config"
	"deputy/internal/start"
	"deputy/internal/web"
)

func read(t *testing.T, name string) string {
	t.Helper()
	content, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

// TestSettingsExist looks for settings that the program does not know, in all files.
func TestSettingsExist(t *testing.T) {
	t.Parallel()
	var known []string
	for _, s := range config.Settings() {
		if known = append(known, s.Env); s.Secret {
			known = append(known, s.FileEnv())
		}
	}
	// These are the compose file's and the proxy's own.
	known = append(known, "DEPUTY_HOST", "DEPUTY_UPSTREAMS")
	name := regexp.MustCompile(`\b(DEPUTY|DATABASE)_[A-Z_]+`)
	for _, file := range []string{
		"../docs/deploy.md", "../docs/configuration.md", "Dockerfile", "compose.yaml",
		"env.example", "deputy.service", "Caddyfile",
	} {
		for _, found := range name.FindAllString(read(t, file), -1) {
			if !slices.Contains(known, found) {
				t.Errorf("%s: there is no setting %s", file, found)
			}
		}
	}
}

// compose is what is looked at in compose.yaml.
type compose struct {
	Services map[string]struct {
		Image       string
		Build       struct{ Dockerfile string }
		Command     []string
		Environment map[string]string
		DependsOn   any `yaml:"depends_on"`
		Ports       []string
		Networks    any
		ReadOnly    bool   `yaml:"read_only"`
		Restart     string `yaml:"restart"`
		StopGrace   string `yaml:"stop_grace_period"`
	}
	Networks map[string]struct {
		Internal bool
		IPAM     struct{ Config []struct{ Subnet string } }
	}
}

func TestCompose(t *testing.T) {
	t.Parallel()
	text := read(t, "compose.yaml")
	var c compose
	if err := yaml.Unmarshal([]byte(text), &c); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"server-1", "server-2"} {
		s := c.Services[name]
		after, _ := s.DependsOn.(map[string]any)["migrate"].(map[string]any)
		if after["condition"] != "service_completed_successfully" || !s.ReadOnly || s.StopGrace != "15s" || len(s.Ports) > 0 {
			t.Errorf("%s: %+v", name, s)
		}
	}
	if m := c.Services["migrate"]; !slices.Equal(m.Command, []string{"migrate"}) || m.Restart != "no" ||
		m.Environment["DATABASE_URL"] != c.Services["server-1"].Environment["DATABASE_URL"] {
		t.Errorf("migrate: %+v", m)
	}
	if len(c.Services["db"].Ports) > 0 || !c.Networks["inside"].Internal {
		t.Error("the database can be reached from outside")
	}
	// The only proxy that is believed is the one that is there.
	outside, _ := c.Services["proxy"].Networks.(map[string]any)["outside"].(map[string]any)
	trusted := c.Services["server-1"].Environment["DEPUTY_TRUSTED_PROXIES"]
	proxies, err := web.ParseProxies(trusted)
	if err != nil || len(proxies) != 1 || !proxies[0].IsSingleIP() || outside["ipv4_address"] != trusted {
		t.Errorf("trusted are %s, the proxy is at %v: %v", trusted, outside["ipv4_address"], err)
	}
	checkSecrets(t, text)
}

// checkSecrets looks for secrets with a default, and for what compose.yaml asks for and env.example does not name.
func checkSecrets(t *testing.T, text string) {
	t.Helper()
	asked := regexp.MustCompile(`\$\{([A-Z_]+)([^}]*)\}`).FindAllStringSubmatch(text, -1)
	if len(asked) == 0 {
		t.Fatal("nothing is asked for")
	}
	example := read(t, "env.example")
	for _, variable := range asked {
		required, said := strings.HasPrefix(variable[2], ":?"), strings.HasPrefix(variable[2], ":")
		secret := regexp.MustCompile(`PASSWORD|SECRET`).MatchString(variable[1]) && variable[1] != "DEPUTY_SMTP_PASSWORD"
		if secret && !required || !said {
			t.Errorf("%s has a default, or may be missing", variable[1])
		}
		if !regexp.MustCompile(`(?m)^(` + variable[1] + `=|# ` + variable[1] + `=.+)$`).MatchString(example) {
			t.Errorf("env.example does not name %s, or has a value for it", variable[1])
		}
	}
}

func TestDockerfile(t *testing.T) {
	t.Parallel()
	stages := strings.Split(read(t, "Dockerfile"), "\nFROM ")
	build, last := stages[len(stages)-2], stages[len(stages)-1]
	for _, line := range []string{
		"CGO_ENABLED=0 go build",
		"COPY --from=playground /src/playground/dist playground/dist",
		"COPY --from=packages /src/packages/dist packages/dist",
	} {
		if !strings.Contains(build, line) {
			t.Errorf("the build lacks %q", line)
		}
	}
	for _, line := range []string{"scratch\n", "ca-certificates.crt", "\nUSER 65532:65532\n", `ENTRYPOINT ["/deputy"]`} {
		if !strings.Contains(last, line) {
			t.Errorf("the image lacks %q", line)
		}
	}
	goVersion := regexp.MustCompile(`(?m)^go (\d+\.\d+)`).FindStringSubmatch(read(t, "../go.mod"))[1]
	if !strings.HasPrefix(build, "golang:"+goVersion+"-") {
		t.Errorf("the build is not with Go %s", goVersion)
	}
}

func TestUnit(t *testing.T) {
	t.Parallel()
	unit := read(t, "deputy.service")
	for _, line := range []string{
		"DynamicUser=yes", "ProtectSystem=strict", "StateDirectory=deputy", "TimeoutStopSec=20", "Restart=on-failure",
		"NoNewPrivileges=yes",
		"RestartPreventExitStatus=" + strconv.Itoa(start.Misconfigured), "StartLimitIntervalSec=0",
	} {
		if !strings.Contains(unit, "\n"+line+"\n") {
			t.Errorf("the unit lacks %s", line)
		}
	}
	for line := range strings.Lines(unit) {
		if !regexp.MustCompile(`^(#.*|\[\w+\]|\w+=.*|)\n$`).MatchString(line) {
			t.Errorf("no line of a unit: %s", line)
		}
	}
}

func TestProxyAsksWhetherReady(t *testing.T) {
	t.Parallel()
	caddyfile := read(t, "Caddyfile")
	if !strings.Contains(caddyfile, "health_uri "+web.ReadyPath+"\n") ||
		regexp.MustCompile(`(?m)^\s*trusted_proxies`).MatchString(caddyfile) {
		t.Error("the proxy does not ask, or believes what clients claim")
	}
}
