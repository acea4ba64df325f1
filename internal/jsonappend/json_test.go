package jsonappend_test

import (
	"testing"

	"deputy/internal/jsonappend"
)

func TestKey(t *testing.T) {
	if got := jsonappend.Key("name"); got != `"name":` {
		t.Error(got)
	}
}
