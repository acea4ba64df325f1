package graph

import (
	"context"

	"deputy/ent"
	"deputy/ent/subaccount"
	"deputy/graph/model"
	"deputy/internal/agency"
	"deputy/internal/audit"
	"deputy/internal/fault"
	"deputy/internal/form"
	"deputy/internal/send"
	"deputy/internal/signin"
	"deputy/internal/store"
	"deputy/internal/viewer"
)

// sendBindCode sends a code in three steps: whether it may be sent, in a transaction that judges the caller again; the
// sending, whose counters commit by themselves; and the record of it.
func (r *Resolver) sendBindCode(
	ctx context.Context, in model.SendBindCodeInput,
) (sent signin.Sent, refused []*model.UserError, err error) {
	to, err := r.Identity.Destination(signin.Contact{Phone: in.To.Phone, Email: in.To.Email})
	found, refused, err := change(ctx, r, in.OrgID, func(ctx context.Context, tx *store.Tx, _ audit.Act) (*ent.Org,
		fault.Refusals, error,
	) {
		if err != nil {
			return nil, nil, err
		}
		if err := r.Agency.CheckBind(ctx, tx.Client, in.OrgID, to.To); err != nil {
			return nil, nil, err
		}
		found, err := tx.Org.Get(ctx, in.OrgID)
		return found, nil, err
	})
	if err != nil || found == nil {
		return sent, refused, err
	}
	v, err := viewer.SignedIn(ctx)
	if err != nil {
		return sent, nil, err
	}
	sent, sendErr := r.Identity.SendBindCode(ctx, v, in.OrgID, found.Name, to)
	_, refused, err = change(ctx, r, in.OrgID, func(ctx context.Context, tx *store.Tx, act audit.Act) (struct{},
		fault.Refusals, error,
	) {
		if sendErr != nil {
			return struct{}{}, nil, sendErr
		}
		return struct{}{}, nil, act.Done(ctx, tx, audit.Target{ID: sent.Flow, Type: "VerificationCode", Label: to.Masked()})
	})
	return sent, refused, err
}

// createSubAccount looks at the form, then at the code, whose guess is counted before anything else happens, and then
// makes the sub-account. A refusal that only who has the right code may learn uses the code up.
func (r *Resolver) createSubAccount(
	ctx context.Context, in model.CreateSubAccountInput,
) (*ent.SubAccount, []*model.UserError, error) {
	v, err := viewer.SignedIn(ctx)
	if err != nil {
		return nil, nil, err
	}
	name, wrong := agency.CheckNew(in.Name, in.RoleIds)
	var checked signin.Checked
	if wrong == nil {
		checked, wrong = r.Identity.Check(ctx, v, send.Bind, in.OrgID, signin.Code{Flow: in.Code.Flow, Code: in.Code.Code})
	}
	burn := false
	made, refused, err := change(ctx, r, in.OrgID, func(ctx context.Context, tx *store.Tx, act audit.Act) (*ent.SubAccount,
		fault.Refusals, error,
	) {
		if wrong != nil {
			return nil, nil, wrong
		}
		made, err := r.Agency.CreateSubAccount(ctx, tx, act, agency.NewSubAccount{
			Name: name, RoleIDs: in.RoleIds, Destination: checked.Destination.To,
			Spend: func(ctx context.Context, tx *store.Tx) error { return r.Identity.Spend(ctx, tx, checked) },
		})
		burn = agency.BurnsCode(err)
		return made, nil, err
	})
	if burn {
		if err := r.Identity.Burn(context.WithoutCancel(ctx), checked); err != nil {
			return nil, nil, err
		}
	}
	return made, refused, err
}

// setStatus enables or disables a batch.
func (r *Resolver) setStatus(
	ctx context.Context, in model.EnableSubAccountsInput, status subaccount.Status,
) ([]*ent.SubAccount, []*model.UserError, error) {
	set, refused, err := change(ctx, r, in.OrgID, func(ctx context.Context, tx *store.Tx,
		act audit.Act,
	) ([]*ent.SubAccount, fault.Refusals, error) {
		return r.Agency.SetStatus(ctx, tx, act, in.Ids, status, form.Policy(in.Policy))
	})
	if err != nil {
		return nil, nil, err
	}
	return together(set), refused, nil
}
