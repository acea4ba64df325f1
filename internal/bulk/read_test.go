package bulk_test

import (
	"errors"
	"slices"
	"testing"

	"deputy/internal/bulk"
	"deputy/internal/store/storetest"
)

func TestRowsAreReadToTheLast(t *testing.T) {
	t.Parallel()
	db := storetest.Open(t, "sqlite3").DB()
	const numbers = "SELECT value FROM json_each($1)"
	all, err := bulk.Collect[int](t.Context(), db, numbers, "[3, 1, 2]")
	if err != nil || !slices.Equal(all, []int{3, 1, 2}) {
		t.Errorf("%v, %v", all, err)
	}
	if none, err := bulk.Collect[int](t.Context(), db, numbers, "[]"); err != nil || len(none) > 0 {
		t.Errorf("%v, %v", none, err)
	}
	if text, found, err := bulk.One[string](t.Context(), db, numbers, `["a"]`); err != nil || !found || text != "a" {
		t.Errorf("%q, %v, %v", text, found, err)
	}
	if _, found, err := bulk.One[string](t.Context(), db, numbers, "[]"); err != nil || found {
		t.Errorf("found nothing: %v, %v", found, err)
	}
	if _, err := bulk.Collect[int](t.Context(), db, numbers, `[1, "x"]`); err == nil {
		t.Error("a text was read as a number")
	}
	if _, err := bulk.Collect[int](t.Context(), db, "SELECT nothing"); err == nil {
		t.Error("a wrong query has rows")
	}
	read, enough := 0, errors.New("enough")
	err = bulk.Each(t.Context(), db, numbers, []any{"[1, 2, 3]"}, func(bulk.Scan) error {
		if read++; read == 2 {
			return enough
		}
		return nil
	})
	if !errors.Is(err, enough) || read != 2 {
		t.Errorf("%d rows, %v", read, err)
	}
}
