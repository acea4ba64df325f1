package config

import (
	"errors"
	"fmt"
	"net"
	"net/mail"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"deputy/internal/contact"
	"deputy/internal/send"
	"deputy/internal/store"
	"deputy/internal/web"
)

// errNotPostgres follows the name of a setting.
var errNotPostgres = errors.New("must be the direct address of PostgreSQL: postgres://…")

// MinSecret is the least length of DEPUTY_SECRET, in bytes.
const MinSecret = 32

// text stores a value that passes all checks. An empty value counts as not set and is not checked.
func text(field func(*Config) *string, checks ...func(string) error) func(*Config, string) error {
	return func(c *Config, value string) error {
		*field(c) = value
		for _, check := range checks {
			if err := check(value); err != nil && value != "" {
				return err
			}
		}
		return nil
	}
}

func boolean(field func(*Config) *bool) func(*Config, string) error {
	return func(c *Config, value string) (err error) {
		if *field(c), err = strconv.ParseBool(value); err != nil {
			return errors.New("must be true or false")
		}
		return nil
	}
}

func number(field func(*Config) *int) func(*Config, string) error {
	return func(c *Config, value string) (err error) {
		*field(c), err = strconv.Atoi(value)
		return err
	}
}

// digits matches a number.
var digits = regexp.MustCompile(`^[0-9]{1,18}$`)

// parse stores a value of the setting's kind, or returns why it is invalid. Errors follow the setting's name and never
// repeat the value.
func (s Setting) parse(c *Config, value string) error {
	if strings.ContainsFunc(value, unicode.IsControl) {
		return errors.New("contains a line break or another control character")
	}
	switch s.Kind {
	case Choice:
		if !slices.Contains(s.Choices, value) {
			return fmt.Errorf("must be %s", strings.Join(s.Choices, " or "))
		}
	case Number:
		n, err := strconv.Atoi(value)
		if !digits.MatchString(value) || err != nil || n < s.Min || n > s.Max {
			return fmt.Errorf("must be a whole number from %d to %d", s.Min, s.Max)
		}
	}
	return s.set(c, value)
}

func database(value string) error {
	_, err := store.Locate(value)
	return err
}

func secret(value string) error {
	if len(value) < MinSecret {
		return fmt.Errorf("must have at least %d characters: generate it with `openssl rand -base64 32`", MinSecret)
	}
	return nil
}

func listenAddress(value string) error {
	host, port, err := net.SplitHostPort(value)
	number, wrong := strconv.ParseUint(port, 10, 16)
	if err != nil || wrong != nil || number > 65535 || strings.ContainsAny(host, " /@") {
		return errors.New("must be a host and a port, such as 127.0.0.1:8080 or :8080")
	}
	return nil
}

func webAddress(value string) error {
	at, err := url.Parse(value)
	if err != nil || at.Hostname() == "" || at.Scheme != "http" && at.Scheme != "https" || at.User != nil ||
		at.Fragment != "" ||
		strings.ContainsAny(value, " \"'`") {
		return errors.New("must be a URL such as https://host.example/path, without quotes, user or password")
	}
	return nil
}

// name matches the name of a host in the DNS.
var name = regexp.MustCompile(`^[A-Za-z0-9_]([A-Za-z0-9_.-]*[A-Za-z0-9_])?\.?$`)

func hostName(value string) error {
	if _, err := netip.ParseAddr(value); err == nil || name.MatchString(value) {
		return nil
	}
	return errors.New("must be a host name or an IP address: set the port in DEPUTY_SMTP_PORT")
}

func mailbox(value string) error {
	if _, err := mail.ParseAddress(value); err != nil {
		return errors.New("must be an e-mail address, such as Deputy <no-reply@agency.example>")
	}
	return nil
}

func proxies(c *Config, value string) (err error) {
	if c.TrustedProxies, err = web.ParseProxies(value); err != nil {
		return errors.New("must list IP addresses or CIDR ranges of proxies, separated by commas, such as 127.0.0.1, " +
			"10.0.0.0/8: one entry is invalid")
	}
	if slices.ContainsFunc(c.TrustedProxies, func(p netip.Prefix) bool { return p.Bits() == 0 }) {
		return errors.New("must not trust all addresses (/0): a trusted peer can choose the address that rate " +
			"limits count")
	}
	return nil
}

func origins(c *Config, value string) (err error) {
	c.Origins, err = web.ParseOrigins(value)
	return err
}

// templates reads the template of each purpose.
func templates(c *Config, value string) error {
	c.SMSTemplates = map[send.Purpose]string{}
	for i, pair := range strings.FieldsFunc(value, func(r rune) bool { return r == ',' || r == ' ' || r == '\t' }) {
		name, id, found := strings.Cut(pair, "=")
		purpose := send.Purpose(name)
		if !found || id == "" || c.SMSTemplates[purpose] != "" || purpose != send.SignIn && purpose != send.SetPassword &&
			purpose != send.Bind {
			return fmt.Errorf("must list one template for each of SIGN_IN, SET_PASSWORD and BIND, separated by commas, such as "+
				"SIGN_IN=SMS_1: entry %d is invalid", i+1)
		}
		c.SMSTemplates[purpose] = id
	}
	return nil
}

func countries(c *Config, value string) error {
	c.Countries = strings.FieldsFunc(strings.ToUpper(value),
		func(r rune) bool { return r == ',' || r == ' ' || r == '\t' })
	for i, country := range c.Countries {
		if !contact.KnownCountry(country) {
			return fmt.Errorf("must list two-letter ISO 3166 country codes, such as CN,HK: entry %d is invalid",
				i+1)
		}
	}
	if len(c.Countries) == 0 {
		return errors.New("must name at least one country, such as CN")
	}
	return nil
}
