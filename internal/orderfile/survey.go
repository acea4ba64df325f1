package orderfile

import (
	"context"
	"errors"
	"hash/maphash"
	"io"

	"deputy/internal/orderfile/report"
)

// survey is what a first reading of a file tells of its numbers: which orders have several lines. It keeps a few bytes
// a number.
type survey struct {
	seed maphash.Seed
	// lines are the lines of numbers; those of a number that has several are severalLines.
	lines map[uint64]uint64
	// count is how many rows a number has.
	count map[uint64]uint32
}

// severalLines stands for more than one line.
const severalLines = 0

func (s *survey) hash(text string) uint64 { return max(1, maphash.String(s.seed, text)) }

// several reports whether an order has several lines.
func (s *survey) several(number string) bool {
	line, there := s.lines[s.hash(number)]
	return there && line == severalLines
}

// rows returns how many rows a number has.
func (s *survey) rows(number string) int { return int(s.count[s.hash(number)]) }

// surveyed reports whether the rows of a file have to be known before the first of them is read.
func surveyed(h *heading) bool {
	return h.report != nil && (h.report.Money || h.report.ParentServes || len(h.lines) > 0)
}

// look reads a file once.
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

// survey counts a row.
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
