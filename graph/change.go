package graph

import (
	"context"
	"fmt"
	"time"

	"github.com/99designs/gqlgen/graphql"

	"deputy/ent/org"
	"deputy/graph/model"
	"deputy/internal/access"
	"deputy/internal/audit"
	"deputy/internal/fault"
	"deputy/internal/lang"
	"deputy/internal/rule"
	"deputy/internal/store"
	"deputy/internal/viewer"
)

// change runs a mutation: one transaction, in which the caller's seat and grants are read again under the org's lock,
// and do does the work. What do refuses is answered as user errors; when do answers an error that is a refusal, nothing
// was done. A refusal of what changed nothing goes on record after the transaction.
func change[T any](
	ctx context.Context, r *Resolver, orgID string, do func(context.Context, *store.Tx, audit.Act) (T, fault.Refusals,
		error),
) (T, []*model.UserError, error) {
	var (
		none      T
		done      T
		refused   fault.Refusals
		untouched bool
		begun     bool
		again     bool
	)
	v, err := viewer.SignedIn(ctx)
	if err != nil {
		return none, nil, err
	}
	act := audit.Act{Viewer: v, OrgID: orgID, Operation: graphql.GetFieldContext(ctx).Field.Name, At: r.Now()}
	err = r.Store.Write(inTurn(viewer.WithOrg(ctx, orgID)), func(ctx context.Context, tx *store.Tx) error {
		begun = true
		admitted, err := r.admit(ctx, tx, v, orgID)
		if err != nil {
			return err
		}
		act.Viewer, untouched = admitted, false
		done, refused, again, err = withReceipt(ctx, tx, act,
			func(ctx context.Context, tx *store.Tx, act audit.Act) (T, fault.Refusals, error) {
				done, refused, err := do(ctx, tx, act)
				untouched = !tx.Wrote()
				return done, refused, err
			})
		return err
	})
	if err != nil && !begun {
		return none, nil, err
	}
	if err != nil {
		var refusal bool
		if refused, refusal = fault.Refused(err); !refusal {
			if code, known := fault.CodeOf(err); known && code != fault.Internal {
				r.refuse(ctx, act, code, nil)
			}
			return none, nil, err
		}
		r.refuse(ctx, act, refused[0].Code, refused)
		done = none
	} else if untouched && len(refused) > 0 {
		r.refuse(ctx, act, refused[0].Code, refused)
	}
	if again {
		if done, err = replayed(ctx, r, act.Viewer, done); err != nil {
			return none, nil, err
		}
	}
	return done, r.userErrors(ctx, refused), nil
}

// inTurn returns a context in which a mutation that takes rights away, or gives them, goes ahead of what else its
// caller and org do: what changes roles and sub-accounts, and what no module guards, such as ending sessions and
// leaving an org.
func inTurn(ctx context.Context) context.Context {
	if m, _, guarded := guard(ctx); !guarded || m == access.SubAccounts {
		return store.Ahead(ctx)
	}
	return ctx
}

// admit reads the caller's standings again, in the transaction, and judges the mutation's rule by them. Whoever changes
// roles and sub-accounts holds the org's lock from here on, so that such changes of one org come one after the other.
func (r *Resolver) admit(ctx context.Context, tx *store.Tx, v *viewer.Viewer, orgID string) (*viewer.Viewer, error) {
	m, a, guarded := guard(ctx)
	if guarded && m == access.SubAccounts && tx.LocksRows() {
		if _, err := store.Lock(tx, tx.Org.Query().Where(org.ID(orgID))).IDs(ctx); err != nil {
			return nil, fmt.Errorf("lock org: %w", err)
		}
	}
	begun := time.Now()
	again, err := v.Reload(ctx, tx.Client)
	if err != nil {
		return nil, err
	}
	if guarded {
		if err := allowed(again, orgID, m, a); err != nil {
			return nil, err
		}
		tx.Recheck(func(ctx context.Context) error {
			if time.Since(begun) < admittedFor {
				return nil
			}
			now, err := v.Reload(ctx, tx.Client)
			if err != nil {
				return err
			}
			return allowed(now, orgID, m, a)
		})
	}
	return again, nil
}

// admittedFor is how long a mutation may run without its rule being judged once more before it is put on record.
const admittedFor = 250 * time.Millisecond

// guard returns the module and the action that the running field is guarded by, and false when it is not.
func guard(ctx context.Context) (m access.Module, a access.Action, guarded bool) {
	for _, r := range rule.Own(graphql.GetFieldContext(ctx).Field.Definition) {
		if m, a, guarded := r.Asks(); guarded {
			return m, a, true
		}
	}
	return 0, 0, false
}

// userErrors speaks refusals in the language of the request, and counts them.
func (r *Resolver) userErrors(ctx context.Context, refused fault.Refusals) []*model.UserError {
	spoken := make([]*model.UserError, len(refused))
	for i, f := range refused {
		r.Metrics.Refusal(string(f.Code), "")
		spoken[i] = &model.UserError{
			Code:    model.UserErrorCode(f.Code),
			Message: f.ShortText(lang.From(ctx)),
			Field:   append([]string{}, f.Field...),
		}
	}
	return spoken
}
