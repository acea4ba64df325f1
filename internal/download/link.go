// Package download has files that are generated while they are read: the signed links to them, and the formats of their
// rows.
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
	// Lifetime is how long a link is valid.
	Lifetime = 10 * time.Minute
	// TicketLifetime is how long an unused ticket is valid.
	TicketLifetime = time.Minute
)

// grain is the tolerated difference between the clocks of two servers. A link that expires later than a new one, plus
// grain, was created while the clock was ahead.
const grain = 5 * time.Second

// Link identifies a file and its viewer. A client needs the session of the account as well, unless the link has a
// ticket, and the account needs the grant at that time.
type Link struct {
	// Kind of the rows, such as orders.
	Kind string `json:"k"`
	// OrgID of the rows, and AccountID of the account or app that requested them.
	OrgID     string `json:"o"`
	AccountID string `json:"a"`
	// Format is CSV, XLSX or JSONL.
	Format string `json:"f"`
	// Minor reports whether the amounts of a spreadsheet are in the smallest unit.
	Minor bool `json:"m,omitempty"`
	// Lang is the language of headings and values.
	Lang fault.Lang `json:"l,omitempty"`
	// Filter is the argument of the mutation.
	Filter json.RawMessage `json:"q,omitempty"`
	// Expires is when the link expires.
	Expires time.Time `json:"e"`
	// Ticket replaces the session; nil in a link that requires one.
	Ticket *Ticket `json:"t,omitempty"`
}

// Ticket replaces the session of the request for the link, once and for a short time: a browser that follows a link
// sends no bearer token.
type Ticket struct {
	SessionID string `json:"s"`
	// Nonce makes the ticket unique.
	Nonce string `json:"n"`
}

// WithTicket returns the link with a ticket of the session, issued now.
func (l Link) WithTicket(sessionID string, now time.Time) Link {
	l.Ticket, l.Expires = &Ticket{sessionID, rand.Text()}, now.Add(TicketLifetime)
	return l
}

// lifetime returns how long such a link is valid.
func (l Link) lifetime() time.Duration {
	if l.Ticket != nil {
		return TicketLifetime
	}
	return Lifetime
}

// Signer signs and verifies links.
type Signer struct{ sealer *seal.Sealer }

// NewSigner returns a signer with the secret. Servers with the same secret accept each other's links.
func NewSigner(secret []byte) *Signer {
	return &Signer{seal.New(secret, "deputy download", sha256.Size)}
}

// ErrLink is returned for a text that is not a valid link: it was never signed, or has expired.
var ErrLink = errors.New("no such download")

// Sign encodes a link as a text for a path.
func (s *Signer) Sign(l Link) (string, error) {
	body, err := json.Marshal(l)
	if err != nil {
		return "", fmt.Errorf("write link: %w", err)
	}
	return s.sealer.Seal("", body), nil
}

// Read returns the link of the text if it is valid at the time, or else ErrLink.
func (s *Signer) Read(text string, now time.Time) (Link, error) {
	body, ok := s.sealer.Open("", text)
	var l Link
	if !ok || json.Unmarshal(body, &l) != nil || !now.Before(l.Expires) || l.Expires.After(now.Add(l.lifetime()+grain)) {
		return Link{}, ErrLink
	}
	return l, nil
}

// maxRecorded is the maximum length of a filter that is recorded as it is, in bytes.
const maxRecorded = 8_000

// Recorded returns a filter for the audit event, nil for none: as given, with invisible characters escaped as in JSON,
// or, if it is too long, its SHA-256 and its length.
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
