// Package model holds the Go types of the schema: those that are generated, and the few that are written by hand.
package model

// Node is any object that can be asked for by its id: a pointer to one of Ent's entities.
type Node any
