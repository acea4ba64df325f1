package main

import (
	"fmt"
	"path/filepath"
	"regexp"
	"strings"
	"unicode"

	"github.com/99designs/gqlgen/codegen/config"

	"deputy/internal/access"
)

// enumOfModules matches the enum in the schema.
var enumOfModules = regexp.MustCompile(`(?s)\nenum Module \{\n.*?\n\}\n`)

// moduleEnum updates the schema's enum of modules from the table in package access, and returns the file that contains
// it.
func moduleEnum(cfg *config.Config) map[string][]byte {
	files := map[string][]byte{}
	var enum strings.Builder
	enum.WriteString("\nenum Module {\n")
	for _, info := range access.Modules() {
		alone := ""
		if !info.Grantable {
			alone = " The owner's alone."
		}
		fmt.Fprintf(&enum, "  \"%s: %s.%s\"\n  %s\n", info.Name.Zh, within(info.Description.En), alone, info.Code)
	}
	enum.WriteString("}\n")
	for _, source := range cfg.Sources {
		if filepath.Base(source.Name) == "module.graphqls" {
			source.Input = enumOfModules.ReplaceAllLiteralString(source.Input, enum.String())
			files[source.Name] = []byte(source.Input)
		}
	}
	return files
}

// within returns a text for the middle of a sentence: its first word in lower case, unless it is an abbreviation.
func within(text string) string {
	letters := []rune(text)
	if len(letters) > 1 && unicode.IsUpper(letters[0]) && !unicode.IsUpper(letters[1]) {
		letters[0] = unicode.ToLower(letters[0])
	}
	return string(letters)
}
