package page

import (
	"encoding/binary"
	"errors"
	"strings"
	"time"

	"deputy/internal/seal"
)

// Signer makes and reads cursors. A cursor contains the place of a row in one list and one order, signed with a keyed
// hash: an edited cursor, or one of another list or order, is refused.
type Signer struct{ sealer *seal.Sealer }

// NewSigner returns the signer of a secret. Servers that share a secret read one another's cursors.
func NewSigner(secret []byte) *Signer { return &Signer{seal.New(secret, "deputy cursor", macLen)} }

// place is the position of a row in a list: the value that the list is sorted by, and the id that breaks ties.
type place struct {
	value any // string, []byte, int64 or time.Time
	id    string
}

const (
	macLen    = 12
	isText    = 't'
	isKey     = 'k'
	isNumber  = 'n'
	isMoment  = 'm'
	numberLen = 8
)

var errCursor = errors.New("cursor can't be read")

// encode writes a cursor: hash, kind of value, length of id, id, value.
func (s *Signer) encode(list string, p place) string {
	body := make([]byte, 0, 64)
	var value []byte
	switch v := p.value.(type) {
	case time.Time:
		body, value = append(body, isMoment), binary.BigEndian.AppendUint64(nil, uint64(v.UnixMicro()))
	case int64:
		body, value = append(body, isNumber), binary.BigEndian.AppendUint64(nil, uint64(v)) //nolint:gosec // two's complement both ways
	case string:
		body, value = append(body, isText), []byte(v)
	case []byte:
		body, value = append(body, isKey), v
	}
	body = append(body, byte(len(p.id))) //nolint:gosec // ids are shorter than 256 bytes
	body = append(append(body, p.id...), value...)
	return s.sealer.Seal(list+"\x00", body)
}

// decode reads a cursor of the list.
func (s *Signer) decode(list, cursor string) (place, error) {
	body, ok := s.sealer.Open(list+"\x00", cursor)
	if !ok || len(body) < 2 {
		return place{}, errCursor
	}
	kind, idEnd := body[0], 2+int(body[1])
	if idEnd > len(body) {
		return place{}, errCursor
	}
	p, value := place{id: string(body[2:idEnd])}, body[idEnd:]
	switch kind {
	case isText:
		p.value = string(value)
		return p, nil
	case isKey:
		p.value = value
		return p, nil
	}
	if len(value) != numberLen {
		return place{}, errCursor
	}
	number := int64(binary.BigEndian.Uint64(value)) //nolint:gosec // two's complement both ways
	p.value = number
	if kind == isMoment {
		p.value = time.UnixMicro(number).UTC()
	}
	return p, nil
}

// listName returns the context that a cursor is bound to: a field, its parent's id, and the order.
func listName(field, parent string, order Order) string {
	return strings.Join([]string{field, parent, order.Name()}, "\x00")
}
