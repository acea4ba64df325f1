package e2e

import (
	"crypto/rand"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"deputy/internal/apitoken"
)

// TestPartnersAsDocumented takes docs/partners.md from the first step to the last against the demo: the owner's
// operations, curl, Node and Go, a rotation and a revocation. The token stands nowhere but in the response.
func TestPartnersAsDocumented(t *testing.T) {
	t.Parallel()
	p, w := owned(t, database(t))
	known := vars{"org": w.orgID}
	environment := append(os.Environ(), "DEPUTY_URL="+p.url+"/graphql")
	var secrets []string
	ran := map[string]int{}
	for _, s := range snippets(t, "../docs/partners.md") {
		ran[s.language]++
		switch s.language {
		case "graphql":
			a, err := p.ask(w.token, s.code, given(s.code, known))
			if err != nil || len(a.Errors) > 0 || strings.Contains(a.raw, `"userErrors":[{`) {
				t.Fatalf("%v: %s answers %s", err, s, a.raw)
			}
			for path, name := range map[string]string{
				"createApp.app.id": "app", "createApiToken.token.id": "token", "rotateApiToken.token.id": "token",
			} {
				if id := a.text(path); id != "" {
					known[name] = id
				}
			}
			for _, mutation := range []string{"createApiToken", "rotateApiToken"} {
				if secret := a.text(mutation + ".secret"); secret != "" {
					secrets = append(secrets, secret)
				}
			}
		case "sh":
			if strings.Contains(s.code, "export") {
				environment = append(environment, "DEPUTY_TOKEN="+secrets[0])
				continue
			}
			if out := partner(t, environment, "sh", "-ec", s.code); strings.Contains(out, `"errors"`) {
				t.Errorf("%s says %s", s, out)
			}
		case "js", "go":
			text, err := os.ReadFile(filepath.Join("..", s.file))
			if err != nil || string(text) != s.code {
				t.Fatalf("it is not what stands in %s (%v)", s.file, err)
			}
			program := []string{"node", filepath.Join("..", s.file)}
			if s.language == "go" {
				program = []string{"go", "run", filepath.Join("..", s.file)}
			}
			if out := partner(t, environment, program...); !strings.Contains(out, "20 orders") ||
				!regexp.MustCompile(`(?i)created: ?1`).MatchString(out) {
				t.Errorf("%s prints %s", s.file, out)
			}
		default:
			t.Errorf("nobody runs %s", s)
		}
	}
	if ran["graphql"] < 4 || ran["sh"] < 3 || ran["js"] != 1 || ran["go"] != 1 || len(secrets) != 2 {
		t.Errorf("the page has %v", ran)
	}
	for i, secret := range secrets {
		a, err := p.ask(secret, "{ app { id } }", nil)
		if works := err == nil && len(a.Errors) == 0; works != (i == 0) || !apitoken.Is(secret) {
			t.Errorf("token %d: %v %s", i, err, a.raw)
		}
	}
}

// given returns the variables that an operation declares.
func given(operation string, known vars) vars {
	all := vars{}
	for _, name := range regexp.MustCompile(`\$(\w+):`).FindAllStringSubmatch(operation, -1) {
		all[name[1]] = known[name[1]]
	}
	return all
}

// partner runs a program of a partner, and returns what it prints.
func partner(t *testing.T, environment []string, program ...string) string {
	t.Helper()
	c := exec.CommandContext(limited(t), program[0], program[1:]...)
	c.Env = environment
	out, err := c.CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v\n%s", program, err, out)
	}
	return string(out)
}

// TestGitleaksFindsTokens: the rule in deploy/ is the form of tokens.
func TestGitleaksFindsTokens(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../deploy/gitleaks.toml")
	if err != nil {
		t.Fatal(err)
	}
	found := regexp.MustCompile(`(?m)^regex = '''(.*)'''$`).FindSubmatch(text)
	if found == nil {
		t.Fatal("there is no rule")
	}
	rule := regexp.MustCompile(string(found[1]))
	for range 20 {
		token, err := apitoken.New(rand.Reader)
		if err != nil || !slices.Equal(rule.FindAllString("a "+token+", b", -1), []string{token}) {
			t.Errorf("%v: the rule does not find %q", err, token)
		}
	}
}
