package schema

//go:generate go run ./generate
