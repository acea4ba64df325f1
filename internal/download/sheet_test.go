package download_test

import (
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"deputy/internal/download"
)

// TestACellComesBackAsItWas after a spreadsheet that neither runs nor rewrites it.
func TestACellComesBackAsItWas(t *testing.T) {
	for text, want := range map[string]string{
		"=1+1": "'=1+1", "+86": "'+86", "-1": "'-1", "@x": "'@x", "\tx": "'\tx", "\rx": "'\rx", "口红": "口红", "": "",
		"a=b": "a=b", "'x": "''x",
		"'=x": "''=x", "DQ1501": "DQ1501", "12345678901": "12345678901", "100": "100", "0": "0",
		"6923530000000000001": "6923530000000000001\t", "123456789012": "123456789012\t", "007": "007\t", "1E5": "1E5\t",
		"199.00": "199.00\t",
		"1-2":    "1-2\t", "3/4": "3/4\t", "2026-02-28 10:00:00": "2026-02-28 10:00:00\t", "10:30": "10:30\t", "50%": "50%\t",
		"TRUE":  "TRUE\t",
		"May 5": "May 5\t", "2026年2月28日": "2026年2月28日\t", "3 ce 口红": "3 ce 口红\t", "'90": "''90", "90后": "90后",
	} {
		got := download.Guard(text)
		if got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
		if back := download.Unguard(got); back != text {
			t.Errorf("%q comes back as %q", text, back)
		}
	}
	for cell, want := range map[string]string{
		"'6923530000000000005": "6923530000000000005", "6923530000000000004\t": "6923530000000000004", "'90s": "'90s",
	} {
		if got := download.Unguard(cell); got != want {
			t.Errorf("%q: %q, want %q", cell, got, want)
		}
	}
}

func TestCSVIsAsSpreadsheetsReadIt(t *testing.T) {
	var out bytes.Buffer
	sheet, err := download.NewCSV(&out, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := sheet.Row([]any{"口红", "a,\"b\"", int64(-5), "=x"}); err != nil {
		t.Fatal(err)
	}
	if err := sheet.Close(); err != nil {
		t.Fatal(err)
	}
	if got, want := out.String(), "\uFEFF口红,\"a,\"\"b\"\"\",-5,'=x\r\n"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

// TestRowsOfAWorkbookAreWrittenAsTheyCome: nothing is kept until the end, neither in memory nor in files.
func TestRowsOfAWorkbookAreWrittenAsTheyCome(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	var out bytes.Buffer
	sheet, err := download.NewXLSX(&out, nil)
	if err != nil {
		t.Fatal(err)
	}
	for range 50_000 {
		if err := sheet.Row([]any{rand.Text(), int64(1)}); err != nil {
			t.Fatal(err)
		}
	}
	if n := out.Len(); n < 50_000*16 { // 26 characters of 32 kinds each
		t.Errorf("%d bytes were written before the end", n)
	}
	if left, err := os.ReadDir(os.Getenv("TMPDIR")); err != nil || len(left) != 0 {
		t.Errorf("%v are in the temporary folder, %v", left, err)
	}
	if _, err := excelize.OpenReader(bytes.NewReader(out.Bytes())); err == nil {
		t.Error("a workbook without its end looks whole")
	}
	if err := sheet.Close(); err != nil {
		t.Fatal(err)
	}
	book, err := excelize.OpenReader(bytes.NewReader(out.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	if rows, err := book.GetRows("Sheet1"); err != nil || len(rows) != 50_000 {
		t.Errorf("%d rows, %v", len(rows), err)
	}
}

// TestTextsOfAWorkbook come back as they went in.
func TestTextsOfAWorkbook(t *testing.T) {
	texts := []string{
		"口红", "", " a ", "a\nb", "a\tb", "<a href='x'>&amp;\"</a>", "=1+1", "_x0041_", "_x00e9_", "__x0041_", "_x004",
		"_xzzzz_", "bell\a", "a\rb", "\uFFFE", "😀", "]]>",
	}
	var out bytes.Buffer
	sheet, err := download.NewXLSX(&out, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i, text := range texts {
		if err := sheet.Row([]any{text, int64(i - 1), strings.Repeat("长", 40_000)}); err != nil {
			t.Fatal(err)
		}
	}
	if err := sheet.Close(); err != nil {
		t.Fatal(err)
	}
	book, err := excelize.OpenReader(&out)
	if err != nil {
		t.Fatal(err)
	}
	for i, text := range texts {
		got, err := book.GetCellValue("Sheet1", fmt.Sprintf("A%d", i+1))
		number, wrong := book.GetCellValue("Sheet1", fmt.Sprintf("B%d", i+1))
		kind, unknown := book.GetCellType("Sheet1", fmt.Sprintf("A%d", i+1))
		if got != text || number != fmt.Sprint(i-1) || kind != excelize.CellTypeInlineString ||
			errors.Join(err, wrong, unknown) != nil {
			t.Errorf("%q came back as %q, %s, %v, %v", text, got, number, kind, errors.Join(err, wrong, unknown))
		}
		if long, err := book.GetCellValue("Sheet1", fmt.Sprintf("C%d", i+1)); err != nil ||
			long != strings.Repeat("长", 32_767) {
			t.Errorf("a long text: %d bytes, %v", len(long), err)
		}
	}
}

// TestATicketIsReadForAMinute, and one that was made while the clock was ahead is not read at all; each is another one.
func TestATicketIsReadForAMinute(t *testing.T) {
	t.Parallel()
	signer, now := download.NewSigner([]byte("a secret of the tests")), time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC)
	link := download.Link{
		Kind: "orders", OrgID: "org_1", AccountID: "acc_1", Format: "CSV",
		Expires: now.Add(download.Lifetime),
	}
	sign := func(made time.Time) string {
		text, err := signer.Sign(link.WithTicket("ses_1", made))
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	text := sign(now)
	for after, works := range map[time.Duration]bool{
		0: true, time.Minute - 1: true, time.Minute: false,
		5 * time.Minute: false,
	} {
		l, err := signer.Read(text, now.Add(after))
		if (err == nil) != works || works && l.Ticket.SessionID != "ses_1" {
			t.Errorf("after %s: %+v %v", after, l, err)
		}
	}
	if _, err := signer.Read(sign(now.Add(time.Minute)), now); err == nil {
		t.Error("a ticket of a minute ahead works")
	}
	if again := sign(now); again == text || link.Ticket != nil {
		t.Errorf("two tickets are one, or the link became one: %+v", link)
	}
}

func FuzzLink(f *testing.F) {
	signer, now := download.NewSigner([]byte("a secret of the tests")), time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC)
	good, err := signer.Sign(download.Link{
		Kind: "orders", OrgID: "org_1", AccountID: "acc_1", Format: "CSV",
		Expires: now.Add(time.Minute),
	})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good)
	f.Add("")
	f.Add(good[:60])
	f.Add(good[:60] + "\n" + good[60:])
	f.Fuzz(func(t *testing.T, text string) {
		if l, err := signer.Read(text, now); err == nil && text != good {
			t.Errorf("%q was never signed, and leads to %+v", text, l)
		}
		if _, err := signer.Read(text, now.Add(time.Minute)); err == nil {
			t.Error("a link works beyond its time")
		}
		if _, err := download.NewSigner([]byte("another")).Read(text, now); err == nil {
			t.Error("another secret reads the link")
		}
	})
}
