package orderfile

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"time"

	"deputy/ent"
	"deputy/internal/audit"
	"deputy/internal/backoffice"
	"deputy/internal/fault"
	"deputy/internal/form"
	"deputy/internal/id"
	"deputy/internal/store"
)

// Import brings a file of orders into an org.
type Import struct {
	Store  *store.Store
	Office *backoffice.Office
	Now    func() time.Time
	// File to read, and OrgID that the orders are of.
	File, OrgID string
	// DryRun changes nothing, and says what would be.
	DryRun bool
	// Out is where the progress and the result are told; a terminal is told as it goes.
	Out *os.File
}

// ErrRefused says that rows were refused; which ones and why is in the file beside.
var ErrRefused = errors.New("some rows were refused")

// errDry rolls a dry run back.
var errDry = errors.New("dry run")

// refusedTo is how the file of the refused rows is named after the file.
const refusedTo = ".refused.csv"

// reason is the heading of the column that says why; it is ignored when the file is given again.
const reason = "拒绝原因 / reason"

// Run imports the file, a thousand rows a transaction. Rows that are refused go into a file beside it, which can be corrected and
// given again. It answers ErrRefused when there are any.
func (i Import) Run(ctx context.Context) error {
	if !id.Is(id.Org, i.OrgID) {
		return errors.New("--org names no org: take the id of one, such as org_…")
	}
	org, err := i.Store.Client.Org.Get(ctx, i.OrgID)
	if ent.IsNotFound(err) {
		return errors.New("--org names no org of this database")
	}
	if err != nil {
		return fmt.Errorf("read org: %w", err)
	}
	file, err := os.Open(i.File)
	if err != nil {
		return fmt.Errorf("open file: %w", err)
	}
	defer file.Close() //nolint:errcheck // it was read
	size, err := file.Stat()
	if err != nil {
		return fmt.Errorf("open file: %w", err)
	}
	lines, separator, err := read(file)
	if err != nil {
		return err
	}
	heading, err := lines.Read()
	if err != nil {
		return errors.New("the file is empty: its first line names the columns")
	}
	rows, err := newReader(heading, org.TimeZone, org.Currency)
	if err != nil {
		return err
	}
	run := &running{Import: i, rows: rows, lines: lines, size: size.Size(), separator: separator, heading: heading, keep: len(heading)}
	if last := heading[len(heading)-1]; strings.TrimSpace(last) == reason {
		run.keep--
	}
	return run.all(ctx)
}

// running is an import on its way.
type running struct {
	Import
	rows      *reader
	lines     *csv.Reader
	size      int64
	separator rune
	heading   []string
	keep      int // columns of a line without the reason

	read, refused int
	done          backoffice.Imported
	out           *csv.Writer
	outFile       *os.File
}

func (r *running) all(ctx context.Context) (err error) {
	defer func() { err = errors.Join(err, r.closeRefused()) }()
	for end := false; !end; {
		var (
			part  []backoffice.OrderRow
			lines [][]string
		)
		for len(part) < backoffice.MaxImport {
			line, err := r.lines.Read()
			if errors.Is(err, io.EOF) {
				end = true
				break
			}
			r.read++
			if err != nil {
				return fmt.Errorf("line %d of the file can't be read: %w", r.read+1, err)
			}
			row, wrong := r.rows.row(line)
			if wrong != "" {
				if err := r.refuse(line, wrong); err != nil {
					return err
				}
				continue
			}
			part, lines = append(part, row), append(lines, line)
		}
		if len(part) > 0 {
			if err := r.bring(ctx, part, lines); err != nil {
				return err
			}
		}
		r.progress()
	}
	return r.result()
}

// bring imports a part, and keeps what was refused of it.
func (r *running) bring(ctx context.Context, part []backoffice.OrderRow, lines [][]string) error {
	var (
		done    backoffice.Imported
		refused fault.Refusals
	)
	act := audit.Act{OrgID: r.OrgID, Operation: "importOrders", At: r.Now()}
	err := r.Store.Write(ctx, func(ctx context.Context, tx *store.Tx) (err error) {
		if done, refused, err = r.Office.ImportOrders(ctx, tx, act, part, form.PerItem); err == nil && r.DryRun {
			err = errDry
		}
		return err
	})
	if all, ok := fault.Refused(err); ok {
		refused, err = all, nil
	}
	if err != nil && !errors.Is(err, errDry) {
		return fmt.Errorf("import orders: %w", err)
	}
	r.done.Created += done.Created
	r.done.Changed += done.Changed
	r.done.Unchanged += done.Unchanged
	for _, f := range refused {
		n, err := strconv.Atoi(f.Field[2])
		if err != nil {
			return fmt.Errorf("read refusal: %w", err)
		}
		if err := r.refuse(lines[n], strings.Join(f.Field[3:], ".")+": "+f.Text(fault.Zh)+" / "+f.Text(fault.En)); err != nil {
			return err
		}
	}
	return nil
}

// refuse writes a line and why it was refused into the file beside.
func (r *running) refuse(line []string, why string) (err error) {
	r.refused++
	if r.out == nil {
		if r.outFile, err = os.Create(r.File + refusedTo); err != nil {
			return fmt.Errorf("write refused rows: %w", err)
		}
		if _, err := r.outFile.Write(mark); err != nil {
			return fmt.Errorf("write refused rows: %w", err)
		}
		r.out = csv.NewWriter(r.outFile)
		r.out.Comma = r.separator
		if err := r.out.Write(append(r.heading[:r.keep:r.keep], reason)); err != nil {
			return fmt.Errorf("write refused rows: %w", err)
		}
	}
	for len(line) < r.keep {
		line = append(line, "")
	}
	if err := r.out.Write(append(line[:r.keep:r.keep], why)); err != nil {
		return fmt.Errorf("write refused rows: %w", err)
	}
	return nil
}

func (r *running) closeRefused() error {
	if r.out == nil {
		return nil
	}
	r.out.Flush()
	return errors.Join(r.out.Error(), r.outFile.Close())
}

// progress draws a bar where somebody watches.
func (r *running) progress() {
	if state, err := r.Out.Stat(); err != nil || state.Mode()&os.ModeCharDevice == 0 {
		return
	}
	const width = 30
	part := float64(r.lines.InputOffset()) / float64(max(r.size, 1))
	filled := min(width, int(part*width))
	_, _ = fmt.Fprintf(r.Out, "\r[%s%s] %3.0f %%  %d rows", strings.Repeat("#", filled), strings.Repeat(".", width-filled), min(part, 1)*100, r.read)
}

func (r *running) result() error {
	would := ""
	if r.DryRun {
		would = "dry run, nothing was changed: "
	}
	_, err := fmt.Fprintf(r.Out, "\n%s%d created, %d changed, %d unchanged, %d refused\n", would, r.done.Created, r.done.Changed, r.done.Unchanged, r.refused)
	if err != nil || r.refused == 0 {
		return err
	}
	return fmt.Errorf("%w: correct them in %s and import that file", ErrRefused, r.File+refusedTo)
}
