package store

import (
	"bufio"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/lib/pq"

	"deputy/internal/whose"
)

// understood are the parameters of an address that lib/pq takes; what is neither here nor in ignored is a setting of
// PostgreSQL's, which says itself whether it knows it.
var understood = []string{
	"host", "hostaddr", "port", "dbname", "user", "password", "passfile", "options", "application_name",
	"fallback_application_name",
	"sslmode", "sslnegotiation", "sslcert", "sslkey", "sslrootcert", "sslsni", "ssl_min_protocol_version",
	"ssl_max_protocol_version",
	"sslinline", "connect_timeout", "client_encoding", "datestyle", "target_session_attrs", "load_balance_hosts",
	"min_protocol_version", "max_protocol_version", "service",
}

// ignored are the parameters of libpq, and of the libraries and the services that people copy addresses from, which
// mean nothing here, and why not.
var ignored = map[string]string{ //nolint:gosec // names of parameters are no secrets
	"channel_binding": "sslmode=verify-full is what proves the server",
	"require_auth":    "sslmode=verify-full is what proves the server",
	"requirepeer":     "the permissions of the socket's folder decide", "sslcertmode": "sslcert says it",
	"sslcompression": "nothing compresses TLS any more", "sslcrl": "revoked certificates are not looked up",
	"sslcrldir":   "revoked certificates are not looked up",
	"sslpassword": "the key in sslkey must not need one", "sslkeylogfile": "keys are not logged",
	"gssencmode": "there is no Kerberos here", "gsslib": "there is no Kerberos here",
	"gssdelegation": "there is no Kerberos here",
	"krbsrvname":    "there is no Kerberos here", "krbspn": "there is no Kerberos here",
	"replication": "a server does not replicate",
	"keepalives":  "keep-alives are always on", "keepalives_idle": "keep-alives are always on",
	"keepalives_interval": "keep-alives are always on",
	"keepalives_count":    "keep-alives are always on", "tcp_user_timeout": "keep-alives are always on",
	"scram_client_key": "the password is used", "scram_server_key": "the password is used",
	"requiressl": "sslmode says it", "ssl": "sslmode says it",
	"binary_parameters": "DATABASE_POOLER says it", "disable_prepared_binary_result": "it has no effect",
	"pgbouncer": "DATABASE_POOLER says it", "prepared_statements": "DATABASE_POOLER says it",
	"statement_cache_size": "DATABASE_POOLER says it",
	"statement_cache_mode": "DATABASE_POOLER says it", "statement_cache_capacity": "DATABASE_POOLER says it",
	"description_cache_capacity": "DATABASE_POOLER says it", "default_query_exec_mode": "DATABASE_POOLER says it",
	"preparethreshold": "DATABASE_POOLER says it", "simple_protocol": "DATABASE_POOLER says it",
	"pool_max_conns": "DATABASE_CONNS says it", "pool_min_conns": "DATABASE_CONNS says it",
	"connection_limit": "DATABASE_CONNS says it",
	"pool_size":        "DATABASE_CONNS says it", "max_connections": "DATABASE_CONNS says it",
	"pool_timeout":                  "DATABASE_CONNS says it",
	"pool_max_conn_lifetime":        "connections are kept for 30 minutes",
	"pool_max_conn_idle_time":       "connections that rest are kept for 5 minutes",
	"pool_health_check_period":      "connections are looked at when they are used",
	"pool_max_conn_lifetime_jitter": "connections are kept for 30 minutes",
	"pool_min_idle_conns":           "DATABASE_CONNS says it", "socket_timeout": "statement_timeout says it",
	"sslaccept":   "sslmode says it",
	"sslidentity": "sslcert and sslkey say it", "ssl_ca": "sslrootcert says it", "uselibpqcompat": "it has no effect",
	"supa": "it has no effect", "workaround": "it has no effect", "servername": "it has no effect",
	"encoding": "it is always UTF-8", "charset": "it is always UTF-8",
}

// sort leaves what lib/pq and PostgreSQL take, and returns a line for each parameter that is ignored, which names it
// and not its value.
func (a address) sort() (notes []string) {
	for name := range maps.Clone(a) {
		lower := strings.ToLower(name)
		if slices.Contains(understood, name) {
			continue
		}
		if lower == "schema" || lower == "currentschema" { // as Prisma and JDBC call it
			if value := a[name]; value != "" {
				a.setting("search_path", value)
			}
			delete(a, name)
			continue
		}
		if why, ok := ignored[lower]; ok {
			notes = append(notes, name+" is ignored: "+why)
			delete(a, name)
		}
	}
	slices.Sort(notes)
	return notes
}

// ofService takes what the address and the environment leave to a service of libpq's, from its file; what the address
// says goes before it. The address names no service afterwards, not even that of the environment.
func (a address) ofService() error {
	service, from := a["service"], "service"
	if service == "" {
		service, from = os.Getenv("PGSERVICE"), "PGSERVICE of the environment"
	}
	a["service"] = ""
	if service == "" {
		return nil
	}
	file := os.Getenv("PGSERVICEFILE")
	if file == "" {
		home, err := os.UserHomeDir()
		if err != nil {
			return fmt.Errorf("%s needs PGSERVICEFILE, the file that services stand in: there is no home folder to look in",
				from)
		}
		file = filepath.Join(home, ".pg_service.conf")
	}
	content, err := os.Open(file) //nolint:gosec // the operator names it
	if err != nil {
		return fmt.Errorf("%s: %w", from, whose.Explain("read the file of services (PGSERVICEFILE)", file, err))
	}
	defer content.Close() //nolint:errcheck // it is read
	found, inside := false, false
	lines := bufio.NewScanner(content)
	for lines.Scan() {
		line := strings.TrimSpace(lines.Text())
		if header, ok := strings.CutPrefix(line, "["); ok {
			inside = strings.TrimSpace(strings.TrimSuffix(header, "]")) == service
			found = found || inside
			continue
		}
		if !inside || line == "" || line[0] == '#' {
			continue
		}
		name, value, ok := strings.Cut(line, "=")
		if name = strings.TrimSpace(name); !ok || !parameterName.MatchString(name) || name == "service" {
			return fmt.Errorf("%s: a line of that service is no NAME=value", from)
		}
		if _, given := a[name]; !given {
			a[name] = strings.TrimSpace(value)
		}
	}
	switch {
	case lines.Err() != nil:
		return fmt.Errorf("%s: %w", from, whose.Explain("read the file of services (PGSERVICEFILE)", file, lines.Err()))
	case !found:
		return fmt.Errorf("%s names a service that is not in the file of services (PGSERVICEFILE, else ~/.pg_service.conf)",
			from)
	}
	return nil
}

// files tells which of the files that an address names can't be read.
func files(config pq.Config) error {
	if config.SSLMode == pq.SSLModeDisable || config.SSLInline {
		return nil
	}
	for _, f := range []struct{ name, path string }{
		{"sslrootcert", config.SSLRootCert}, {"sslcert", config.SSLCert}, {"sslkey", config.SSLKey},
	} {
		if f.path == "" || f.path == "system" {
			continue
		}
		file, err := os.Open(f.path)
		if err == nil {
			err = file.Close()
		}
		if err != nil {
			return whose.Explain("read the file that "+f.name+" names,", f.path, err)
		}
	}
	return nil
}

// variable finds the name of a variable in what lib/pq says of the environment.
var variable = regexp.MustCompile(`\$([A-Z_]+)`)

// blame names the parameter that lib/pq refuses, or the variable of the environment, and not its value.
func (a address) blame() error {
	if _, err := pq.NewConfig("user=deputy service=''"); err != nil {
		if name := variable.FindStringSubmatch(err.Error()); name != nil {
			return fmt.Errorf("the variable %s of the environment is not supported, or has a value that it can't have: unset "+
				"it, or correct it", name[1])
		}
		return errors.New("a PG… variable of the environment has a value that it can't have")
	}
	for _, name := range slices.Sorted(maps.Keys(a)) {
		if _, err := pq.NewConfig(address{name: a[name], "user": "deputy", "service": ""}.dsn()); err != nil {
			return fmt.Errorf("%s has a value that it can't have", name)
		}
	}
	return errors.New("its parameters don't go together (as many ports as hosts?), or a PG… variable of the environment " +
		"is wrong")
}
