package contact_test

import (
	"testing"

	"deputy/internal/contact"
)

// TestWhatIsLookedForIsAsItIsStored holds a text that is looked for against the form of the field.
func TestWhatIsLookedForIsAsItIsStored(t *testing.T) {
	for text, want := range map[string]string{
		"王　芳": "王 芳", " 运营 ": "运营", "ｍａｒｙ": "mary", "e\u0301clat": "éclat",
		"口\u200b红": "口红", "a\u0000b": "a\u0000b", "": "",
	} {
		if got := contact.SearchText(text); got != want {
			t.Errorf("%q is looked for as %q, want %q", text, got, want)
		}
	}
	for text, want := range map[string]string{
		"138 0000 0011": "13800000011", "+86-138-0000-0011": "8613800000011", "008613800000011": "8613800000011",
		"１３８": "138", "王芳": "王芳", "a1": "a1", "": "", "+": "+",
	} {
		if got := contact.SearchPhone(text); got != want {
			t.Errorf("%q is looked for as %q, want %q", text, got, want)
		}
	}
	for text, want := range map[string]string{
		"bücher": "xn--bcher-kva", "li@bücher.example": "li@xn--bcher-kva.example", "li@": "li@", "ｌｉ": "li",
		"王芳": "xn--qby663a", "a b": "a b",
	} {
		if got := contact.SearchEmail(text); got != want {
			t.Errorf("%q is looked for as %q, want %q", text, got, want)
		}
	}
}
