// Command generate proves that every field of the schema has a rule, and then writes graph/generated, graph/model,
// graph/permissions.md and graph/permissions.json from it. It refuses a schema with faults, and prints the position of
// each, before it writes anything.
package main

import (
	"errors"
	"fmt"
	"log"
	"maps"
	"os"

	"github.com/99designs/gqlgen/api"
	"github.com/99designs/gqlgen/codegen/config"
	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"

	"deputy/internal/proof"
)

func main() {
	log.SetFlags(0)
	if err := generate(); err != nil {
		log.Fatal(err)
	}
}

// generate works in the folder of the package with the go:generate directive.
func generate() error {
	if err := os.Chdir(".."); err != nil {
		return err
	}
	cfg, err := config.LoadConfig("gqlgen.yml")
	if err != nil {
		return fmt.Errorf("read gqlgen.yml: %w", err)
	}
	enum := moduleEnum(cfg)
	schema, pages, err := prove(cfg)
	if err != nil {
		return fmt.Errorf("prove the schema:\n%w", err)
	}
	bound, err := bindings(schema)
	if err != nil {
		return fmt.Errorf("bind the schema: %w", err)
	}
	maps.Copy(pages, bound)
	maps.Copy(pages, enum)
	for name, text := range pages { // before gqlgen binds the schema to them
		if err := os.WriteFile(name, text, 0o644); err != nil { //nolint:gosec // it is a page of the project, for everybody to read
			return err
		}
	}
	if err := api.Generate(cfg, api.AddPlugin(plans{})); err != nil {
		return fmt.Errorf("generate graph: %w", err)
	}
	return nil
}

// prove returns the schema, and the tables of permissions by file name, or all faults of the schema, one per line.
func prove(cfg *config.Config) (*ast.Schema, map[string][]byte, error) {
	schema, err := gqlparser.LoadSchema(cfg.Sources...)
	if err != nil {
		return nil, nil, err
	}
	var faults []error
	for _, fault := range proof.Check(schema) {
		faults = append(faults, errors.New(fault.String()))
	}
	if len(faults) > 0 {
		return nil, nil, errors.Join(faults...)
	}
	permissions, err := proof.Permissions(schema)
	if err != nil {
		return nil, nil, err
	}
	pages := map[string][]byte{"graph/permissions.md": proof.Table(schema), "graph/permissions.json": permissions}
	return schema, pages, nil
}
