package demo_test

import (
	"io"
	"testing"

	"deputy/internal/demo"
	"deputy/internal/store/storetest"
)

// BenchmarkDemo tells how long the demo agency takes, and a database for load tests.
func BenchmarkDemo(b *testing.B) {
	for _, d := range storetest.Dialects() {
		b.Run(storetest.Name(d)+"/fill", func(b *testing.B) {
			for b.Loop() {
				b.StopTimer()
				s := storetest.Open(b, d)
				b.StartTimer()
				if _, err := filler(s).Fill(b.Context()); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run(storetest.Name(d)+"/load", func(b *testing.B) {
			for b.Loop() {
				b.StopTimer()
				s := storetest.Open(b, d)
				b.StartTimer()
				if err := filler(s).Load(b.Context(), io.Discard, demo.Size{Orgs: 2, Orders: 20_000}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
