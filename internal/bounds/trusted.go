package bounds

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"slices"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/parser"
	"github.com/vektah/gqlparser/v2/validator"

	"deputy/internal/fileerr"
)

// apolloManifest is the value of format in Apollo's manifests.
const apolloManifest = "apollo-persisted-query-manifest"

// operations are the operations of manifests. They never change.
type operations struct {
	texts  map[string]string             // by id
	parsed map[string]*ast.QueryDocument // by text
}

// ConsoleAlone is the value of the setting that allows only the operations of the console.
const ConsoleAlone = "console"

// ReadOperations returns documents that include the operations of the console by their ids; console is their manifest,
// nil when there is none. When the setting is the name of a file, only these and the operations of the file's manifest
// may run; when it is ConsoleAlone, only those of the console. The manifest is Apollo's, version 1, or a JSON object of
// texts by id, as relay-compiler and graphql-codegen write it. Every operation is parsed, measured and validated by the
// schema: an operation that would be refused in a request is an error here, with its id.
func ReadOperations(setting string, console []byte, schema *ast.Schema) (*Documents, error) {
	d := NewDocuments()
	d.registered = operations{map[string]string{}, map[string]*ast.QueryDocument{}}
	if console != nil {
		if err := d.registered.add(console, schema); err != nil {
			return nil, fmt.Errorf("operations of the console: %w", err)
		}
	}
	d.trusted = setting != ""
	switch {
	case setting == "":
		return d, nil
	case setting == ConsoleAlone && console == nil:
		return nil, errors.New("DEPUTY_OPERATIONS: there is no console whose operations could run: it is switched off, " +
			"or was not built (make console)")
	case setting == ConsoleAlone:
		return d, nil
	}
	content, err := os.ReadFile(setting)
	if err != nil {
		var at *fs.PathError
		if errors.Is(err, fs.ErrNotExist) && errors.As(err, &at) { // without the name of the missing file
			return nil, fmt.Errorf("read DEPUTY_OPERATIONS: %w", at.Err)
		}
		return nil, fileerr.Explain("read the file that DEPUTY_OPERATIONS names,", setting, err)
	}
	if err := d.registered.add(content, schema); err != nil {
		return nil, fmt.Errorf("read DEPUTY_OPERATIONS: %w", err)
	}
	return d, nil
}

// add adds the operations of a manifest.
func (o operations) add(content []byte, schema *ast.Schema) error {
	texts, err := manifest(content)
	if err != nil {
		return err
	}
	if len(texts) == 0 {
		return errors.New("there are none in the file")
	}
	var wrong []error
	for _, id := range slices.Sorted(maps.Keys(texts)) {
		text := texts[id]
		if other, taken := o.texts[id]; taken && other != text {
			wrong = append(wrong, fmt.Errorf("operation %q: the id is that of another operation of the console", id))
			continue
		}
		parsed, err := validOperation(text, schema)
		if err != nil {
			wrong = append(wrong, fmt.Errorf("operation %q: %w", id, err))
			continue
		}
		o.texts[id], o.parsed[text] = text, parsed
	}
	return errors.Join(wrong[:min(len(wrong), MaxErrors)]...)
}

// Trusted reports whether only registered operations may run.
func (d *Documents) Trusted() bool { return d != nil && d.trusted }

// manifest returns the texts of a manifest by id.
func manifest(content []byte) (map[string]string, error) {
	var kind struct {
		Format  any `json:"format"`
		Version any `json:"version"`
	}
	if err := json.Unmarshal(content, &kind); err != nil {
		return nil, fmt.Errorf("decode: %w", err)
	}
	if kind.Format != apolloManifest {
		texts := map[string]string{}
		if err := json.Unmarshal(content, &texts); err != nil {
			return nil, fmt.Errorf("decode a map of documents by id: %w", err)
		}
		bare := make(map[string]string, len(texts))
		for id, text := range texts {
			bare[documentID(id).bare()] = text
		}
		return bare, nil
	}
	if kind.Version != 1.0 {
		return nil, fmt.Errorf("the manifest has the version %v, and 1 is what is known", kind.Version)
	}
	var list struct {
		Operations []struct {
			ID   string `json:"id"`
			Body string `json:"body"`
		} `json:"operations"`
	}
	if err := json.Unmarshal(content, &list); err != nil {
		return nil, fmt.Errorf("decode the manifest: %w", err)
	}
	texts := make(map[string]string, len(list.Operations))
	for _, operation := range list.Operations {
		id := documentID(operation.ID).bare()
		if _, twice := texts[id]; twice || id == "" {
			return nil, fmt.Errorf("operation %q: an id must be there and stand for one operation", id)
		}
		texts[id] = operation.Body
	}
	return texts, nil
}

// validOperation parses and validates a document, and returns the error that a request with it would have.
func validOperation(text string, schema *ast.Schema) (*ast.QueryDocument, error) {
	limits := Limits{}.WithDefaults()
	if err := limits.Check(text); err != nil {
		return nil, err
	}
	doc, err := parser.ParseQueryWithTokenLimit(&ast.Source{Input: text}, limits.most[ofTokens])
	if err != nil {
		return nil, err
	}
	if len(doc.Operations) == 0 {
		return nil, errors.New("no operation provided")
	}
	if errs := validator.ValidateWithRules(schema, doc, ValidationRules()); len(errs) > 0 {
		return nil, errs
	}
	return doc, nil
}
