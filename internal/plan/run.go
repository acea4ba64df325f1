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
	root   context.Context
	plans  *Plans
	with   generated.PlanExecution
	viewer *viewer.Viewer
	// denied is why nobody in particular asks; nil when somebody does.
	denied error
	buf    []byte
	slots  []slot
	// path leads to what is being answered.
	path []at
	// most is how long the answer may become; over tells that it would have.
	most int
	over bool
	// judged are the decisions about modules of orgs.
	judged map[judgement]error
}

// slot is what a run keeps of a step: what is the same for all rows that meet there.
type slot struct {
	load.Slot
	ctx   context.Context
	field *graphql.FieldContext
	// org is the one whose decision is in err.
	org string
	err error
	set bool
	// let tells that the rule let the viewer through.
	let bool
}

type judgement struct {
	org    string
	module access.Module
	action access.Action
}

// at is one step of the path, and where in its list; -1 outside any.
type at struct {
	step  *step
	index int
}

// keptBuffer is the largest buffer that is kept for the next run, in bytes.
const keptBuffer = 1 << 20

// run returns the operation: complete bytes.
func (c *compiled) run(ctx context.Context, plans *Plans, op *graphql.OperationContext) *graphql.Response {
	r, kept := plans.runs.Get().(*run)
	if !kept {
		r = &run{}
	}
	r.ctx, r.plans = graphql.WithFieldContext(ctx, &graphql.FieldContext{Object: "Query"}), plans
	defer r.release()
	r.with = generated.NewPlanExecution(plans.generated, op)
	r.viewer, r.denied = viewer.SignedIn(ctx)
	if cap(r.slots) < c.steps {
		r.slots = make([]slot, c.steps)
	}
	r.slots, r.most = r.slots[:c.steps], bounds.MostBytes(op)
	if !r.query(c.fields, op.RootResolverMiddleware) {
		r.buf = append(r.buf[:0], "null"...)
	}
	if r.full() {
		return bounds.Overlong(ctx, op, r.most)
	}
	return &graphql.Response{Data: bytes.Clone(r.buf)}
}

// release gives the run back to the pool. Nothing of it is kept but its room.
func (r *run) release() {
	clear(r.slots)
	clear(r.path[:cap(r.path)])
	if cap(r.buf) > keptBuffer {
		r.buf = nil
	}
	runs := &r.plans.runs
	*r = run{buf: r.buf[:0], slots: r.slots[:0], path: r.path[:0]}
	runs.Put(r)
}

// query appends the fields of the operation, each behind the middleware of such fields.
func (r *run) query(steps []*step, around graphql.RootFieldMiddleware) bool {
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
			if r.step(s, nil) {
				return appended{}
			}
			return graphql.Null
		}).(type) {
		case appended:
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
		whole = whole && !s.whole
	}
	r.buf = append(r.buf, '}')
	return whole
}

// appended stands for what is in the buffer already.
type appended struct{}

// MarshalGQL implements graphql.Marshaler.
func (appended) MarshalGQL(io.Writer) {}

// object appends an object. It returns false when that is null because a field of it is that must not be; what was
// appended does not count then. All fields are answered even so, for their errors.
func (r *run) object(steps []*step, obj any) bool {
	whole := true
	r.buf = append(r.buf, '{')
	for i, s := range steps {
		if i > 0 {
			r.buf = append(r.buf, ',')
		}
		r.buf = append(r.buf, s.key...)
		start := len(r.buf)
		if !r.step(s, obj) {
			r.buf = append(r.buf[:start], "null"...)
			whole = whole && !s.whole
		}
	}
	r.buf = append(r.buf, '}')
	return whole
}

// step appends the value of a field, and returns false when it is null.
func (r *run) step(s *step, obj any) bool {
	switch {
	case s.typename != "":
		r.buf = append(r.buf, s.typename...)
		return true
	case s.reads.Write != nil && s.rule == nil:
		return r.leaf(s, s.reads.Write, obj)
	}
	if r.full() {
		return false
	}
	r.path = append(r.path, at{s, -1})
	defer r.pop()
	kept := &r.slots[s.number]
	if !r.open(s, kept) || s.rule != nil && !r.let(s, kept, obj) {
		return false
	}
	if s.reads.Write != nil {
		return r.leaf(s, s.reads.Write, obj)
	}
	value, ok := r.value(s, kept, obj)
	switch {
	case !ok:
		return false
	case value == nil:
		if s.whole {
			graphql.AddInvalidNullError(r.exact(nil), "")
		}
		return false
	case s.leaf:
		return r.leaf(s, s.reads.Append, value)
	case s.reads.Len != nil:
		return r.list(s, value)
	}
	return r.one(s, value)
}

// full reports whether the answer is as long as it may be: nothing more is read then.
func (r *run) full() bool {
	r.over = r.over || len(r.buf) > r.most
	return r.over
}

func (r *run) pop() { r.path = r.path[:len(r.path)-1] }

// leaf appends a leaf.
func (r *run) leaf(s *step, write func([]byte, any) ([]byte, error), value any) bool {
	start := len(r.buf)
	b, err := write(r.buf, value)
	if err != nil { // the value can't be written
		r.buf = r.buf[:start]
		graphql.AddError(r.exact(s), err)
		return false
	}
	r.buf = b
	if len(b) > start {
		return true
	}
	if s.whole {
		graphql.AddInvalidNullError(r.exact(s), s.named+"!")
	}
	return false
}

// lettingGo is after how many members of a list others may have the processor, who would wait for ten milliseconds each
// time otherwise.
const lettingGo = 64

// list appends a list of objects.
func (r *run) list(s *step, value any) bool {
	n := s.reads.Len(value)
	if n < 0 && !s.whole {
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
		if i%lettingGo == lettingGo-1 {
			runtime.Gosched()
		}
		r.path[here].index = i
		start := len(r.buf)
		member := s.reads.At(value, i)
		switch {
		case member != nil && r.one(s, member):
			continue
		case member == nil && s.wholeMembers:
			graphql.AddInvalidNullError(r.exact(nil), s.named+"!")
		}
		r.buf = append(r.buf[:start], "null"...)
		whole = whole && !s.wholeMembers
	}
	r.path[here].index = -1
	r.buf = append(r.buf, ']')
	return whole
}

// one appends an object of the type that it has.
func (r *run) one(s *step, obj any) bool {
	if s.kinds == nil {
		return r.object(s.below, obj)
	}
	return r.object(s.kinds[s.reads.Kind(obj)], obj)
}
