package graph

import (
	"context"
	"net/http"

	"golang.org/x/text/language"

	"deputy/internal/fault"
)

type langKey struct{}

// WithLang answers a context whose errors are spoken in lang.
func WithLang(ctx context.Context, lang fault.Lang) context.Context {
	return context.WithValue(ctx, langKey{}, lang)
}

// LangFrom answers the language that WithLang put into ctx, Chinese when there is none.
func LangFrom(ctx context.Context) fault.Lang {
	if lang, ok := ctx.Value(langKey{}).(fault.Lang); ok {
		return lang
	}
	return fault.Zh
}

// maxAcceptLanguage is how much of an Accept-Language header is looked at, in bytes; browsers send less than a tenth of it.
const maxAcceptLanguage = 512

// LangOf answers the language that the request's Accept-Language prefers among those that messages exist in: Chinese for
// every kind of Chinese, for an absent or broken header and for languages we do not speak, English for every kind of English.
func LangOf(r *http.Request) fault.Lang { return preferred(r.Header.Get("Accept-Language")) }

// preferred is LangOf for the value of the header.
func preferred(header string) fault.Lang {
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
