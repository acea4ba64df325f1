package config_test

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"deputy/internal/config"
)

func parse(env map[string]string, args ...string) (config.Config, string, error) {
	var out strings.Builder
	c, err := config.Parse(args, func(name string) string { return env[name] }, &out)
	return c, out.String(), err
}

func TestParse(t *testing.T) {
	t.Parallel()
	demo := map[string]string{"DEPUTY_DEMO": "true"}
	tests := map[string]struct {
		env  map[string]string
		args []string
		want func(config.Config) bool
	}{
		"nothing but the demo": {nil, []string{"--demo"}, func(c config.Config) bool {
			return c.Demo && c.Command == "serve" && c.Addr == "127.0.0.1:8080" && c.DatabaseURL == "data/deputy.db" && c.CodeLimits == "on" && c.MigratesAtStart()
		}},
		"variables":                {map[string]string{"DEPUTY_DEMO": "1", "DEPUTY_ADDR": ":9"}, nil, func(c config.Config) bool { return c.Demo && c.Addr == ":9" }},
		"a flag wins":              {map[string]string{"DEPUTY_DEMO": "1", "DEPUTY_ADDR": ":9"}, []string{"--addr", ":10"}, func(c config.Config) bool { return c.Addr == ":10" }},
		"a flag wins with nothing": {demo, []string{"--database="}, func(c config.Config) bool { return c.DatabaseURL == "" }},
		"a flag takes back":        {map[string]string{"DEPUTY_DEMO": "1", "DEPUTY_DEV_CODES": "1"}, []string{"--demo=false"}, func(c config.Config) bool { return !c.Demo && c.DevCodes }},
		"command":                  {demo, []string{"migrate", "--addr=:9"}, func(c config.Config) bool { return c.Command == "migrate" && c.Addr == ":9" }},
		"no limits, with the demo": {nil, []string{"--demo", "--code-limits=off"}, func(c config.Config) bool { return c.Limits().Off }},
		"postgres is not migrated": {map[string]string{"DEPUTY_DEMO": "1", "DATABASE_URL": "postgres://x"}, nil, func(c config.Config) bool { return !c.MigratesAtStart() }},
		"postgres, when asked":     {map[string]string{"DEPUTY_DEMO": "1", "DATABASE_URL": "postgres://x"}, []string{"--migrate"}, config.Config.MigratesAtStart},
		"countries":                {map[string]string{"DEPUTY_DEMO": "1", "DEPUTY_COUNTRIES": "cn, hk"}, nil, func(c config.Config) bool { return fmt.Sprint(c.CountryCodes()) == "[CN HK]" }},
		"origins": {map[string]string{"DEPUTY_DEMO": "1", "DEPUTY_ORIGINS": "https://a.example, http://localhost:3000"}, nil, func(c config.Config) bool {
			return fmt.Sprint(c.Origins) == "[https://a.example http://localhost:3000]"
		}},
		"limits": {map[string]string{"DEPUTY_DEMO": "1", "DEPUTY_CODES_PER_HOUR": "7", "DEPUTY_ATTEMPTS_PER_HOUR": "9"}, nil, func(c config.Config) bool {
			return c.Limits().SendsPerHourPerIP == 7 && c.Limits().AttemptsPerHourPerIP == 9
		}},
		"a mail server without demo":  {map[string]string{"DEPUTY_SMTP_HOST": "mail.example"}, nil, func(c config.Config) bool { return c.SMTPHost == "mail.example" && c.SMTPTLS == "starttls" }},
		"an SMS gateway without demo": {map[string]string{"DEPUTY_SMS_URL": "https://sms.example"}, nil, func(c config.Config) bool { return c.SMSURL == "https://sms.example" }},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, _, err := parse(tt.env, tt.args...)
			if err != nil || !tt.want(got) {
				t.Errorf("got %+v, %v", got, err)
			}
		})
	}
}

func TestParseRefuses(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		env  map[string]string
		args []string
		says string
	}{
		"nobody brings codes":      {nil, nil, "no way to send verification codes"},
		"no limits, without demo":  {map[string]string{"DEPUTY_CODE_LIMITS": "off"}, []string{"--dev-codes"}, "only together with --demo"},
		"half a truth in a flag":   {nil, []string{"--demo=maybe-secret"}, "--demo must be true or false"},
		"half a truth":             {map[string]string{"DEPUTY_DEMO": "maybe-secret"}, nil, "DEPUTY_DEMO must be true or false"},
		"no number":                {map[string]string{"DEPUTY_DEMO": "1", "DEPUTY_CODES_PER_HOUR": "secret"}, nil, "DEPUTY_CODES_PER_HOUR must be a whole number"},
		"a negative number":        {map[string]string{"DEPUTY_DEMO": "1", "DEPUTY_ATTEMPTS_PER_HOUR": "-1"}, nil, "DEPUTY_ATTEMPTS_PER_HOUR must be a whole number"},
		"no such choice":           {map[string]string{"DEPUTY_DEMO": "1", "DEPUTY_SIGNUP": "secret"}, nil, "DEPUTY_SIGNUP must be open or closed"},
		"no such choice of a flag": {nil, []string{"--demo", "--code-limits=secret"}, "--code-limits must be on or off"},
		"a short secret":           {map[string]string{"DEPUTY_DEMO": "1", "DEPUTY_SECRET": "secret"}, nil, "DEPUTY_SECRET must have at least 32 characters"},
		"a flag that is none":      {nil, []string{"--secret"}, "not defined: -secret"},
		"an argument that is none": {nil, []string{"--demo", "now"}, `unknown argument "now"`},
		"a command that is none":   {map[string]string{"DEPUTY_DEMO": "1"}, []string{"sevre"}, `unknown command "sevre"`},
		"a flag without its value": {nil, []string{"--addr"}, "needs an argument"},
		"TLS of a mail server":     {map[string]string{"DEPUTY_DEMO": "1", "DEPUTY_SMTP_TLS": "maybe"}, nil, "starttls or implicit or none"},
		"a wildcard of origins":    {map[string]string{"DEPUTY_DEMO": "1", "DEPUTY_ORIGINS": "https://a.example,https://*.secret"}, nil, "DEPUTY_ORIGINS must list origins such as https://console.agency.example, separated by commas; number 2 has a wildcard"},
		"an empty limit":           {nil, []string{"--demo", "--code-limits="}, "--code-limits must be"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, _, err := parse(tt.env, tt.args...)
			if err == nil || !strings.Contains(err.Error(), tt.says) || tt.says != "not defined: -secret" && strings.Contains(err.Error(), "secret") {
				t.Errorf("got %v, want %q and not the value", err, tt.says)
			}
		})
	}
}

func TestHelpNamesEverySetting(t *testing.T) {
	t.Parallel()
	_, help, err := parse(nil, "--help")
	if !errors.Is(err, flag.ErrHelp) {
		t.Fatalf("got %v", err)
	}
	for _, s := range config.Settings() {
		if !strings.Contains(help, s.Env) || !strings.Contains(help, s.Usage) || !strings.Contains(help, "--"+s.Flag) {
			t.Errorf("the help lacks %s", s.Env)
		}
	}
}

func TestREADMEHasTheTable(t *testing.T) {
	t.Parallel()
	table := strings.Builder{}
	table.WriteString("| flag | variable | default | what it is |\n| --- | --- | --- | --- |\n")
	code := func(text string) string {
		if text == "" {
			return ""
		}
		return "`" + text + "`"
	}
	for _, s := range config.Settings() {
		name := ""
		if s.Flag != "" {
			name = "--" + s.Flag
		}
		fmt.Fprintf(&table, "| %s | %s | %s | %s |\n", code(name), code(s.Env), code(s.Default), strings.ReplaceAll(s.Usage, "<", "&lt;"))
	}
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(readme), "\n"+table.String()+"\n") {
		t.Errorf("README.md must have this table:\n%s", &table)
	}
}

func TestReadSecret(t *testing.T) {
	t.Parallel()
	at := func(t *testing.T) config.Config {
		return config.Config{DatabaseURL: filepath.Join(t.TempDir(), "data", "deputy.db")}
	}
	t.Run("it is made once, for its owner alone", func(t *testing.T) {
		t.Parallel()
		c := at(t)
		first, err := c.ReadSecret()
		if err != nil || len(first) < 32 {
			t.Fatalf("%d bytes, %v", len(first), err)
		}
		if again, err := c.ReadSecret(); err != nil || string(again) != string(first) {
			t.Errorf("the second start has another secret (%v)", err)
		}
		info, err := os.Stat(c.DatabaseURL + ".secret")
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("got %v, %v", info.Mode(), err)
		}
		if other, err := at(t).ReadSecret(); err != nil || string(other) == string(first) {
			t.Errorf("another database has the same secret (%v)", err)
		}
	})
	t.Run("the variable wins", func(t *testing.T) {
		t.Parallel()
		c := at(t)
		c.Secret = strings.Repeat("s", 32)
		if got, err := c.ReadSecret(); err != nil || string(got) != c.Secret {
			t.Errorf("got %q, %v", got, err)
		}
		if _, err := os.Stat(c.DatabaseURL + ".secret"); !os.IsNotExist(err) {
			t.Errorf("a file was made (%v)", err)
		}
	})
	t.Run("a file that was cut", func(t *testing.T) {
		t.Parallel()
		c := at(t)
		if _, err := c.ReadSecret(); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(c.DatabaseURL+".secret", []byte("cut"), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := c.ReadSecret(); err == nil || !strings.Contains(err.Error(), "too short") || strings.Contains(err.Error(), "cut:") {
			t.Errorf("got %v", err)
		}
	})
	t.Run("postgres has no file", func(t *testing.T) {
		t.Parallel()
		_, err := config.Config{DatabaseURL: "postgres://u:hidden@h/d"}.ReadSecret()
		if err == nil || !strings.Contains(err.Error(), "DEPUTY_SECRET is required") || strings.Contains(err.Error(), "hidden") {
			t.Errorf("got %v", err)
		}
	})
}

// TestCommands has each command with what it takes; only serving needs a way to send codes.
func TestCommands(t *testing.T) {
	t.Parallel()
	for line, want := range map[string]string{
		"migrate":                    "",
		"backup":                     "backup needs the name",
		"backup there.db":            "",
		"backup --database a there":  "",
		"backup there.db --database": "flag needs an argument",
		"backup there.db elsewhere":  "unknown argument",
		"migrate there":              "unknown argument",
		"restore":                    "unknown command",
		"import orders":              "import needs a file",
		"import orders a.csv":        "import needs a file",
		"import creators a.csv":      "unknown argument",
		"import orders a.csv --org org_1 --dry-run": "",
		"demo --orgs 0":             "at least one org",
		"demo --orgs 2 --orders 10": "",
		"migrate --org org_1":       "flag provided but not defined",
		"serve":                     "no way to send verification codes",
	} {
		c, _, err := parse(nil, strings.Fields(line)...)
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s: %v, want %q", line, err, want)
		}
		if want == "" && strings.HasPrefix(line, "backup") && !strings.HasPrefix(c.BackupFile, "there") {
			t.Errorf("%s: file %q", line, c.BackupFile)
		}
	}
}
