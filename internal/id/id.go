// Package id creates and parses the ids of objects: a kind, an underscore, and 20 characters of Crockford's base 32 (45
// bits of time in milliseconds, 55 random bits). Ids of one kind sort by creation time, and can't be guessed.
package id

import (
	"crypto/rand"
	"encoding/binary"
	"strings"
	"sync"
	"time"
)

const (
	alphabet  = "0123456789abcdefghjkmnpqrstvwxyz"
	bodyLen   = 20
	randBits  = 55
	timeBits  = 45
	charBits  = 5
	kindLen   = 3
	bodyStart = kindLen + 1
	// Len is the length of every id, in bytes.
	Len = bodyStart + bodyLen
)

// maker creates the ids of one process in ascending order, also within a millisecond.
type maker struct {
	mu     sync.Mutex
	millis uint64
	random uint64
}

var process maker

// New returns an id of the kind that sorts after every id that this process created before.
func New(kind Kind) string { return process.next(kind, time.Now()) }

func (m *maker) next(kind Kind, now time.Time) string {
	m.mu.Lock()
	defer m.mu.Unlock()
	millis := uint64(now.UnixMilli()) & (1<<timeBits - 1) // after 1970
	if millis > m.millis {
		m.millis, m.random = millis, random()
	} else {
		// A random increment makes neighbors unpredictable; the range is enough for four million ids per millisecond.
		m.random += 1 + random()>>(randBits-32)
		if m.random >= 1<<randBits {
			m.millis, m.random = m.millis+1, random()
		}
	}
	return string(kind) + "_" + encode(m.millis, m.random)
}

// Of returns the id of the kind that corresponds to an id of another kind. Different ids have different results.
func Of(kind Kind, other string) string { return string(kind) + other[kindLen:] }

func random() uint64 {
	var b [8]byte
	_, _ = rand.Read(b[:]) // never fails (crypto/rand)
	return binary.BigEndian.Uint64(b[:]) >> (64 - randBits)
}

func encode(millis, rnd uint64) string {
	var b [bodyLen]byte
	for i := bodyLen - 1; i >= timeBits/charBits; i-- {
		b[i] = alphabet[rnd&31]
		rnd >>= charBits
	}
	for i := timeBits/charBits - 1; i >= 0; i-- {
		b[i] = alphabet[millis&31]
		millis >>= charBits
	}
	return string(b[:])
}

// KindOf returns the kind of an id, and false for a text that is no id.
func KindOf(s string) (Kind, bool) {
	if len(s) != Len || s[kindLen] != '_' {
		return "", false
	}
	for i := bodyStart; i < Len; i++ {
		if strings.IndexByte(alphabet, s[i]) < 0 {
			return "", false
		}
	}
	kind := Kind(s[:kindLen])
	_, known := kind.Object()
	return kind, known
}

// Is reports whether the text is an id of the kind.
func Is(kind Kind, s string) bool {
	k, ok := KindOf(s)
	return ok && k == kind
}
