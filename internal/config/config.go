// Package config reads the settings of an operator from flags and environment variables. A flag takes precedence over
// its variable.
package config

import (
	"cmp"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net/mail"
	"slices"
	"strings"

	"deputy/internal/apitoken"
	"deputy/internal/orderfile"
	"deputy/internal/send"
	"deputy/internal/signin"
	"deputy/internal/store"
	"deputy/internal/web"
)

// Config holds all settings.
type Config struct {
	// Command is the command to run: serve (the default), check, migrate, backup, sessions, figures, import or demo.
	Command string
	// BackupFile is the file that backup writes.
	BackupFile string
	// FiguresOrg is the org whose figures are rebuilt; empty for all.
	FiguresOrg string
	// ImportRows is the kind of rows that import reads, ImportFile the file, and ImportOrg the org of the rows. With
	// DryRun, import changes nothing.
	ImportRows            orderfile.Rows
	ImportFile, ImportOrg string
	DryRun                bool
	// ImportEncoding is the encoding of the file, and ImportMap maps its headings to the names of columns. What they leave
	// open is detected from the file.
	ImportEncoding string
	ImportMap      []string
	// ImportAs names the platform report, ImportCreator the creator of all rows, and ImportPaidAt the time that is used as
	// the payment time. ImportPassword is the password of the file.
	ImportAs, ImportCreator, ImportPaidAt, ImportPassword string
	// Explain prints how the file would be read, and ImportReports prints the known reports. Neither needs a database.
	Explain, ImportReports bool
	// LoadOrgs and LoadOrders are the numbers of orgs and orders that demo creates. Force allows a database that has orgs.
	LoadOrgs, LoadOrders int
	Force                bool
	// Version prints the version of the program and runs no command.
	Version bool
	// Warnings are findings that are not errors: unknown variables, ignored parameters, disabled limits.
	Warnings []string
	// Problems are the invalid settings. Only the command check continues when there are any.
	Problems []Problem

	Addr           string
	DatabaseURL    string
	DatabaseListen string
	DatabasePooler string
	DatabaseConns  int
	DatabaseRLS    string
	Migrate        bool
	Secret         string
	TrustedProxies web.Proxies
	Origins        web.Origins

	Demo       bool
	DevCodes   bool
	CodeLimits string
	Signup     string

	Countries     []string
	CodesPerIP    int
	AttemptsPerIP int
	CodesInAll    int

	Streams       int
	Subscriptions int

	Console     string
	Operations  string
	MetricsAddr string
	Traces      string
	Log         string

	GCPercent int

	CostLimit  int
	CostBudget int
	CostRefill int

	SMTPHost     string
	SMTPPort     int
	SMTPUser     string
	SMTPPassword string
	SMTPFrom     string
	SMTPTLS      string

	SMSBy        string
	SMSURL       string
	SMSSecret    string
	SMSKey       string
	SMSSign      string
	SMSApp       string
	SMSTemplates map[send.Purpose]string
}

// Problem is an invalid setting.
type Problem struct {
	// Env is the variable of the setting; it is empty when the problem concerns no single setting.
	Env string
	// Err states what is wrong and what to do. It does not repeat the value.
	Err error
}

// Invalid is an error that lists the invalid settings, one line each.
type Invalid []Problem

// Error implements error.
func (p Invalid) Error() string {
	lines := make([]string, len(p))
	for i, problem := range p {
		lines[i] = problem.Err.Error()
	}
	return strings.Join(lines, "\n")
}

// ArgumentError is an error in the command line.
type ArgumentError struct{ reason error }

// Error implements error.
func (e *ArgumentError) Error() string { return e.reason.Error() }

// Unwrap returns the reason.
func (e *ArgumentError) Unwrap() error { return e.reason }

// commands are the commands of the program.
var commands = []string{"serve", "check", "migrate", "backup", "sessions", "figures", "import", "demo"}

// Parse reads the configuration from the command line, without the program's name, and the environment as os.Environ
// returns it. It returns an Invalid with all invalid settings, each with the name of the flag or variable and without
// the value; for the command check they are in Problems instead. It returns flag.ErrHelp after it wrote the help to
// out. It reads the files of secrets, and no other files.
func Parse(args, environ []string, out io.Writer) (Config, error) {
	c := Config{Command: "serve"}
	if len(args) > 0 && !strings.HasPrefix(args[0], "-") {
		c.Command, args = args[0], args[1:]
	}
	given, err := c.arguments(args, out)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return c, err
	case err != nil:
		return c, &ArgumentError{err}
	case c.Version:
		return c, nil
	}
	env := newEnvironment(environ)
	c.Warnings = env.unknown()
	for _, s := range Settings() {
		value, from, err := env.value(s)
		if byFlag, ok := given[s.Flag]; ok && s.Flag != "" {
			value, from, err = strings.TrimSpace(byFlag), "--"+s.Flag, nil
			if value == "" && (s.NotEmpty || s.Default != "") {
				err = errors.New("needs a value")
			}
		}
		if err == nil {
			err = s.parse(&c, cmp.Or(value, s.Default))
		}
		if err != nil {
			c.Problems = append(c.Problems, Problem{s.Env, fmt.Errorf("%s %w", from, err)})
		}
	}
	c.agree()
	if len(c.Problems) > 0 && c.Command != "check" {
		return c, Invalid(c.Problems)
	}
	return c, nil
}

// arguments reads flags and words, and returns the values of settings that were given as flags.
func (c *Config) arguments(args []string, out io.Writer) (map[string]string, error) {
	if !slices.Contains(commands, c.Command) {
		return nil, fmt.Errorf("unknown command %q: use one of %s; see deputy --help", c.Command,
			strings.Join(commands, ", "))
	}
	flags := flag.NewFlagSet("deputy", flag.ContinueOnError)
	flags.SetOutput(io.Discard) // an error is printed once, on one line
	flags.Usage = func() {}
	flags.BoolVar(&c.Version, "version", false, "")
	given := map[string]string{}
	for _, s := range Settings() {
		if s.Flag == "" {
			continue
		}
		keep := func(value string) error { given[s.Flag] = value; return nil }
		if s.Kind == Boolean {
			flags.BoolFunc(s.Flag, s.Usage, keep)
		} else {
			flags.Func(s.Flag, s.Usage, keep)
		}
	}
	c.flags(flags)
	words, err := words(flags, args)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return nil, errors.Join(err, usage(out, c.Command))
	case err != nil:
		return nil, fmt.Errorf("%w: see %s", err, c.help())
	case c.Version:
		return nil, nil //nolint:nilnil // nothing else is read
	}
	return given, c.name(words)
}

// flags adds the flags of the command.
func (c *Config) flags(flags *flag.FlagSet) {
	switch c.Command {
	case "import":
		flags.StringVar(&c.ImportOrg, "org", "", "the org of the rows")
		flags.BoolVar(&c.DryRun, "dry-run", false, "show the result, and change nothing")
		flags.StringVar(&c.ImportEncoding, "encoding", "", "utf-8, utf-16le, utf-16be, gb18030 or big5")
		flags.Func("map", "a heading and the name of the column it is read as, such as 支付金额=金额(元)", func(pair string) error {
			c.ImportMap = append(c.ImportMap, pair)
			return nil
		})
		flags.StringVar(&c.ImportAs, "as", "", "the platform report")
		flags.StringVar(&c.ImportCreator, "creator", "", "the creator of all rows")
		flags.StringVar(&c.ImportPaidAt, "paid-at", "", "ordered")
		flags.StringVar(&c.ImportPassword, "password", "", "the password of a workbook")
		flags.BoolVar(&c.Explain, "explain", false, "show how each heading is read, and change nothing")
	case "figures":
		flags.StringVar(&c.FiguresOrg, "org", "", "the org whose figures are rebuilt; all orgs by default")
	case "demo":
		flags.IntVar(&c.LoadOrgs, "orgs", 1, "the number of orgs to create")
		flags.IntVar(&c.LoadOrders, "orders", 100_000, "the number of orders of the first org")
		flags.BoolVar(&c.Force, "force", false, "allow a database that already has orgs")
	}
}

// help returns the command line that prints the usage of the command.
func (c *Config) help() string {
	if c.Command == "import" {
		return "deputy import --help"
	}
	return "deputy --help"
}

// words reads flags and returns the arguments between and after them.
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

// name reads the positional arguments of the command, and refuses arguments that it does not have.
func (c *Config) name(words []string) error {
	switch {
	case c.Command == "backup" && len(words) > 0:
		c.BackupFile, words = words[0], words[1:]
	case c.Command == "sessions" && len(words) > 0 && words[0] == "end":
		words = words[1:]
	case c.Command == "sessions" && len(words) == 0:
		return errors.New("sessions needs a subcommand: deputy sessions end")
	case c.Command == "figures" && len(words) > 0 && words[0] == "rebuild":
		words = words[1:]
	case c.Command == "figures" && len(words) == 0:
		return errors.New("figures needs a subcommand: deputy figures rebuild")
	case c.Command == "import" && len(words) == 1 && words[0] == "reports":
		c.ImportReports, words = true, nil
	case c.Command == "import" && len(words) > 0 && slices.Contains(orderfile.Kinds(), orderfile.Rows(words[0])):
		c.ImportRows = orderfile.Rows(words[0])
		if words = words[1:]; len(words) > 0 {
			c.ImportFile, words = words[0], words[1:]
		}
	}
	switch {
	case len(words) > 0:
		return fmt.Errorf("unknown argument %q: see %s", words[0], c.help())
	case c.ImportReports:
	case c.ImportPaidAt != "" && c.ImportPaidAt != orderfile.Ordered:
		return errors.New("--paid-at must be ordered, which uses the order time as the payment time; see deputy import " +
			"--help")
	case c.ImportRows == orderfile.Creators && c.ImportAs+c.ImportCreator+c.ImportPaidAt != "":
		return errors.New("--as, --creator and --paid-at are only for order files: see deputy import --help")
	case c.Command == "import" && c.Explain && c.ImportFile != "":
	case c.Command == "import" && (c.ImportFile == "" || c.ImportOrg == ""):
		return errors.New("import needs a file and the org of its rows: deputy import orders FILE.csv --org org_…; see " +
			"deputy import --help")
	case c.Command == "demo" && (c.LoadOrgs < 1 || c.LoadOrders < 0):
		return errors.New("demo needs at least one org: deputy demo --orgs 100 --orders 1000000")
	case c.Command == "backup" && c.BackupFile == "":
		return errors.New("backup needs the name of the file to write: deputy backup FILE")
	}
	return nil
}

// agree checks the settings that depend on each other.
func (c *Config) agree() {
	wrong := func(env, problem string) {
		if !slices.ContainsFunc(c.Problems, func(p Problem) bool { return p.Env == env }) {
			c.Problems = append(c.Problems, Problem{env, errors.New(problem)})
		}
	}
	place, err := store.Locate(c.DatabaseURL)
	onPostgres := err == nil && place.Postgres()
	if c.CodeLimits == "off" && !c.Demo {
		wrong("DEPUTY_CODE_LIMITS", "--code-limits=off requires --demo")
	}
	switch {
	case c.DatabasePooler == "on" && c.DatabaseListen == "":
		wrong("DATABASE_POOLER", "DATABASE_POOLER=on requires DATABASE_LISTEN_URL: notifications and migrations do not work "+
			"through a pooler")
	case err == nil && !onPostgres && c.DatabasePooler == "on":
		wrong("DATABASE_POOLER", "DATABASE_POOLER=on is only for PostgreSQL, but DATABASE_URL is a SQLite file")
	case err == nil && !onPostgres && c.DatabaseListen != "":
		wrong("DATABASE_LISTEN_URL", "DATABASE_LISTEN_URL is only for PostgreSQL, but DATABASE_URL is a SQLite file")
	}
	if onPostgres && c.Secret == "" && (c.Command == "serve" || c.Command == "check" || c.Command == "demo") {
		wrong("DEPUTY_SECRET", "DEPUTY_SECRET is required with PostgreSQL and must be the same on all servers: generate it "+
			"with `openssl rand -base64 32`")
	}
	if onPostgres {
		for env, address := range map[string]string{"DATABASE_URL": c.DatabaseURL, "DATABASE_LISTEN_URL": c.DatabaseListen} {
			if address == "" {
				continue
			}
			notes, err := store.CheckAddress(env, address, c.Store())
			if err != nil {
				wrong(env, err.Error())
			}
			c.Warnings = append(c.Warnings, notes...)
		}
	}
	_, port, addressed := strings.Cut(c.Addr, ":")
	if addressed && c.Addr == c.MetricsAddr && port != "0" {
		wrong("DEPUTY_METRICS_ADDR", "DEPUTY_METRICS_ADDR is the same as DEPUTY_ADDR: use a different port")
	}
	c.agreeToSend(wrong)
	if c.CostBudget == 0 {
		c.Warnings = append(c.Warnings, "DEPUTY_COST_BUDGET=0: sessions have no budget")
	}
}

// agreeToSend checks that the settings of the senders are complete and all used.
func (c *Config) agreeToSend(wrong func(env, problem string)) {
	if (c.Command == "serve" || c.Command == "check") && c.SMTPHost == "" && !c.sendsSMS() && !c.Demo && !c.DevCodes {
		wrong("DEPUTY_SMS_URL", "no way to send verification codes: set DEPUTY_SMS_URL or DEPUTY_SMS_BY for phone numbers, "+
			"and DEPUTY_SMTP_HOST for e-mail addresses; to try Deputy, --demo or --dev-codes writes codes to the log instead")
	}
	if c.Demo && (c.sendsSMS() || c.SMTPHost != "") {
		c.Warnings = append(c.Warnings, "DEPUTY_DEMO: a demo sends no messages, so the settings of SMS and SMTP are "+
			"ignored: codes are written to the log")
	}
	c.agreeToText(wrong)
	if c.SMTPHost == "" {
		for env, value := range map[string]string{
			"DEPUTY_SMTP_USER": c.SMTPUser, "DEPUTY_SMTP_PASSWORD": c.SMTPPassword, "DEPUTY_SMTP_FROM": c.SMTPFrom,
		} {
			if value != "" {
				wrong(env, env+" requires DEPUTY_SMTP_HOST")
			}
		}
		return
	}
	if _, err := mail.ParseAddress(c.SMTPFrom); err != nil {
		wrong("DEPUTY_SMTP_FROM", "DEPUTY_SMTP_FROM is required with DEPUTY_SMTP_HOST: an e-mail address, such as Deputy "+
			"<no-reply@agency.example>")
		return
	}
	switch {
	case c.SMTPUser == "" && c.SMTPPassword != "":
		wrong("DEPUTY_SMTP_USER", "DEPUTY_SMTP_USER is required with DEPUTY_SMTP_PASSWORD")
	case c.SMTPUser != "" && c.SMTPPassword == "":
		wrong("DEPUTY_SMTP_PASSWORD", "DEPUTY_SMTP_PASSWORD is required with DEPUTY_SMTP_USER")
	}
	if _, err := c.SMTP(); err != nil {
		wrong("DEPUTY_SMTP_TLS", fmt.Sprintf("DEPUTY_SMTP_TLS or another setting of SMTP is invalid: %v", err))
	}
}

// agreeToText checks that the settings of text messages are complete and all used.
func (c *Config) agreeToText(wrong func(env, problem string)) {
	needed := func(missing bool, env, what string) {
		if missing {
			wrong(env, env+" is required with DEPUTY_SMS_BY="+c.SMSBy+": "+what)
		}
	}
	ofClouds := map[string]bool{
		"DEPUTY_SMS_KEY": c.SMSKey != "", "DEPUTY_SMS_SIGN": c.SMSSign != "", "DEPUTY_SMS_APP": c.SMSApp != "",
		"DEPUTY_SMS_TEMPLATES": len(c.SMSTemplates) > 0,
	}
	if c.sendsByCloud() {
		needed(c.SMSKey == "", "DEPUTY_SMS_KEY", "the access key ID")
		needed(c.SMSSign == "", "DEPUTY_SMS_SIGN", "the approved signature")
		needed(c.SMSApp == "" && c.SMSBy == string(send.Tencent), "DEPUTY_SMS_APP", "the SmsSdkAppId")
		needed(len(c.SMSTemplates) < 3, "DEPUTY_SMS_TEMPLATES", "a template for each of SIGN_IN, SET_PASSWORD and BIND")
		ofClouds = map[string]bool{"DEPUTY_SMS_APP": c.SMSApp != "" && c.SMSBy != string(send.Tencent)}
	}
	for env, given := range ofClouds {
		if given {
			wrong(env, env+" is not used with DEPUTY_SMS_BY="+c.SMSBy+": unset it")
		}
	}
	switch {
	case !c.sendsSMS() && c.SMSSecret != "":
		wrong("DEPUTY_SMS_SECRET", "DEPUTY_SMS_SECRET requires DEPUTY_SMS_URL")
	case c.sendsSMS():
		if err := send.CheckAddress(c.SMSURL); err != nil && (c.SMSURL != "" || !c.sendsByCloud()) {
			wrong("DEPUTY_SMS_URL", fmt.Sprintf("DEPUTY_SMS_URL: %v", err))
		} else if len(c.SMSSecret) < send.MinSecret {
			wrong("DEPUTY_SMS_SECRET", fmt.Sprintf("DEPUTY_SMS_SECRET is required for text messages: at least %d bytes",
				send.MinSecret))
		}
	}
}

// sendsByCloud reports whether a cloud provider sends text messages, and sendsSMS whether there is any sender of them.
func (c Config) sendsByCloud() bool {
	return c.SMSBy == string(send.Aliyun) || c.SMSBy == string(send.Tencent)
}

func (c Config) sendsSMS() bool { return c.sendsByCloud() || c.SMSURL != "" }

// SMS returns the sender of text messages, and the address that it uses; nil when none is configured.
func (c Config) SMS() (sender send.Sender, address string, err error) {
	if c.sendsByCloud() {
		cloud, err := send.NewCloud(send.CloudConfig{
			Provider: send.Provider(c.SMSBy), URL: c.SMSURL, KeyID: c.SMSKey, Secret: c.SMSSecret, SignName: c.SMSSign,
			App: c.SMSApp, Templates: c.SMSTemplates,
		})
		if err != nil {
			return nil, "", fmt.Errorf("set up DEPUTY_SMS_BY: %w", err)
		}
		return cloud, cloud.Address(), nil
	}
	if c.SMSURL == "" {
		return nil, "", nil
	}
	sms, err := send.NewSMS(send.SMSConfig{URL: c.SMSURL, Secret: c.SMSSecret})
	if err != nil {
		return nil, "", fmt.Errorf("set up DEPUTY_SMS_URL: %w", err)
	}
	return sms, c.SMSURL, nil
}

// MigratesAtStart reports whether the schema is migrated at startup: always on SQLite, and with --migrate on
// PostgreSQL.
func (c Config) MigratesAtStart() bool {
	place, err := store.Locate(c.DatabaseURL)
	return c.Command == "migrate" || c.Migrate || err == nil && !place.Postgres()
}

// Store returns the options of the PostgreSQL connection.
func (c Config) Store() store.Options {
	return store.Options{
		Conns: c.DatabaseConns, Pooler: c.DatabasePooler == "on", ListenURL: c.DatabaseListen,
		NoRowSecurity: c.DatabaseRLS == "off",
	}
}

// Limits returns the limits on codes and attempts.
func (c Config) Limits() signin.Limits {
	return signin.Limits{
		Off: c.CodeLimits == "off", SendsPerHourPerIP: c.CodesPerIP,
		AttemptsPerHourPerIP: c.AttemptsPerIP, SendsPerHour: c.CodesInAll,
	}
}

// Sender returns the sender of verification codes. For a channel without a sender, codes are written to the log with
// --demo or --dev-codes, and refused otherwise.
func (c Config) Sender(log *slog.Logger) (send.Sender, error) {
	var by send.ByChannel
	if c.Demo || c.DevCodes {
		by = send.ByChannel{Phone: send.Log{Logger: log}, Email: send.Log{Logger: log}}
	}
	if c.Demo { // the phone numbers of the demo may belong to real people
		return by, nil
	}
	sms, _, err := c.SMS()
	switch {
	case err != nil:
		return nil, err
	case sms != nil:
		by.Phone = sms
	}
	if c.SMTPHost != "" {
		smtp, err := c.SMTP()
		if err != nil {
			return nil, fmt.Errorf("set up DEPUTY_SMTP_HOST: %w", err)
		}
		by.Email = smtp
	}
	return by, nil
}

// SMTP returns the sender of e-mails, where DEPUTY_SMTP_HOST is set.
func (c Config) SMTP() (*send.SMTP, error) {
	return send.NewSMTP(send.SMTPConfig{
		Host: c.SMTPHost, Port: c.SMTPPort, User: c.SMTPUser, Password: c.SMTPPassword, From: c.SMTPFrom,
		TLS: send.TLSPolicy(c.SMTPTLS),
	})
}

// LogHandler returns the handler that writes the log, in the format of DEPUTY_LOG. It redacts API tokens.
func (c *Config) LogHandler(to io.Writer) slog.Handler {
	to = apitoken.Redacted(to)
	if c.Log == "json" {
		return slog.NewJSONHandler(to, nil)
	}
	return slog.NewTextHandler(to, nil)
}
