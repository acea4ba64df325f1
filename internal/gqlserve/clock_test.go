package gqlserve_test

import "time"

// clock is a clock that stands still until it is moved.
type clock struct{ now time.Time }

func newClock() *clock { return &clock{time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC)} }

// Now returns its time.
func (c *clock) Now() time.Time { return c.now }

// Add moves it on.
func (c *clock) Add(d time.Duration) { c.now = c.now.Add(d) }
