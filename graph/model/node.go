package model

// Node is any object that can be asked for by its id: a pointer to one of Ent's entities.
type Node any
