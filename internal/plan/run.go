package plan

import (
	"bytes"
	"context"
	"io"
	"runtime"

	"github.com/99designs/gqlgen/graphql"

	"deputy/graph/generated"
	"deputy/internal/access"
	"deputy/internal/bounds"
	"deputy/internal/jsonappend"
	"deputy/internal/load"
	"deputy/internal/viewer"
)

// run is the execution of one request by a plan. It goes depth first, in the order of the document.
type run struct {
	ctx context.Context
	// root is the context of the current field of the operation.
	root      context.Context
	plans     *Plans
	execution generated.PlanExecution
	viewer    *viewer.Viewer
	// denied is the error for a caller who is not signed in; nil otherwise.
	denied error
	buf    []byte
	states []fieldState
	// path is the path of the current field.
	path []pathElement
	// maxBytes is the maximum length of the response; truncated reports whether it was exceeded.
	maxBytes  int
	truncated bool
	// decisions are the decisions about modules of orgs.
	decisions map[decision]error
}

// fieldState is the state of a step in a run, which is the same for all its rows.
type fieldState struct {
	load.Field
	ctx   context.Context
	field *graphql.FieldContext
	// org is the org for which err was decided.
	org     string
	err     error
	decided bool
	// authorized reports whether the rule has allowed the viewer.
	authorized bool
}

type decision struct {
	org    string
	module access.Module
	action access.Action
}

// pathElement is one step of the path, with the index in its list; -1 outside a list.
type pathElement struct {
	step  *step
	index int
}

// maxPooledBuffer is the maximum size of a buffer that is kept for the next run, in bytes.
const maxPooledBuffer = 1 << 20

// run executes the operation and returns the complete response.
func (c *compiled) run(ctx context.Context, plans *Plans, op *graphql.OperationContext) *graphql.Response {
	r, kept := plans.runs.Get().(*run)
	if !kept {
		r = &run{}
	}
	r.ctx, r.plans = graphql.WithFieldContext(ctx, &graphql.FieldContext{Object: "Query"}), plans
	defer r.release()
	r.execution = generated.NewPlanExecution(plans.generated, op)
	r.viewer, r.denied = viewer.SignedIn(ctx)
	if cap(r.states) < c.steps {
		r.states = make([]fieldState, c.steps)
	}
	r.states, r.maxBytes = r.states[:c.steps], bounds.MostBytes(op)
	if !r.appendQuery(c.fields, op.RootResolverMiddleware) {
		r.buf = append(r.buf[:0], "null"...)
	}
	if r.full() {
		return bounds.Overlong(ctx, op, r.maxBytes)
	}
	return &graphql.Response{Data: bytes.Clone(r.buf)}
}

// release returns the run to the pool. Only its buffers are kept.
func (r *run) release() {
	clear(r.states)
	clear(r.path[:cap(r.path)])
	if cap(r.buf) > maxPooledBuffer {
		r.buf = nil
	}
	runs := &r.plans.runs
	*r = run{buf: r.buf[:0], states: r.states[:0], path: r.path[:0]}
	runs.Put(r)
}

// appendQuery appends the fields of the operation, each through the root field middleware. It returns false if the data
// is null because a non-null field is.
func (r *run) appendQuery(steps []*step, around graphql.RootFieldMiddleware) bool {
	whole := true
	r.buf = append(r.buf, '{')
	for i, s := range steps {
		if i > 0 {
			r.buf = append(r.buf, ',')
		}
		r.buf = append(r.buf, s.key...)
		start := len(r.buf)
		if s.typename != "" {
			r.buf = append(r.buf, s.typename...)
			continue
		}
		ctx := graphql.WithRootFieldContext(r.ctx, &graphql.RootFieldContext{Object: s.field.Name, Field: s.field})
		switch other := around(ctx, func(ctx context.Context) graphql.Marshaler {
			r.root = ctx
			if r.appendField(s, nil) {
				return alreadyAppended{}
			}
			return graphql.Null
		}).(type) {
		case alreadyAppended:
			continue
		default:
			if other != graphql.Null {
				w := jsonappend.Writer{Buf: r.buf[:start]}
				other.MarshalGQL(&w)
				r.buf = w.Buf
				continue
			}
		}
		r.buf = append(r.buf[:start], "null"...)
		whole = whole && !s.nonNull
	}
	r.buf = append(r.buf, '}')
	return whole
}

// alreadyAppended is the result of a root field whose value is in the buffer already.
type alreadyAppended struct{}

// MarshalGQL implements graphql.Marshaler.
func (alreadyAppended) MarshalGQL(io.Writer) {}

// appendObject appends an object. It returns false if the object is null because a non-null field of it is; the caller
// then discards the appended bytes. All fields are resolved even then, for their errors.
func (r *run) appendObject(steps []*step, obj any) bool {
	whole := true
	r.buf = append(r.buf, '{')
	for i, s := range steps {
		if i > 0 {
			r.buf = append(r.buf, ',')
		}
		r.buf = append(r.buf, s.key...)
		start := len(r.buf)
		if !r.appendField(s, obj) {
			r.buf = append(r.buf[:start], "null"...)
			whole = whole && !s.nonNull
		}
	}
	r.buf = append(r.buf, '}')
	return whole
}

// appendField appends the value of a field, and returns false if it is null.
func (r *run) appendField(s *step, obj any) bool {
	switch {
	case s.typename != "":
		r.buf = append(r.buf, s.typename...)
		return true
	case s.reads.Write != nil && s.rule == nil:
		return r.appendLeaf(s, s.reads.Write, obj)
	}
	if r.full() {
		return false
	}
	r.path = append(r.path, pathElement{s, -1})
	defer r.popPath()
	kept := &r.states[s.number]
	if !r.enterField(s, kept) || s.rule != nil && !r.authorize(s, kept, obj) {
		return false
	}
	if s.reads.Write != nil {
		return r.appendLeaf(s, s.reads.Write, obj)
	}
	value, ok := r.resolve(s, kept, obj)
	switch {
	case !ok:
		return false
	case value == nil:
		if s.nonNull {
			graphql.AddInvalidNullError(r.errorContext(nil), "")
		}
		return false
	case s.leaf:
		return r.appendLeaf(s, s.reads.Append, value)
	case s.reads.Len != nil:
		return r.appendList(s, value)
	}
	return r.appendObjectOf(s, value)
}

// full reports whether the response exceeds its maximum length. Nothing more is read then.
func (r *run) full() bool {
	r.truncated = r.truncated || len(r.buf) > r.maxBytes
	return r.truncated
}

func (r *run) popPath() { r.path = r.path[:len(r.path)-1] }

// appendLeaf appends a scalar or an enum, and returns false if it is null.
func (r *run) appendLeaf(s *step, write func([]byte, any) ([]byte, error), value any) bool {
	start := len(r.buf)
	b, err := write(r.buf, value)
	if err != nil { // the value can't be written
		r.buf = r.buf[:start]
		graphql.AddError(r.errorContext(s), err)
		return false
	}
	r.buf = b
	if len(b) > start {
		return true
	}
	if s.nonNull {
		graphql.AddInvalidNullError(r.errorContext(s), s.named+"!")
	}
	return false
}

// yieldEvery is the number of members of a list after which a run yields the processor: other goroutines would wait ten
// milliseconds for preemption otherwise.
const yieldEvery = 64

// appendList appends a list of objects, and returns false if it is null.
func (r *run) appendList(s *step, value any) bool {
	n := s.reads.Len(value)
	if n < 0 && !s.nonNull {
		return false
	}
	whole, here := true, len(r.path)-1
	r.buf = append(r.buf, '[')
	for i := range n {
		if r.full() {
			break
		}
		if i > 0 {
			r.buf = append(r.buf, ',')
		}
		if i%yieldEvery == yieldEvery-1 {
			runtime.Gosched()
		}
		r.path[here].index = i
		start := len(r.buf)
		member := s.reads.At(value, i)
		switch {
		case member != nil && r.appendObjectOf(s, member):
			continue
		case member == nil && s.nonNullMembers:
			graphql.AddInvalidNullError(r.errorContext(nil), s.named+"!")
		}
		r.buf = append(r.buf[:start], "null"...)
		whole = whole && !s.nonNullMembers
	}
	r.path[here].index = -1
	r.buf = append(r.buf, ']')
	return whole
}

// appendObjectOf appends an object with the steps of its concrete type.
func (r *run) appendObjectOf(s *step, obj any) bool {
	if s.childrenByType == nil {
		return r.appendObject(s.children, obj)
	}
	return r.appendObject(s.childrenByType[s.reads.Kind(obj)], obj)
}
