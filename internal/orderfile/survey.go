package orderfile

import (
	"context"
	"errors"
	"hash/maphash"
	"io"

	"deputy/internal/orderfile/report"
)

// survey is the result of a first pass over a file: the orders with several lines. It takes a few bytes for each
// number.
type survey struct {
	seed maphash.Seed
	// lines are the hashes of the lines by the hashes of the numbers; severalLines for a number with several lines.
	lines map[uint64]uint64
	// count is the number of rows by the hash of the number.
	count map[uint64]uint32
}

// severalLines means more than one line.
const severalLines = 0

func (s *survey) hash(text string) uint64 { return max(1, maphash.String(s.seed, text)) }

// several reports whether an order has several lines.
func (s *survey) several(number string) bool {
	line, there := s.lines[s.hash(number)]
	return there && line == severalLines
}

// rows returns the number of rows with a number.
func (s *survey) rows(number string) int { return int(s.count[s.hash(number)]) }

// surveyed reports whether a file needs a first pass before its rows are imported.
func surveyed(h *heading) bool {
	return h.report != nil && (h.report.Money || h.report.ParentServes || len(h.lines) > 0)
}

// look makes the first pass over a file.
func (s *selling) look(ctx context.Context, from *source) error {
	s.survey = &survey{seed: maphash.MakeSeed(), lines: map[uint64]uint64{}, count: map[uint64]uint32{}}
	for n := 0; ; n++ {
		next, err := from.next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if n%1000 == 0 && err == nil {
			err = ctx.Err()
		}
		if err != nil {
			return err
		}
		if k, _ := s.reader.form(next); k == anObject {
			s.reader.survey(s.survey, next)
		}
	}
}

// survey adds a row to the survey.
func (r *reader) survey(s *survey, in row) {
	h := r.heading
	number := r.text(in, report.Number)
	switch {
	case h.report.ParentServes:
		number = r.text(in, report.Parent)
	case len(h.lines) > 0:
		key, line := s.hash(number), s.hash(r.lineOf(in))
		if before, there := s.lines[key]; !there {
			s.lines[key] = line
		} else if before != line {
			s.lines[key] = severalLines
		}
		return
	}
	if number != "" {
		s.count[s.hash(number)]++
	}
}
