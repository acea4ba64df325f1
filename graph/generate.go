// Package graph is the GraphQL API: the schema's rules, its resolvers, the bounds of documents, and how errors are spoken.
package graph

//go:generate go run ./generate
