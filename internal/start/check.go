package start

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"syscall"
	"time"

	"deputy/internal/config"
	"deputy/internal/fileerr"
	"deputy/internal/store"
	"deputy/internal/web"
)

// checkTime bounds the check of one setting.
const checkTime = 10 * time.Second

// errUnfit is returned when check found an invalid setting.
var errUnfit = errors.New("some settings are invalid")

// Check tries every setting and writes one line for each: that it is good, or what to do. It opens the files and
// connections that the settings name, changes nothing, and sends no messages. Operations reads DEPUTY_OPERATIONS. Check
// returns nil when all settings are good.
func Check(ctx context.Context, out io.Writer, cfg config.Config, operations func(file string) error) error {
	wrong := map[string][]string{}
	for _, p := range cfg.Problems {
		wrong[p.Env] = append(wrong[p.Env], strings.ReplaceAll(p.Err.Error(), "\n", "; "))
	}
	c := checker{cfg: cfg, operations: operations}
	found := false
	say := func(format string, args ...any) { _, _ = fmt.Fprintf(out, format+"\n", args...) }
	for _, s := range config.Settings() {
		if said := wrong[s.Env]; len(said) > 0 {
			found = true
			say("%s: %s", s.Env, strings.Join(said, "; "))
			continue
		}
		note, err := c.try(ctx, s.Env)
		switch {
		case err != nil:
			found = true
			say("%s: %s", s.Env, strings.ReplaceAll(err.Error(), "\n", "; "))
		case note != "":
			say("%s: good (%s)", s.Env, note)
		default:
			say("%s: good", s.Env)
		}
	}
	for _, warning := range cfg.Warnings {
		say("warning: %s", warning)
	}
	if found {
		return Wrong(errUnfit)
	}
	return nil
}

type checker struct {
	cfg        config.Config
	operations func(string) error
}

// try opens the file or connection that a setting names, if any.
func (c checker) try(ctx context.Context, env string) (note string, err error) {
	ctx, cancel := context.WithTimeout(ctx, checkTime)
	defer cancel()
	located, unknown := store.Locate(c.cfg.DatabaseURL)
	switch env {
	case "DEPUTY_ADDR":
		return listens(ctx, env, c.cfg.Addr, web.LivePath)
	case "DEPUTY_METRICS_ADDR":
		if c.cfg.MetricsAddr != "" {
			return listens(ctx, env, c.cfg.MetricsAddr, "/metrics")
		}
	case "DATABASE_URL":
		return store.Probe(ctx, c.cfg.DatabaseURL, c.cfg.Store(), c.cfg.MigratesAtStart())
	case "DATABASE_LISTEN_URL":
		if c.cfg.DatabaseListen != "" && unknown == nil && located.Postgres() {
			direct := c.cfg.Store()
			direct.Pooler, direct.ListenURL = false, ""
			return store.Probe(ctx, c.cfg.DatabaseListen, direct, c.cfg.MigratesAtStart())
		}
	case "DEPUTY_SECRET":
		if c.cfg.Secret == "" && unknown == nil && !located.Postgres() {
			return beside(located.Path() + store.SecretSuffix)
		}
	case "DEPUTY_OPERATIONS":
		return "", c.operations(c.cfg.Operations)
	case "DEPUTY_TRACES":
		return "", checkReachable(ctx, env, c.cfg.Traces)
	case "DEPUTY_SMS_URL":
		_, address, err := c.cfg.SMS()
		if err != nil {
			return "", err
		}
		return "", checkReachable(ctx, env, address)
	case "DEPUTY_SMTP_HOST":
		if c.cfg.SMTPHost == "" {
			return "", nil
		}
		smtp, err := c.cfg.SMTP()
		if err != nil {
			return "", err
		}
		return "", smtp.Check(ctx)
	}
	return "", nil
}

// listens returns an error when a server can't listen on the address, unless Deputy is listening there already.
func listens(ctx context.Context, env, address, path string) (string, error) {
	listener, err := Listen(ctx, env, address)
	if err == nil {
		return "", listener.Close()
	}
	if !errors.Is(err, syscall.EADDRINUSE) {
		return "", err
	}
	host, port, _ := net.SplitHostPort(address)
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "localhost"
	}
	request, wrong := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+net.JoinHostPort(host, port)+path, nil)
	if wrong != nil {
		return "", err
	}
	answer, wrong := http.DefaultClient.Do(request)
	if wrong != nil {
		return "", err
	}
	defer answer.Body.Close() //nolint:errcheck // it was read
	text, _ := io.ReadAll(io.LimitReader(answer.Body, 64<<10))
	answered := answer.StatusCode == http.StatusOK
	if answered && (strings.Contains(string(text), `{"status":"`) || strings.Contains(string(text), "deputy_")) {
		return "Deputy is listening there already", nil
	}
	return "", err
}

// beside returns an error when the secret next to a SQLite file can't be read.
func beside(path string) (string, error) {
	content, err := os.ReadFile(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "it will be created next to the database", nil
	case err != nil:
		return "", fileerr.Explain("read the secret", path, err)
	case len(strings.TrimSpace(string(content))) < config.MinSecret:
		return "", config.ErrShortSecret
	}
	return "from the file next to the database", nil
}

// checkReachable connects to a URL, over TLS for https, and sends no request.
func checkReachable(ctx context.Context, env, address string) error {
	at, err := url.Parse(address)
	if err != nil || address == "" {
		return nil //nolint:nilerr // it was parsed before
	}
	port := at.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[at.Scheme]
	}
	dialer, target := &net.Dialer{}, net.JoinHostPort(at.Hostname(), port)
	var conn net.Conn
	if at.Scheme == "https" {
		conn, err = (&tls.Dialer{NetDialer: dialer, Config: &tls.Config{
			ServerName: at.Hostname(),
			MinVersion: tls.VersionTLS12,
		}}).DialContext(ctx, "tcp", target)
	} else {
		conn, err = dialer.DialContext(ctx, "tcp", target)
	}
	if err != nil {
		var lookup *net.DNSError
		var certificate *tls.CertificateVerificationError
		switch {
		case errors.As(err, &lookup):
			return fmt.Errorf("%s: the host name can't be resolved: check the host", env)
		case errors.As(err, &certificate):
			return fmt.Errorf("%s: the server's certificate is not trusted for this host", env)
		}
		return fmt.Errorf("%s: the connection failed (%w): check that the service is running, and the host and "+
			"port", env, cause(err))
	}
	return conn.Close()
}
