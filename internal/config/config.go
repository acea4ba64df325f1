// Package config is what an operator can set, from flags and environment. A flag wins over its variable; the defaults
// run.
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

	"deputy/internal/orderfile"
	"deputy/internal/send"
	"deputy/internal/signin"
	"deputy/internal/store"
	"deputy/internal/web"
)

// Config is everything that can be set.
type Config struct {
	// Command is what to do: serve (the default), check, migrate, backup, sessions, figures, import or demo.
	Command string
	// BackupFile is the file that backup writes.
	BackupFile string
	// FiguresOrg is the org whose figures are rebuilt; empty for all.
	FiguresOrg string
	// ImportRows is what import reads, ImportFile the file, ImportOrg the org that the rows are of, and DryRun changes
	// nothing.
	ImportRows            orderfile.Rows
	ImportFile, ImportOrg string
	DryRun                bool
	// ImportEncoding is that of the file, and ImportMap what its headings are read as; the file tells what they leave
	// open.
	ImportEncoding string
	ImportMap      []string
	// ImportAs names the report that the file is, ImportCreator the creator of its rows, ImportPaidAt what stands for the
	// time of payment, and ImportPassword is that of the file.
	ImportAs, ImportCreator, ImportPaidAt, ImportPassword string
	// Explain tells how the file would be read, and ImportReports which reports are known; neither takes a database.
	Explain, ImportReports bool
	// LoadOrgs and LoadOrders are how much demo makes, and Force lets it add to a database that has orgs.
	LoadOrgs, LoadOrders int
	Force                bool
	// Version says that nothing is to be done but to tell the program's version.
	Version bool
	// Warnings are what was found that is not wrong: names that are no setting, limits that are lifted.
	Warnings []string
	// Problems are what is wrong; only the command check goes on with any.
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

// Problem is a setting that can't mean what its owner wants.
type Problem struct {
	// Env is the setting's variable, and nothing where a problem is not that of one setting.
	Env string
	// Err says what is wrong and what to do, without the value.
	Err error
}

// Invalid says which settings are wrong, one line each.
type Invalid []Problem

// Error implements error.
func (p Invalid) Error() string {
	lines := make([]string, len(p))
	for i, problem := range p {
		lines[i] = problem.Err.Error()
	}
	return strings.Join(lines, "\n")
}

// ArgumentError is a command line that can't be understood.
type ArgumentError struct{ reason error }

// Error implements error.
func (e *ArgumentError) Error() string { return e.reason.Error() }

// Unwrap returns the reason.
func (e *ArgumentError) Unwrap() error { return e.reason }

// commands are what can be done.
var commands = []string{"serve", "check", "migrate", "backup", "sessions", "figures", "import", "demo"}

// Parse reads the configuration from the command line, without the program's name, and the environment as os.Environ
// returns it. Everything that is wrong is said in an Invalid, each with the name of the flag or variable and without
// the value; for the command check it is kept in Problems. flag.ErrHelp after the help was written to out. A file that
// holds a secret is read; nothing else is.
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

// arguments reads flags and words, and returns the flags that settings have.
func (c *Config) arguments(args []string, out io.Writer) (map[string]string, error) {
	if !slices.Contains(commands, c.Command) {
		return nil, fmt.Errorf("unknown command %q: it is one of %s, see deputy --help", c.Command,
			strings.Join(commands, ", "))
	}
	flags := flag.NewFlagSet("deputy", flag.ContinueOnError)
	flags.SetOutput(io.Discard) // an error is said once, in one line
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
		return nil, nil //nolint:nilnil // nothing else counts
	}
	return given, c.name(words)
}

// flags adds those that one command alone has.
func (c *Config) flags(flags *flag.FlagSet) {
	switch c.Command {
	case "import":
		flags.StringVar(&c.ImportOrg, "org", "", "the org that the rows are of")
		flags.BoolVar(&c.DryRun, "dry-run", false, "say what would be done, and change nothing")
		flags.StringVar(&c.ImportEncoding, "encoding", "", "utf-8, utf-16le, utf-16be, gb18030 or big5")
		flags.Func("map", "a heading and the name that it is read as, such as 支付金额=金额(元)", func(pair string) error {
			c.ImportMap = append(c.ImportMap, pair)
			return nil
		})
		flags.StringVar(&c.ImportAs, "as", "", "the report that the file is")
		flags.StringVar(&c.ImportCreator, "creator", "", "the creator of all rows")
		flags.StringVar(&c.ImportPaidAt, "paid-at", "", "ordered")
		flags.StringVar(&c.ImportPassword, "password", "", "the password of a workbook")
		flags.BoolVar(&c.Explain, "explain", false, "say how each heading is read, and change nothing")
	case "figures":
		flags.StringVar(&c.FiguresOrg, "org", "", "the org whose figures are rebuilt; absent, all orgs")
	case "demo":
		flags.IntVar(&c.LoadOrgs, "orgs", 1, "how many orgs to make")
		flags.IntVar(&c.LoadOrders, "orders", 100_000, "how many orders the first of them has")
		flags.BoolVar(&c.Force, "force", false, "add to a database that has orgs already")
	}
}

// help returns what shows how the command is written.
func (c *Config) help() string {
	if c.Command == "import" {
		return "deputy import --help"
	}
	return "deputy --help"
}

// words reads flags and returns what stands between and after them.
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

// name takes the names of files that a command goes with, and refuses what does not belong to it.
func (c *Config) name(words []string) error {
	switch {
	case c.Command == "backup" && len(words) > 0:
		c.BackupFile, words = words[0], words[1:]
	case c.Command == "sessions" && len(words) > 0 && words[0] == "end":
		words = words[1:]
	case c.Command == "sessions" && len(words) == 0:
		return errors.New("sessions needs to be told what to do with them: deputy sessions end")
	case c.Command == "figures" && len(words) > 0 && words[0] == "rebuild":
		words = words[1:]
	case c.Command == "figures" && len(words) == 0:
		return errors.New("figures needs to be told what to do with them: deputy figures rebuild")
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
		return errors.New("--paid-at takes ordered: the time of ordering stands for that of payment; see deputy " +
			"import --help")
	case c.ImportRows == orderfile.Creators && c.ImportAs+c.ImportCreator+c.ImportPaidAt != "":
		return errors.New("--as, --creator and --paid-at are for files of orders: see deputy import --help")
	case c.Command == "import" && c.Explain && c.ImportFile != "":
	case c.Command == "import" && (c.ImportFile == "" || c.ImportOrg == ""):
		return errors.New("import needs a file and the org that it is of: deputy import orders FILE.csv --org org_…; see " +
			"deputy import --help")
	case c.Command == "demo" && (c.LoadOrgs < 1 || c.LoadOrders < 0):
		return errors.New("demo makes at least one org: deputy demo --orgs 100 --orders 1000000")
	case c.Command == "backup" && c.BackupFile == "":
		return errors.New("backup needs the name of the file to write, after the flags: deputy backup FILE")
	}
	return nil
}

// agree finds what does not go together.
func (c *Config) agree() {
	wrong := func(env, problem string) {
		if !slices.ContainsFunc(c.Problems, func(p Problem) bool { return p.Env == env }) {
			c.Problems = append(c.Problems, Problem{env, errors.New(problem)})
		}
	}
	place, err := store.Locate(c.DatabaseURL)
	onPostgres := err == nil && place.Postgres()
	if c.CodeLimits == "off" && !c.Demo {
		wrong("DEPUTY_CODE_LIMITS", "--code-limits=off goes only together with --demo")
	}
	switch {
	case c.DatabasePooler == "on" && c.DatabaseListen == "":
		wrong("DATABASE_POOLER", "DATABASE_POOLER=on needs DATABASE_LISTEN_URL: notifications and migrations don't pass a "+
			"pooler")
	case err == nil && !onPostgres && c.DatabasePooler == "on":
		wrong("DATABASE_POOLER", "DATABASE_POOLER=on is for PostgreSQL, and DATABASE_URL names a SQLite file")
	case err == nil && !onPostgres && c.DatabaseListen != "":
		wrong("DATABASE_LISTEN_URL", "DATABASE_LISTEN_URL is for PostgreSQL, and DATABASE_URL names a SQLite file")
	}
	if onPostgres && c.Secret == "" && (c.Command == "serve" || c.Command == "check" || c.Command == "demo") {
		wrong("DEPUTY_SECRET", "DEPUTY_SECRET is required with PostgreSQL, the same on all servers: `openssl rand -base64 "+
			"32` makes one")
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
		wrong("DEPUTY_METRICS_ADDR", "DEPUTY_METRICS_ADDR is that of DEPUTY_ADDR: give it a port of its own")
	}
	c.agreeToSend(wrong)
	if c.CostBudget == 0 {
		c.Warnings = append(c.Warnings, "DEPUTY_COST_BUDGET=0: no session has a budget")
	}
}

// agreeToSend finds what is missing or in vain among the settings of the senders.
func (c *Config) agreeToSend(wrong func(env, problem string)) {
	if (c.Command == "serve" || c.Command == "check") && c.SMTPHost == "" && !c.sendsSMS() && !c.Demo && !c.DevCodes {
		wrong("DEPUTY_SMS_URL", "no way to send verification codes: set DEPUTY_SMS_URL or DEPUTY_SMS_BY, and "+
			"DEPUTY_SMTP_HOST; "+
			"to try Deputy out, --demo or --dev-codes writes codes into the log instead")
	}
	if c.Demo && (c.sendsSMS() || c.SMTPHost != "") {
		c.Warnings = append(c.Warnings, "DEPUTY_DEMO: a demo sends nothing, DEPUTY_SMS_URL and DEPUTY_SMTP_HOST are not "+
			"used: codes are in the log")
	}
	c.agreeToText(wrong)
	if c.SMTPHost == "" {
		for env, value := range map[string]string{
			"DEPUTY_SMTP_USER": c.SMTPUser, "DEPUTY_SMTP_PASSWORD": c.SMTPPassword, "DEPUTY_SMTP_FROM": c.SMTPFrom,
		} {
			if value != "" {
				wrong(env, env+" is of no use without DEPUTY_SMTP_HOST")
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
		wrong("DEPUTY_SMTP_TLS", fmt.Sprintf("DEPUTY_SMTP_TLS or another setting of DEPUTY_SMTP_HOST: %v", err))
	}
}

// agreeToText finds what is missing or in vain among the settings of text messages.
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
		needed(c.SMSKey == "", "DEPUTY_SMS_KEY", "the id of the key")
		needed(c.SMSSign == "", "DEPUTY_SMS_SIGN", "the signature that was approved")
		needed(c.SMSApp == "" && c.SMSBy == string(send.Tencent), "DEPUTY_SMS_APP", "the SmsSdkAppId")
		needed(len(c.SMSTemplates) < 3, "DEPUTY_SMS_TEMPLATES", "a template for each of SIGN_IN, SET_PASSWORD and BIND")
		ofClouds = map[string]bool{"DEPUTY_SMS_APP": c.SMSApp != "" && c.SMSBy != string(send.Tencent)}
	}
	for env, given := range ofClouds {
		if given {
			wrong(env, env+" is of no use with DEPUTY_SMS_BY="+c.SMSBy)
		}
	}
	switch {
	case !c.sendsSMS() && c.SMSSecret != "":
		wrong("DEPUTY_SMS_SECRET", "DEPUTY_SMS_SECRET is of no use without DEPUTY_SMS_URL")
	case c.sendsSMS():
		if err := send.CheckAddress(c.SMSURL); err != nil && (c.SMSURL != "" || !c.sendsByCloud()) {
			wrong("DEPUTY_SMS_URL", fmt.Sprintf("DEPUTY_SMS_URL: %v", err))
		} else if len(c.SMSSecret) < send.MinSecret {
			wrong("DEPUTY_SMS_SECRET", fmt.Sprintf("DEPUTY_SMS_SECRET is required for text messages: at least %d bytes",
				send.MinSecret))
		}
	}
}

// sendsByCloud reports whether a cloud brings text messages, and sendsSMS whether anybody does.
func (c Config) sendsByCloud() bool {
	return c.SMSBy == string(send.Aliyun) || c.SMSBy == string(send.Tencent)
}

func (c Config) sendsSMS() bool { return c.sendsByCloud() || c.SMSURL != "" }

// SMS returns the sender of text messages, and the address that it uses; nil where there is none.
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

// MigratesAtStart reports whether the schema is brought up to date at the start: always on SQLite, on PostgreSQL when
// asked.
func (c Config) MigratesAtStart() bool {
	place, err := store.Locate(c.DatabaseURL)
	return c.Command == "migrate" || c.Migrate || err == nil && !place.Postgres()
}

// Store returns how the server uses PostgreSQL.
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

// Sender returns what brings codes to people. Where nothing is set up for phones or for e-mail, codes are written into
// the log with --demo or --dev-codes, and refused otherwise.
func (c Config) Sender(log *slog.Logger) (send.Sender, error) {
	var by send.ByChannel
	if c.Demo || c.DevCodes {
		by = send.ByChannel{Phone: send.Log{Logger: log}, Email: send.Log{Logger: log}}
	}
	if c.Demo { // the numbers of the demo may be somebody's
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

// SMTP returns the sender by mail, where DEPUTY_SMTP_HOST is set.
func (c Config) SMTP() (*send.SMTP, error) {
	return send.NewSMTP(send.SMTPConfig{
		Host: c.SMTPHost, Port: c.SMTPPort, User: c.SMTPUser, Password: c.SMTPPassword, From: c.SMTPFrom,
		TLS: send.TLSPolicy(c.SMTPTLS),
	})
}

// LogHandler returns what writes the log, in the form of DEPUTY_LOG.
func (c *Config) LogHandler(to io.Writer) slog.Handler {
	if c.Log == "json" {
		return slog.NewJSONHandler(to, nil)
	}
	return slog.NewTextHandler(to, nil)
}
