// Package graph is the GraphQL API: the schema's rules and its resolvers.
package graph

//go:generate go run ./generate
