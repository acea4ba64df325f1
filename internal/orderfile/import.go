// Package orderfile brings orders and creators in from files as people have them: CSV of whichever separator and
// encoding, text that a spreadsheet wrote, and workbooks, with Chinese or English headings in whichever order. A line is
// one of them, or is refused as a whole with its number.
package orderfile

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"

	"deputy/ent"
	"deputy/internal/audit"
	"deputy/internal/backoffice"
	"deputy/internal/download"
	"deputy/internal/fault"
	"deputy/internal/form"
	"deputy/internal/id"
	"deputy/internal/store"
)

// Import brings a file of orders, or of creators, into an org.
type Import struct {
	// Rows says what the file holds; orders when it is empty.
	Rows   Rows
	Store  *store.Store
	Office *backoffice.Office
	Now    func() time.Time
	// File to read, and OrgID that its rows are of.
	File, OrgID string
	// Encoding of the file; when empty, the one in which the whole file has the fewest faults.
	Encoding string
	// Map names columns of the file, such as 支付金额=金额(元).
	Map []string
	// By is who runs the import, as far as that is known; the record tells.
	By string
	// DryRun changes nothing, and says what would be.
	DryRun bool
	// Out is where the progress and the result are told; a terminal is told as it goes.
	Out *os.File
}

var (
	// ErrRefused says that rows were refused; which ones and why is in the file beside.
	ErrRefused = errors.New("some rows were refused")
	// ErrNoRows says that a file has a heading, and nothing below it.
	ErrNoRows = errors.New("the file has no rows: nothing was imported")
	// errDry rolls a dry run back.
	errDry = errors.New("dry run")
)

// refusedTo is how the file of the refused rows is named after the file.
const refusedTo = ".refused.csv"

// shownRefusals is how many refused rows are told one by one.
const shownRefusals = 20

// Run imports the file, a thousand rows a transaction. Rows that are refused go into a file beside it, which can be
// corrected and given again. A dry run writes nothing, and tells what the run would. The last line that is told begins
// with the counts. Run returns ErrRefused when rows were refused, and ErrNoRows when there was none.
func (i Import) Run(ctx context.Context) (err error) {
	if !id.Is(id.Org, i.OrgID) {
		return errors.New("--org names no org: take the id of one, such as org_…")
	}
	of := layouts[cmp.Or(i.Rows, Orders)]
	if of == nil {
		return fmt.Errorf("no file of %s is read", i.Rows)
	}
	mapped, err := of.mapping(i.Map)
	if err != nil {
		return err
	}
	org, err := i.Store.Client.Org.Get(ctx, i.OrgID)
	if ent.IsNotFound(err) {
		return errors.New("--org names no org of this database")
	}
	if err != nil {
		return fmt.Errorf("read org: %w", err)
	}
	zone, err := time.LoadLocation(org.TimeZone)
	if err != nil {
		return fmt.Errorf("read time zone: %w", err)
	}
	file, err := os.Open(i.File)
	if err != nil {
		return fmt.Errorf("open file: %w", err)
	}
	defer file.Close() //nolint:errcheck // it was read
	info, err := file.Stat()
	if err != nil {
		return fmt.Errorf("open file: %w", err)
	}
	from, err := openSource(file, columnOptions{layout: of, currency: org.Currency, mapped: mapped}, i.Encoding)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, from.close()) }()
	read := &reader{
		layout: of, heading: from.heading, zone: zone, currency: org.Currency, now: i.Now(), workbook: from.workbook,
		date1904: from.date1904,
	}
	if of == creatorLayout {
		run := newRunning(i, from, file, info, read.creators())
		run.operation, run.twice, run.write = "importCreators", twicePlatformID, i.Office.ImportCreators
		run.key = func(c *backoffice.CreatorRow) string { return c.PlatformID }
		return run.all(ctx)
	}
	run := newRunning(i, from, file, info, read.orders())
	run.operation, run.twice, run.write = "importOrders", twiceInFile, i.Office.ImportOrders
	run.key = func(o *backoffice.OrderRow) string { return o.Number }
	return run.all(ctx)
}

// running is an import on its way.
type running[T any] struct {
	Import
	from *source
	take taker[T]
	file *os.File
	info fs.FileInfo
	// operation is what is on record, and write does it with some rows.
	operation string
	write     func(context.Context, *store.Tx, audit.Entry, []T, form.Policy) (backoffice.Imported, fault.Refusals, error)
	// key is what a row is known by, and twice says that it stands in the file already.
	key   func(*T) string
	twice string
	// seen are the keys of the rows so far, as hashes: a key stands once in a file.
	seen map[[16]byte]struct{}

	read, refused, besides int
	done                   backoffice.Imported
	out                    *csv.Writer
	outFile                *os.File
}

func newRunning[T any](i Import, from *source, file *os.File, info fs.FileInfo, take taker[T]) *running[T] {
	return &running[T]{Import: i, from: from, file: file, info: info, take: take, seen: map[[16]byte]struct{}{}}
}

// part is rows that are imported together.
type part[T any] struct {
	objects []T
	rows    []row
}

func (r *running[T]) all(ctx context.Context) (err error) {
	r.report("%s: %s\n", r.info.Name(), r.from.kind)
	err = r.rows(ctx)
	err = errors.Join(err, r.closeRefused(err == nil))
	if r.DryRun {
		r.report("dry run: nothing was changed\n")
	}
	r.report("%d created, %d changed, %d unchanged, %d refused", r.done.Created, r.done.Changed, r.done.Unchanged, r.refused)
	if r.besides > 0 {
		r.report(", %d lines that are no %s", r.besides, r.take.layout.noun)
	}
	r.report("\n")
	switch {
	case err != nil:
		return err
	case r.read == 0:
		return ErrNoRows
	case r.refused > 0 && r.DryRun:
		return fmt.Errorf("%w: correct them, or import the others: the run writes the refused ones to a file", ErrRefused)
	case r.refused > 0:
		return fmt.Errorf("%w: correct them in %s and import that file", ErrRefused, r.File+refusedTo)
	}
	return nil
}

// rows reads and imports all rows.
func (r *running[T]) rows(ctx context.Context) error {
	var p part[T]
	for {
		next, err := r.from.next()
		if errors.Is(err, io.EOF) {
			return r.bring(ctx, p)
		}
		if err != nil {
			return err
		}
		object, k, why := r.take.row(next)
		switch k {
		case nothing:
			continue
		case besides:
			r.besides++
			continue
		case anObject:
			key := hash(r.key(&object))
			if _, twice := r.seen[key]; twice {
				why = r.twice
				break
			}
			r.seen[key] = struct{}{}
		case refused:
		}
		r.read++
		if why != "" {
			if err := r.refuse(next, why); err != nil {
				return err
			}
			continue
		}
		p.objects, p.rows = append(p.objects, object), append(p.rows, next)
		if len(p.objects) == backoffice.MaxImport {
			if err := r.bring(ctx, p); err != nil {
				return err
			}
			p = part[T]{}
			r.progress()
		}
	}
}

// Why a row is refused that stands in the file already.
const (
	twiceInFile     = "number: 该订单号在文件中已出现过 / this number stands in the file already"
	twicePlatformID = "platformId: 该平台 ID 在文件中已出现过 / this platform id stands in the file already"
)

func hash(number string) [16]byte {
	sum := sha256.Sum256([]byte(number))
	return [16]byte(sum[:16])
}

// bring imports a part, and keeps what was refused of it.
func (r *running[T]) bring(ctx context.Context, p part[T]) error {
	if len(p.objects) == 0 {
		return nil
	}
	var (
		done    backoffice.Imported
		refused fault.Refusals
	)
	act := audit.Entry{OrgID: r.OrgID, Operation: r.operation, At: r.Now(), By: r.By, Source: r.info.Name()}
	err := r.Store.Write(ctx, func(ctx context.Context, tx *store.Tx) (err error) {
		if done, refused, err = r.write(ctx, tx, act, p.objects, form.PerItem); err == nil && r.DryRun {
			err = errDry
		}
		return err
	})
	if all, ok := fault.Refused(err); ok {
		refused, err = all, nil
	}
	if err != nil && !errors.Is(err, errDry) {
		return fmt.Errorf("import %s: %w", r.take.layout.noun, err)
	}
	r.done.Created += done.Created
	r.done.Changed += done.Changed
	r.done.Unchanged += done.Unchanged
	for _, f := range refused {
		n, err := strconv.Atoi(f.Field[2])
		if err != nil {
			return fmt.Errorf("read refusal: %w", err)
		}
		f.Field = f.Field[3:]
		if err := r.refuse(p.rows[n], inBothLanguages(f)); err != nil {
			return err
		}
	}
	return nil
}

// refuse tells why a row was refused, and writes it into the file beside, as it came.
func (r *running[T]) refuse(in row, why string) error {
	r.refused++
	if r.refused <= shownRefusals {
		r.report("line %d: %s\n", in.line, why)
	}
	if r.DryRun {
		return nil
	}
	if r.out == nil {
		if err := r.createRefused(); err != nil {
			return fmt.Errorf("write refused rows: %w", err)
		}
	}
	if err := r.out.Write(r.line(in.cells, why)); err != nil {
		return fmt.Errorf("write refused rows: %w", err)
	}
	return nil
}

// createRefused makes the file of the refused rows, which whoever may read the source may read, and writes its heading.
func (r *running[T]) createRefused() (err error) {
	mode := r.info.Mode().Perm()
	if r.outFile, err = os.OpenFile(r.File+refusedTo, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, mode&0o600); err != nil {
		return err
	}
	if err = r.outFile.Chmod(mode); err != nil {
		return err
	}
	if _, err = r.outFile.Write(mark); err != nil {
		return err
	}
	r.out = csv.NewWriter(r.outFile)
	return r.out.Write(r.line(r.from.heading.cells, reason))
}

// line returns a line of the file of refused rows: why, and the cells as they came.
func (r *running[T]) line(cells []string, why string) []string {
	line := []string{why}
	for i, cell := range cells {
		if i != r.from.heading.reason {
			line = append(line, download.Guard(strings.ToValidUTF8(cell, "\uFFFD")))
		}
	}
	return line
}

// closeRefused ends the file of refused rows. What lies beside the file is of the last run: after one that came to its
// end and refused nothing there is none.
func (r *running[T]) closeRefused(ended bool) error {
	switch {
	case r.out != nil:
		r.out.Flush()
		return errors.Join(r.out.Error(), r.outFile.Close())
	case ended && !r.DryRun:
		// Where the name would be too long there is none.
		if err := os.Remove(r.File + refusedTo); err != nil && !errors.Is(err, fs.ErrNotExist) &&
			!errors.Is(err, syscall.ENAMETOOLONG) {
			return fmt.Errorf("remove refused rows of an earlier run: %w", err)
		}
	}
	return nil
}

func (r *running[T]) report(format string, args ...any) { _, _ = fmt.Fprintf(r.Out, format, args...) }

// progress draws a bar where somebody watches.
func (r *running[T]) progress() {
	if state, err := r.Out.Stat(); err != nil || state.Mode()&os.ModeCharDevice == 0 {
		return
	}
	if r.from.workbook {
		r.report("\r%d rows", r.read)
		return
	}
	at, err := r.file.Seek(0, io.SeekCurrent)
	if err != nil {
		return
	}
	const width = 30
	done := min(1, float64(at)/float64(max(r.info.Size(), 1)))
	filled := int(done * width)
	r.report("\r[%s%s] %3.0f %%  %d rows\n", strings.Repeat("#", filled), strings.Repeat(".", width-filled), done*100,
		r.read)
}
