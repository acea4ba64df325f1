package config_test

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"deputy/internal/config"
	"deputy/internal/send"
)

func parse(env map[string]string, args ...string) (config.Config, string, error) {
	var out strings.Builder
	var environ []string
	for name, value := range env {
		environ = append(environ, name+"="+value)
	}
	c, err := config.Parse(args, environ, &out)
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
			return c.Demo && c.Command == "serve" && c.Addr == "127.0.0.1:8080" && c.DatabaseURL == "data/deputy.db" &&
				c.CodeLimits == "on" && c.MigratesAtStart()
		}},
		"variables": {
			map[string]string{"DEPUTY_DEMO": "1", "DEPUTY_ADDR": ":9"},
			nil,
			func(c config.Config) bool { return c.Demo && c.Addr == ":9" },
		},
		"a flag wins": {
			map[string]string{"DEPUTY_DEMO": "1", "DEPUTY_ADDR": ":9"},
			[]string{"--addr", ":10"},
			func(c config.Config) bool { return c.Addr == ":10" },
		},
		"space does not count": {map[string]string{"DEPUTY_DEMO": " true\n", "DEPUTY_SECRET": "\t" +
			strings.Repeat("s", 32) + " \n"}, nil, func(c config.Config) bool {
			return c.Demo &&
				c.Secret == strings.Repeat("s", 32)
		}},
		"a flag takes back": {
			map[string]string{"DEPUTY_DEMO": "1", "DEPUTY_DEV_CODES": "1"},
			[]string{"--demo=false"},
			func(c config.Config) bool { return !c.Demo && c.DevCodes },
		},
		"command": {
			demo,
			[]string{"migrate", "--addr=:9"},
			func(c config.Config) bool { return c.Command == "migrate" && c.Addr == ":9" },
		},
		"no limits, with the demo": {
			nil,
			[]string{"--demo", "--code-limits=off"},
			func(c config.Config) bool { return c.Limits().Off },
		},
		"postgres is not migrated": {map[string]string{
			"DEPUTY_DEMO": "1", "DATABASE_URL": "postgres://x",
			"DEPUTY_SECRET": strings.Repeat("s", 32),
		}, nil, func(c config.Config) bool { return !c.MigratesAtStart() }},
		"postgres, when asked": {map[string]string{
			"DEPUTY_DEMO": "1", "DATABASE_URL": "postgres://x",
			"DEPUTY_SECRET": strings.Repeat("s", 32),
		}, []string{"--migrate"}, config.Config.MigratesAtStart},
		"countries": {
			map[string]string{"DEPUTY_DEMO": "1", "DEPUTY_COUNTRIES": "cn, hk"},
			nil,
			func(c config.Config) bool { return fmt.Sprint(c.Countries) == "[CN HK]" },
		},
		"origins": {
			map[string]string{"DEPUTY_DEMO": "1", "DEPUTY_ORIGINS": "https://a.example, http://localhost:3000"},
			nil,
			func(c config.Config) bool {
				return fmt.Sprint(c.Origins) == "[https://a.example http://localhost:3000]"
			},
		},
		"limits": {
			map[string]string{"DEPUTY_DEMO": "1", "DEPUTY_CODES_PER_HOUR": "7", "DEPUTY_ATTEMPTS_PER_HOUR": "9"},
			nil,
			func(c config.Config) bool {
				return c.Limits().SendsPerHourPerIP == 7 && c.Limits().AttemptsPerHourPerIP == 9
			},
		},
		"a mail server without demo": {map[string]string{
			"DEPUTY_SMTP_HOST": "mail.example",
			"DEPUTY_SMTP_FROM": "a@mail.example",
		}, nil, func(c config.Config) bool {
			return c.SMTPHost == "mail.example" &&
				c.SMTPTLS == "starttls"
		}},
		"Alibaba Cloud without demo": {byAliyun(), nil, func(c config.Config) bool {
			sender, address, err := c.SMS()
			return sender != nil && address == "https://dysmsapi.aliyuncs.com" && err == nil && c.SMSTemplates["BIND"] == "SMS_3"
		}},
		"an SMS gateway without demo": {
			map[string]string{
				"DEPUTY_SMS_URL":    "https://sms.example",
				"DEPUTY_SMS_SECRET": strings.Repeat("s", 16),
			},
			nil,
			func(c config.Config) bool { return c.SMSURL == "https://sms.example" },
		},
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
		"nobody brings codes": {nil, nil, "no way to send verification codes"},
		"no limits, without demo": {
			map[string]string{"DEPUTY_CODE_LIMITS": "off"},
			[]string{"--dev-codes"},
			"requires --demo",
		},
		"half a truth in a flag": {nil, []string{"--demo=maybe-secret"}, "--demo must be true or false"},
		"half a truth": {
			map[string]string{"DEPUTY_DEMO": "maybe-secret"},
			nil,
			"DEPUTY_DEMO must be true or false",
		},
		"no number": {
			map[string]string{"DEPUTY_DEMO": "1", "DEPUTY_CODES_PER_HOUR": "secret"},
			nil,
			"DEPUTY_CODES_PER_HOUR must be a whole number",
		},
		"a negative number": {
			map[string]string{"DEPUTY_DEMO": "1", "DEPUTY_ATTEMPTS_PER_HOUR": "-1"},
			nil,
			"DEPUTY_ATTEMPTS_PER_HOUR must be a whole number",
		},
		"no such choice": {
			map[string]string{"DEPUTY_DEMO": "1", "DEPUTY_SIGNUP": "secret"},
			nil,
			"DEPUTY_SIGNUP must be open or closed",
		},
		"no such choice of a flag": {nil, []string{"--demo", "--code-limits=secret"}, "--code-limits must be on or off"},
		"a short secret": {
			map[string]string{"DEPUTY_DEMO": "1", "DEPUTY_SECRET": "secret"},
			nil,
			"DEPUTY_SECRET must have at least 32 characters",
		},
		"a flag that is none":      {nil, []string{"--secret"}, "not defined: -secret"},
		"an argument that is none": {nil, []string{"--demo", "now"}, `unknown argument "now"`},
		"a command that is none":   {map[string]string{"DEPUTY_DEMO": "1"}, []string{"sevre"}, `unknown command "sevre"`},
		"a flag without its value": {nil, []string{"--addr"}, "needs an argument"},
		"TLS of a mail server": {
			map[string]string{"DEPUTY_DEMO": "1", "DEPUTY_SMTP_TLS": "maybe"},
			nil,
			"starttls or implicit or none",
		},
		"a wildcard of origins": {
			map[string]string{
				"DEPUTY_DEMO":    "1",
				"DEPUTY_ORIGINS": "https://a.example,https://*.secret",
			},
			nil,
			"DEPUTY_ORIGINS must list origins such as https://console.agency.example, separated by commas; entry 2 has a " +
				"wildcard",
		},
		"an empty limit": {nil, []string{"--demo", "--code-limits="}, "--code-limits needs a value"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, _, err := parse(tt.env, tt.args...)
			if err == nil || !strings.Contains(err.Error(), tt.says) || tt.says != "not defined: -secret" &&
				strings.Contains(err.Error(), "secret") {
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

// TestDocumentsAreFresh has what is made from the table of settings be as it would be made now.
func TestDocumentsAreFresh(t *testing.T) {
	t.Parallel()
	readme, err := os.ReadFile("../../docs/configuration.md")
	if err != nil {
		t.Fatal(err)
	}
	if want, err := config.WithTable(string(readme)); err != nil || want != string(readme) {
		t.Errorf("docs/configuration.md is stale: go generate ./internal/config (%v)", err)
	}
	example, err := os.ReadFile("../../deploy/env.example")
	if err != nil || string(example) != config.Example() {
		t.Errorf("deploy/env.example is stale: go generate ./internal/config (%v)", err)
	}
}

// TestTableIsWhole has each setting be described in both languages, have a default that it takes, and bounds that hold.
func TestTableIsWhole(t *testing.T) {
	t.Parallel()
	for _, s := range config.Settings() {
		if s.Usage == "" || !strings.ContainsFunc(s.Chinese, func(r rune) bool { return r > 0x2e80 }) && s.Chinese != "其密码" {
			t.Errorf("%s is not described in both languages", s.Env)
		}
		try := func(value string) error {
			_, _, err := parse(map[string]string{"DEPUTY_DEMO": "1", s.Env: value})
			return err
		}
		switch s.Kind {
		case config.Number:
			for value, good := range map[string]bool{
				fmt.Sprint(s.Min): true, fmt.Sprint(s.Max): true, fmt.Sprint(s.Min - 1): false, fmt.Sprint(s.Max + 1): false,
				"": true, " ": true,
				"1.5": false, "1e3": false, "0x10": false, "+1": false, "١": false, "9223372036854775808": false, "ten": false,
				"1 0": false,
			} {
				if err := try(value); (err == nil) != good {
					t.Errorf("%s=%q: %v", s.Env, value, err)
				} else if err != nil && (!strings.HasPrefix(err.Error(), s.Env+" ") || value == "ten" &&
					strings.Contains(err.Error(), value)) {
					t.Errorf("%s=%q: %v", s.Env, value, err)
				}
			}
		case config.Boolean, config.Choice:
			for _, value := range []string{"2", "yes please", "ON", "none at all"} {
				if err := try(value); err == nil || !strings.Contains(err.Error(), s.Env+" must be ") ||
					strings.Contains(strings.ReplaceAll(err.Error(), s.Env, ""), value) { // there is ON in DEPUTY_CONSOLE
					t.Errorf("%s=%q: %v", s.Env, value, err)
				}
			}
		}
		if err := try(s.Default + "\x01"); err == nil || !strings.Contains(err.Error(), s.Env) {
			t.Errorf("%s takes a control character: %v", s.Env, err)
		}
	}
}

// byAliyun are settings with which Alibaba Cloud brings text messages.
func byAliyun() map[string]string {
	return map[string]string{
		"DEPUTY_SMS_BY": "aliyun", "DEPUTY_SMS_KEY": "LTAI", "DEPUTY_SMS_SECRET": strings.Repeat("s", 30),
		"DEPUTY_SMS_SIGN":      "星河传媒",
		"DEPUTY_SMS_TEMPLATES": "SIGN_IN=SMS_1, SET_PASSWORD=SMS_2,BIND=SMS_3",
	}
}

// TestWrongSettings has values that can't mean what their owner wants, each of which started a server once. Each is
// refused by its name, and never repeated.
func TestWrongSettings(t *testing.T) {
	t.Parallel()
	smtp := func(env ...string) map[string]string {
		settings := map[string]string{"DEPUTY_SMTP_HOST": "mail.example", "DEPUTY_SMTP_FROM": "a@mail.example"}
		for i := 0; i < len(env); i += 2 {
			settings[env[i]] = env[i+1]
		}
		return settings
	}
	sms := func(env ...string) map[string]string {
		settings := byAliyun()
		for i := 0; i < len(env); i += 2 {
			settings[env[i]] = env[i+1]
		}
		return settings
	}
	for _, tt := range []struct {
		name string
		env  map[string]string
	}{
		{"DEPUTY_COUNTRIES", map[string]string{"DEPUTY_COUNTRIES": "China"}},
		{"DEPUTY_COUNTRIES", map[string]string{"DEPUTY_COUNTRIES": "US,XX"}},
		{"DEPUTY_COUNTRIES", map[string]string{"DEPUTY_COUNTRIES": "CN;HK"}},
		{"DEPUTY_COUNTRIES", map[string]string{"DEPUTY_COUNTRIES": "CHN"}},
		{"DEPUTY_COUNTRIES", map[string]string{"DEPUTY_COUNTRIES": ","}},
		{"DEPUTY_SMTP_HOST", smtp("DEPUTY_SMTP_HOST", "mail.example:587")},
		{"DEPUTY_SMTP_HOST", smtp("DEPUTY_SMTP_HOST", "smtp://mail.example")},
		{"DEPUTY_SMTP_HOST", smtp("DEPUTY_SMTP_HOST", "[2001:db8::1]:25")},
		{"DEPUTY_SMTP_HOST", smtp("DEPUTY_SMTP_HOST", "mail example")},
		{"DEPUTY_SMTP_HOST", smtp("DEPUTY_SMTP_HOST", `"mail.example"`)},
		{"DEPUTY_SMTP_FROM", smtp("DEPUTY_SMTP_FROM", "nobody")},
		{"DEPUTY_SMTP_FROM", map[string]string{"DEPUTY_SMTP_HOST": "mail.example"}},
		{"DEPUTY_SMTP_USER", smtp("DEPUTY_SMTP_PASSWORD", "S3cret")},
		{"DEPUTY_SMTP_PASSWORD", smtp("DEPUTY_SMTP_USER", "u")},
		{"DEPUTY_SMTP_PASSWORD", map[string]string{"DEPUTY_SMTP_PASSWORD": "S3cret"}},
		{"DEPUTY_SMTP_TLS", smtp("DEPUTY_SMTP_TLS", "none")},
		{"DEPUTY_SMS_URL", map[string]string{"DEPUTY_SMS_URL": "sms.example", "DEPUTY_SMS_SECRET": "S3cretS3cretS3cret"}},
		{"DEPUTY_SMS_URL", map[string]string{
			"DEPUTY_SMS_URL":    "http://sms.example/?key=S3cret",
			"DEPUTY_SMS_SECRET": "S3cretS3cretS3cret",
		}},
		{"DEPUTY_SMS_URL", map[string]string{
			"DEPUTY_SMS_URL":    `"https://sms.example"`,
			"DEPUTY_SMS_SECRET": "S3cretS3cretS3cret",
		}},
		{"DEPUTY_SMS_SECRET", map[string]string{"DEPUTY_SMS_URL": "https://sms.example"}},
		{"DEPUTY_SMS_SECRET", map[string]string{"DEPUTY_SMS_SECRET": "S3cretS3cretS3cret"}},
		{"DEPUTY_SMS_BY", map[string]string{"DEPUTY_SMS_BY": "alibaba"}},
		{"DEPUTY_SMS_KEY", sms("DEPUTY_SMS_KEY", "")},
		{"DEPUTY_SMS_SECRET", sms("DEPUTY_SMS_SECRET", "")},
		{"DEPUTY_SMS_SECRET", sms("DEPUTY_SMS_SECRET", "S3cret")},
		{"DEPUTY_SMS_SIGN", sms("DEPUTY_SMS_SIGN", "")},
		{"DEPUTY_SMS_APP", sms("DEPUTY_SMS_BY", "tencent")},
		{"DEPUTY_SMS_APP", sms("DEPUTY_SMS_APP", "1400000001")},
		{"DEPUTY_SMS_URL", sms("DEPUTY_SMS_URL", "http://sms.example/?key=S3cret")},
		{"DEPUTY_SMS_TEMPLATES", sms("DEPUTY_SMS_TEMPLATES", "")},
		{"DEPUTY_SMS_TEMPLATES", sms("DEPUTY_SMS_TEMPLATES", "SIGN_IN=SMS_1,SET_PASSWORD=SMS_2")},
		{"DEPUTY_SMS_TEMPLATES", sms("DEPUTY_SMS_TEMPLATES", "SIGN_IN=SMS_1,SET_PASSWORD=SMS_2,BIND")},
		{"DEPUTY_SMS_TEMPLATES", sms("DEPUTY_SMS_TEMPLATES", "SIGN_IN=SMS_1,SIGN_IN=SMS_2,BIND=SMS_3")},
		{"DEPUTY_SMS_TEMPLATES", sms("DEPUTY_SMS_TEMPLATES", "S3cret=SMS_1")},
		{"DEPUTY_SMS_KEY", sms("DEPUTY_SMS_BY", "gateway", "DEPUTY_SMS_URL", "https://sms.example", "DEPUTY_SMS_TEMPLATES",
			"", "DEPUTY_SMS_SIGN", "")},
		{"DEPUTY_ADDR", map[string]string{"DEPUTY_ADDR": "nowhere"}},
		{"DEPUTY_ADDR", map[string]string{"DEPUTY_ADDR": ":http"}},
		{"DEPUTY_ADDR", map[string]string{"DEPUTY_ADDR": ":65536"}},
		{"DEPUTY_ADDR", map[string]string{"DEPUTY_ADDR": "http://0.0.0.0:80"}},
		{"DEPUTY_METRICS_ADDR", map[string]string{"DEPUTY_METRICS_ADDR": "9090"}},
		{"DEPUTY_METRICS_ADDR", map[string]string{"DEPUTY_METRICS_ADDR": ":7", "DEPUTY_ADDR": ":7"}},
		{"DEPUTY_TRACES", map[string]string{"DEPUTY_TRACES": "collector:4318"}},
		{"DEPUTY_TRACES", map[string]string{"DEPUTY_TRACES": "http://u:S3cret@collector:4318"}},
		{"DEPUTY_TRUSTED_PROXIES", map[string]string{"DEPUTY_TRUSTED_PROXIES": "proxy"}},
		{"DEPUTY_TRUSTED_PROXIES", map[string]string{"DEPUTY_TRUSTED_PROXIES": "0.0.0.0/0"}},
		{"DEPUTY_TRUSTED_PROXIES", map[string]string{"DEPUTY_TRUSTED_PROXIES": "10.0.0.0/33"}},
		{"DEPUTY_SECRET", map[string]string{"DEPUTY_SECRET": "S3cret" + strings.Repeat(" ", 40)}},
		{"DEPUTY_SECRET", map[string]string{"DATABASE_URL": "postgres://h/d"}},
		{"DATABASE_URL", map[string]string{"DATABASE_URL": ""}},
		{"DATABASE_URL", map[string]string{"DATABASE_URL": `"postgres://u:S3cret@h/d"`}},
		{"DATABASE_URL", map[string]string{
			"DATABASE_URL":  "postgres://u:S3cret@h/d?sslmode=S3cret",
			"DEPUTY_SECRET": strings.Repeat("s", 32),
		}},
		{"DATABASE_URL", map[string]string{
			"DATABASE_URL":  "postgres://u:S3cret@h/d?sslrootcert=/nope.pem",
			"DEPUTY_SECRET": strings.Repeat("s", 32),
		}},
		{"DATABASE_LISTEN_URL", map[string]string{"DATABASE_LISTEN_URL": "data/deputy.db"}},
		{"DATABASE_LISTEN_URL", map[string]string{"DATABASE_LISTEN_URL": "mysql://u:S3cret@h/d"}},
		{"DATABASE_POOLER", map[string]string{
			"DATABASE_POOLER": "on", "DATABASE_URL": "postgres://h/d",
			"DEPUTY_SECRET": strings.Repeat("s", 32),
		}},
		{"DATABASE_POOLER", map[string]string{"DATABASE_POOLER": "on"}},
	} {
		for _, command := range []string{"serve", "migrate"} {
			tt.env["DEPUTY_DEMO"] = "1"
			_, _, err := parse(tt.env, command)
			if command == "migrate" && tt.name == "DEPUTY_SECRET" && err == nil {
				continue // it is of no use to migrate
			}
			if err == nil || !strings.Contains(err.Error(), tt.name) || strings.Contains(err.Error(), "S3cret") {
				t.Errorf("%s %v: %v", command, tt.env, err)
			}
		}
	}
}

// TestSecretsFromFiles has each secret come from a file as well as from its variable, and mean the same.
func TestSecretsFromFiles(t *testing.T) {
	t.Parallel()
	value := strings.Repeat("k", 40)
	good := map[string]string{
		"DATABASE_URL": "postgres://u:k@h/d", "DATABASE_LISTEN_URL": "postgres://u:k@h/d",
		"DEPUTY_SMS_URL": "https://sms.example/k",
	}
	base := map[string]string{
		"DATABASE_URL": "postgres://u:k@h/d", "DEPUTY_SECRET": value, "DEPUTY_SMS_URL": "https://sms.example/k",
		"DEPUTY_SMS_SECRET": value,
		"DEPUTY_SMTP_HOST":  "mail.example", "DEPUTY_SMTP_FROM": "a@mail.example", "DEPUTY_SMTP_USER": "u",
		"DEPUTY_SMTP_PASSWORD": value,
		"DATABASE_LISTEN_URL":  "postgres://u:k@h/d", "DEPUTY_SMS_KEY": value,
		"DEPUTY_SMS_BY": "aliyun", "DEPUTY_SMS_SIGN": "星河传媒",
		"DEPUTY_SMS_TEMPLATES": "SIGN_IN=SMS_1,SET_PASSWORD=SMS_2,BIND=SMS_3",
	}
	secrets := 0
	for _, s := range config.Settings() {
		if !s.Secret {
			continue
		}
		secrets++
		text := value
		if good[s.Env] != "" {
			text = good[s.Env]
		}
		want, _, err := parse(base)
		if err != nil {
			t.Fatal(err)
		}
		file := filepath.Join(t.TempDir(), "secret")
		write := func(content string) {
			if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		env := map[string]string{}
		for name, value := range base {
			if name != s.Env {
				env[name] = value
			}
		}
		env[s.FileEnv()] = file
		for _, content := range []string{text, text + "\n", " " + text + "\r\n\n"} {
			write(content)
			if got, _, err := parse(env); err != nil || fmt.Sprint(got) != fmt.Sprint(want) {
				t.Errorf("%s with %q: %+v, %v", s.FileEnv(), content, got, err)
			}
		}
		refused := func(what string) {
			if _, _, err := parse(env); err == nil || !strings.Contains(err.Error(), s.FileEnv()) ||
				strings.Contains(err.Error(), value) {
				t.Errorf("%s: %s: %v", s.FileEnv(), what, err)
			}
		}
		write("")
		refused("an empty file")
		env[s.FileEnv()] = t.TempDir()
		refused("a folder")
		env[s.FileEnv()] = value
		refused("the secret itself")
		env[s.FileEnv()] = file
		write(text)
		env[s.Env] = text
		refused("both")
	}
	if secrets < 5 {
		t.Errorf("%d secrets", secrets)
	}
}

func TestUnknownNames(t *testing.T) {
	t.Parallel()
	c, _, err := parse(map[string]string{
		"DEPUTY_DEMO": "1", "DEPUTY_TRUSTED_PROXY": "10.0.0.1", "DEPUTY_ADDRESS": "x", "DEPUTY_STREAMS_FILE": "x",
		"DEPUTY_WHATEVER_FILE": "x",
		"DEPUTY_HOST":          "x", "OTHER": "x", "DEPUTY_SECRET_FILE": "",
	})
	want := []string{"DEPUTY_ADDRESS ", "DEPUTY_STREAMS_FILE ", "DEPUTY_TRUSTED_PROXY ", "DEPUTY_WHATEVER_FILE "}
	if err != nil || len(c.Warnings) != len(want) {
		t.Fatalf("%q, %v", c.Warnings, err)
	}
	for i, name := range want {
		if !strings.HasPrefix(c.Warnings[i], name) || strings.HasSuffix(c.Warnings[i], ": x") {
			t.Errorf("%q, want %q", c.Warnings[i], name)
		}
	}
	for i, hint := range map[int]string{
		1: ": DEPUTY_STREAMS is not a secret and can't be read from a file", 2: ": did you mean DEPUTY_TRUSTED_PROXIES?",
		3: "DEPUTY_WHATEVER_FILE is not a setting and is ignored",
	} {
		if !strings.HasSuffix(c.Warnings[i], hint) {
			t.Errorf("%q does not help: want %q", c.Warnings[i], hint)
		}
	}
}

// TestAllProblemsAtOnce has two settings be wrong.
func TestAllProblemsAtOnce(t *testing.T) {
	t.Parallel()
	_, _, err := parse(map[string]string{"DEPUTY_DEMO": "1", "DEPUTY_STREAMS": "0", "DEPUTY_SIGNUP": "x"})
	if err == nil || strings.Count(err.Error(), "\n") != 1 || !strings.Contains(err.Error(), "DEPUTY_STREAMS") ||
		!strings.Contains(err.Error(), "DEPUTY_SIGNUP") {
		t.Error(err)
	}
	if c, _, err := parse(map[string]string{"DEPUTY_DEMO": "1", "DEPUTY_STREAMS": "0"}, "check"); err != nil ||
		len(c.Problems) != 1 {
		t.Errorf("%+v, %v", c.Problems, err)
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
		if _, err := c.ReadSecret(); err == nil || !strings.Contains(err.Error(), "too short") ||
			strings.Contains(err.Error(), "cut:") {
			t.Errorf("got %v", err)
		}
	})
	t.Run("postgres has no file", func(t *testing.T) {
		t.Parallel()
		_, err := config.Config{DatabaseURL: "postgres://u:hidden@h/d"}.ReadSecret()
		if err == nil || !strings.Contains(err.Error(), "DEPUTY_SECRET is required") ||
			strings.Contains(err.Error(), "hidden") {
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
		"sessions":                   "deputy sessions end",
		"sessions end":               "",
		"sessions end now":           "unknown argument",
		"sessions list":              "unknown argument",
		"figures":                    "deputy figures rebuild",
		"figures rebuild":            "",
		"figures rebuild --org o":    "",
		"figures mend":               "unknown argument",
		"figures rebuild now":        "unknown argument",
		"restore":                    "unknown command",
		"import orders":              "import needs a file",
		"import orders a.csv":        "import needs a file",
		"import creators a.csv":      "import needs a file",
		"import tasks a.csv":         "unknown argument",
		"import orders a.csv --org org_1 --dry-run": "",
		"import reports":                         "",
		"import reports a.csv":                   "unknown argument",
		"import orders a.csv --explain":          "",
		"import orders --explain":                "import needs a file",
		"import orders a.csv --org org_1 --as x": "",
		"import orders a.csv --org org_1 --creator c --paid-at ordered --password p":    "",
		"import orders a.csv --org org_1 --paid-at created":                             "--paid-at must be ordered",
		"import creators a.csv --org org_1 --creator c":                                 "are only for order files",
		"import creators a.csv --org org_1 --dry-run":                                   "",
		"import orders a.csv --org org_1 --encoding gb18030 --map 支付金额=金额(元) --map a=b": "",
		"demo --orgs 1 --force":     "",
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

// TestADemoSendsNothing: the numbers of the demo may be somebody's, so that its codes go into the log alone, whatever
// else is set.
func TestADemoSendsNothing(t *testing.T) {
	t.Parallel()
	env := []string{
		"DEPUTY_SMS_URL=https://sms.example", "DEPUTY_SMS_SECRET=" + strings.Repeat("s", 16), "DEPUTY_SMTP_HOST=mail.example",
		"DEPUTY_SMTP_FROM=a@mail.example",
	}
	for flag, wantLog := range map[string]bool{"--demo": true, "--dev-codes": false} {
		c, err := config.Parse([]string{flag}, env, io.Discard)
		if err != nil {
			t.Fatal(err)
		}
		sender, err := c.Sender(slog.New(slog.DiscardHandler))
		if err != nil {
			t.Fatal(err)
		}
		by, ok := sender.(send.ByChannel)
		_, phoneLogged := by.Phone.(send.Log)
		_, emailLogged := by.Email.(send.Log)
		warned := slices.ContainsFunc(c.Warnings, func(w string) bool { return strings.HasPrefix(w, "DEPUTY_DEMO") })
		if !ok || phoneLogged != wantLog || emailLogged != wantLog || warned != wantLog {
			t.Errorf("%s: phone into the log %t, e-mail %t, warnings %q", flag, phoneLogged, emailLogged, c.Warnings)
		}
	}
}
