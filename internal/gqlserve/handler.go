// Package gqlserve serves GraphQL over HTTP, as server-sent events and over WebSockets. It enforces the limits of a
// request before it, and presents the errors after it. It does not depend on the resolvers of the schema; the
// extensions that these need are passed to NewHandler.
package gqlserve

import (
	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/handler"
	"github.com/99designs/gqlgen/graphql/handler/extension"

	"deputy/internal/bounds"
)

// Extensions are the gqlgen extensions that resolvers need; nil ones are omitted.
type Extensions struct {
	// Keys runs after the variables of an operation were coerced, before its cost is charged.
	Keys graphql.HandlerExtension
	// Reads wraps the reads of an operation that is within its limits.
	Reads graphql.HandlerExtension
}

// NewHandler returns the HTTP handler of the schema with everything that runs before a resolver: the limits of a
// document, validation, the cache of valid documents, the transports and the presentation of errors. The transports in
// streams, for other protocols, take precedence over HTTP.
func NewHandler(
	schema graphql.ExecutableSchema, errs Errors, limits bounds.Limits, around Extensions, streams ...graphql.Transport,
) *handler.Server {
	server := handler.New(schema)
	large := newSemaphore()
	for _, stream := range streams {
		if s, ok := stream.(interface{ takeTurns(semaphore) }); ok {
			s.takeTurns(large)
		}
		server.AddTransport(stream)
	}
	server.AddTransport(HTTP{Errors: errs, Limits: limits, large: large})
	server.SetErrorPresenter(errs.Present)
	server.SetRecoverFunc(errs.Recover)

	limits = limits.WithDefaults()
	if limits.Documents == nil {
		limits.Documents = bounds.NewDocuments()
	}
	server.SetQueryCache(limits.Documents)
	server.SetParserTokenLimit(limits.Tokens())
	// Both are needed: the setting replaces two of the rules in any set.
	server.SetDisableSuggestion(true)
	server.SetValidationRulesFn(bounds.ValidationRules)
	if errs.Metrics != nil {
		server.Use(measured{errs.Metrics, limits.Documents.Trusted()})
	}
	server.Use(traced{})
	server.Use(bounds.Persisted{Documents: limits.Documents}) // first: the others need the text that it finds
	server.Use(&bounds.Coercion{})
	if around.Keys != nil {
		server.Use(around.Keys)
	}
	server.Use(bounds.Costs{Limits: limits})
	server.Use(limits)
	if around.Reads != nil {
		server.Use(around.Reads)
	}
	server.Use(present{})
	server.Use(alike{})
	server.Use(extension.Introspection{})
	return server
}
