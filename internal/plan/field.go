package plan

import (
	"context"

	"github.com/99designs/gqlgen/graphql"

	"deputy/internal/load"
)

// open makes the context in which the step's field is resolved, once: its arguments are read, and it is where it is in
// the document. It returns false when the arguments can't be read, which is an error of every row.
func (r *run) open(s *step, kept *slot) bool {
	if kept.ctx != nil {
		return true
	}
	field, err := s.reads.Context(r.with, r.trail(r.path[:len(r.path)-1]), s.field)
	if err != nil {
		return false
	}
	parent := r.root
	if s.above != nil {
		parent = r.slots[s.above.number].ctx
	}
	kept.field = field
	kept.ctx = load.WithSlot(graphql.WithFieldContext(parent, field), &kept.Slot)
	kept.Place = load.PlaceOf(field)
	return true
}

// let reports whether the rule of the step lets the viewer in.
func (r *run) let(s *step, kept *slot, obj any) bool {
	err := r.denied
	if err == nil && !s.rule.signedIn {
		var org string
		if org, err = r.plans.rules.OrgOf(kept.ctx, obj); err == nil {
			err = r.judge(s, kept, org)
		}
	}
	switch {
	case err != nil:
		r.fail(err)
	case !kept.let:
		kept.let = true
		r.plans.rules.Passed(kept.ctx, kept.Place)
	}
	return err == nil
}

// judge decides about a module of an org, once in a run.
func (r *run) judge(s *step, kept *slot, org string) error {
	if kept.set && kept.org == org {
		return kept.err
	}
	asked := judgement{org, s.rule.module, s.rule.action}
	err, known := r.judged[asked]
	if !known {
		err = r.plans.rules.Allow(r.viewer, org, s.rule.module, s.rule.action)
		if r.judged == nil {
			r.judged = map[judgement]error{}
		}
		r.judged[asked] = err
	}
	kept.set, kept.org, kept.err = true, org, err
	return err
}

// value returns what the step's field is. It is not ok when there was an error, which is in the response then.
func (r *run) value(s *step, kept *slot, obj any) (value any, ok bool) {
	if s.reads.Resolver {
		defer func() {
			if broken := recover(); broken != nil {
				ctx := r.exact(nil)
				graphql.AddError(ctx, graphql.Recover(ctx, broken))
				value, ok = nil, false
			}
		}()
	}
	var err error
	if kept.Others != nil {
		if value, mine, err := kept.Others(obj); mine {
			if err != nil {
				r.fail(err)
			}
			return value, err == nil
		}
	}
	if value, err = s.reads.Value(r.with, kept.ctx, kept.field, obj); err != nil {
		r.fail(err)
	}
	return value, err == nil
}

// fail puts an error of the field that is being answered into the response.
func (r *run) fail(err error) {
	ctx := r.exact(nil)
	graphql.AddError(ctx, graphql.AddFieldLocationToError(ctx, err))
}

// exact returns the context of what is being answered, and of a leaf in it if one is given, as the generated executor
// has it for each row: it is only needed for errors.
func (r *run) exact(leaf *step) context.Context {
	ctx := r.trail(r.path)
	if leaf != nil && (len(r.path) == 0 || r.path[len(r.path)-1].step != leaf) {
		ctx = graphql.WithFieldContext(ctx, &graphql.FieldContext{Object: leaf.object, Field: leaf.field})
	}
	return ctx
}

func (r *run) trail(path []at) context.Context {
	ctx := r.root
	for _, at := range path {
		field := &graphql.FieldContext{
			Object: at.step.object, Field: at.step.field, IsResolver: at.step.reads.Resolver,
			IsMethod: at.step.reads.Resolver,
		}
		if kept := r.slots[at.step.number].field; kept != nil {
			field.Args = kept.Args
		}
		ctx = graphql.WithFieldContext(ctx, field)
		if at.index >= 0 {
			index := at.index
			ctx = graphql.WithFieldContext(ctx, &graphql.FieldContext{Index: &index})
		}
	}
	return ctx
}
