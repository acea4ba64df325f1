// Package download is files that are made while they are read: the signed links to them, and how their rows are
// written.
package download

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf16"

	"deputy/internal/contact"
	"deputy/internal/fault"
	"deputy/internal/seal"
)

const (
	// Lifetime is how long a link works.
	Lifetime = 10 * time.Minute
	// TicketLifetime is how long a ticket works, if it is not used.
	TicketLifetime = time.Minute
)

// grain is what the clocks of two servers may differ by. A link that ends later than one that is made now was made
// while the clock was ahead.
const grain = 5 * time.Second

// Link says which file, and for whom. Whoever holds it needs the account's session as well, unless it is a ticket, and
// the account needs the permission at the time.
type Link struct {
	// Kind of the rows, such as orders.
	Kind string `json:"k"`
	// OrgID whose rows they are, and AccountID who asked for them.
	OrgID     string `json:"o"`
	AccountID string `json:"a"`
	// Format is CSV, XLSX or JSONL.
	Format string `json:"f"`
	// Minor says that the amounts of a sheet are in the smallest unit.
	Minor bool `json:"m,omitempty"`
	// Lang is the language of what the file says to people.
	Lang fault.Lang `json:"l,omitempty"`
	// Filter as the mutation was given it.
	Filter json.RawMessage `json:"q,omitempty"`
	// Expires is when the link stops working.
	Expires time.Time `json:"e"`
	// Ticket stands for the session; nil in a link that takes one.
	Ticket *Ticket `json:"t,omitempty"`
}

// Ticket makes a link stand for the session that asked for it, once and not for long: a browser that follows a link has
// no bearer token.
type Ticket struct {
	SessionID string `json:"s"`
	// Nonce tells tickets apart.
	Nonce string `json:"n"`
}

// WithTicket returns the link with a ticket of the session, made at the time.
func (l Link) WithTicket(sessionID string, now time.Time) Link {
	l.Ticket, l.Expires = &Ticket{sessionID, rand.Text()}, now.Add(TicketLifetime)
	return l
}

// lifetime is how long such a link works.
func (l Link) lifetime() time.Duration {
	if l.Ticket != nil {
		return TicketLifetime
	}
	return Lifetime
}

// Signer makes and reads links.
type Signer struct{ sealer *seal.Sealer }

// NewSigner returns the signer of a secret. Servers that share a secret read one another's links.
func NewSigner(secret []byte) *Signer {
	return &Signer{seal.New(secret, "deputy download", sha256.Size)}
}

// ErrLink says that a text is no link that works: it was never signed, or its time is over.
var ErrLink = errors.New("no such download")

// Sign writes a link as a text that fits into a path.
func (s *Signer) Sign(l Link) (string, error) {
	body, err := json.Marshal(l)
	if err != nil {
		return "", fmt.Errorf("write link: %w", err)
	}
	return s.sealer.Seal("", body), nil
}

// Read returns the link that the text stands for, at a time, or ErrLink.
func (s *Signer) Read(text string, now time.Time) (Link, error) {
	body, ok := s.sealer.Open("", text)
	var l Link
	if !ok || json.Unmarshal(body, &l) != nil || !now.Before(l.Expires) || l.Expires.After(now.Add(l.lifetime()+grain)) {
		return Link{}, ErrLink
	}
	return l, nil
}

// maxRecorded is how long a filter may be that is put on record as it is, in bytes.
const maxRecorded = 8_000

// Recorded returns a filter for the record, nil for none: as it was given, with what can't be seen written as JSON
// escapes it, or where it is too long its SHA-256 and its length.
func Recorded(filter json.RawMessage) *string {
	text := string(filter)
	switch {
	case text == "" || text == "null" || text == "{}":
		return nil
	case len(text) > maxRecorded:
		return new(fmt.Sprintf("SHA-256 %x of %d bytes", sha256.Sum256(filter), len(filter)))
	}
	var b strings.Builder
	for _, r := range text {
		switch {
		case contact.Visible(r):
			b.WriteRune(r)
		case r > 0xFFFF:
			high, low := utf16.EncodeRune(r)
			_, _ = fmt.Fprintf(&b, `\u%04x\u%04x`, high, low)
		default:
			_, _ = fmt.Fprintf(&b, `\u%04x`, r)
		}
	}
	return new(b.String())
}
