package gqlserve

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strings"
	"unicode/utf8"

	"github.com/99designs/gqlgen/graphql"

	"deputy/internal/bounds"
	"deputy/internal/fault"
)

// refusal is the error of an HTTP request that is not a valid GraphQL request, with its HTTP status.
type refusal struct {
	status int
	fault  *fault.Error
	batch  int // the number of operations in the body; 0 if it is not a batch
}

func bad(status int, m fault.Message, args ...any) *refusal {
	return &refusal{status: status, fault: fault.New(fault.BadRequest, m, args...)}
}

// maxBatch is the maximum number of operations of a batch that each get an error.
const maxBatch = 100

// batch returns the refusal of a list of operations. A client that sends a list expects one.
func batch(body []byte) *refusal {
	var operations []json.RawMessage
	refused := bad(http.StatusBadRequest, msgBatch)
	if json.Unmarshal(body, &operations) == nil {
		refused.batch = min(len(operations), maxBatch)
	}
	return refused
}

// readPost reads the body of a POST. Its refusals never quote the body.
func (h HTTP) readPost(w http.ResponseWriter, r *http.Request) ([]byte, *refusal) {
	if !isJSON(r.Header.Values("Content-Type")) {
		return nil, bad(http.StatusUnsupportedMediaType, msgContentType)
	}
	if encoding := r.Header.Get("Content-Encoding"); encoding != "" && !strings.EqualFold(encoding, "identity") {
		return nil, bad(http.StatusUnsupportedMediaType, msgEncoding)
	}
	most := h.maxBody()
	if r.ContentLength > most {
		w.Header().Set("Connection", "close") // or the server would read the rest to keep the connection
		return nil, tooLarge(most, r.ContentLength)
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, most))
	var over *http.MaxBytesError
	switch {
	case errors.As(err, &over):
		return nil, tooLarge(most, most+1)
	case err != nil:
		return nil, bad(http.StatusBadRequest, msgUnreadable)
	case !utf8.Valid(body):
		return nil, bad(http.StatusBadRequest, msgNotUTF8)
	}
	return body, nil
}

func tooLarge(most, asked int64) *refusal {
	return &refusal{
		status: http.StatusRequestEntityTooLarge,
		fault:  bounds.OverLimit(bounds.LimitBody, int(most), int(asked)),
	}
}

// isJSON reports whether there is one Content-Type, application/json in UTF-8, which is the default charset.
func isJSON(values []string) bool {
	if len(values) != 1 {
		return false
	}
	media, params, err := mime.ParseMediaType(values[0])
	charset, named := params["charset"]
	return err == nil && media == mediaJSON && (!named || strings.EqualFold(charset, "utf-8"))
}

// decode reads the members of the request by their exact names; encoding/json alone would accept "QUERY" as "query".
// Unknown members are ignored, as GraphQL over HTTP requires.
func (h HTTP) decode(body []byte) (*graphql.RawParams, *refusal) {
	if trimmed := bytes.TrimLeft(body, " \t\r\n"); len(trimmed) > 0 && trimmed[0] == '[' {
		return nil, batch(trimmed)
	}
	var members map[string]json.RawMessage
	if err := json.Unmarshal(body, &members); err != nil || members == nil {
		return nil, bad(http.StatusBadRequest, msgNotJSON)
	}
	var params received
	for _, p := range params.members() {
		if raw, given := members[p.name]; given {
			if refused := h.parameter(p, raw); refused != nil {
				return nil, refused
			}
		}
	}
	return h.complete(&params, func(name string) string {
		var id string
		_ = json.Unmarshal(members[name], &id) // anything but a string is not an id
		return id
	})
}

// readGet decodes the parameters of a GET.
func (h HTTP) readGet(r *http.Request) (*graphql.RawParams, *refusal) {
	values, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return nil, bad(http.StatusBadRequest, msgUnreadable)
	}
	var params received
	for _, p := range params.members() {
		given := values[p.name]
		switch {
		case len(given) > 1:
			return nil, bad(http.StatusBadRequest, msgTwice, p.name)
		case len(given) == 0 || given[0] == "":
			continue
		case !utf8.ValidString(given[0]):
			return nil, bad(http.StatusBadRequest, msgNotUTF8)
		}
		if text, ok := p.into.(*string); ok {
			*text = given[0]
		} else if refused := h.parameter(p, []byte(given[0])); refused != nil {
			return nil, refused
		}
	}
	return h.complete(&params, values.Get)
}

type parameter struct {
	name string
	into any
}

// received is the request while it is read.
type received struct{ graphql.RawParams }

func (params *received) members() []parameter {
	return []parameter{
		{"query", &params.Query},
		{"operationName", &params.OperationName},
		{"variables", &params.Variables},
		{"extensions", &params.Extensions},
	}
}

func (h HTTP) parameter(p parameter, raw []byte) *refusal {
	if err := h.Limits.CheckInputs(raw); err != nil {
		return &refusal{status: http.StatusBadRequest, fault: err}
	}
	if err := p.unmarshal(raw); err != nil {
		return &refusal{status: http.StatusBadRequest, fault: bounds.WrongParameter(p.name)}
	}
	return nil
}

// complete returns the request with the id of its document, if it has one. Without a text, one of the members that
// named returns may have the id; other clients use these members for other purposes.
func (h HTTP) complete(params *received, named func(string) string) (*graphql.RawParams, *refusal) {
	identified, refused := bounds.Identify(&params.RawParams, named)
	if refused != nil {
		return nil, &refusal{status: http.StatusBadRequest, fault: refused}
	}
	switch {
	case identified:
	case params.Query == "" && h.Limits.Documents.Trusted():
		return nil, bad(http.StatusBadRequest, msgNoID)
	case params.Query == "":
		return nil, bad(http.StatusBadRequest, msgNoQuery)
	}
	return &params.RawParams, nil
}

// unmarshal decodes the parameter. It keeps numbers as json.Number; null leaves the value unchanged.
func (p parameter) unmarshal(raw []byte) error {
	if _, text := p.into.(*string); text {
		return json.Unmarshal(raw, p.into)
	}
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.UseNumber()
	if err := decoder.Decode(p.into); err != nil {
		return err
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return errors.New("more than one value")
	}
	return nil
}
