// Package lang is the language that a request is answered in: it is carried in the context, and read from
// Accept-Language.
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

// From returns the language that With put into ctx, Chinese when there is none.
func From(ctx context.Context) fault.Lang {
	if lang, ok := ctx.Value(key{}).(fault.Lang); ok {
		return lang
	}
	return fault.Zh
}

// maxAcceptLanguage is how much of an Accept-Language header is looked at, in bytes; browsers send less than a tenth of
// it.
const maxAcceptLanguage = 512

// Of returns the language that the request's Accept-Language prefers among those that messages exist in: Chinese for
// every kind of Chinese, for an absent or broken header and for languages we do not speak, English for every kind of
// English.
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
	for i, tag := range tags { // the heaviest first
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
