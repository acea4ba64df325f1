package bounds

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"strings"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"deputy/internal/fault"
)

// Persisted is a gqlgen extension that runs a document by its id: registered operations by the ids of their manifest.
// If only these are trusted, all others are refused (QUERY_NOT_IN_SAFELIST). Otherwise it also implements automatic
// persisted queries (https://www.apollographql.com/docs/apollo-server/performance/apq): the id is the document's
// SHA-256, PERSISTED_QUERY_NOT_FOUND makes the client send the text, and a text with its hash is cached once it is
// valid.
type Persisted struct {
	// Documents is the cache that it reads and fills.
	Documents *Documents
}

var (
	_ graphql.OperationParameterMutator = Persisted{}
	_ graphql.OperationContextMutator   = Persisted{}
)

// persistedQuery is the extension in which Apollo's clients send an id, and in which Identify stores it.
const persistedQuery = "persistedQuery"

// documentIDs are the members of a request in which other clients send an id: GraphQL over HTTP, and two that are
// common with Relay.
var documentIDs = []string{"documentId", "doc_id", "id"}

// documentID is the id of the request's document. It is a separate type so that clients cannot set it in extensions.
type documentID string

// bare returns the id without the name of its hash, which some clients and manifests include.
func (id documentID) bare() string { return strings.TrimPrefix(string(id), "sha256:") }

// persistedID returns the id in persistedQuery, empty when it is absent.
func persistedID(extensions map[string]any) (documentID, *fault.Error) {
	given, ok := extensions[persistedQuery]
	if !ok || given == nil {
		return "", nil
	}
	members, _ := given.(map[string]any)
	hash, ok := members["sha256Hash"].(string)
	if !ok || hash == "" {
		return "", WrongParameter("extensions.persistedQuery")
	}
	if members["version"] != json.Number("1") {
		return "", fault.New(fault.BadRequest, msgPersistedVersion)
	}
	return documentID(hash), nil
}

// Identify finds the id of the request's document, if it has one, and stores it in the extensions. Only a request
// without a text is identified by the members that named looks up, because some clients use these for other purposes.
func Identify(request *graphql.RawParams, named func(string) string) (identified bool, refused *fault.Error) {
	id, refused := persistedID(request.Extensions)
	if refused != nil {
		return false, refused
	}
	if request.Query == "" {
		for _, name := range documentIDs {
			id = cmp.Or(id, documentID(named(name)))
		}
	}
	if id == "" {
		return false, nil
	}
	if request.Extensions == nil {
		request.Extensions = map[string]any{}
	}
	request.Extensions[persistedQuery] = id
	return true, nil
}

// WrongParameter returns the error for a member of a request with the wrong type.
func WrongParameter(name string) *fault.Error { return fault.New(fault.BadRequest, msgParameter, name) }

// ExtensionName implements graphql.HandlerExtension.
func (Persisted) ExtensionName() string { return "Persisted" }

// Validate implements graphql.HandlerExtension.
func (Persisted) Validate(graphql.ExecutableSchema) error { return nil }

// MutateOperationParameters implements graphql.OperationParameterMutator: it sets the text of a request that has only
// an id.
func (p Persisted) MutateOperationParameters(ctx context.Context, request *graphql.RawParams) *gqlerror.Error {
	id, _ := request.Extensions[persistedQuery].(documentID)
	text, err := p.Documents.text(ctx, id, request.Query)
	if err != nil {
		return gqlerror.Wrap(err)
	}
	request.Query = text
	return nil
}

// text returns the document of a request that has an id, a text, or both.
func (d *Documents) text(ctx context.Context, id documentID, query string) (string, *fault.Error) {
	hash := id.bare()
	registered, known := d.registered.texts[hash]
	switch {
	case d.trusted && query != "":
		return "", fault.New(fault.NotInSafelist, msgByID)
	case known && query == "":
		return registered, nil
	case d.trusted:
		return "", fault.New(fault.NotInSafelist, msgUnregistered)
	case id == "":
		return query, nil
	case query == "":
		if text, ok := d.texts.get(ctx, hash); ok {
			return text, nil
		}
		return "", fault.New(fault.PersistedNotFound, msgPersistedNotFound)
	}
	if sum := sha256.Sum256([]byte(query)); hex.EncodeToString(sum[:]) != hash {
		return "", fault.New(fault.BadRequest, msgPersistedHash)
	}
	return query, nil
}

// MutateOperationContext implements graphql.OperationContextMutator: it caches a text that came with its hash. It runs
// after the document was validated.
func (p Persisted) MutateOperationContext(ctx context.Context, op *graphql.OperationContext) *gqlerror.Error {
	id, identified := op.Extensions[persistedQuery].(documentID)
	if !identified || p.Documents.trusted || len(op.RawQuery) > cachedDocument {
		return nil
	}
	if _, known := p.Documents.registered.texts[id.bare()]; !known {
		p.Documents.texts.add(ctx, id.bare(), op.RawQuery)
	}
	return nil
}
