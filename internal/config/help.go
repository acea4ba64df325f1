package config

import (
	"fmt"
	"io"
	"strings"

	"deputy/internal/orderfile"
)

// commandLines is the usage of the commands.
const commandLines = `Usage:
  deputy [serve] [flags]                              serve until stopped
  deputy check [flags]                                check all settings and change nothing; exit status 0 if all are good
  deputy migrate [flags]                              migrate the schema of the database
  deputy backup FILE                                  copy a SQLite database, also while the server is running
  deputy sessions end [flags]                         end all sessions, codes and API tokens, for example after a restore
  deputy figures rebuild [--org ID]                   check the figures of an org, or of all orgs, and correct them
                                                      核对并修正机构的统计数据（不写 --org 则为全部机构）
  deputy import orders FILE --org ID [--dry-run]      import orders from a CSV, TSV, XLSX or JSON Lines file
  deputy import creators FILE --org ID [--dry-run]    import creators from such a file
         [--encoding gb18030] [--map 支付金额=金额(元)]   deputy import --help lists columns, statuses and formats
  deputy import reports                               list the platform reports that can be imported directly
  deputy demo --orgs N --orders M [--force]           fill a database for load tests; --force allows one that has orgs
  deputy --version                                    print the version

Each flag has a variable; the flag takes precedence. Space around a value is ignored, and an empty variable counts as not
set unless stated otherwise. Each secret (*) can be read from a file: its variable with _FILE appended names the file.
`

// importLines is the usage of import.
const importLines = `Usage:
  deputy import orders FILE --org ID [flags]          import orders from a file; it is safe to repeat
  deputy import orders FILE --org ID [flags]          从文件导入订单，可重复执行
  deputy import creators FILE --org ID [flags]        import creators from a file; it is safe to repeat
  deputy import creators FILE --org ID [flags]        从文件导入达人，可重复执行
  deputy import orders FILE --explain                 show how each column of a file is read
  deputy import orders FILE --explain                 说明文件的每一列如何读取
  deputy import reports                               list the platform reports that can be imported directly
  deputy import reports                               列出可直接导入的平台报表

Flags, besides those of deputy --help:
  --org ID                    the org of the orders or creators (required)
                              订单或达人所属的机构（必填）
  --dry-run                   show the result, and change nothing
                              只预览结果，不写入任何内容
  --encoding NAME             utf-8, utf-16le, utf-16be, gb18030 or big5; detected by default
                              文件编码；不写则自动判断
  --map HEADING=NAME          read a column of the file as another one, such as --map 支付金额=金额(元)
                              把文件中的某一列当作另一列读取
                              --map 备注=- ignores a column / 不读取该列
  --as NAME                   the report, for a file that can't be recognized
                              指明报表，用于无法自动识别的文件
  --creator ID                the creator of all orders (ID or platform ID), for a report without creators
                              报表没有达人列时，指明全部订单的达人（ID 或平台 ID）
  --paid-at ordered           use the order time as the payment time, for a report without payment times
                              报表没有支付时间时，以下单时间为支付时间
  --password TEXT             the password of a workbook; by default, the terminal prompts for it
                              工作簿的密码；不写则在终端询问
  --database FILE             the database, as for the server; with SQLite, stop the server first
                              数据库，与服务器相同；用 SQLite 时请先停止服务器
`

// usage writes the help of a command, or of all of them.
func usage(out io.Writer, command string) error {
	if command == "import" {
		_, _ = fmt.Fprint(out, importLines)
		return orderfile.Describe(out)
	}
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
	_, err := fmt.Fprintln(out)
	return err
}

// values returns the allowed values of a setting.
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

// Table returns the table of settings that docs/configuration.md has.
func Table() string {
	var b strings.Builder
	b.WriteString("| flag | variable | default | values | description | 说明 |\n| --- | --- | --- | --- | --- | --- |\n")
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
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s | %s |\n", code(name), env, code(s.Default), values, escape(s.Usage),
			escape(s.Chinese))
	}
	return b.String()
}

// exampleHead is the beginning of env.example, with the variables that only compose.yaml reads.
const exampleHead = `# All settings of Deputy, one NAME=value a line, for deputy.service and compose.yaml. Copy this file to
# /etc/deputy/deputy.env, or to deploy/.env, which git ignores; fill it in, and make it readable for its owner only (chmod 600).
# A commented line shows the default. An empty value counts as not set.
# Deputy 的全部设置，每行一个；带注释符的行是默认值，空值等于没有设置。

# only for compose.yaml: the public host name, for which the proxy gets a certificate; localhost on a machine without a name
DEPUTY_HOST=

# only for compose.yaml: generate it with openssl rand -hex 24
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
