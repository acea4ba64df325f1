package gqlserve

import (
	"cmp"
	"context"
	"errors"
	"net/http"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"deputy/internal/bounds"
	"deputy/internal/fault"
	"deputy/internal/lang"
	"deputy/internal/share"
	"deputy/internal/web"
)

const (
	// DefaultMaxBody is the maximum size of a POST's body, in bytes.
	DefaultMaxBody = 1 << 20
	// maxErrorText is the maximum total length of a response's errors, in bytes, except the first: each error has the path
	// of its field.
	maxErrorText = 32 << 10
)

// HTTP implements GraphQL over HTTP (https://graphql.github.io/graphql-over-http/draft/): POST of application/json, and
// GET for queries. It refuses requests that a browser sends to another site without a preflight: a POST must be
// application/json, which is not a simple request; see crossSite for GET, which pages of listed origins may send like
// those of this server. It is a gqlgen transport that supports every request, so it is added last.
//
// Status codes: 200 for any response with data. Without data, the status with application/graphql-response+json is 4xx
// or 5xx by the error, and with application/json 200, because old clients read nothing else, but 500 for INTERNAL. A
// batch is refused in the form that its client expects: a list with an error for each operation. While the database is
// unavailable, the status is 503, with the code UNAVAILABLE and Retry-After. An invalid GraphQL request has the status
// 400, 403, 405, 406, 413 or 415 with both media types.
type HTTP struct {
	Errors Errors
	// Limits are those of variables and of time; an extension enforces those of documents.
	Limits bounds.Limits
	// MaxBody is the maximum size of a body, in bytes; 0 means 1 MiB. A larger one is refused with LIMIT_EXCEEDED.
	MaxBody int64

	large semaphore // of large requests
}

var _ graphql.Transport = HTTP{}

func (h HTTP) maxBody() int64 { return cmp.Or(h.MaxBody, DefaultMaxBody) }

// Supports implements graphql.Transport.
func (HTTP) Supports(*http.Request) bool { return true }

// Do implements graphql.Transport.
func (h HTTP) Do(w http.ResponseWriter, r *http.Request, exec graphql.GraphExecutor) {
	r = r.WithContext(lang.With(r.Context(), lang.Of(r)))
	media, acceptable := negotiate(r)
	out := answer{ctx: r.Context(), w: w, media: cmp.Or(media, mediaJSON)}
	defer func() {
		if value := recover(); value != nil {
			if err, ok := value.(error); ok && errors.Is(err, http.ErrAbortHandler) {
				panic(value)
			}
			out.errors(http.StatusInternalServerError, h.Errors.Present(r.Context(), h.Errors.Recover(r.Context(), value)))
		}
	}()

	start := graphql.Now()
	body, refused := h.receive(w, r, acceptable)
	if refused != nil {
		out.errors(refused.status, h.Errors.Present(r.Context(), refused.fault))
		return
	}
	r, err := web.Arrived(r)
	if err != nil {
		out.response(&graphql.Response{Errors: gqlerror.List{h.Errors.Present(out.ctx, err)}}, 0)
		return
	}
	most := h.Limits.WithDefaults().Time
	ctx, cancel := context.WithTimeoutCause(r.Context(), most, bounds.OverTime(most))
	defer cancel()
	turn, err := h.large.acquire(ctx, len(body))
	defer turn.End()
	switch {
	case ctx.Err() != nil:
		h.ended(ctx, out)
		return
	case err != nil:
		out.response(&graphql.Response{Errors: gqlerror.List{h.Errors.Present(ctx, err)}}, 0)
		return
	}
	params, refused := h.understand(r, body)
	if refused != nil && refused.batch > 0 {
		out.times = refused.batch
		out.response(&graphql.Response{Errors: gqlerror.List{h.Errors.Present(r.Context(), refused.fault)}}, 0)
		return
	}
	if refused != nil {
		out.errors(refused.status, h.Errors.Present(r.Context(), refused.fault))
		return
	}
	if params == nil {
		w.WriteHeader(http.StatusNoContent)
		return
	}
	params.Headers = r.Header
	params.ReadTime = graphql.TraceTiming{Start: start, End: graphql.Now()}
	h.run(out, r.WithContext(ctx), exec, params, turn)
}

// receive checks the method and the headers of a request, and returns its body; nil for GET and OPTIONS.
func (h HTTP) receive(w http.ResponseWriter, r *http.Request, acceptable bool) (body []byte, refused *refusal) {
	switch r.Method {
	case http.MethodGet, http.MethodPost:
	case http.MethodOptions:
		w.Header().Set("Allow", "GET, POST, OPTIONS")
		return nil, nil
	default:
		w.Header().Set("Allow", "GET, POST, OPTIONS")
		return nil, bad(http.StatusMethodNotAllowed, msgMethod)
	}
	switch {
	case !acceptable:
		return nil, bad(http.StatusNotAcceptable, msgAccept)
	case r.Method == http.MethodPost:
		return h.readPost(w, r)
	case crossSite(r):
		return nil, bad(http.StatusForbidden, msgCrossSite)
	}
	return nil, nil
}

// understand decodes the GraphQL request of a POST or GET; nil for OPTIONS.
func (h HTTP) understand(r *http.Request, body []byte) (*graphql.RawParams, *refusal) {
	switch r.Method {
	case http.MethodPost:
		return h.decode(body)
	case http.MethodGet:
		return h.readGet(r)
	}
	return nil, nil
}

// run executes the request and writes the response. It releases the place after the execution, so that a client that
// reads the response slowly blocks nobody.
func (h HTTP) run(
	out answer, r *http.Request, exec graphql.GraphExecutor, params *graphql.RawParams, turn *share.Place,
) {
	ctx := r.Context()
	operation, errs := exec.CreateOperationContext(ctx, params)
	if len(errs) > 0 {
		// Each error is presented separately, so errors beyond the maximum are omitted before.
		left := len(errs) - min(len(errs), bounds.MaxErrors)
		out.response(exec.DispatchError(graphql.WithOperationContext(ctx, operation), errs[:len(errs)-left]), left)
		return
	}
	web.SetOperation(ctx, operation.Operation.Name)
	switch kind := operation.Operation.Operation; {
	case kind == ast.Subscription:
		h.refuse(out, r, exec, operation, fault.New(fault.BadRequest, msgSubscription))
		return
	case kind != ast.Query && r.Method == http.MethodGet:
		out.w.Header().Set("Allow", "POST")
		out.errors(http.StatusMethodNotAllowed, h.Errors.Present(ctx, fault.New(fault.BadRequest, msgGetQuery)))
		return
	}
	out.query = operation.Operation.Operation == ast.Query
	responses, ctx := exec.DispatchOperation(ctx, operation)
	response := responses(ctx)
	turn.End()
	if response == nil {
		h.ended(ctx, out)
		return
	}
	out.response(response, 0)
}

// ended writes the response to a request that ended before its response. The status after the time limit is 503, since
// the server was slow; a client that has disconnected does not read it.
func (h HTTP) ended(ctx context.Context, out answer) {
	switch err := ctx.Err(); {
	case errors.Is(err, context.DeadlineExceeded):
		out.errors(http.StatusServiceUnavailable, h.Errors.Present(ctx, err))
	case err != nil:
		out.errors(http.StatusBadRequest, h.Errors.Present(ctx, err))
	default:
		out.errors(http.StatusInternalServerError, h.Errors.Present(ctx, errors.New("the executor answered nothing")))
	}
}

func (h HTTP) refuse(
	out answer, r *http.Request, exec graphql.GraphExecutor, operation *graphql.OperationContext, err *fault.Error,
) {
	ctx := graphql.WithOperationContext(r.Context(), operation)
	out.response(exec.DispatchError(ctx, gqlerror.List{gqlerror.Wrap(err)}), 0)
}
