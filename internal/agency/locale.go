package agency

import (
	"path"
	"strings"
	"time"
	_ "time/tzdata" // the names are the same wherever the server runs

	"golang.org/x/text/currency"

	"deputy/internal/fault"
)

// parseTimeZone answers the IANA name it was given when there is such a time zone, of at most limit bytes.
func parseTimeZone(s string, limit int) (string, error) {
	name := strings.TrimSpace(s)
	first, _, _ := strings.Cut(name, "/")
	switch first {
	case "", "Local", "localtime", "posixrules", "posix", "right", "Factory": // files and words of systems, no time zones
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

// parseCurrency answers the ISO 4217 code, in capitals, of a currency that is legal tender somewhere.
func parseCurrency(s string, length int) (string, error) {
	code := strings.ToUpper(strings.TrimSpace(s))
	unit, err := currency.ParseISO(code)
	if err != nil || len(code) != length {
		return "", refuse(fault.Invalid, badCurrency)
	}
	for tender := currency.Query(); tender.Next(); {
		if tender.Unit() == unit {
			return code, nil
		}
	}
	return "", refuse(fault.Invalid, badCurrency)
}
