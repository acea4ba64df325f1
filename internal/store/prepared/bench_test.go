package prepared

import (
	"database/sql"
	"fmt"
	"testing"
)

// BenchmarkNested runs the nested read with and without the cache, on one connection each.
func BenchmarkNested(b *testing.B) {
	address := fresh(b)
	plain, err := sql.Open("postgres", address)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = plain.Close() })
	for _, c := range []struct {
		name string
		db   *sql.DB
	}{{"plain", plain}, {"prepared", open(b, address, Options{})}} {
		c.db.SetMaxOpenConns(1)
		b.Run(c.name, func(b *testing.B) {
			for i := 0; b.Loop(); i++ {
				rows, err := c.db.QueryContext(b.Context(), nested, fmt.Sprintf("org_%d", i%20+1), 3)
				if err != nil {
					b.Fatal(err)
				}
				var n int
				for rows.Next() {
					n++
				}
				if err := rows.Err(); err != nil || n != 30 {
					b.Fatal(n, err)
				}
			}
		})
	}
}
