package config

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

//go:generate go run ./generate

// These mark the place of the table of settings in a document.
const (
	tableBegin = "<!-- settings: made by go generate ./internal/config -->\n"
	tableEnd   = "<!-- end of settings -->\n"
)

// document and example are the files of the repository that are made from the table.
const (
	document = "docs/configuration.md"
	example  = "deploy/env.example"
)

// WithTable returns a document with the table of settings between its marks, or an error when the marks are missing.
func WithTable(text string) (string, error) {
	before, rest, begins := strings.Cut(text, tableBegin)
	_, after, ends := strings.Cut(rest, tableEnd)
	if !begins || !ends {
		return "", errors.New("the marks of the table of settings are missing")
	}
	return before + tableBegin + Table() + tableEnd + after, nil
}

// WriteTable writes the table into the document of the repository at root.
func WriteTable(root string) error {
	file := filepath.Join(root, document)
	content, err := os.ReadFile(file)
	if err != nil {
		return fmt.Errorf("read %s: %w", document, err)
	}
	text, err := WithTable(string(content))
	if err != nil {
		return fmt.Errorf("write %s: %w", document, err)
	}
	return os.WriteFile(file, []byte(text), 0o644) //nolint:gosec // everybody may read it
}

// WriteExample writes the example of the repository at root.
func WriteExample(root string) error {
	return os.WriteFile(filepath.Join(root, example), []byte(Example()), 0o644) //nolint:gosec // everybody may read it
}
