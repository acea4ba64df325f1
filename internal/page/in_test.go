package page_test

import (
	"fmt"
	"slices"
	"strconv"
	"testing"
	"time"

	entsql "entgo.io/ent/dialect/sql"

	"deputy/ent"
	"deputy/ent/throttle"
	"deputy/internal/page"
	"deputy/internal/store"
	"deputy/internal/store/storetest"
)

func fill(t testing.TB, s *store.Store, ids []string) {
	t.Helper()
	for chunk := range slices.Chunk(ids, 1000) {
		rows := make([]*ent.ThrottleCreate, len(chunk))
		for i, id := range chunk {
			rows[i] = s.Client.Throttle.Create().SetID(id).SetEndsAt(time.Unix(0, 0))
		}
		if err := s.Client.Throttle.CreateBulk(rows...).Exec(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
}

func numbered(n int) []string {
	ids := make([]string, n)
	for i := range ids {
		ids[i] = "id_" + strconv.Itoa(100_000+i)
	}
	return ids
}

func within(values []string) func(*entsql.Selector) {
	return func(s *entsql.Selector) { s.Where(page.In(s.C(throttle.FieldID), values)) }
}

func TestIn(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		odd := []string{`a"b`, `c'd`, `e,f`, `{g}`, `h\i`, "null", "NULL", "机构 🏢", "1", "1.0", "[]", "", " "}
		stored := slices.DeleteFunc(slices.Clone(odd), func(id string) bool { return id == "" })
		fill(t, s, append(numbered(50), stored...))
		for _, c := range []struct{ ask, want []string }{
			{nil, nil},
			{[]string{}, nil},
			{[]string{"id_100007"}, []string{"id_100007"}},
			{[]string{"id_100007", "nobody", "id_100003", "id_100007"}, []string{"id_100003", "id_100007"}},
			{[]string{"nobody"}, nil},
			{odd, slices.Sorted(slices.Values(stored))},
			{numbered(5000), numbered(50)},
		} {
			got, err := s.Client.Throttle.Query().Where(within(c.ask)).IDs(t.Context())
			slices.Sort(got)
			if err != nil || !slices.Equal(got, c.want) {
				t.Errorf("%d values: %q, %v; want %q", len(c.ask), got, err, c.want)
			}
			others, err := s.Client.Throttle.Query().Where(func(s *entsql.Selector) {
				s.Where(entsql.And(entsql.Not(page.In(s.C(throttle.FieldID), c.ask)), entsql.GTE(s.C(throttle.FieldCount), 0)))
			}).Count(t.Context())
			if err != nil || others != 50+len(stored)-len(c.want) {
				t.Errorf("not %d values: %d, %v", len(c.ask), others, err)
			}
		}
	})
}

// TestInHasThreeTexts asks for ever more values, on two columns at once.
func TestInHasThreeTexts(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		texts := map[string]bool{}
		ctx := store.Watch(t.Context(), func(text string) { texts[text] = true })
		for n := range 60 {
			if _, err := s.Client.Throttle.Query().Where(within(numbered(n)), throttle.CountGTE(n),
				within(numbered(2*n+2))).All(ctx); err != nil {
				t.Fatal(err)
			}
		}
		if len(texts) != 3 { // one of them for no value, and one for a single value
			t.Errorf("%d texts", len(texts))
		}
	})
}

// BenchmarkIn compares it with Ent's predicate, for lists of lengths that vary, as they do, and of one length.
func BenchmarkIn(b *testing.B) {
	for _, d := range storetest.Dialects() {
		s := storetest.Open(b, d)
		s.DB().SetMaxOpenConns(1)
		all := numbered(20_000)
		fill(b, s, all)
		if _, err := s.DB().ExecContext(b.Context(), "ANALYZE"); err != nil {
			b.Fatal(err)
		}
		for _, most := range []int{1, 20, 400, 2000} {
			for _, varying := range []bool{false, true} {
				for name, predicate := range map[string]func([]string) func(*entsql.Selector){
					"page": within,
					"ent":  func(values []string) func(*entsql.Selector) { return throttle.IDIn(values...) },
				} {
					b.Run(fmt.Sprintf("%s/%d/varying=%v/%s", storetest.Name(d), most, varying, name), func(b *testing.B) {
						for i := 0; b.Loop(); i++ {
							n := most
							if varying {
								n = most/2 + i*7919%(most/2+1) + 1
							}
							start := i * 31 % (len(all) - n)
							got, err := s.Client.Throttle.Query().Where(predicate(all[start : start+n])).IDs(b.Context())
							if err != nil || len(got) != n {
								b.Fatal(len(got), err)
							}
						}
					})
				}
			}
		}
	}
}
