// Package config is what an operator can set, from flags and environment. A flag wins over its variable; the defaults run.
package config

import (
	"cmp"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"strconv"
	"strings"

	"deputy/internal/send"
	"deputy/internal/signin"
	"deputy/internal/store"
	"deputy/internal/web"
)

// Config is everything that can be set.
type Config struct {
	// Command is what to do: serve (the default), migrate, backup, import or demo.
	Command string
	// BackupFile is the file that backup writes.
	BackupFile string
	// ImportFile is the file of orders that import reads, ImportOrg the org they are of, and DryRun changes nothing.
	ImportFile, ImportOrg string
	DryRun                bool
	// LoadOrgs and LoadOrders are how much demo makes.
	LoadOrgs, LoadOrders int

	Addr           string
	DatabaseURL    string
	DatabaseListen string
	DatabasePooler string
	DatabaseConns  int
	DatabaseRLS    string
	Migrate        bool
	Secret         string
	TrustedProxies string
	Origins        web.Origins

	Demo       bool
	DevCodes   bool
	CodeLimits string
	Signup     string

	Countries     string
	CodesPerIP    int
	AttemptsPerIP int
	CodesInAll    int

	Streams       int
	Subscriptions int

	Operations  string
	MetricsAddr string
	Traces      string

	CostLimit  int
	CostBudget int
	CostRefill int

	SMTPHost     string
	SMTPPort     int
	SMTPUser     string
	SMTPPassword string
	SMTPFrom     string
	SMTPTLS      string

	SMSURL    string
	SMSSecret string
}

// Setting is one line of the configuration table: a flag, a variable or both.
type Setting struct {
	Flag, Env, Default, Usage string
	set                       func(*Config, string) error
}

// Settings lists everything that can be set, in the order of the README's table.
func Settings() []Setting {
	return []Setting{
		{"addr", "DEPUTY_ADDR", "127.0.0.1:8080", "address to listen on", text(func(c *Config) *string { return &c.Addr })},
		{"database", "DATABASE_URL", "data/deputy.db", "path of a SQLite file, or postgres://…", text(func(c *Config) *string { return &c.DatabaseURL })},
		{"", "DATABASE_LISTEN_URL", "", "address of PostgreSQL itself, for notifications, where DATABASE_URL leads to a pooler", text(func(c *Config) *string { return &c.DatabaseListen })},
		{"", "DATABASE_POOLER", "off", "on when DATABASE_URL leads to a pooler in transaction mode, such as pgbouncer", choice(func(c *Config) *string { return &c.DatabasePooler }, "off", "on")},
		{"", "DATABASE_CONNS", "10", "connections that one server opens to PostgreSQL at most", number(func(c *Config) *int { return &c.DatabaseConns })},
		{"", "DATABASE_RLS", "on", "off does without PostgreSQL's row level security, the second wall between orgs", choice(func(c *Config) *string { return &c.DatabaseRLS }, "on", "off")},
		{"migrate", "DEPUTY_MIGRATE", "false", "bring the schema of a PostgreSQL database up to date at the start (a SQLite file always is)", boolean(func(c *Config) *bool { return &c.Migrate })},
		{"", "DEPUTY_SECRET", "", "at least 32 characters that key codes, cursors and links; the same on all servers; with SQLite it is made beside the file", text(func(c *Config) *string { return &c.Secret })},
		{"", "DEPUTY_TRUSTED_PROXIES", "", "addresses and ranges of the proxies whose X-Forwarded-For counts, such as 127.0.0.1, 10.0.0.0/8", text(func(c *Config) *string { return &c.TrustedProxies })},
		{"", "DEPUTY_ORIGINS", "", "origins of pages elsewhere that may use the server with its cookie, such as https://console.agency.example", origins},
		{"demo", "DEPUTY_DEMO", "false", "fill an empty database with a demo agency, and write codes into the log", boolean(func(c *Config) *bool { return &c.Demo })},
		{"dev-codes", "DEPUTY_DEV_CODES", "false", "write codes into the log where no sender is set up; never in production", boolean(func(c *Config) *bool { return &c.DevCodes })},
		{"code-limits", "DEPUTY_CODE_LIMITS", "on", "off lifts the pauses and limits on codes, for load tests; only together with --demo", choice(func(c *Config) *string { return &c.CodeLimits }, "on", "off")},
		{"", "DEPUTY_SIGNUP", "open", "closed stops new orgs", choice(func(c *Config) *string { return &c.Signup }, "open", "closed")},
		{"", "DEPUTY_COUNTRIES", "CN", "countries whose phone numbers are accepted, as ISO 3166 codes, such as CN,HK", text(func(c *Config) *string { return &c.Countries })},
		{"", "DEPUTY_CODES_PER_HOUR", "100", "codes that one IP address may ask for in an hour", number(func(c *Config) *int { return &c.CodesPerIP })},
		{"", "DEPUTY_ATTEMPTS_PER_HOUR", "300", "sign-ins that one IP address may try in an hour", number(func(c *Config) *int { return &c.AttemptsPerIP })},
		{"", "DEPUTY_CODES_PER_HOUR_IN_ALL", "3600", "codes that are sent in an hour, whoever asks: a flood of them costs a known amount", number(func(c *Config) *int { return &c.CodesInAll })},
		{"", "DEPUTY_STREAMS", "20", "WebSockets and event streams that an account may have open at one server", number(func(c *Config) *int { return &c.Streams })},
		{"", "DEPUTY_SUBSCRIPTIONS", "20", "subscriptions that may run over one WebSocket", number(func(c *Config) *int { return &c.Subscriptions })},
		{"", "DEPUTY_OPERATIONS", "", "manifest of persisted operations, as Apollo, Relay and graphql-codegen write it: these alone run, by id", text(func(c *Config) *string { return &c.Operations })},
		{"", "DEPUTY_METRICS_ADDR", "", "address at which Prometheus reads /metrics, such as 127.0.0.1:9090, for nobody else; none when empty", text(func(c *Config) *string { return &c.MetricsAddr })},
		{"", "DEPUTY_TRACES", "", "OTLP/HTTP address that traces are sent to, such as http://127.0.0.1:4318/v1/traces; none when empty", text(func(c *Config) *string { return &c.Traces })},
		{"", "DEPUTY_COST_LIMIT", "10000", "rows that one request may ask for, multiplied through its levels; 0 is the default", number(func(c *Config) *int { return &c.CostLimit })},
		{"", "DEPUTY_COST_BUDGET", "5000000", "rows that a session may ask for at once, its account four times as many; 0 is no budget", number(func(c *Config) *int { return &c.CostBudget })},
		{"", "DEPUTY_COST_REFILL", "1000000", "rows a second that come back to it", number(func(c *Config) *int { return &c.CostRefill })},
		{"", "DEPUTY_SMTP_HOST", "", "mail server that brings codes to e-mail addresses", text(func(c *Config) *string { return &c.SMTPHost })},
		{"", "DEPUTY_SMTP_PORT", "0", "its port; 0 is 587 for starttls, 465 for implicit", number(func(c *Config) *int { return &c.SMTPPort })},
		{"", "DEPUTY_SMTP_USER", "", "user name at the mail server; empty is no sign-in", text(func(c *Config) *string { return &c.SMTPUser })},
		{"", "DEPUTY_SMTP_PASSWORD", "", "its password", text(func(c *Config) *string { return &c.SMTPPassword })},
		{"", "DEPUTY_SMTP_FROM", "", "sender of the mails, such as Deputy <no-reply@agency.example>", text(func(c *Config) *string { return &c.SMTPFrom })},
		{"", "DEPUTY_SMTP_TLS", "starttls", "starttls, implicit, or none (only for a mail server on this machine)", choice(func(c *Config) *string { return &c.SMTPTLS }, "starttls", "implicit", "none")},
		{"", "DEPUTY_SMS_URL", "", "HTTPS address that brings codes to phone numbers", text(func(c *Config) *string { return &c.SMSURL })},
		{"", "DEPUTY_SMS_SECRET", "", "key that signs what is posted there", text(func(c *Config) *string { return &c.SMSSecret })},
	}
}

func text(field func(*Config) *string) func(*Config, string) error {
	return func(c *Config, value string) error { *field(c) = value; return nil }
}

func origins(c *Config, value string) (err error) {
	c.Origins, err = web.ParseOrigins(value)
	return err
}

func boolean(field func(*Config) *bool) func(*Config, string) error {
	return func(c *Config, value string) (err error) {
		if *field(c), err = strconv.ParseBool(value); err != nil {
			return errors.New("must be true or false")
		}
		return nil
	}
}

func number(field func(*Config) *int) func(*Config, string) error {
	return func(c *Config, value string) (err error) {
		if *field(c), err = strconv.Atoi(value); err != nil || *field(c) < 0 {
			return errors.New("must be a whole number, 0 or more")
		}
		return nil
	}
}

func choice(field func(*Config) *string, values ...string) func(*Config, string) error {
	return func(c *Config, value string) error {
		for _, known := range values {
			if value == known {
				*field(c) = value
				return nil
			}
		}
		return fmt.Errorf("must be %s", strings.Join(values, " or "))
	}
}

// Parse reads the configuration from the command line, without the program's name, and the environment. What is wrong is
// said with the name of the flag or variable and without the value. flag.ErrHelp after the usage was written to out.
func Parse(args []string, getenv func(string) string, out io.Writer) (Config, error) {
	c := Config{Command: "serve"}
	if len(args) > 0 && !strings.HasPrefix(args[0], "-") {
		c.Command, args = args[0], args[1:]
	}
	flags := flag.NewFlagSet("deputy", flag.ContinueOnError)
	flags.SetOutput(out)
	flags.Usage = func() { usage(out) }
	given := map[string]string{}
	for _, s := range Settings() {
		if s.Flag == "" {
			continue
		}
		keep := func(value string) error { given[s.Flag] = value; return nil }
		if s.Default == "false" {
			flags.BoolFunc(s.Flag, s.Usage, keep)
		} else {
			flags.Func(s.Flag, s.Usage, keep)
		}
	}
	c.flags(flags)
	words, err := words(flags, args)
	if err != nil {
		return c, err
	}
	if err := c.name(words); err != nil {
		return c, err
	}
	for _, s := range Settings() {
		name, value := s.Env, cmp.Or(getenv(s.Env), s.Default)
		if byFlag, ok := given[s.Flag]; ok && s.Flag != "" {
			name, value = "--"+s.Flag, byFlag
		}
		if err := s.set(&c, value); err != nil {
			return c, fmt.Errorf("%s %w", name, err)
		}
	}
	return c, c.check()
}

// flags adds those that one command alone has.
func (c *Config) flags(flags *flag.FlagSet) {
	switch c.Command {
	case "import":
		flags.StringVar(&c.ImportOrg, "org", "", "the org that the orders are of")
		flags.BoolVar(&c.DryRun, "dry-run", false, "say what would be done, and change nothing")
	case "demo":
		flags.IntVar(&c.LoadOrgs, "orgs", 1, "how many orgs to make")
		flags.IntVar(&c.LoadOrders, "orders", 100_000, "how many orders the first of them has")
	}
}

// words reads flags and answers what stands between and after them.
func words(flags *flag.FlagSet, args []string) (words []string, err error) {
	for {
		if err := flags.Parse(args); err != nil {
			return nil, err
		}
		if args = flags.Args(); len(args) == 0 {
			return words, nil
		}
		words, args = append(words, args[0]), args[1:]
	}
}

// name takes the names of files that a command goes with.
func (c *Config) name(words []string) error {
	switch {
	case c.Command == "backup" && len(words) > 0:
		c.BackupFile, words = words[0], words[1:]
	case c.Command == "import" && len(words) > 0 && words[0] == "orders":
		if words = words[1:]; len(words) > 0 {
			c.ImportFile, words = words[0], words[1:]
		}
	}
	if len(words) > 0 {
		return fmt.Errorf("unknown argument %q: see deputy --help", words[0])
	}
	return nil
}

// commands are what can be done.
var commands = []string{"serve", "migrate", "backup", "import", "demo"}

// check refuses what does not go together.
func (c Config) check() error {
	switch {
	case !slices.Contains(commands, c.Command):
		return fmt.Errorf("unknown command %q: it is one of %s, see deputy --help", c.Command, strings.Join(commands, ", "))
	case c.Command == "import" && (c.ImportFile == "" || c.ImportOrg == ""):
		return errors.New("import needs a file and the org that it is of: deputy import orders FILE.csv --org org_…")
	case c.Command == "demo" && (c.LoadOrgs < 1 || c.LoadOrders < 0):
		return errors.New("demo makes at least one org: deputy demo --orgs 100 --orders 1000000")
	case c.Command == "backup" && c.BackupFile == "":
		return errors.New("backup needs the name of the file to write, after the flags: deputy backup FILE")
	case c.CodeLimits == "off" && !c.Demo:
		return errors.New("--code-limits=off goes only together with --demo")
	case c.DatabasePooler == "on" && c.DatabaseListen == "":
		return errors.New("DATABASE_POOLER=on needs DATABASE_LISTEN_URL: notifications and migrations don't pass a pooler")
	case c.Secret != "" && len(c.Secret) < 32:
		return errors.New("DEPUTY_SECRET must have at least 32 characters: `openssl rand -base64 32` makes one")
	case c.Command == "serve" && c.SMTPHost == "" && c.SMSURL == "" && !c.Demo && !c.DevCodes:
		return errors.New("no way to send verification codes: set DEPUTY_SMS_URL and DEPUTY_SMTP_HOST; " +
			"to try Deputy out, --demo or --dev-codes writes codes into the log instead")
	}
	return nil
}

func usage(out io.Writer) {
	_, _ = fmt.Fprint(out, "Usage:\n  deputy [serve | migrate] [flags]\n  deputy backup FILE\n  deputy import orders FILE.csv --org ID [--dry-run]\n"+
		"  deputy demo --orgs N --orders M\n\nEach flag has a variable; a flag wins over it.\n\n")
	for _, s := range Settings() {
		name := s.Env
		if s.Flag != "" {
			name = "--" + s.Flag + ", " + s.Env
		}
		_, _ = fmt.Fprintf(out, "  %s\n        %s", name, s.Usage)
		if s.Default != "" {
			_, _ = fmt.Fprintf(out, " (default %s)", s.Default)
		}
		_, _ = fmt.Fprintln(out)
	}
}

// MigratesAtStart tells whether the schema is brought up to date at the start: always on SQLite, on PostgreSQL when asked.
func (c Config) MigratesAtStart() bool {
	return c.Command == "migrate" || c.Migrate || !store.IsPostgres(c.DatabaseURL)
}

// Store answers how the server uses PostgreSQL.
func (c Config) Store() store.Options {
	return store.Options{
		Conns: c.DatabaseConns, Pooler: c.DatabasePooler == "on", ListenURL: c.DatabaseListen, NoRowSecurity: c.DatabaseRLS == "off",
	}
}

// CountryCodes answers the countries whose phone numbers are accepted.
func (c Config) CountryCodes() []string {
	return strings.FieldsFunc(strings.ToUpper(c.Countries), func(r rune) bool { return r == ',' || r == ' ' })
}

// Proxies answers those whose headers count.
func (c Config) Proxies() (web.Proxies, error) {
	proxies, err := web.ParseProxies(c.TrustedProxies)
	if err != nil {
		return nil, fmt.Errorf("read DEPUTY_TRUSTED_PROXIES: %w", err)
	}
	return proxies, nil
}

// Limits answers the limits on codes and attempts.
func (c Config) Limits() signin.Limits {
	return signin.Limits{Off: c.CodeLimits == "off", SendsPerHourPerIP: c.CodesPerIP, AttemptsPerHourPerIP: c.AttemptsPerIP, SendsPerHour: c.CodesInAll}
}

// Sender answers what brings codes to people. Where nothing is set up for phones or for e-mail, codes are written into the
// log with --demo or --dev-codes, and refused otherwise.
func (c Config) Sender(log *slog.Logger) (send.Sender, error) {
	var by send.ByChannel
	if c.Demo || c.DevCodes {
		by = send.ByChannel{Phone: send.Log{Logger: log}, Email: send.Log{Logger: log}}
	}
	if c.SMSURL != "" {
		sms, err := send.NewSMS(send.SMSConfig{URL: c.SMSURL, Secret: c.SMSSecret})
		if err != nil {
			return nil, fmt.Errorf("set up DEPUTY_SMS_URL: %w", err)
		}
		by.Phone = sms
	}
	if c.SMTPHost != "" {
		smtp, err := send.NewSMTP(send.SMTPConfig{
			Host: c.SMTPHost, Port: c.SMTPPort, User: c.SMTPUser, Password: c.SMTPPassword, From: c.SMTPFrom, TLS: send.TLSPolicy(c.SMTPTLS),
		})
		if err != nil {
			return nil, fmt.Errorf("set up DEPUTY_SMTP_HOST: %w", err)
		}
		by.Email = smtp
	}
	return by, nil
}
