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
	// root is the context of the operation's field that is being answered.
	root      context.Context
	plans     *Plans
	execution generated.PlanExecution
	viewer    *viewer.Viewer
	// denied is why nobody in particular asks; nil when somebody does.
	denied error
	buf    []byte
	states []fieldState
	// path leads to what is being answered.
	path []pathElement
	// maxBytes is how long the response may become; over tells that it would have.
	maxBytes  int
	truncated bool
	// decisions are the decisions about modules of orgs.
	decisions map[decision]error
}

// fieldState is what a run keeps of a step: what is the same for all rows that meet there.
type fieldState struct {
	load.Field
	ctx   context.Context
	field *graphql.FieldContext
	// org is the one whose decision is in err.
	org     string
	err     error
	decided bool
	// authorized tells that the rule let the viewer through.
	authorized bool
}

type decision struct {
	org    string
	module access.Module
	action access.Action
}

// pathElement is one step of the path, and where in its list; -1 outside any.
type pathElement struct {
	step  *step
	index int
}

// maxPooledBuffer is the largest buffer that is kept for the next run, in bytes.
const maxPooledBuffer = 1 << 20

// run returns the operation: complete bytes.
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

// release gives the run back to the pool. Nothing of it is kept but its room.
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

// appendQuery appends the fields of the operation, each behind the middleware of such fields.
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

// alreadyAppended stands for what is in the buffer already.
type alreadyAppended struct{}

// MarshalGQL implements graphql.Marshaler.
func (alreadyAppended) MarshalGQL(io.Writer) {}

// appendObject appends an object. It returns false when that is null because a field of it is that must not be; what
// was appended does not count then. All fields are answered even so, for their errors.
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

// appendField appends the value of a field, and returns false when it is null.
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

// full reports whether the response is as long as it may be: nothing more is read then.
func (r *run) full() bool {
	r.truncated = r.truncated || len(r.buf) > r.maxBytes
	return r.truncated
}

func (r *run) popPath() { r.path = r.path[:len(r.path)-1] }

// appendLeaf appends a leaf.
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

// yieldEvery is after how many members of a list others may have the processor, who would wait for ten milliseconds
// each time otherwise.
const yieldEvery = 64

// appendList appends a list of objects.
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

// appendObjectOf appends an object of the type that it has.
func (r *run) appendObjectOf(s *step, obj any) bool {
	if s.childrenByType == nil {
		return r.appendObject(s.children, obj)
	}
	return r.appendObject(s.childrenByType[s.reads.Kind(obj)], obj)
}
