package download

import (
	"strconv"
	"strings"
	"time"
)

// Amount is a cell that holds an amount of money.
type Amount struct {
	// Minor is the amount in the smallest unit, and Decimals the number of its decimal places.
	Minor    int64
	Decimals int
}

// String returns the amount with all its decimals, such as 199.00.
func (a Amount) String() string {
	text, sign := strconv.FormatInt(a.Minor, 10), ""
	if a.Decimals == 0 {
		return text
	}
	if text[0] == '-' {
		text, sign = text[1:], "-"
	}
	if lacks := a.Decimals + 1 - len(text); lacks > 0 {
		text = strings.Repeat("0", lacks) + text
	}
	point := len(text) - a.Decimals
	return sign + text[:point] + "." + text[point:]
}

// Moment is a cell with a time in a time zone; the zero At is an empty cell.
type Moment struct {
	At   time.Time
	Zone *time.Location
	// Told marks a time that is only read by people, and need not be exact to the microsecond.
	Told bool
}

// String returns the time such as 2026-03-01 00:30:00, with decimals if it has any. If daylight saving time makes it
// ambiguous, the offset from UTC follows.
func (m Moment) String() string {
	if m.At.IsZero() {
		return ""
	}
	local := m.At.In(m.Zone)
	if m.twice() {
		return local.Format("2006-01-02 15:04:05.999999-07:00")
	}
	return local.Format("2006-01-02 15:04:05.999999")
}

// twice reports whether another moment has the same local time in the zone.
func (m Moment) twice() bool {
	_, offset := m.At.In(m.Zone).Zone()
	for _, far := range []time.Duration{-24 * time.Hour, 24 * time.Hour} {
		_, other := m.At.Add(far).In(m.Zone).Zone()
		if other == offset {
			continue
		}
		twin := m.At.Add(time.Duration(offset-other) * time.Second)
		if _, then := twin.In(m.Zone).Zone(); then == other {
			return true
		}
	}
	return false
}

const (
	perDay = 24 * 60 * 60
	// epochSerial is the number of 1970-01-01 in spreadsheets.
	epochSerial = 25_569
	// NearSecond is the tolerance within which a number of a spreadsheet means a whole second: such numbers are sums of
	// fractions of a day, with rounding errors.
	NearSecond = time.Millisecond
	// ExactDecimals is the minimum number of decimals of a number with a precision beyond seconds.
	ExactDecimals = 11
)

// serial appends the time as a spreadsheet's number of days. It returns false when that number would not be read back
// as the same time.
func (m Moment) serial(b []byte) ([]byte, bool) {
	if m.At.IsZero() || m.twice() {
		return b, false
	}
	local := m.At.In(m.Zone)
	_, offset := local.Zone()
	seconds := m.At.Unix() + int64(offset)
	beyond := time.Duration(local.Nanosecond()).Truncate(time.Microsecond)
	days := float64(seconds/perDay+epochSerial) + (float64(seconds%perDay)+beyond.Seconds())/perDay
	begin := len(b)
	b = strconv.AppendFloat(b, days, 'f', -1, 64)
	if beyond == 0 || m.Told {
		return b, true
	}
	_, decimals, _ := strings.Cut(string(b[begin:]), ".")
	if len(decimals) < ExactDecimals || beyond <= NearSecond || beyond >= time.Second-NearSecond {
		return b[:begin], false
	}
	return b, true
}
