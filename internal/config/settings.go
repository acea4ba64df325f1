package config

import "deputy/internal/store"

// Kind is the kind of a setting's value.
type Kind string

// The kinds of settings. Space around a value is ignored, wherever it comes from.
const (
	Text    Kind = "text"
	Number  Kind = "number"    // a whole number within Min and Max
	Boolean Kind = "boolean"   // true or false
	Choice  Kind = "choice"    // one of Choices
	List    Kind = "list"      // values with commas or spaces between them
	Listen  Kind = "host:port" // an address to listen on
	Web     Kind = "url"       // http:// or https://
	Where   Kind = "database"  // an address that store.Locate recognises
	File    Kind = "file"      // the path of a file that exists
)

// Setting is one row of the table of settings, from which flags, help, checks, env.example and the documents' table are
// made.
type Setting struct {
	// Flag is the name of its flag, or empty, and Env the name of its variable.
	Flag, Env string
	Kind      Kind
	// Default is the value when the setting is not set or empty.
	Default string
	// Min and Max bound a Number, and Choices are those of a Choice.
	Min, Max int
	Choices  []string
	// Secret reports whether the value is or contains a secret: Env with _FILE appended names a file that holds it.
	Secret bool
	// NotEmpty reports whether a variable that is set to an empty value is refused, because the default would not be what
	// its owner wants.
	NotEmpty bool
	// Usage and Chinese describe the setting.
	Usage, Chinese string

	set func(*Config, string) error
}

// FileEnv returns the variable that names the file of a secret.
func (s Setting) FileEnv() string { return s.Env + fileSuffix }

// Name returns the flag and the variable of the setting.
func (s Setting) Name() string {
	if s.Flag != "" {
		return "--" + s.Flag + ", " + s.Env
	}
	return s.Env
}

const (
	many  = 1_000_000
	plain = 1_000_000_000
)

// Settings lists everything that can be set, in the order of the documents' table.
func Settings() []Setting {
	onOff := []string{"on", "off"}
	return []Setting{
		{
			Flag: "addr", Env: "DEPUTY_ADDR", Kind: Listen, Default: "127.0.0.1:8080",
			Usage:   "address to listen on; with port 0 the system chooses a free port, which the log shows",
			Chinese: "监听地址；端口为 0 时由系统选择，见日志",
			set:     text(func(c *Config) *string { return &c.Addr }, listenAddress),
		},
		{
			Flag: "database", Env: "DATABASE_URL", Kind: Where, Default: "data/deputy.db", Secret: true, NotEmpty: true,
			Usage:   "path of a SQLite file, or postgres://…; other addresses and an empty value are refused",
			Chinese: "SQLite 文件的路径，或 postgres://…；其他形式的地址与空值一律拒绝",
			set:     text(func(c *Config) *string { return &c.DatabaseURL }, database),
		},
		{
			Env: "DATABASE_LISTEN_URL", Kind: Where, Secret: true,
			Usage:   "address of PostgreSQL itself, for notifications, when DATABASE_URL leads to a pooler",
			Chinese: "DATABASE_URL 指向连接池时，PostgreSQL 本身的地址，用于接收通知",
			set:     text(func(c *Config) *string { return &c.DatabaseListen }, postgres),
		},
		{
			Env: "DATABASE_POOLER", Kind: Choice, Default: "off", Choices: onOff,
			Usage:   "on when DATABASE_URL leads to a pooler in transaction mode, such as pgbouncer",
			Chinese: "DATABASE_URL 指向事务模式的连接池（如 pgbouncer）时设为 on",
			set:     text(func(c *Config) *string { return &c.DatabasePooler }),
		},
		{
			Env: "DATABASE_CONNS", Kind: Number, Default: "10", Min: 1, Max: 1000,
			Usage: "maximum number of PostgreSQL connections of one server", Chinese: "每台服务器最多打开的 PostgreSQL 连接数",
			set: number(func(c *Config) *int { return &c.DatabaseConns }),
		},
		{
			Env: "DATABASE_RLS", Kind: Choice, Default: "on", Choices: onOff,
			Usage:   "off disables PostgreSQL's row level security, the second line of defense between orgs",
			Chinese: "off 表示不用 PostgreSQL 的行级安全（机构之间的第二道防线）",
			set:     text(func(c *Config) *string { return &c.DatabaseRLS }),
		},
		{
			Flag: "migrate", Env: "DEPUTY_MIGRATE", Kind: Boolean, Default: "false",
			Usage:   "migrate the schema of a PostgreSQL database at startup (a SQLite file is always migrated)",
			Chinese: "启动时升级 PostgreSQL 的表结构（SQLite 文件总会升级）",
			set:     boolean(func(c *Config) *bool { return &c.Migrate }),
		},
		{
			Env: "DEPUTY_SECRET", Kind: Text, Secret: true,
			Usage: "secret of at least 32 characters that keys codes, cursors and links; the same on all servers; with " +
				"SQLite, one is generated next to the file by default",
			Chinese: "至少 32 个字符的密钥，用于验证码、游标和链接；各服务器必须相同；SQLite 不设时在文件旁生成",
			set:     text(func(c *Config) *string { return &c.Secret }, secret),
		},
		{
			Env: "DEPUTY_TRUSTED_PROXIES", Kind: List,
			Usage: "addresses and ranges of trusted proxies, whose X-Forwarded-For is used, such as 127.0.0.1, 10.0.0.0/8; " +
				"none when empty",
			Chinese: "受信任代理的地址和网段，其 X-Forwarded-For 才算数；不设即没有",
			set:     proxies,
		},
		{
			Env: "DEPUTY_ORIGINS", Kind: List,
			Usage: "other origins whose pages may use the server with its cookie, such as https://console.agency.example; " +
				"none when empty",
			Chinese: "可携带 Cookie 使用本服务的其他来源的页面；不设即没有",
			set:     origins,
		},
		{
			Flag: "demo", Env: "DEPUTY_DEMO", Kind: Boolean, Default: "false",
			Usage: "create a demo agency in an empty database, write codes to the log, send no messages, and allow pages of " +
				"localhost to use a bearer token",
			Chinese: "在空数据库中建立演示机构，验证码写入日志，不对外发送，localhost 的页面可用令牌访问",
			set:     boolean(func(c *Config) *bool { return &c.Demo }),
		},
		{
			Flag: "dev-codes", Env: "DEPUTY_DEV_CODES", Kind: Boolean, Default: "false",
			Usage:   "write codes to the log when no sender is configured; never use it in production",
			Chinese: "未配置发送方时把验证码写入日志；切勿用于生产",
			set:     boolean(func(c *Config) *bool { return &c.DevCodes }),
		},
		{
			Flag: "code-limits", Env: "DEPUTY_CODE_LIMITS", Kind: Choice, Default: "on", Choices: onOff,
			Usage:   "off disables the pauses between codes and the limits on them, for load tests only; requires --demo",
			Chinese: "off 取消验证码的间隔和次数限制，仅供压力测试，须与 --demo 同用",
			set:     text(func(c *Config) *string { return &c.CodeLimits }),
		},
		{
			Env: "DEPUTY_SIGNUP", Kind: Choice, Default: "open", Choices: []string{"open", "closed"},
			Usage: "closed accepts no new orgs", Chinese: "closed 表示不再接受新机构",
			set: text(func(c *Config) *string { return &c.Signup }),
		},
		{
			Env: "DEPUTY_COUNTRIES", Kind: List, Default: "CN",
			Usage:   "countries and regions whose phone numbers are accepted, as ISO 3166 codes, such as CN,HK",
			Chinese: "接受哪些国家和地区的手机号，ISO 3166 代码，如 CN,HK",
			set:     countries,
		},
		{
			Env: "DEPUTY_CODES_PER_HOUR", Kind: Number, Default: "100", Min: 1, Max: many,
			Usage: "maximum number of codes that one IP address can request in an hour", Chinese: "一个 IP 地址每小时可索取的验证码数",
			set: number(func(c *Config) *int { return &c.CodesPerIP }),
		},
		{
			Env: "DEPUTY_ATTEMPTS_PER_HOUR", Kind: Number, Default: "300", Min: 1, Max: many,
			Usage: "maximum number of sign-in attempts of one IP address in an hour", Chinese: "一个 IP 地址每小时可尝试登录的次数",
			set: number(func(c *Config) *int { return &c.AttemptsPerIP }),
		},
		{
			Env: "DEPUTY_CODES_PER_HOUR_IN_ALL", Kind: Number, Default: "3600", Min: 1, Max: many,
			Usage:   "maximum number of codes that all servers send in an hour, which bounds the cost",
			Chinese: "全服务器每小时发送的验证码总数，使费用可控",
			set:     number(func(c *Config) *int { return &c.CodesInAll }),
		},
		{
			Env: "DEPUTY_STREAMS", Kind: Number, Default: "20", Min: 1, Max: 10_000,
			Usage:   "maximum number of open WebSockets and event streams of one account on one server",
			Chinese: "一个帐号在一台服务器上可同时打开的 WebSocket 和事件流数",
			set:     number(func(c *Config) *int { return &c.Streams }),
		},
		{
			Env: "DEPUTY_SUBSCRIPTIONS", Kind: Number, Default: "20", Min: 1, Max: 10_000,
			Usage: "maximum number of running subscriptions on one WebSocket", Chinese: "一个 WebSocket 上可同时运行的订阅数",
			set: number(func(c *Config) *int { return &c.Subscriptions }),
		},
		{
			Env: "DEPUTY_CONSOLE", Kind: Choice, Default: "on", Choices: onOff,
			Usage: "off does not serve the console at /console", Chinese: "off 表示不提供 /console 的控制台",
			set: text(func(c *Config) *string { return &c.Console }),
		},
		{
			Env: "DEPUTY_OPERATIONS", Kind: File,
			Usage: "manifest of persisted operations, as written by Apollo, Relay and graphql-codegen: only these and the " +
				"console's run, by id; with `console`, only the console's; when empty, all documents run",
			Chinese: "预登记操作的清单文件，只运行其中的和控制台的操作；`console` 只运行控制台的操作；不设则不限",
			set:     text(func(c *Config) *string { return &c.Operations }),
		},
		{
			Env: "DEPUTY_METRICS_ADDR", Kind: Listen,
			Usage: "address on which Prometheus reads /metrics, such as 127.0.0.1:9090; not for public access; none when " +
				"empty",
			Chinese: "Prometheus 读取 /metrics 的地址，不对他人开放；不设即没有",
			set:     text(func(c *Config) *string { return &c.MetricsAddr }, listenAddress),
		},
		{
			Env: "DEPUTY_LOG", Kind: Choice, Default: "text", Choices: []string{"text", "json"},
			Usage: "format of the log: text, or json for collectors", Chinese: "日志格式：text，或供采集程序读取的 json",
			set: text(func(c *Config) *string { return &c.Log }),
		},
		{
			Env: "DEPUTY_TRACES", Kind: Web,
			Usage:   "OTLP/HTTP address that receives traces, such as http://127.0.0.1:4318/v1/traces; none when empty",
			Chinese: "接收追踪数据的 OTLP/HTTP 地址；不设即没有",
			set:     text(func(c *Config) *string { return &c.Traces }, webAddress),
		},
		{
			// Go's own name. Measured with lists of 100 rows and 16 connections: 100 took 57 MB and 23 % more processor time
			// of the server than 300, which took 75 MB; 400 saved 3 % more and took 83 MB.
			Env: "GOGC", Kind: Number, Default: "200", Min: 10, Max: 10_000,
			Usage:   "growth of the heap that starts a garbage collection, in percent of the memory in use",
			Chinese: "堆内存增长多少（相对在用内存的百分比）后回收内存",
			set:     number(func(c *Config) *int { return &c.GCPercent }),
		},
		{
			Env: "GOMEMLIMIT", Kind: Text,
			Usage:   "soft limit on Go's memory, such as 400MiB; garbage is collected more often near it; none when empty",
			Chinese: "Go 内存的上限，如 400MiB，接近时更频繁地回收；不设即没有",
			set:     func(*Config, string) error { return nil }, // Go reads it
		},
		{
			Env: "DEPUTY_COST_LIMIT", Kind: Number, Default: "20000", Max: plain,
			Usage:   "maximum cost of one request in rows, multiplied through its levels; 0 is the default",
			Chinese: "一次请求可读取的行数（逐层相乘）；0 即默认值",
			set:     number(func(c *Config) *int { return &c.CostLimit }),
		},
		{
			Env: "DEPUTY_COST_BUDGET", Kind: Number, Default: "5000000", Max: plain,
			Usage: "rows that a session can request at once; an account has four times as many; 0 disables the budget, with a " +
				"warning in the log",
			Chinese: "一个会话一次可读取的行数，帐号为其四倍；0 即不限，日志会说明",
			set:     number(func(c *Config) *int { return &c.CostBudget }),
		},
		{
			Env: "DEPUTY_COST_REFILL", Kind: Number, Default: "1000000", Min: 1, Max: plain,
			Usage: "rows per second that the budget regains", Chinese: "上述额度每秒恢复的行数",
			set: number(func(c *Config) *int { return &c.CostRefill }),
		},
		{
			Env: "DEPUTY_SMTP_HOST", Kind: Text,
			Usage:   "mail server that sends codes to e-mail addresses, without the port; none when empty",
			Chinese: "发送邮件验证码的邮件服务器，不含端口；不设即没有",
			set:     text(func(c *Config) *string { return &c.SMTPHost }, hostName),
		},
		{
			Env: "DEPUTY_SMTP_PORT", Kind: Number, Default: "0", Max: 65535,
			Usage:   "port of the mail server; 0 means 587 for starttls, 465 for implicit, 25 for none",
			Chinese: "其端口；0 表示 starttls 用 587，implicit 用 465，none 用 25",
			set:     number(func(c *Config) *int { return &c.SMTPPort }),
		},
		{
			Env: "DEPUTY_SMTP_USER", Kind: Text,
			Usage: "user name on the mail server; no authentication when empty", Chinese: "邮件服务器的用户名；不设即不登录",
			set: text(func(c *Config) *string { return &c.SMTPUser }),
		},
		{
			Env: "DEPUTY_SMTP_PASSWORD", Kind: Text, Secret: true, Usage: "password on the mail server", Chinese: "其密码",
			set: text(func(c *Config) *string { return &c.SMTPPassword }),
		},
		{
			Env: "DEPUTY_SMTP_FROM", Kind: Text,
			Usage:   "sender of the e-mails, such as Deputy <no-reply@agency.example>",
			Chinese: "发件人，如 Deputy <no-reply@agency.example>",
			set:     text(func(c *Config) *string { return &c.SMTPFrom }, mailbox),
		},
		{
			Env: "DEPUTY_SMTP_TLS", Kind: Choice, Default: "starttls", Choices: []string{"starttls", "implicit", "none"},
			Usage:   "encryption of the connection to the mail server; none is only for a mail server on this machine",
			Chinese: "邮件传输的加密方式；none 只用于本机的邮件服务器",
			set:     text(func(c *Config) *string { return &c.SMTPTLS }),
		},
		{
			Env: "DEPUTY_SMS_BY", Kind: Choice, Default: "gateway", Choices: []string{"gateway", "aliyun", "tencent"},
			Usage:   "sender of text messages: your own gateway, Alibaba Cloud or Tencent Cloud",
			Chinese: "由谁发送短信验证码：自己的网关、阿里云或腾讯云",
			set:     text(func(c *Config) *string { return &c.SMSBy }),
		},
		{
			Env: "DEPUTY_SMS_URL", Kind: Web, Secret: true,
			Usage:   "HTTPS address of the gateway; none when empty; with a cloud, the cloud's own address when empty",
			Chinese: "网关的 HTTPS 地址；不设即没有；用云服务时不设即其官方地址",
			set:     text(func(c *Config) *string { return &c.SMSURL }, webAddress),
		},
		{
			Env: "DEPUTY_SMS_SECRET", Kind: Text, Secret: true,
			Usage:   "key that signs requests to the gateway, at least 16 bytes; with a cloud, the AccessKeySecret or SecretKey",
			Chinese: "对发送内容签名的密钥，至少 16 字节；用云服务时为 AccessKeySecret 或 SecretKey",
			set:     text(func(c *Config) *string { return &c.SMSSecret }),
		},
		{
			Env: "DEPUTY_SMS_KEY", Kind: Text, Secret: true,
			Usage:   "AccessKeyId of Alibaba Cloud, or SecretId of Tencent Cloud",
			Chinese: "阿里云的 AccessKeyId，或腾讯云的 SecretId",
			set:     text(func(c *Config) *string { return &c.SMSKey }),
		},
		{
			Env: "DEPUTY_SMS_SIGN", Kind: Text, Usage: "signature of messages that the cloud has approved",
			Chinese: "云服务审核通过的短信签名",
			set:     text(func(c *Config) *string { return &c.SMSSign }),
		},
		{
			Env: "DEPUTY_SMS_APP", Kind: Text, Usage: "SmsSdkAppId of Tencent Cloud", Chinese: "腾讯云的 SmsSdkAppId",
			set: text(func(c *Config) *string { return &c.SMSApp }),
		},
		{
			Env: "DEPUTY_SMS_TEMPLATES", Kind: List,
			Usage:   "templates that the cloud has approved, such as SIGN_IN=SMS_1,SET_PASSWORD=SMS_2,BIND=SMS_3",
			Chinese: "云服务审核通过的短信模板，如 SIGN_IN=SMS_1,SET_PASSWORD=SMS_2,BIND=SMS_3",
			set:     templates,
		},
	}
}

// postgres returns an error when the text is not an address of PostgreSQL.
func postgres(value string) error {
	place, err := store.Locate(value)
	if err == nil && !place.Postgres() {
		err = errNotPostgres
	}
	return err
}
