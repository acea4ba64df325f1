package contact_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"deputy/internal/contact"
)

func parseChinese(s string) (string, error) { return contact.ParsePhone(s, nil) }

func TestParsePhone(t *testing.T) {
	const want = "+8613800000001"
	check(t, parseChinese, []row{
		{"13800000001", want},
		{" 138 0000 0001\t\n", want},
		{"138-0000-0001", want},
		{"138–0000—0001", want},
		{"(138) 0000.0001", want},
		{"（138）00000001", want},
		{"１３８０００００００１", want},
		{"＋８６　１３８０００００００１", want},
		{"+8613800000001", want},
		{"+86 138 0000 0001", want},
		{"8613800000001", want},
		{"0086 13800000001", want},
		{"19912345678", "+8619912345678"},
		{"17012345678", "+8617012345678"},
		{"", ""},
		{" ", ""},
		{"+", ""},
		{"1380000000", ""},
		{"138000000011", ""},
		{"12345678901", ""},
		{"10086", ""},
		{"02112345678", ""},
		{"4001234567", ""},
		{"13800000001 ext 5", ""},
		{"13800000001;ext=5", ""},
		{"13800000001x5", ""},
		{"13800000001#5", ""},
		{"13800000001,13800000002", ""},
		{"tel:+8613800000001", ""},
		{"1-800-FLOWERS", ""},
		{"138+00000001", ""},
		{"++8613800000001", ""},
		{"+٨٦13800000001", ""},
		{"١٣٨٠٠٠٠٠٠٠١", ""},
		{"138\u200b00000001", want},
		{"(+86) 138 0000 0001", want},
		{"（+86）13800000001", want},
		{"\u202d+8613800000001\u202c", want},
		{"\u2068138 0000 0001\u2069", want},
		{"\ufeff13800000001", want},
		{"+86 0138 0000 0001", want},
		{"１３８００００００１１", "+8613800000011"},
		{"１３８００００００００１", ""},
		{"17400000001", "+8617400000001"},
		{"14900000001", "+8614900000001"},
		{"14600000001", ""},
		{"14800000001", ""},
		{"19400000001", ""},
		{"010-62345678", ""},
		{"()13800000001+", ""},
		{"\u202e13800000001", ""},
		{"13800000001\x00", ""},
		{"13800000001\xff", ""},
		{"+85291234567", ""},
		{"+447911123456", ""},
		{"+12025550123", ""},
	})
}

// TestSegmentsAreOfThisYear fails when the segments were not compared with their source for a year.
func TestSegmentsAreOfThisYear(t *testing.T) {
	of, err := time.Parse(time.DateOnly, contact.SegmentsOf)
	if err != nil || time.Since(of) > 366*24*time.Hour {
		t.Errorf("the segments are of %s: compare them with their source", contact.SegmentsOf)
	}
}

// TestADeviceIsToldApart from a number that is none.
func TestADeviceIsToldApart(t *testing.T) {
	for _, number := range []string{"14600000001", "+86 148 0000 0001"} {
		if _, err := parseChinese(number); err == nil || !strings.Contains(err.Error(), "device") {
			t.Errorf("%s: %v", number, err)
		}
	}
}

// Demo data and tests use the numbers from 13800000001 on.
func TestParsePhoneAcceptsDemoNumbers(t *testing.T) {
	for i := range 1_000 {
		bare := fmt.Sprintf("1380000%04d", i)
		if got, err := parseChinese(bare); err != nil || got != "+86"+bare {
			t.Fatalf("%s: got %q, %v", bare, got, err)
		}
	}
}

func TestParsePhoneOfConfiguredCountries(t *testing.T) {
	for _, c := range []struct {
		in        string
		countries []string
		want      string
	}{
		{"+85291234567", []string{"CN", "HK"}, "+85291234567"},
		{"0085291234567", []string{"cn", "hk"}, "+85291234567"},
		{"+12025550123", []string{"US"}, "+12025550123"},
		{"+447911123456", []string{"GB"}, ""},
		{"13800000001", []string{"HK"}, ""},
		{"+85291234567", []string{"CN", "US"}, ""},
		{"91234567", []string{"HK"}, ""},
	} {
		check(t, func(s string) (string, error) { return contact.ParsePhone(s, c.countries) }, []row{{c.in, c.want}})
	}
}

func TestMaskPhone(t *testing.T) {
	for in, want := range map[string]string{
		"+8613800000001": "+86 138****0001",
		"+12025550123":   "+1 202****0123",
		"+85291234567":   "+852 91****67",
		"":               "****",
		"13800000001":    "****",
		"+86":            "****",
		"\x00":           "****",
	} {
		if got := contact.MaskPhone(in); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}

var e164 = regexp.MustCompile(`^\+[1-9][0-9]{6,14}$`)

func FuzzPhone(f *testing.F) {
	for _, s := range []string{
		"13800000001", "+86 138-0000-0001", "＋８６１３８０００００００１", "+1 202 555 0123", "0039 347 1234567",
		"+5491123456789", "+\u202e86",
	} {
		f.Add(s)
	}
	countries := []string{
		"CN", "HK", "MO", "TW", "US", "CA", "IT", "AR", "BR", "MX", "DE", "FR", "JP", "KR", "SG", "GB",
		"GG", "RU", "KZ",
	}
	f.Fuzz(func(t *testing.T, s string) {
		parse := func(s string) (string, error) { return contact.ParsePhone(s, countries) }
		contact.MaskPhone(s)
		got, err := parse(s)
		if err != nil {
			checkRefusal(t, s, got, err)
			return
		}
		if !e164.MatchString(got) {
			t.Errorf("%+q: %q is not E.164", s, got)
		}
		if shown := contact.MaskPhone(got); shown == got || len(shown) < 6 {
			t.Errorf("%+q: masked as %q", got, shown)
		}
		checkCanonical(t, parse, s, got)
	})
}
