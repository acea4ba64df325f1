package download_test

import (
	"bytes"
	"io"
	"os"
	"strings"
	"testing"
	"time"

	"deputy/internal/download"
)

// TestACellComesBackAsItWas after a spreadsheet that neither runs nor rewrites it.
func TestACellComesBackAsItWas(t *testing.T) {
	for text, want := range map[string]string{
		"=1+1": "'=1+1", "+86": "'+86", "-1": "'-1", "@x": "'@x", "\tx": "'\tx", "\rx": "'\rx", "口红": "口红", "": "", "a=b": "a=b", "'x": "''x",
		"'=x": "''=x", "DQ1501": "DQ1501", "12345678901": "12345678901", "100": "100", "0": "0",
		"6923530000000000001": "6923530000000000001\t", "123456789012": "123456789012\t", "007": "007\t", "1E5": "1E5\t", "199.00": "199.00\t",
		"1-2": "1-2\t", "3/4": "3/4\t", "2026-02-28 10:00:00": "2026-02-28 10:00:00\t", "10:30": "10:30\t", "50%": "50%\t", "TRUE": "TRUE\t",
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
	sheet, err := download.NewCSV(&out)
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

// TestAWorkbookThatIsNotFinishedLeavesNothing writes more than stays in memory, and stops.
func TestAWorkbookThatIsNotFinishedLeavesNothing(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	for _, finish := range []bool{false, true} {
		sheet, err := download.NewXLSX(io.Discard)
		if err != nil {
			t.Fatal(err)
		}
		for range 100_000 {
			if err := sheet.Row([]any{strings.Repeat("口红", 40), int64(1)}); err != nil {
				t.Fatal(err)
			}
		}
		if left, err := os.ReadDir(os.Getenv("TMPDIR")); err != nil || len(left) == 0 {
			t.Fatalf("it all stayed in memory: %v", err)
		}
		if finish {
			if err := sheet.Close(); err != nil {
				t.Fatal(err)
			}
		}
		sheet.Discard()
		if left, err := os.ReadDir(os.Getenv("TMPDIR")); err != nil || len(left) != 0 {
			t.Errorf("finished %v: %v are left, %v", finish, left, err)
		}
	}
}

func FuzzLink(f *testing.F) {
	signer, now := download.NewSigner([]byte("a secret of the tests")), time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC)
	good, err := signer.Sign(download.Link{Kind: "orders", OrgID: "org_1", AccountID: "acc_1", Format: "CSV", Expires: now.Add(time.Minute)})
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
