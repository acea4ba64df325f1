package web_test

import (
	"slices"
	"strings"
	"testing"

	"deputy/internal/web"
)

func TestParseOrigins(t *testing.T) {
	t.Parallel()
	for text, want := range map[string][]string{
		"":                               nil,
		" , ":                            nil,
		"https://console.agency.example": {"https://console.agency.example"},
		"https://a.example, http://localhost:3000,http://[::1]:5173": {
			"https://a.example", "http://localhost:3000",
			"http://[::1]:5173",
		},
		"https://xn--fiq228c.example": {"https://xn--fiq228c.example"},
	} {
		got, err := web.ParseOrigins(text)
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("%q: %q, %v", text, got, err)
		}
	}
	for text, says := range map[string]string{
		"*":                        "wildcard",
		"https://*.agency.example": "wildcard",
		"null":                     "begin",
		"console.agency.example":   "begin",
		"ftp://console.example":    "begin",
		"https://":                 "begin",
		"https://:443":             "begin",
		"https://a.example/":       "more than",
		"https://a.example/x":      "more than",
		"https://a.example?x":      "more than",
		"https://a.example#x":      "more than",
		"https://u:p@a.example":    "more than",
		"HTTPS://a.example":        "lower case",
		"https://A.example":        "lower case",
		"https://中文.example":       "ASCII",
		"https://a.example:443":    "port",
		"http://a.example:80":      "port",
		"https://a.example:":       "port",
		"https://a.example:x":      "begin",
		"https://a\x00.example":    "begin",
	} {
		got, err := web.ParseOrigins("https://first.example," + text)
		if err == nil || !strings.Contains(err.Error(), says) || !strings.Contains(err.Error(), "entry 2 ") {
			t.Errorf("%q: %q, %v", text, got, err)
		}
	}
}
