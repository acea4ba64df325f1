package agency

import (
	"path"
	"strings"
	"time"
	_ "time/tzdata" // the same time zones on every server

	"deputy/internal/fault"
	"deputy/internal/money"
)

// parseTimeZone returns the IANA name of a time zone, of at most limit bytes.
func parseTimeZone(s string, limit int) (string, error) {
	name := strings.TrimSpace(s)
	first, _, _ := strings.Cut(name, "/")
	switch first {
	case "", "Local", "localtime", "posixrules", "posix", "right", "Factory": // aliases and files, not time zones
		return "", refuse(fault.Invalid, badTimeZone)
	}
	if len(name) > limit || path.Clean(name) != name {
		return "", refuse(fault.Invalid, badTimeZone)
	}
	if _, err := time.LoadLocation(name); err != nil {
		return "", refuse(fault.Invalid, badTimeZone)
	}
	return name, nil
}

// parseCurrency returns the ISO 4217 code of a currency in capitals. It accepts obsolete currencies, which some orgs
// still have; UpdateOrg refuses a change to one.
func parseCurrency(s string, length int) (string, error) {
	code := strings.ToUpper(strings.TrimSpace(s))
	if _, known := money.Digits(code); !known || len(code) != length {
		return "", refuse(fault.Invalid, badCurrency)
	}
	return code, nil
}
