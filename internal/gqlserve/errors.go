package gqlserve

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"strconv"
	"strings"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/errcode"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"deputy/internal/bounds"
	"deputy/internal/crash"
	"deputy/internal/fault"
	"deputy/internal/lang"
	"deputy/internal/metrics"
	"deputy/internal/store"
	"deputy/internal/web"
)

const (
	// maxLogged is the maximum length of an error, and of its path, in the log, in bytes.
	maxLogged = 250
	// maxLocations is the maximum number of locations of an error.
	maxLocations = 10
)

// Errors converts all errors to the errors that clients get: a *fault.Error with its code, its extensions and its
// message in the language of the request; errors of the parser and validation with their codes and locations; a commit
// without a response as OUTCOME_UNKNOWN; everything else as INTERNAL with the request's id, and a line in the log.
type Errors struct {
	Log *slog.Logger
	// Crashes decides which stacks are logged; all if nil.
	Crashes *crash.Reporter
	// Metrics counts errors; nil does not.
	Metrics *metrics.Metrics
	// Away is called with the error when the database is unavailable; it may be nil.
	Away func(error)
}

// Recover is gqlgen's RecoverFunc: it converts a panic to an error that Present logs and converts to INTERNAL.
func (Errors) Recover(_ context.Context, value any) error { return crash.Of(value) }

// Broken writes the response to a request that fails before it is parsed: its viewer can't be read, or it is refused.
func (e Errors) Broken(w http.ResponseWriter, r *http.Request, err error) {
	ctx := lang.With(r.Context(), lang.Of(r))
	status := http.StatusInternalServerError
	var refused *fault.Error
	if errors.As(err, &refused) && refused.Code == fault.RateLimited {
		status = http.StatusTooManyRequests
		if seconds, said := refused.Extra["retryAfter"].(int); said {
			w.Header().Set("Retry-After", strconv.Itoa(seconds))
		}
	} else if code, known := fault.CodeOf(err); known && code != fault.Internal {
		status = http.StatusForbidden
	} else if store.Unavailable(err) {
		status = http.StatusServiceUnavailable
		w.Header().Set("Retry-After", strconv.Itoa(retryAway))
	}
	answer{ctx: ctx, w: w, media: mediaJSON}.errors(status, e.Present(ctx, err))
}

// Present is gqlgen's ErrorPresenterFunc. It never returns nil.
func (e Errors) Present(ctx context.Context, err error) *gqlerror.Error {
	said := &gqlerror.Error{}
	var positioned *gqlerror.Error
	if errors.As(err, &positioned) {
		said.Path, said.Locations = positioned.Path, positioned.Locations
	}
	var known *fault.Error
	var broken *crash.Panic
	path, argument := ofArgument(ctx, said.Path)
	said.Path = path
	switch {
	case errors.As(err, &broken):
		e.internal(ctx, said, err)
	case errors.Is(err, store.ErrUnknownOutcome):
		e.unknown(ctx, said, err)
	case errors.As(err, &known) && known.Code != fault.Internal:
		e.fault(ctx, said, known)
		if field := graphql.GetFieldContext(ctx); ofRule(known) && field != nil && field.Field.Field != nil {
			said.Extensions[coordinateKey] = field.Object + "." + field.Field.Name
		}
	case positioned != nil && ofDocument(positioned) != "":
		document(said, positioned)
	case ctx.Err() != nil:
		e.ended(ctx, said, err)
	case argument != "":
		// An invalid scalar or enum, whose error may quote the value.
		localize(ctx, said, fault.New(fault.BadRequest, msgArgument, argument))
	case known == nil && store.Unavailable(err):
		e.unavailable(ctx, said, err)
	default:
		e.internal(ctx, said, err)
	}
	if argument != "" {
		said.Extensions["argument"] = argument
	}
	if committed(ctx, said.Path) {
		said.Extensions["committed"] = true
	}
	code, _ := said.Extensions["code"].(string)
	limit, _ := said.Extensions["limit"].(string)
	e.Metrics.Refusal(code, limit)
	return said
}

// committed reports whether the error occurred in a field of a mutation's payload, and not in the mutation: its
// transaction has been committed by then, and only reading the payload failed.
func committed(ctx context.Context, path ast.Path) bool {
	if len(path) < 2 || !graphql.HasOperationContext(ctx) {
		return false
	}
	op := graphql.GetOperationContext(ctx).Operation
	return op != nil && op.Operation == ast.Mutation
}

// ofArgument splits the path of an error that occurred while the arguments of a field were read. Such a path continues
// from the field into its arguments, while the path of an error in a response must lead into the data.
func ofArgument(ctx context.Context, path ast.Path) (field ast.Path, argument string) {
	at := graphql.GetFieldContext(ctx)
	if at == nil {
		return path, ""
	}
	field = at.Path()
	if len(path) <= len(field) {
		return path, ""
	}
	for i := range field {
		if path[i] != field[i] {
			return path, ""
		}
	}
	if _, named := path[len(field)].(ast.PathName); !named {
		return path, ""
	}
	return field, fault.Shorten(path[len(field):].String(), fault.MaxQuoted)
}

func localize(ctx context.Context, said *gqlerror.Error, f *fault.Error) {
	said.Message, said.Extensions = f.Localized(lang.From(ctx))
}

func (e Errors) fault(ctx context.Context, said *gqlerror.Error, known *fault.Error) {
	if known.Cause != nil {
		e.log(ctx, slog.LevelWarn, "refused", said.Path, known)
	}
	if known.Code.IsRefusal() {
		// Refusals belong in userErrors. Where these don't exist, as in a query, the request is invalid.
		bad := *known
		bad.Code = fault.BadRequest
		known = &bad
	}
	localize(ctx, said, known)
}

// ofDocument returns gqlgen's code of an error of the parser or of validation, and "" for other errors.
func ofDocument(err *gqlerror.Error) string {
	switch code, _ := err.Extensions["code"].(string); code {
	case errcode.ParseFailed, errcode.ValidationFailed:
		return code
	}
	return ""
}

// document copies an error of the document or its variables. The path of such an error leads into the variables, while
// the path of an error in a response must lead into the data, so it is moved to an extension.
func document(said, found *gqlerror.Error) {
	said.Message = fault.Shorten(found.Message, fault.MaxQuoted)
	said.Path = nil
	said.Locations = found.Locations[:min(len(found.Locations), maxLocations)]
	said.Extensions = map[string]any{"code": ofDocument(found)}
	if len(found.Path) > 1 && found.Path[0] == ast.PathName("variable") {
		said.Extensions["variable"] = fault.Shorten(found.Path[1:].String(), fault.MaxQuoted)
		if before, after, quotes := strings.Cut(found.Message, " is not a valid "); quotes && before != "" {
			said.Message = "is not a valid " + fault.Shorten(after, fault.MaxQuoted) // without the value, which may be a secret
		}
	}
}

// ended sets the error of a request that ended before its response: the client disconnected, or the time limit was
// exceeded. Other errors are a consequence of that, so they are not internal errors.
func (e Errors) ended(ctx context.Context, said *gqlerror.Error, err error) {
	e.log(ctx, slog.LevelInfo, "request ended early", said.Path, err)
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		why := bounds.OverTime(bounds.Limits{}.WithDefaults().Time)
		_ = errors.As(context.Cause(ctx), &why) // the cause has the limit that applied
		localize(ctx, said, why)
		return
	}
	localize(ctx, said, fault.New(fault.BadRequest, msgEnded))
}

func (e Errors) internal(ctx context.Context, said *gqlerror.Error, err error) {
	e.log(ctx, slog.LevelError, "internal error", said.Path, err)
	localize(ctx, said, fault.New(fault.Internal, MsgInternal).With("requestId", web.RequestID(ctx)))
}

// unknown sets the error of a commit with an unknown outcome, even if the request has ended by now.
func (e Errors) unknown(ctx context.Context, said *gqlerror.Error, err error) {
	e.log(ctx, slog.LevelError, "outcome unknown", said.Path, err)
	localize(ctx, said, fault.New(fault.OutcomeUnknown, msgUnknownOutcome).With("requestId", web.RequestID(ctx)))
}

// log writes at most one line of each level for a request, with the stack of a panic unless Crashes has logged that
// stack recently.
func (e Errors) log(ctx context.Context, level slog.Level, msg string, path ast.Path, err error) {
	if !web.MayLog(ctx, level) {
		return
	}
	attrs := []slog.Attr{
		slog.String("request_id", web.RequestID(ctx)),
		slog.String("path", crash.Plain(path.String(), maxLogged)),
		slog.String("error", crash.Plain(err.Error(), maxLogged)),
	}
	if stack := e.Crashes.Stack(err); stack != "" {
		attrs = append(attrs, slog.String("stack", stack))
	}
	e.Log.LogAttrs(ctx, level, msg, attrs...)
}
