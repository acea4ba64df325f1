// Package gqlserve serves GraphQL: over HTTP, as server-sent events and over WebSockets, with the limits of a request
// before it and the errors after it. It executes a schema and knows none of its resolvers; what these ask for around an
// operation is given to NewHandler.
package gqlserve

import (
	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/handler"
	"github.com/99designs/gqlgen/graphql/handler/extension"

	"deputy/internal/bounds"
)

// Extensions are what resolvers ask for around an operation; those that are nil are left out.
type Extensions struct {
	// Keys looks at an operation whose variables were coerced, before it is charged.
	Keys graphql.HandlerExtension
	// Reads stands around the reads of an operation that is within its limits.
	Reads graphql.HandlerExtension
}

// NewHandler returns the HTTP handler of the schema with everything that stands before a resolver: the limits of a
// document, validation, the cache of valid documents, the transport and the speaking of errors. Transports for other
// protocols are given in streams and asked before HTTP.
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
	// Both are needed: the setting replaces two of the rules in whatever set it is given.
	server.SetDisableSuggestion(true)
	server.SetValidationRulesFn(bounds.ValidationRules)
	if errs.Metrics != nil {
		server.Use(measured{errs.Metrics, limits.Documents.Trusted()})
	}
	server.Use(traced{})
	server.Use(bounds.Persisted{Documents: limits.Documents}) // first: the others look at the text that it finds
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
