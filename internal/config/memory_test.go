package config_test

import (
	"testing"

	"deputy/internal/config"
)

func TestCollectAt(t *testing.T) {
	t.Parallel()
	for inUse, want := range map[uint64]int{0: 300, 1: 300, 12 << 20: 300, 16 << 20: 300, 24 << 20: 200, 25 << 20: 175, 48 << 20: 100, 49 << 20: 100, 1 << 40: 100} {
		if got := config.CollectAt(inUse); got != want {
			t.Errorf("with %d bytes in use: %d, want %d", inUse, got, want)
		}
	}
}
