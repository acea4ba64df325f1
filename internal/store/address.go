package store

import (
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/lib/pq"
)

// address holds the parameters of a connection to PostgreSQL by their names in lib/pq. Errors never quote it, because
// it contains a password.
type address map[string]string

// parameterName matches the name of a connection parameter or of a PostgreSQL setting.
var parameterName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_.]*$`)

// parseAddress parses a PostgreSQL URL as libpq does: with several hosts, each with its own port, and with sockets,
// which neither net/url nor lib/pq parse.
func parseAddress(text string) (address, error) {
	_, rest, found := strings.Cut(text, "://")
	if !found {
		return nil, errors.New("it does not begin with postgres://")
	}
	authority := rest
	if i := strings.IndexAny(rest, "/?#"); i >= 0 {
		authority = rest[:i]
	}
	path, query, _ := strings.Cut(strings.TrimPrefix(rest, authority), "?")
	if strings.Contains(path+query, "#") {
		return nil, errors.New("it contains a #, which must be written as %23")
	}
	a := address{}
	if i := strings.LastIndex(authority, "@"); i >= 0 {
		user, password, _ := strings.Cut(authority[:i], ":")
		if err := errors.Join(a.put("user", user), a.put("password", password)); err != nil {
			return nil, err
		}
		authority = authority[i+1:]
	}
	if err := errors.Join(a.put("dbname", strings.TrimPrefix(path, "/")), a.hosts(authority)); err != nil {
		return nil, err
	}
	given, err := url.ParseQuery(query)
	if err != nil {
		return nil, errors.New("the part after the question mark is invalid")
	}
	for name, values := range given {
		if !parameterName.MatchString(name) || len(values) > 1 {
			return nil, errors.New("a parameter after the question mark is duplicated or has an invalid name")
		}
		a[name] = values[0]
	}
	return a, nil
}

// put stores a part of the URL, unless it is empty.
func (a address) put(name, escaped string) error {
	value, err := url.PathUnescape(escaped)
	if err != nil {
		return fmt.Errorf("its %s contains an invalid escape: write a %% as %%25", name)
	}
	if value != "" {
		a[name] = value
	}
	return nil
}

// hosts parses host:port,[::1]:port,… .
func (a address) hosts(list string) error {
	if list == "" {
		return nil
	}
	var hosts, ports []string
	ported := false
	for entry := range strings.SplitSeq(list, ",") {
		host, port := entry, ""
		if i := strings.LastIndex(entry, ":"); i > strings.LastIndex(entry, "]") {
			host, port = entry[:i], entry[i+1:]
		}
		if port == "" {
			port = "5432"
		} else {
			ported = true
		}
		if _, err := strconv.ParseUint(port, 10, 16); err != nil {
			return errors.New("a port is not a number, or the password contains a character that must be escaped (: @ / ? # %)")
		}
		host, err := url.PathUnescape(strings.TrimSuffix(strings.TrimPrefix(host, "["), "]"))
		if err != nil {
			return errors.New("a host contains an invalid escape (%)")
		}
		hosts, ports = append(hosts, host), append(ports, port)
	}
	if a["host"] = strings.Join(hosts, ","); ported {
		a["port"] = strings.Join(ports, ",")
	}
	return nil
}

// complete adds the defaults of parameters that neither the URL nor the environment (such as PGSSLMODE) sets. It
// returns lib/pq's configuration, and a line for each parameter that is ignored.
func (a address) complete(o Options) (pq.Config, []string, error) {
	if err := a.ofService(); err != nil {
		return pq.Config{}, nil, err
	}
	notes := a.sort()
	config, err := pq.NewConfig(a.dsn())
	if err != nil {
		return pq.Config{}, nil, a.blame()
	}
	hosts, err := newHosts(config)
	if err != nil {
		return pq.Config{}, nil, err
	}
	switch config.SSLMode {
	case "":
		a["sslmode"] = string(hosts.sslMode())
	case pq.SSLModePrefer, pq.SSLModeAllow:
		return pq.Config{}, nil, fmt.Errorf("sslmode=%s does not protect the connection: use verify-full, verify-ca, "+
			"require or disable", config.SSLMode)
	}
	if config.ConnectTimeout == 0 {
		a["connect_timeout"] = strconv.Itoa(max(1, int(o.ConnectTimeout/time.Second)))
	}
	if config.ApplicationName == "" {
		a["application_name"] = "deputy"
	}
	if o.Pooler {
		if err := refuseSettings(config); err != nil {
			return pq.Config{}, nil, err
		}
	} else {
		if config.TargetSessionAttrs == "" {
			a["target_session_attrs"] = string(pq.TargetSessionAttrsReadWrite)
		}
		a.setting("timezone", "UTC")
		a.setting("statement_timeout", milliseconds(o.StatementTimeout))
		a.setting("lock_timeout", milliseconds(o.LockTimeout))
		a.setting("idle_in_transaction_session_timeout", milliseconds(o.IdleTimeout))
		a.setting("client_connection_check_interval", milliseconds(aliveEvery))
		a.setting("random_page_cost", randomPageCost)
	}
	if config, err = pq.NewConfig(a.dsn()); err != nil {
		return pq.Config{}, nil, a.blame()
	}
	return config, notes, files(config)
}

func (a address) setting(name, value string) {
	for given := range a {
		if strings.EqualFold(given, name) {
			return
		}
	}
	a[name] = value
}

// randomPageCost is PostgreSQL's random_page_cost for solid-state disks. With its default, 4, and without statistics,
// it sorts all rows of an org instead of reading the first ones by the index that has them in order.
const randomPageCost = "1.1"

func milliseconds(d time.Duration) string {
	return strconv.FormatInt(max(0, d.Milliseconds()), 10)
}

// refuseSettings returns an error for a setting that can't be sent through a pooler.
func refuseSettings(config pq.Config) error {
	if config.Options != "" {
		return errors.New("a pooler does not accept options: set them on the role with ALTER ROLE")
	}
	for name := range config.Runtime {
		return fmt.Errorf("a pooler does not accept %s: set it on the role with ALTER ROLE", name)
	}
	return nil
}

// dsn returns the address in lib/pq's form of key='value' pairs.
func (a address) dsn() string {
	escape := strings.NewReplacer(`\`, `\\`, `'`, `\'`)
	pairs := make([]string, 0, len(a))
	for name, value := range a {
		pairs = append(pairs, name+"='"+escape.Replace(value)+"'")
	}
	slices.Sort(pairs)
	return strings.Join(pairs, " ")
}

// hosts counts the hosts of a list by their distance.
type hosts struct{ sockets, loopback, remote int }

func newHosts(config pq.Config) (hosts, error) {
	var h hosts
	h.add(config.Host, config.Hostaddr)
	for _, more := range config.Multi {
		h.add(more.Host, more.Hostaddr)
	}
	if h.sockets > 0 && h.remote > 0 {
		return h, errors.New("a socket and remote hosts can't be combined")
	}
	return h, nil
}

func (h *hosts) add(name string, ip netip.Addr) {
	if !ip.IsValid() {
		if filepath.IsAbs(name) || strings.HasPrefix(name, "@") {
			h.sockets++
			return
		}
		if parsed, err := netip.ParseAddr(name); err == nil {
			ip = parsed
		}
	}
	if ip.IsLoopback() || !ip.IsValid() && (name == "" || name == "localhost") {
		h.loopback++
		return
	}
	h.remote++
}

// sslMode returns the default mode: connections that leave the machine are encrypted, and the server is authenticated.
func (h hosts) sslMode() pq.SSLMode {
	if h.remote > 0 {
		return pq.SSLModeVerifyFull
	}
	return pq.SSLModeDisable
}
