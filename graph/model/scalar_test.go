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
		at := time.Unix(rapid.Int64Range(-100_000_000_000, 300_000_000_000).Draw(t, "second"), rapid.Int64Range(0, 999_999_999).Draw(t, "nanosecond")).In(zone)
		if got, want := string(model.AppendTime(nil, at)), at.UTC().Format(`"2006-01-02T15:04:05.000000Z"`); got != want {
			t.Fatalf("%s, want %s", got, want)
		}
	})
}
