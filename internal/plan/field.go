package plan

import (
	"context"

	"github.com/99designs/gqlgen/graphql"

	"deputy/internal/load"
)

// enterField sets the context in which the step's field is resolved, with its arguments and its place in the document,
// once in a run. It returns false if the arguments are invalid, which is an error of every row.
func (r *run) enterField(s *step, kept *fieldState) bool {
	if kept.ctx != nil {
		return true
	}
	field, err := s.reads.Context(r.execution, r.pathContext(r.path[:len(r.path)-1]), s.field)
	if err != nil {
		return false
	}
	parent := r.root
	if s.parent != nil {
		parent = r.states[s.parent.number].ctx
	}
	kept.field = field
	kept.ctx = load.WithField(graphql.WithFieldContext(parent, field), &kept.Field)
	kept.Place = load.PlaceOf(field)
	return true
}

// authorize reports whether the rule of the step allows the viewer, and adds an error to the response if it does not.
func (r *run) authorize(s *step, kept *fieldState, obj any) bool {
	err := r.denied
	if err == nil && s.rule.people {
		err = r.viewer.RefuseApp()
	}
	if err == nil && !s.rule.signedIn {
		var org string
		if org, err = r.plans.rules.OrgOf(kept.ctx, obj); err == nil {
			err = r.decide(s, kept, org)
		}
	}
	switch {
	case err != nil:
		r.addError(err)
	case !kept.authorized:
		kept.authorized = true
		r.plans.rules.Passed(kept.ctx, kept.Place)
	}
	return err == nil
}

// decide returns the error of the step's rule in an org. The rules are evaluated once in a run for each org, module and
// action.
func (r *run) decide(s *step, kept *fieldState, org string) error {
	if kept.decided && kept.org == org {
		return kept.err
	}
	asked := decision{org, s.rule.module, s.rule.action}
	err, known := r.decisions[asked]
	if !known {
		err = r.plans.rules.Allow(r.viewer, org, s.rule.module, s.rule.action)
		if r.decisions == nil {
			r.decisions = map[decision]error{}
		}
		r.decisions[asked] = err
	}
	kept.decided, kept.org, kept.err = true, org, err
	return err
}

// resolve returns the value of the step's field. It is not ok if there was an error, which is then in the response.
func (r *run) resolve(s *step, kept *fieldState, obj any) (value any, ok bool) {
	if s.reads.Resolver {
		defer func() {
			if broken := recover(); broken != nil {
				ctx := r.errorContext(nil)
				graphql.AddError(ctx, graphql.Recover(ctx, broken))
				value, ok = nil, false
			}
		}()
	}
	var err error
	if kept.ValueOfPeer != nil {
		if value, mine, err := kept.ValueOfPeer(obj); mine {
			if err != nil {
				r.addError(err)
			}
			return value, err == nil
		}
	}
	if value, err = s.reads.Value(r.execution, kept.ctx, kept.field, obj); err != nil {
		r.addError(err)
	}
	return value, err == nil
}

// addError adds an error of the current field to the response.
func (r *run) addError(err error) {
	ctx := r.errorContext(nil)
	graphql.AddError(ctx, graphql.AddFieldLocationToError(ctx, err))
}

// errorContext returns the context of the current path, and of a leaf below it if one is given. The generated executor
// makes such a context for each row; plans need it only for errors.
func (r *run) errorContext(leaf *step) context.Context {
	ctx := r.pathContext(r.path)
	if leaf != nil && (len(r.path) == 0 || r.path[len(r.path)-1].step != leaf) {
		ctx = graphql.WithFieldContext(ctx, &graphql.FieldContext{Object: leaf.object, Field: leaf.field})
	}
	return ctx
}

func (r *run) pathContext(path []pathElement) context.Context {
	ctx := r.root
	for _, at := range path {
		field := &graphql.FieldContext{
			Object: at.step.object, Field: at.step.field, IsResolver: at.step.reads.Resolver,
			IsMethod: at.step.reads.Resolver,
		}
		if kept := r.states[at.step.number].field; kept != nil {
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
