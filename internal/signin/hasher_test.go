package signin_test

import (
	"context"
	"crypto/rand"
	"errors"
	"strings"
	"testing"

	"deputy/internal/signin"
)

// light is little work, for tests that are not about it.
var light = signin.Work{KiB: 64, Passes: 1, Lanes: 1}

func TestHash(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	h := signin.NewHasher(signin.StandardWork(), 1, rand.Reader)
	hash, err := h.Hash(ctx, "correct horse")
	must(t, err)
	if !strings.HasPrefix(hash, "$argon2id$v=19$m=32768,t=2,p=1$") {
		t.Fatal(hash)
	}
	again, err := h.Hash(ctx, "correct horse")
	must(t, err)
	if again == hash {
		t.Fatal("no salt")
	}
	for password, want := range map[string]bool{"correct horse": true, "correct horsf": false, "": false} {
		if right, stale, err := h.Verify(ctx, &hash, password); right != want || stale || err != nil {
			t.Fatalf("%q: right %v, stale %v, %v", password, right, stale, err)
		}
	}
	if h.Computed() != 5 {
		t.Fatalf("computed %d", h.Computed())
	}
	if right, _, err := h.Verify(ctx, nil, ""); right || err != nil || h.Computed() != 6 {
		t.Fatalf("no hash: %v, %v, computed %d", right, err, h.Computed())
	}
	weak, err := signin.NewHasher(light, 1, rand.Reader).Hash(ctx, "correct horse")
	must(t, err)
	if right, stale, err := h.Verify(ctx, &weak, "correct horse"); !right || !stale || err != nil {
		t.Fatalf("weak: right %v, stale %v, %v", right, stale, err)
	}
}

// The hash of the argon2 reference implementation: argon2 somesalt -id -t 2 -m 16 -p 1 -l 32, for "password".
func TestHashOfReference(t *testing.T) {
	t.Parallel()
	h := signin.NewHasher(light, 1, rand.Reader)
	hash := "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc"
	if right, stale, err := h.Verify(t.Context(), &hash, "password"); !right || stale || err != nil {
		t.Fatalf("right %v, stale %v, %v", right, stale, err)
	}
}

func TestHashThatIsNone(t *testing.T) {
	t.Parallel()
	h := signin.NewHasher(light, 1, rand.Reader)
	sum := "$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc"
	for _, hash := range []string{
		"", "x", "$argon2i$v=19$m=64,t=1,p=1" + sum, "$argon2id$v=16$m=64,t=1,p=1" + sum, "$argon2id$v=19$m=0,t=1,p=1" + sum,
		"$argon2id$v=19$m=64,t=0,p=1" + sum, "$argon2id$v=19$m=64,t=1,p=0" + sum, "$argon2id$v=19$m=4294967295,t=1,p=1" + sum,
		"$argon2id$v=19$m=64,t=1,p=1$c29tZXNhbHQ$", "$argon2id$v=19$m=64,t=1,p=1$!$!",
	} {
		if right, _, err := h.Verify(t.Context(), &hash, "password"); right || err == nil ||
			strings.Contains(err.Error(), "c29t") {
			t.Errorf("%q: right %v, %v", hash, right, err)
		}
	}
	if h.Computed() != 0 {
		t.Fatalf("computed %d", h.Computed())
	}
}

// Nobody waits for a place longer than the request lives.
func TestHashWaitsForAPlace(t *testing.T) {
	t.Parallel()
	h := signin.NewHasher(signin.Work{KiB: 64 << 10, Passes: 16, Lanes: 1}, 1, rand.Reader)
	ctx, cancel := context.WithCancel(t.Context())
	busy := make(chan error)
	go func() {
		_, _, err := h.Verify(t.Context(), nil, "long")
		busy <- err
	}()
	for h.Computed() == 0 { // until the only place is taken
		select {
		case err := <-busy:
			t.Fatalf("the long one ended first: %v", err)
		default:
		}
	}
	cancel()
	if _, _, err := h.Verify(ctx, nil, "short"); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	if h.Computed() != 1 {
		t.Fatalf("computed %d", h.Computed())
	}
	must(t, <-busy)
}
