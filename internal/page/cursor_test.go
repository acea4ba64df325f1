package page

import (
	"strings"
	"testing"
	"time"
)

var signer = NewSigner([]byte("a secret of the tests"))

func FuzzCursor(f *testing.F) {
	f.Add("Role.subAccounts\x00rol_1\x00created_at ASC", "sub_1", "小王", int64(1), byte(0), "")
	f.Add("", "", "", int64(-1), byte(1), "AAAA")
	f.Add("a", strings.Repeat("x", 255), "\x00", int64(1<<62), byte(2), "\n")
	f.Fuzz(func(t *testing.T, list, id, text string, number int64, kind byte, foreign string) {
		if len(id) > 255 {
			id = id[:255]
		}
		at := place{text, id}
		switch kind % 3 {
		case 1:
			at.value = number
		case 2:
			at.value = time.UnixMicro(number).UTC()
		}
		cursor := signer.encode(list, at)
		back, err := signer.decode(list, cursor)
		if err != nil || back != at {
			t.Fatalf("%v came back as %v: %v", at, back, err)
		}
		if _, err := signer.decode(list+"x", cursor); err == nil {
			t.Error("another list reads the cursor")
		}
		if _, err := NewSigner([]byte("another secret")).decode(list, cursor); err == nil {
			t.Error("another secret reads the cursor")
		}
		if foreign == cursor {
			return
		}
		if got, err := signer.decode(list, foreign); err == nil {
			t.Errorf("%q was never signed, and is read as %v", foreign, got)
		}
	})
}

// TestEditedCursorIsRefused edits every byte into every other one, cuts every byte out and puts every one in.
func TestEditedCursorIsRefused(t *testing.T) {
	const list = "Org.roles"
	for _, at := range []place{{"运营", "rol_1"}, {int64(7), ""}, {time.UnixMicro(1).UTC(), "rol_00000000000000000000"}} {
		cursor := signer.encode(list, at)
		refused := func(edited string) {
			if got, err := signer.decode(list, edited); err == nil && edited != cursor {
				t.Errorf("%q instead of %q is read as %v", edited, cursor, got)
			}
		}
		for i := range len(cursor) + 1 {
			for b := range 256 {
				refused(cursor[:i] + string([]byte{byte(b)}) + cursor[i:])
				if i < len(cursor) {
					refused(cursor[:i] + string([]byte{byte(b)}) + cursor[i+1:])
				}
			}
			refused(cursor[:i])
			if i < len(cursor) {
				refused(cursor[:i] + cursor[i+1:])
			}
		}
	}
}

// TestLineEndInCursorIsRefused holds a hole that was closed: the decoder of base64 skips them.
func TestLineEndInCursorIsRefused(t *testing.T) {
	cursor := signer.encode("Org.roles", place{"运营", "rol_1"})
	for _, end := range []string{"\n", "\r", "\r\n"} {
		if _, err := signer.decode("Org.roles", cursor[:9]+end+cursor[9:]); err == nil {
			t.Errorf("a cursor with %q in it is read", end)
		}
	}
}
