package main

import (
	"database/sql"
	"encoding/json"
	"io"
	"strconv"
	"sync"
	"time"

	"deputy/internal/civil"
)

// writer puts JSON together. It is used again and again.
type writer struct{ in, out []byte }

var writers = sync.Pool{New: func() any { return &writer{out: make([]byte, 0, 64<<10)} }}

// read empties the writer, and reads a body.
func (w *writer) read(body io.Reader) ([]byte, error) {
	w.in, w.out = w.in[:0], w.out[:0]
	for {
		if len(w.in) == cap(w.in) {
			w.in = append(w.in, 0)[:len(w.in)]
		}
		n, err := body.Read(w.in[len(w.in):cap(w.in)])
		w.in = w.in[:len(w.in)+n]
		if err == io.EOF {
			return w.in, nil
		}
		if err != nil {
			return nil, err
		}
	}
}

func (w *writer) raw(s string) { w.out = append(w.out, s...) }

// comma separates the elements of a list.
func (w *writer) comma(i int) {
	if i > 0 {
		w.out = append(w.out, ',')
	}
}

// text writes a key, given with its punctuation, and a string.
func (w *writer) text(key, s string) {
	w.raw(key)
	for i := range len(s) {
		if s[i] < ' ' || s[i] == '"' || s[i] == '\\' {
			quoted, _ := json.Marshal(s) //nolint:errchkjson // a string can be written
			w.out = append(w.out, quoted...)
			return
		}
	}
	w.out = append(w.out, '"')
	w.raw(s)
	w.out = append(w.out, '"')
}

func (w *writer) nullText(key string, s sql.NullString) {
	if !s.Valid {
		w.raw(key)
		w.raw("null")
		return
	}
	w.text(key, s.String)
}

func (w *writer) number(key string, n int64) {
	w.raw(key)
	w.out = strconv.AppendInt(w.out, n, 10)
}

func (w *writer) boolean(key string, b bool) {
	w.raw(key)
	w.out = strconv.AppendBool(w.out, b)
}

func (w *writer) moment(key string, t time.Time) {
	w.raw(key)
	w.out = t.UTC().AppendFormat(w.out, `"2006-01-02T15:04:05.000000Z"`)
}

func (w *writer) nullMoment(key string, t sql.NullTime) {
	if !t.Valid {
		w.raw(key)
		w.raw("null")
		return
	}
	w.moment(key, t.Time)
}

func (w *writer) nullDate(key string, d sql.NullInt32) {
	if !d.Valid {
		w.raw(key)
		w.raw("null")
		return
	}
	w.text(key, civil.Day(d.Int32).String())
}

func (w *writer) optional(key string, s *string) {
	if s == nil {
		w.raw(key)
		w.raw("null")
		return
	}
	w.text(key, *s)
}
