package plan_test

import (
	"testing"

	"deputy/internal/plan"
)

func TestKey(t *testing.T) {
	if got := plan.Key("name"); got != `"name":` {
		t.Error(got)
	}
}
