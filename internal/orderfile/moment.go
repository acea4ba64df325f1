package orderfile

import (
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/xuri/excelize/v2"
	"golang.org/x/text/unicode/norm"

	"deputy/internal/civil"
	"deputy/internal/download"
)

// The forms of a time: a date, followed by an optional time of day and an optional offset from UTC.
var (
	dated = regexp.MustCompile(
		`^([0-9]{4})(?:-([0-9]{1,2})-([0-9]{1,2})|/([0-9]{1,2})/([0-9]{1,2})|\.([0-9]{1,2})\.([0-9]{1,2}))` +
			`(?:[ T](上午|下午|AM|PM)? ?([0-9]{1,2}):([0-9]{2})(?::([0-9]{2})(?:\.([0-9]{1,40}))?)? ?(AM|PM)?)?` +
			` ?(Z|UTC|GMT|[+-][0-9]{2}(?::?[0-9]{2})?)?$`)
	compact  = regexp.MustCompile(`^([0-9]{4})([0-9]{2})([0-9]{2})(?:([0-9]{2})([0-9]{2})([0-9]{2})?)?$`)
	dayFirst = regexp.MustCompile(`^[0-9]{1,2}[-/.][0-9]{1,2}[-/.][0-9]{4}`)
	serial   = regexp.MustCompile(`^[0-9]{4,6}(?:\.[0-9]+)?$`)
)

// chineseTime is a time of day in Chinese units, such as 10时5分3秒.
var chineseTime = regexp.MustCompile(`([0-9]{1,2})[时点](?:([0-9]{1,2})分)?(?:([0-9]{1,2})秒)?`)

var chineseSigns = strings.NewReplacer("年", "-", "月", "-", "日", " ", "上午", " 上午 ", "下午", " 下午 ")

// plainMoment converts a time with Chinese units, such as 2026年2月28日10时5分, to one with separators.
func plainMoment(text string) string {
	if strings.ContainsAny(text, "时点") {
		text = chineseTime.ReplaceAllStringFunc(text, func(words string) string {
			m := chineseTime.FindStringSubmatch(words)
			return fmt.Sprintf("%s:%02d:%02d", m[1], digits(m[2]), digits(m[3]))
		})
	}
	text = chineseSigns.Replace(text)
	return strings.Join(strings.Fields(text), " ")
}

// The reasons for which a time is refused, for people.
const (
	badMoment   = "请填写如 2026-03-01 12:00:00 的时间 / enter a time such as 2026-03-01 12:00:00"
	badDayFirst = "年份要写在最前面，例如 2026-03-01 12:00:00 / write the year first, such as 2026-03-01 12:00:00"
	badSerial   = "这是表格软件的日期序列号，请把该列设为日期格式后重新导出 / this is the serial number of a date in a spreadsheet: format the " +
		"column as a date, and export again"
	noSuchTime = "没有这样的日期或时间 / there is no such date or time"
)

// moment reads a time with an offset, or in the org's time zone. A time that clocks skip is refused. A time that occurs
// twice means the first, and a date means its first moment.
func (r *reader) moment(text string) (time.Time, string) {
	if isUsual(text) {
		return wall(digits(text[:4]), digits(text[5:7]), digits(text[8:10]), digits(text[11:13]), digits(text[14:16]),
			digits(text[17:]), 0, r.zone)
	}
	text = plainMoment(strings.Map(func(c rune) rune {
		if unicode.Is(unicode.Cf, c) {
			return -1
		}
		return c
	}, strings.ToUpper(norm.NFKC.String(text))))
	if r.workbook && serial.MatchString(text) {
		return r.fromSerial(text)
	}
	if m := compact.FindStringSubmatch(text); m != nil {
		if len(text) == 8 {
			return r.parseMoment(m[1], m[2], m[3], "", "", "", "", "", "")
		}
		return r.parseMoment(m[1], m[2], m[3], m[4], m[5], m[6], "", "", "")
	}
	m := dated.FindStringSubmatch(text)
	switch {
	case m != nil:
		half := m[8]
		if half == "" {
			half = m[13]
		}
		return r.parseMoment(m[1], m[2]+m[4]+m[6], m[3]+m[5]+m[7], m[9], m[10], m[11], m[12], half, m[14])
	case dayFirst.MatchString(text):
		return time.Time{}, badDayFirst
	case serial.MatchString(text):
		return time.Time{}, badSerial
	default:
		return time.Time{}, badMoment
	}
}

// usual is the form of a time in most files; 0 stands for any digit.
const usual = "0000-00-00 00:00:00"

func isUsual(text string) bool {
	if len(text) != len(usual) {
		return false
	}
	for i := range len(text) {
		if is, want := text[i], usual[i]; want == '0' && (is < '0' || is > '9') || want != '0' && is != want {
			return false
		}
	}
	return true
}

// parseMoment returns the time of a date, a time of day and an offset.
func (r *reader) parseMoment(
	year, month, day, hour, minute, second, fraction, half, offset string,
) (time.Time, string) {
	h := digits(hour)
	if half != "" {
		if h < 1 || h > 12 {
			return time.Time{}, noSuchTime
		}
		h %= 12
		if half == "下午" || half == "PM" {
			h += 12
		}
	}
	nanos := digits((fraction + "000000000")[:9])
	zone := r.zone
	switch {
	case offset == "":
	case offset[0] == '+' || offset[0] == '-':
		both := strings.ReplaceAll(offset[1:], ":", "") + "00"
		hours, minutes := digits(both[:2]), digits(both[2:4])
		if hours > 23 || minutes > 59 { // as in RFC 3339
			return time.Time{}, noSuchTime
		}
		seconds := hours*3600 + minutes*60
		if offset[0] == '-' {
			seconds = -seconds
		}
		zone = time.FixedZone(offset, seconds)
	default:
		zone = time.UTC
	}
	if hour == "" && offset == "" {
		return firstMoment(digits(year), digits(month), digits(day), zone)
	}
	return wall(digits(year), digits(month), digits(day), h, digits(minute), digits(second), nanos, zone)
}

// digits returns the value of a few digits, and 0 for "".
func digits(s string) int {
	n, _ := strconv.Atoi(s) // only digits, or ""
	return n
}

// wall returns the first moment at which the clocks of a zone show a time.
func wall(year, month, day, hour, minute, second, nanos int, zone *time.Location) (time.Time, string) {
	t := time.Date(year, time.Month(month), day, hour, minute, second, nanos, zone)
	// After clocks are set back, a time occurs twice: the first has the previous offset.
	_, before := t.Add(-24 * time.Hour).Zone()
	if first := time.Date(year, time.Month(month), day, hour, minute, second, nanos,
		time.FixedZone("", before)).In(zone); first.Before(t) && shows(first, t) {
		t = first
	}
	if t.Year() != year || int(t.Month()) != month || t.Day() != day || t.Hour() != hour || t.Minute() != minute ||
		t.Second() != second {
		if year >= 1 && month >= 1 && month <= 12 && hour < 24 && minute < 60 && second < 60 && day >= 1 &&
			day <= daysIn(year, month) {
			return time.Time{}, fmt.Sprintf("%s 的时钟跳过了这个时间 / clocks in %s skip this time", zone, zone)
		}
		return time.Time{}, noSuchTime
	}
	return t.UTC(), ""
}

// firstMoment returns the first moment of a day in a zone, even if clocks skip midnight.
func firstMoment(year, month, date int, zone *time.Location) (time.Time, string) {
	if year < 1 || month < 1 || month > 12 || date < 1 || date > daysIn(year, month) {
		return time.Time{}, noSuchTime
	}
	d := civil.Of(time.Date(year, time.Month(month), date, 0, 0, 0, 0, time.UTC), time.UTC)
	if first := d.Start(zone); civil.Of(first, zone) == d {
		return first.UTC(), ""
	}
	return time.Time{}, fmt.Sprintf("%s 的时钟跳过了这一天 / clocks in %s skip this day", zone, zone)
}

func daysIn(year, month int) int {
	return time.Date(year, time.Month(month)+1, 0, 0, 0, 0, 0, time.UTC).Day()
}

// shows reports whether clocks show the same time at two moments.
func shows(a, b time.Time) bool {
	const form = "2006-01-02T15:04:05.999999999"
	return a.Format(form) == b.Format(form)
}

// fromSerial returns the time of a date cell of a workbook: to the second, or to the microsecond if the number is that
// precise.
func (r *reader) fromSerial(text string) (time.Time, string) {
	days, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return time.Time{}, badMoment
	}
	day, part := math.Modf(days)
	t, err := excelize.ExcelDateToTime(day, r.date1904)
	if err != nil {
		return time.Time{}, badMoment
	}
	beyond := time.Duration(math.Round(part*24*60*60*1e6)) * time.Microsecond
	_, decimals, _ := strings.Cut(text, ".")
	if whole := beyond.Round(time.Second); len(decimals) < download.ExactDecimals ||
		(beyond-whole).Abs() <= download.NearSecond {
		beyond = whole
	}
	t = t.Add(beyond)
	return wall(t.Year(), int(t.Month()), t.Day(), t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), r.zone)
}
