// Package seal makes texts that whoever holds them can neither read otherwise than they were meant nor change: cursors
// and links. They are not secret.
package seal

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
)

// Derive returns the key of a use of the secret. Who knows it knows nothing of the secret, and of no other use.
func Derive(secret []byte, use string) []byte {
	mac := hmac.New(sha256.New, secret)
	mac.Write([]byte(use))
	return mac.Sum(nil)
}

// Sealer seals texts of one use, and opens them. Servers that share a secret open one another's.
type Sealer struct {
	key  []byte
	size int
}

// New returns the sealer of a use of the secret, whose texts hold so many bytes of the keyed hash, at most 32.
func New(secret []byte, use string, size int) *Sealer { return &Sealer{Derive(secret, use), size} }

// Seal writes the body as a text that fits into a path. It opens in its place alone.
func (s *Sealer) Seal(place string, body []byte) string {
	return base64.RawURLEncoding.EncodeToString(append(s.mac(place, body), body...))
}

// Open returns the body of a text that was sealed for the place, and false for any other text. A body has one text:
// decoding alone passes over line breaks and loose bits.
func (s *Sealer) Open(place, text string) (body []byte, ok bool) {
	raw, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil || len(raw) < s.size || base64.RawURLEncoding.EncodeToString(raw) != text {
		return nil, false
	}
	body = raw[s.size:]
	return body, hmac.Equal(raw[:s.size], s.mac(place, body))
}

func (s *Sealer) mac(place string, body []byte) []byte {
	mac := hmac.New(sha256.New, s.key)
	mac.Write([]byte(place))
	mac.Write(body)
	return mac.Sum(nil)[:s.size]
}
