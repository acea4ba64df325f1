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

	"deputy/internal/whose"
)

// apolloManifest is the format that Apollo's manifests name.
const apolloManifest = "apollo-persisted-query-manifest"

// trusted are the operations of a manifest. They never change.
type trusted struct {
	texts  map[string]string             // by id
	parsed map[string]*ast.QueryDocument // by text
}

// ReadOperations reads a manifest of persisted operations, and answers documents of which these alone run, by their
// ids. It takes Apollo's manifest, version 1, and a JSON object of texts by id, as relay-compiler and graphql-codegen
// write it. Every operation is parsed, measured and validated by the schema: whatever would be refused when it is asked
// for is refused here, with its id. Without the name of a file, the documents are those of NewDocuments.
func ReadOperations(file string, schema *ast.Schema) (*Documents, error) {
	if file == "" {
		return NewDocuments(), nil
	}
	content, err := os.ReadFile(file)
	if err != nil {
		var at *fs.PathError
		if errors.Is(err, fs.ErrNotExist) && errors.As(err, &at) { // the name of what is not there is not repeated
			return nil, fmt.Errorf("read DEPUTY_OPERATIONS: %w", at.Err)
		}
		return nil, whose.Explain("read the file that DEPUTY_OPERATIONS names,", file, err)
	}
	texts, err := manifest(content)
	if err != nil {
		return nil, fmt.Errorf("read DEPUTY_OPERATIONS: %w", err)
	}
	if len(texts) == 0 {
		return nil, errors.New("read DEPUTY_OPERATIONS: there are none in the file")
	}
	t := &trusted{texts, make(map[string]*ast.QueryDocument, len(texts))}
	var wrong []error
	for _, id := range slices.Sorted(maps.Keys(texts)) {
		if t.parsed[texts[id]], err = validOperation(texts[id], schema); err != nil {
			wrong = append(wrong, fmt.Errorf("DEPUTY_OPERATIONS: operation %q: %w", id, err))
		}
	}
	if len(wrong) > 0 {
		return nil, errors.Join(wrong[:min(len(wrong), MaxErrors)]...)
	}
	return &Documents{trusted: t}, nil
}

// Trusted reports whether the operations of a manifest alone may run.
func (d *Documents) Trusted() bool { return d != nil && d.trusted != nil }

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

// validOperation parses a document, and answers why it would be refused.
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
