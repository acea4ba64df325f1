// Package orderfile imports orders and creators from files: CSV with any separator and encoding, text exported by a
// spreadsheet, workbooks, and JSON Lines, with Chinese or English headings in any order. A row is imported as a whole,
// or refused with its line number.
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
	"maps"
	"os"
	"slices"
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

// Import imports a file of orders or creators into an org.
type Import struct {
	// Rows is the kind of the rows; Orders if it is empty.
	Rows   Rows
	Store  *store.Store
	Office *backoffice.Office
	Now    func() time.Time
	// File is the path of the file, and OrgID the org to import into.
	File, OrgID string
	// Currency is the currency for Explain; Run uses the org's.
	Currency string
	// Encoding is the encoding of the file; if it is empty, the one with the fewest decoding errors in the whole file.
	Encoding string
	// Password is the password of an encrypted workbook. Ask asks a person for it, and returns "" if nobody can be asked.
	Password string
	Ask      func() (string, error)
	// As is the name of the report; if it is empty, the heading determines it.
	As string
	// Creator is the id or the platform id of the creator of all rows, for files without the creators of orders.
	Creator string
	// PaidAt is Ordered to use the order time if a report has no payment time, or empty.
	PaidAt string
	// Map renames columns of the file, such as 支付金额=金额(元).
	Map []string
	// By is the name of the person who runs the import, if known, for the audit event.
	By string
	// DryRun reports the result without changing anything.
	DryRun bool
	// Out is the output for the result and, on a terminal, the progress.
	Out *os.File
}

var (
	// ErrRefused is returned if rows were refused. The file of refused rows has them with their reasons.
	ErrRefused = errors.New("some rows were refused")
	// ErrNoRows is returned for a file without rows below its heading.
	ErrNoRows = errors.New("the file has no rows: nothing was imported")
	// ErrInterrupted is returned if the context of an import was cancelled.
	ErrInterrupted = errors.New("the import was interrupted / 导入已中断")
	// errDry rolls a dry run back.
	errDry = errors.New("dry run")
)

// refusedTo is the suffix of the name of the file of refused rows.
const refusedTo = ".refused.csv"

// shownRefusals is the maximum number of refused rows that are printed.
const shownRefusals = 20

// Run imports the file, a thousand rows in a transaction. Refused rows are written to a file beside it, which can be
// corrected and imported. A dry run writes nothing, and prints the result that the run would have. The last line of the
// output begins with the counts. Run returns ErrRefused if rows were refused, and ErrNoRows if there were none.
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
	options := columnOptions{layout: of, currency: org.Currency, mapped: mapped, byCreator: i.Creator != ""}
	if options.as, err = reportNamed(i.As); err != nil {
		return err
	}
	creator, err := i.creator(ctx)
	if err != nil {
		return err
	}
	from, err := i.open(file, options)
	if err != nil {
		return err
	}
	read := &reader{
		layout: of, heading: from.heading, zone: zone, currency: org.Currency, now: i.Now(), workbook: from.workbook,
		date1904: from.date1904, byCreator: creator,
	}
	if of == creatorLayout {
		run := &running[backoffice.CreatorRow]{
			Import: i, file: file, info: info, layout: of, operation: "importCreators", twice: twicePlatformID,
			key: func(c *backoffice.CreatorRow) string { return c.PlatformID }, write: i.creators, row: read.creators().alone,
		}
		return run.all(ctx, from)
	}
	selling := &selling{Import: i, reader: read}
	if surveyed(from.heading) {
		if err := errors.Join(selling.look(ctx, from), from.close()); err != nil {
			return err
		}
		if from, err = i.open(file, options); err != nil {
			return err
		}
	}
	run := &running[sale]{
		Import: i, file: file, info: info, layout: of, operation: "importOrders", twice: twiceInFile,
		key: func(s *sale) string { return s.Number }, write: selling.write, row: selling.row,
	}
	return run.all(ctx, from)
}

// open opens the file. It asks for the password of an encrypted workbook if none is set.
func (i *Import) open(file *os.File, options columnOptions) (*source, error) {
	from, err := openSource(file, options, i.Encoding, i.Password)
	if !errors.Is(err, ErrPassword) || i.Ask == nil {
		return from, err
	}
	if i.Password, err = i.Ask(); err != nil {
		return nil, fmt.Errorf("ask for the password: %w", err)
	}
	return openSource(file, options, i.Encoding, i.Password)
}

// creators imports a batch of creators.
func (i Import) creators(
	ctx context.Context, tx *store.Tx, act audit.Entry, rows []backoffice.CreatorRow, out *outcome,
) (err error) {
	out.done, out.refused, err = i.Office.ImportCreators(ctx, tx, act, rows, form.PerItem)
	return err
}

// running is the state of an import.
type running[T any] struct {
	Import
	layout *layout
	from   *source
	file   *os.File
	info   fs.FileInfo
	// row converts a row of the file.
	row func(row) taken[T]
	// operation is the operation of the audit event, and write imports a batch of objects.
	operation string
	write     func(context.Context, *store.Tx, audit.Entry, []T, *outcome) error
	// key returns the key of an object, and twice is the reason to refuse a second object with the same key.
	key   func(*T) string
	twice string
	// seen are the hashes of the keys so far: a file may have each key once.
	seen map[[16]byte]struct{}

	read, refused, besides int
	leftOut                [reasons]int
	// unknown counts the rows of orders that do not exist, and that a report without payment times can't create.
	unknown int
	done    backoffice.Imported
	out     *csv.Writer
	outFile *os.File
	// drawn reports whether the current line of the output has a progress bar.
	drawn bool
}

// taken is the result of reading a row: an object, which may consist of several rows, or the reason why there is none.
type taken[T any] struct {
	object T
	rows   []row
	kind   kind
	why    string
	// left is the reason why the rows are skipped.
	left reason
}

// alone converts a row that is an object of its own.
func (r taker[T]) alone(in row) taken[T] {
	object, k, why := r.row(in)
	return taken[T]{object: object, rows: []row{in}, kind: k, why: why}
}

// outcome is the result of a batch.
type outcome struct {
	done backoffice.Imported
	// refused are the refusals of the objects that were written. Places are the indices of these objects in the batch; nil
	// if all objects were written in order.
	refused fault.Refusals
	places  []int
	// why are the reasons of refused objects, by their index in the batch, for people.
	why map[int]string
	// left counts the skipped objects by reason.
	left    [reasons]int
	unknown int
}

func (r *running[T]) all(ctx context.Context, from *source) (err error) {
	r.from, r.seen = from, map[[16]byte]struct{}{}
	defer func() { err = errors.Join(err, from.close()) }()
	r.report("%s: %s\n", r.info.Name(), from.kind)
	if of := from.heading.report; of != nil {
		r.report("%s %s (%s)\n", of.Platform.Zh, of.Title.Zh, of.Name)
	}
	err = r.rows(ctx)
	err = errors.Join(err, r.closeRefused(err == nil))
	if r.DryRun {
		r.report("dry run: nothing was changed\n")
	}
	r.report("%d created, %d changed, %d unchanged, %d refused", r.done.Created, r.done.Changed, r.done.Unchanged,
		r.refused)
	r.reportLeftOut()
	if r.besides > 0 {
		r.report(", %d lines that are no %s", r.besides, r.layout.noun)
	}
	r.report("\n")
	if err != nil && ctx.Err() != nil {
		err = ErrInterrupted
	}
	switch {
	case err != nil && !r.DryRun:
		return fmt.Errorf("%w: what is counted above was imported; run the same command again, and it goes on / "+
			"以上计入的行已导入，再次运行同一命令即可继续", err)
	case err != nil:
		return err
	case r.read == 0:
		return ErrNoRows
	case r.unknown > 0:
		return fmt.Errorf("%w: the report has no time of payment, and changes orders that are there: to make the others "+
			"too, take the time of ordering with --paid-at %s", ErrRefused, Ordered)
	case r.refused > 0 && r.DryRun:
		return fmt.Errorf("%w: correct them, or import the others: the run writes the refused ones to a file", ErrRefused)
	case r.refused > 0:
		return fmt.Errorf("%w: correct them in %s and import that file", ErrRefused, r.File+refusedTo)
	}
	return nil
}

// rows reads and imports all rows.
func (r *running[T]) rows(ctx context.Context) error {
	var part []taken[T]
	for {
		next, err := r.from.next()
		if errors.Is(err, io.EOF) {
			return r.bring(ctx, part)
		}
		if err != nil {
			return err
		}
		t := r.row(next)
		switch t.kind {
		case nothing:
			continue
		case besides:
			r.besides++
			continue
		case leftOut:
			r.read += len(t.rows)
			r.leftOut[t.left] += len(t.rows)
			continue
		case anObject:
			key := hash(r.key(&t.object))
			if _, twice := r.seen[key]; twice {
				t.why = r.twice
				break
			}
			r.seen[key] = struct{}{}
		case refused:
		}
		r.read += len(t.rows)
		if t.why != "" {
			if err := r.refuse(t.rows, t.why); err != nil {
				return err
			}
			continue
		}
		if part = append(part, t); len(part) == backoffice.MaxImport {
			if err := r.bring(ctx, part); err != nil {
				return err
			}
			part = part[:0]
			r.progress()
		}
	}
}

// The reasons for which a second row with the same key is refused.
const (
	twiceInFile     = "number: 该订单号在文件中已出现过 / this order number already appears in the file"
	twicePlatformID = "platformId: 该平台 ID 在文件中已出现过 / this platform ID already appears in the file"
)

func hash(number string) [16]byte {
	sum := sha256.Sum256([]byte(number))
	return [16]byte(sum[:16])
}

// bring imports a batch in a transaction, and writes its refused rows.
func (r *running[T]) bring(ctx context.Context, part []taken[T]) error {
	if len(part) == 0 {
		return nil
	}
	objects := make([]T, len(part))
	for n, t := range part {
		objects[n] = t.object
	}
	var out outcome
	act := audit.Entry{OrgID: r.OrgID, Operation: r.operation, At: r.Now(), By: r.By, Source: r.info.Name()}
	err := r.Store.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		out = outcome{}
		err := r.write(ctx, tx, act, objects, &out)
		if err == nil && r.DryRun {
			err = errDry
		}
		return err
	})
	if all, ok := fault.Refused(err); ok {
		out.refused, err = all, nil
	}
	if err != nil && !errors.Is(err, errDry) {
		return fmt.Errorf("import %s: %w", r.layout.noun, err)
	}
	r.done.Created += out.done.Created
	r.done.Changed += out.done.Changed
	r.done.Unchanged += out.done.Unchanged
	r.unknown += out.unknown
	for why, n := range out.left {
		r.leftOut[why] += n
	}
	if err := out.spell(); err != nil {
		return err
	}
	for _, n := range slices.Sorted(maps.Keys(out.why)) {
		if err := r.refuse(part[n].rows, out.why[n]); err != nil {
			return err
		}
	}
	return nil
}

// spell adds the texts of the refusals to why.
func (o *outcome) spell() error {
	if o.why == nil {
		o.why = map[int]string{}
	}
	for _, f := range o.refused {
		n, err := strconv.Atoi(f.Field[2])
		if err != nil {
			return fmt.Errorf("read refusal: %w", err)
		}
		if o.places != nil {
			n = o.places[n]
		}
		f.Field = f.Field[3:]
		o.why[n] = inBothLanguages(f)
	}
	return nil
}

// refuse prints the reason why rows were refused, and writes them unchanged to the file of refused rows.
func (r *running[T]) refuse(rows []row, why string) error {
	for _, in := range rows {
		if r.refused++; r.refused <= shownRefusals {
			r.report("%s: %s\n", in.place(), why)
		}
		if r.DryRun {
			continue
		}
		if r.out == nil {
			if err := r.createRefused(); err != nil {
				return fmt.Errorf("write refused rows: %w", err)
			}
		}
		if err := r.out.Write(r.line(in.cells, why)); err != nil {
			return fmt.Errorf("write refused rows: %w", err)
		}
	}
	return nil
}

// reportLeftOut prints the number of skipped rows by reason.
func (r *running[T]) reportLeftOut() {
	all, each := 0, []string(nil)
	for why, n := range r.leftOut {
		if all += n; n > 0 {
			each = append(each, fmt.Sprintf("%d %s %s", n, reasonNames[why].En, reasonNames[why].Zh))
		}
	}
	if all > 0 {
		r.report(", %d skipped (%s)", all, strings.Join(each, ", "))
	}
}

// createRefused creates the file of refused rows, with the permissions of the imported file, and writes its heading.
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
	return r.out.Write(r.line(r.from.heading.cells, reasonColumn))
}

// line returns a line of the file of refused rows: the reason, and the original cells.
func (r *running[T]) line(cells []string, why string) []string {
	line := []string{why}
	for i, cell := range cells {
		if i != r.from.heading.reason {
			line = append(line, download.Guard(strings.ToValidUTF8(cell, "\uFFFD")))
		}
	}
	return line
}

// closeRefused closes the file of refused rows. A complete run without refusals removes the file of an earlier run.
func (r *running[T]) closeRefused(ended bool) error {
	switch {
	case r.out != nil:
		r.out.Flush()
		return errors.Join(r.out.Error(), r.outFile.Close())
	case ended && !r.DryRun:
		// If the name would be too long, there can be no such file.
		if err := os.Remove(r.File + refusedTo); err != nil && !errors.Is(err, fs.ErrNotExist) &&
			!errors.Is(err, syscall.ENAMETOOLONG) {
			return fmt.Errorf("remove refused rows of an earlier run: %w", err)
		}
	}
	return nil
}

// report prints to Out, on a new line after a progress bar.
func (r *running[T]) report(format string, args ...any) {
	if r.drawn {
		format, r.drawn = "\n"+format, false
	}
	_, _ = fmt.Fprintf(r.Out, format, args...)
}

// progress draws the progress bar if Out is a terminal.
func (r *running[T]) progress() {
	if state, err := r.Out.Stat(); err != nil || state.Mode()&os.ModeCharDevice == 0 {
		return
	}
	done := 0.0
	if r.from.done != nil {
		done = r.from.done()
	} else if at, err := r.file.Seek(0, io.SeekCurrent); err == nil {
		done = float64(at) / float64(max(r.info.Size(), 1))
	}
	const width = 30
	done = min(1, done)
	filled := int(done * width)
	_, _ = fmt.Fprintf(r.Out, "\r[%s%s] %3.0f %%  %d rows", strings.Repeat("#", filled),
		strings.Repeat(".", width-filled), done*100, r.read)
	r.drawn = true
}
