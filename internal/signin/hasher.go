package signin

import (
	"context"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"runtime"
	"strings"
	"sync/atomic"

	"golang.org/x/crypto/argon2"
)

// Work are the parameters of argon2id.
type Work struct {
	// KiB is the memory of one hash.
	KiB uint32
	// Passes is the number of passes over it.
	Passes uint32
	// Lanes is the number of threads of one hash.
	Lanes uint8
}

// StandardWork returns parameters above the minimum that OWASP recommends for two passes (19 MiB), and small enough for
// as many hashes as the machine can compute at once: 32 MiB each, for some 50 ms. One lane, since the limit on
// simultaneous hashes already uses the processors.
func StandardWork() Work { return Work{KiB: 32 << 10, Passes: 2, Lanes: 1} }

// The sizes of stored values, in bytes, and the maximum parameters that are accepted from a stored hash.
const (
	saltLen    = 16
	hashLen    = 32
	maxKiB     = 1 << 20
	maxPasses  = 64
	hashFormat = "$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s"
)

// Hasher hashes passwords with argon2id, a limited number at a time. Create it with NewHasher.
type Hasher struct {
	work   Work
	slots  chan struct{}
	random io.Reader
	done   atomic.Uint64
}

// NewHasher returns a Hasher that computes at most atOnce hashes at a time; half the number of processors, but at least
// one, when atOnce is 0. Salts come from random.
func NewHasher(work Work, atOnce int, random io.Reader) *Hasher {
	if atOnce <= 0 {
		atOnce = max(1, runtime.NumCPU()/2)
	}
	return &Hasher{work: work, slots: make(chan struct{}, atOnce), random: random}
}

// Computed returns how many hashes were computed so far, for metrics.
func (h *Hasher) Computed() uint64 { return h.done.Load() }

// Hash returns the hash of the password as a PHC string. It waits for the semaphore until ctx ends.
func (h *Hasher) Hash(ctx context.Context, password string) (string, error) {
	salt := make([]byte, saltLen)
	if _, err := io.ReadFull(h.random, salt); err != nil {
		return "", fmt.Errorf("make salt: %w", err)
	}
	sum, err := h.compute(ctx, password, salt, h.work)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf(hashFormat, argon2.Version, h.work.KiB, h.work.Passes, h.work.Lanes,
		base64.RawStdEncoding.EncodeToString(salt), base64.RawStdEncoding.EncodeToString(sum)), nil
}

// Verify reports whether the password matches the hash. Without a hash (nil) it does the same work and returns false.
// stale reports whether the hash was computed with less work than Hash uses now.
func (h *Hasher) Verify(ctx context.Context, hash *string, password string) (right, stale bool, err error) {
	work, salt, want := h.work, make([]byte, saltLen), make([]byte, hashLen)
	if hash != nil {
		if work, salt, want, err = parse(*hash); err != nil {
			return false, false, err
		}
	}
	sum, err := h.compute(ctx, password, salt, work)
	if err != nil {
		return false, false, err
	}
	right = subtle.ConstantTimeCompare(sum, want) == 1 && hash != nil
	return right, work.KiB < h.work.KiB || work.Passes < h.work.Passes, nil
}

func (h *Hasher) compute(ctx context.Context, password string, salt []byte, w Work) ([]byte, error) {
	select {
	case h.slots <- struct{}{}:
	case <-ctx.Done():
		return nil, fmt.Errorf("wait to hash a password: %w", ctx.Err())
	}
	defer func() { <-h.slots }()
	h.done.Add(1)
	return argon2.IDKey([]byte(password), salt, w.Passes, w.KiB, w.Lanes, hashLen), nil
}

var errHash = errors.New("a kept password hash is not one of argon2id")

// parse parses a PHC string.
func parse(hash string) (w Work, salt, sum []byte, err error) {
	var version int
	parts := strings.Split(hash, "$")
	if len(parts) != 6 || parts[0] != "" || parts[1] != "argon2id" {
		return Work{}, nil, nil, errHash
	}
	if _, err := fmt.Sscanf(parts[2]+" "+parts[3], "v=%d m=%d,t=%d,p=%d", &version, &w.KiB, &w.Passes,
		&w.Lanes); err != nil {
		return Work{}, nil, nil, errHash
	}
	salt, saltErr := base64.RawStdEncoding.DecodeString(parts[4])
	sum, sumErr := base64.RawStdEncoding.DecodeString(parts[5])
	if saltErr != nil || sumErr != nil || version != argon2.Version || len(salt) < 8 || len(sum) != hashLen ||
		w.KiB == 0 || w.KiB > maxKiB || w.Passes == 0 || w.Passes > maxPasses || w.Lanes == 0 {
		return Work{}, nil, nil, errHash
	}
	return w, salt, sum, nil
}
