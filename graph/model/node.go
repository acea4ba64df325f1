// Package model has the Go types of the schema: the generated ones, and the few that are written by hand.
package model

// Node is any object with an id of its own: a pointer to one of Ent's entities.
type Node any
