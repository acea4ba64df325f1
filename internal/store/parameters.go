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

	"deputy/internal/fileerr"
)

// understood are the parameters of an address that lib/pq accepts. All others, except those in ignored, are sent to
// PostgreSQL as settings; it rejects unknown ones itself.
var understood = []string{
	"host", "hostaddr", "port", "dbname", "user", "password", "passfile", "options", "application_name",
	"fallback_application_name",
	"sslmode", "sslnegotiation", "sslcert", "sslkey", "sslrootcert", "sslsni", "ssl_min_protocol_version",
	"ssl_max_protocol_version",
	"sslinline", "connect_timeout", "client_encoding", "datestyle", "target_session_attrs", "load_balance_hosts",
	"min_protocol_version", "max_protocol_version", "service",
}

// ignored are parameters of libpq, and of the libraries and services that people copy addresses from, that have no
// effect here, with the reason.
var ignored = map[string]string{ //nolint:gosec // names of parameters are no secrets
	"channel_binding": "use sslmode=verify-full to authenticate the server",
	"require_auth":    "use sslmode=verify-full to authenticate the server",
	"requirepeer":     "the permissions of the socket's folder protect it", "sslcertmode": "use sslcert",
	"sslcompression": "TLS compression is not supported", "sslcrl": "certificate revocation is not checked",
	"sslcrldir":   "certificate revocation is not checked",
	"sslpassword": "the key in sslkey must not be encrypted", "sslkeylogfile": "TLS keys are not logged",
	"gssencmode": "Kerberos is not supported", "gsslib": "Kerberos is not supported",
	"gssdelegation": "Kerberos is not supported",
	"krbsrvname":    "Kerberos is not supported", "krbspn": "Kerberos is not supported",
	"replication": "replication connections are not supported",
	"keepalives":  "keep-alives are always on", "keepalives_idle": "keep-alives are always on",
	"keepalives_interval": "keep-alives are always on",
	"keepalives_count":    "keep-alives are always on", "tcp_user_timeout": "keep-alives are always on",
	"scram_client_key": "the password is used", "scram_server_key": "the password is used",
	"requiressl": "use sslmode", "ssl": "use sslmode",
	"binary_parameters": "use DATABASE_POOLER", "disable_prepared_binary_result": "it has no effect",
	"pgbouncer": "use DATABASE_POOLER", "prepared_statements": "use DATABASE_POOLER",
	"statement_cache_size": "use DATABASE_POOLER",
	"statement_cache_mode": "use DATABASE_POOLER", "statement_cache_capacity": "use DATABASE_POOLER",
	"description_cache_capacity": "use DATABASE_POOLER", "default_query_exec_mode": "use DATABASE_POOLER",
	"preparethreshold": "use DATABASE_POOLER", "simple_protocol": "use DATABASE_POOLER",
	"pool_max_conns": "use DATABASE_CONNS", "pool_min_conns": "use DATABASE_CONNS",
	"connection_limit": "use DATABASE_CONNS",
	"pool_size":        "use DATABASE_CONNS", "max_connections": "use DATABASE_CONNS",
	"pool_timeout":                  "use DATABASE_CONNS",
	"pool_max_conn_lifetime":        "connections are kept for 30 minutes",
	"pool_max_conn_idle_time":       "idle connections are kept for 5 minutes",
	"pool_health_check_period":      "connections are checked when they are used",
	"pool_max_conn_lifetime_jitter": "connections are kept for 30 minutes",
	"pool_min_idle_conns":           "use DATABASE_CONNS", "socket_timeout": "use statement_timeout",
	"sslaccept":   "use sslmode",
	"sslidentity": "use sslcert and sslkey", "ssl_ca": "use sslrootcert", "uselibpqcompat": "it has no effect",
	"supa": "it has no effect", "workaround": "it has no effect", "servername": "it has no effect",
	"encoding": "it is always UTF-8", "charset": "it is always UTF-8",
}

// sort removes the parameters that neither lib/pq nor PostgreSQL accepts. It returns a line for each ignored parameter,
// with its name and not its value.
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

// ofService reads a libpq service, named by the address or the environment, from the service file. Parameters of the
// address take precedence. Afterwards the address has no service, not even that of the environment.
func (a address) ofService() error {
	service, from := a["service"], "service"
	if service == "" {
		service, from = os.Getenv("PGSERVICE"), "the environment variable PGSERVICE"
	}
	a["service"] = ""
	if service == "" {
		return nil
	}
	file := os.Getenv("PGSERVICEFILE")
	if file == "" {
		home, err := os.UserHomeDir()
		if err != nil {
			return fmt.Errorf("%s requires PGSERVICEFILE, because there is no home folder with a service file",
				from)
		}
		file = filepath.Join(home, ".pg_service.conf")
	}
	content, err := os.Open(file) //nolint:gosec // the operator names it
	if err != nil {
		return fmt.Errorf("%s: %w", from, fileerr.Explain("read the service file (PGSERVICEFILE)", file, err))
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
			return fmt.Errorf("%s: a line of the service is not NAME=value", from)
		}
		if _, given := a[name]; !given {
			a[name] = strings.TrimSpace(value)
		}
	}
	switch {
	case lines.Err() != nil:
		return fmt.Errorf("%s: %w", from, fileerr.Explain("read the service file (PGSERVICEFILE)", file, lines.Err()))
	case !found:
		return fmt.Errorf("%s names a service that is not in the service file (PGSERVICEFILE, else ~/.pg_service.conf)",
			from)
	}
	return nil
}

// files returns an error when a file that the address names can't be read.
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
			return fileerr.Explain("read the file of "+f.name+":", f.path, err)
		}
	}
	return nil
}

// variable matches the name of a variable in lib/pq's error about the environment.
var variable = regexp.MustCompile(`\$([A-Z_]+)`)

// blame returns an error that names the parameter or the environment variable that lib/pq rejects, and not its value.
func (a address) blame() error {
	if _, err := pq.NewConfig("user=deputy service=''"); err != nil {
		if name := variable.FindStringSubmatch(err.Error()); name != nil {
			return fmt.Errorf("the environment variable %s is not supported or has an invalid value: unset it, or correct "+
				"it", name[1])
		}
		return errors.New("a PG… environment variable has an invalid value")
	}
	for _, name := range slices.Sorted(maps.Keys(a)) {
		if _, err := pq.NewConfig(address{name: a[name], "user": "deputy", "service": ""}.dsn()); err != nil {
			return fmt.Errorf("%s has an invalid value", name)
		}
	}
	return errors.New("its parameters contradict each other (check that there are as many ports as hosts), or a PG… " +
		"environment variable is invalid")
}
