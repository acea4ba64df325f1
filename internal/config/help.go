package config

import (
	"fmt"
	"io"
	"strings"
)

// commandLines are how the commands are written.
const commandLines = `Usage:
  deputy [serve] [flags]                              serve until told to stop
  deputy check [flags]                                try all settings, change nothing: a line each, exit status 0 when all are good
  deputy migrate [flags]                              bring the database's schema up to date
  deputy backup FILE                                  copy a SQLite database, beside a running server
  deputy sessions end [flags]                         end all sessions and codes, as after the restore of a backup
  deputy import orders FILE --org ID [--dry-run]      take orders from a file of CSV, TSV or XLSX: see docs/import.md
         [--encoding gb18030] [--map 支付金额=金额(元)]
  deputy demo --orgs N --orders M [--force]           fill a database for load tests; --force adds to one that has orgs
  deputy --version                                    print the version

Each flag has a variable; a flag wins over it. Space around a value does not count, and an empty variable is as good as none
unless it says otherwise. Each secret (*) may stand in a file instead, which its variable with _FILE after it names.
`

// usage writes the help.
func usage(out io.Writer) {
	_, _ = fmt.Fprint(out, commandLines)
	for _, s := range Settings() {
		name := s.Name()
		if s.Secret {
			name += " *"
		}
		_, _ = fmt.Fprintf(out, "\n  %s\n        %s", name, s.Usage)
		if values := s.values(); values != "" {
			_, _ = fmt.Fprintf(out, "; %s", values)
		}
		if s.Default != "" {
			_, _ = fmt.Fprintf(out, " (default %s)", s.Default)
		}
		_, _ = fmt.Fprintf(out, "\n        %s", s.Chinese)
	}
	_, _ = fmt.Fprintln(out)
}

// values says what a setting may be.
func (s Setting) values() string {
	switch s.Kind {
	case Number:
		return fmt.Sprintf("%d to %d", s.Min, s.Max)
	case Choice:
		return strings.Join(s.Choices, ", ")
	case Boolean:
		return "true, false"
	}
	return ""
}

// Table returns the table of settings that the README has.
func Table() string {
	var b strings.Builder
	b.WriteString("| flag | variable | default | values | what it is | 说明 |\n| --- | --- | --- | --- | --- | --- |\n")
	code := func(text string) string {
		if text == "" {
			return ""
		}
		return "`" + text + "`"
	}
	for _, s := range Settings() {
		name, values := "", s.values()
		if s.Flag != "" {
			name = "--" + s.Flag
		}
		env := code(s.Env)
		if s.Secret {
			env += " *"
		}
		if values == "" {
			values = string(s.Kind)
		}
		escape := strings.NewReplacer("<", "&lt;", "|", "\\|").Replace
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s | %s |\n", code(name), env, code(s.Default), values, escape(s.Usage), escape(s.Chinese))
	}
	return b.String()
}

// exampleHead is how env.example begins: what compose.yaml alone asks for.
const exampleHead = `# Every setting of Deputy, one NAME=value a line: the file that deputy.service and compose.yaml read. Copy it to
# /etc/deputy/deputy.env, or to deploy/.env, which git ignores; fill it in, and let nobody else read it (chmod 600).
# What is commented out shows the default. An empty value is as good as none.
# Deputy 的全部设置，每行一个；带注释符的行是默认值，空值等于没有设置。

# compose.yaml alone: the name people reach Deputy by; the proxy gets a certificate for it. On a machine without a name: localhost
DEPUTY_HOST=

# compose.yaml alone: openssl rand -hex 24
POSTGRES_PASSWORD=
`

// Example returns deploy/env.example.
func Example() string {
	var b strings.Builder
	b.WriteString(exampleHead)
	for _, s := range Settings() {
		fmt.Fprintf(&b, "\n# %s\n# %s\n", s.Usage, s.Chinese)
		if values := s.values(); values != "" {
			fmt.Fprintf(&b, "# %s\n", values)
		}
		if s.Secret {
			fmt.Fprintf(&b, "# or, in a file: %s=\n", s.FileEnv())
		}
		if s.Default != "" || s.NotEmpty {
			fmt.Fprintf(&b, "# %s=%s\n", s.Env, s.Default)
		} else {
			fmt.Fprintf(&b, "%s=\n", s.Env)
		}
	}
	return b.String()
}
