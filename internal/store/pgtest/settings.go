package pgtest

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
)

const (
	defaultLocale         = "C.UTF-8"
	defaultMaxConnections = 100
	// builtinLocales is the first version of PostgreSQL with a built-in C.UTF-8, independent of the system.
	builtinLocales = 17
)

var (
	localeName = regexp.MustCompile(`^[A-Za-z0-9_.@-]+$`)
	// majorVersion matches 15 in "postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)".
	majorVersion = regexp.MustCompile(`\(PostgreSQL\) (\d+)`)
)

// settings returns the arguments of the server; the caller's are last and take precedence.
func (o Options) settings() []string {
	connections := o.MaxConnections
	if connections == 0 {
		connections = defaultMaxConnections
	}
	all := map[string]string{
		"listen_addresses":        "127.0.0.1",
		"unix_socket_directories": "",
		"max_connections":         strconv.Itoa(connections),
		"timezone":                "UTC",
		"lc_messages":             "C",
		"logging_collector":       "off",
		"log_destination":         "stderr",
		"shared_buffers":          "64MB",
		// Many small databases are copied faster through the log than as files.
		"max_wal_size": "2GB",
	}
	if !o.Durable {
		all["fsync"], all["full_page_writes"], all["synchronous_commit"] = "off", "off", "off"
	}
	maps.Copy(all, o.Settings)
	var arguments []string
	for _, name := range slices.Sorted(maps.Keys(all)) {
		arguments = append(arguments, "-c", name+"="+all[name])
	}
	return arguments
}

// localeArguments returns the arguments of initdb for the locale.
func localeArguments(ctx context.Context, bin, locale string, account account) (string, error) {
	if locale == "" {
		locale = defaultLocale
	}
	if !localeName.MatchString(locale) {
		return "", fmt.Errorf("the locale %q is not a name", locale)
	}
	if locale != defaultLocale {
		return "--locale=" + locale, nil
	}
	major, err := version(ctx, bin, account)
	if err != nil {
		return "", err
	}
	if major >= builtinLocales {
		return "--locale=C --locale-provider=builtin --builtin-locale=C.UTF-8", nil
	}
	return "--locale=C.UTF-8", nil
}

// version returns the major version of the binaries, and an error if they do not run on this machine.
func version(ctx context.Context, bin string, account account) (int, error) {
	command := exec.CommandContext(ctx, filepath.Join(bin, "postgres"), "--version")
	command.Dir = "/"
	command.SysProcAttr = account.attributes()
	out, err := command.Output()
	if err != nil {
		return 0, fmt.Errorf("ask postgresql for its version: %w", err)
	}
	found := majorVersion.FindSubmatch(bytes.TrimSpace(out))
	if found == nil {
		return 0, fmt.Errorf("ask postgresql for its version: %q names none", out)
	}
	return strconv.Atoi(string(found[1]))
}
