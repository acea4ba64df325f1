// Package lang determines the language of a response from Accept-Language, and carries it in the context.
package lang

import (
	"context"
	"net/http"

	"golang.org/x/text/language"

	"deputy/internal/fault"
)

type key struct{}

// With returns a context whose errors are written in lang.
func With(ctx context.Context, lang fault.Lang) context.Context {
	return context.WithValue(ctx, key{}, lang)
}

// From returns the language of ctx, or Chinese if With did not set one.
func From(ctx context.Context) fault.Lang {
	if lang, ok := ctx.Value(key{}).(fault.Lang); ok {
		return lang
	}
	return fault.Zh
}

// maxAcceptLanguage is the maximum length of an Accept-Language header that is parsed, in bytes. Browsers send less
// than a tenth of it.
const maxAcceptLanguage = 512

// Of returns the language of messages that the request's Accept-Language prefers: Chinese for every variety of Chinese,
// for a missing or invalid header and for other languages, English for every variety of English.
func Of(r *http.Request) fault.Lang { return Preferred(r.Header.Get("Accept-Language")) }

// Preferred is Of for the value of the header.
func Preferred(header string) fault.Lang {
	if header == "" || len(header) > maxAcceptLanguage {
		return fault.Zh
	}
	tags, weights, err := language.ParseAcceptLanguage(header)
	if err != nil {
		return fault.Zh
	}
	for i, tag := range tags { // the highest weight first
		base, _ := tag.Base()
		switch {
		case weights[i] == 0:
		case base.String() == "zh":
			return fault.Zh
		case base.String() == "en":
			return fault.En
		}
	}
	return fault.Zh
}
