package model_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"deputy/graph/model"
)

func TestTimesAreWrittenAsTheirFormSays(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		zone := time.FixedZone("", rapid.IntRange(-14*3600, 14*3600).Draw(t, "zone"))
		at := time.Unix(rapid.Int64Range(-100_000_000_000, 300_000_000_000).Draw(t, "second"),
			rapid.Int64Range(0, 999_999_999).Draw(t, "nanosecond")).In(zone)
		if got, want := string(model.AppendTime(nil, at)), at.UTC().Format(`"2006-01-02T15:04:05.000000Z"`); got != want {
			t.Fatalf("%s, want %s", got, want)
		}
	})
}

// TestATimeIsReadToTheLetterOfItsStandard, RFC 3339: what is no such moment is refused, never moved.
func TestATimeIsReadToTheLetterOfItsStandard(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"2026-02-28T10:00:00Z": "2026-02-28T10:00:00Z", "2026-02-28t10:00:00z": "2026-02-28T10:00:00Z",
		"2026-02-28T10:00:00+08:00":    "2026-02-28T02:00:00Z",
		"2026-02-28T10:00:00.1234567Z": "2026-02-28T10:00:00.123456Z", "2026-02-28T00:30:00-00:00": "2026-02-28T00:30:00Z",
		"2026-02-28T1:00:00Z": "", "2026-02-28T10:00:00,5Z": "", "2026-02-28T10:00:00": "", "2026-02-28 10:00:00Z": "",
		"2026-02-28T10:00Z":        "",
		"2026-02-28T10:00:00+0800": "", "2026-02-28T10:00:00+24:00": "", "2026-02-28T24:00:00Z": "",
		"2026-02-30T10:00:00Z": "", "2026-02-28T10:00:60Z": "",
		"2026-02-28T10:00:00Z ": "", "0000-01-01T00:00:00Z": "", "0001-01-01T00:00:00+01:00": "",
		"9999-12-31T23:59:59-01:00": "", "": "",
	} {
		got, err := model.UnmarshalTime(text)
		if want == "" {
			if err == nil {
				t.Errorf("%q is read as %s", text, got)
			}
			continue
		}
		if err != nil || got.Format(time.RFC3339Nano) != want {
			t.Errorf("%q: %s, %v; want %s", text, got.Format(time.RFC3339Nano), err, want)
		}
	}
}
