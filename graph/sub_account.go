package graph

import (
	"context"

	"entgo.io/ent/dialect/sql"

	"deputy/ent"
	"deputy/ent/subaccount"
	"deputy/ent/subaccountrole"
	"deputy/graph/model"
	"deputy/internal/access"
	"deputy/internal/agency"
	"deputy/internal/audit"
	"deputy/internal/contact"
	"deputy/internal/fault"
	"deputy/internal/form"
	"deputy/internal/load"
	"deputy/internal/page"
	"deputy/internal/send"
	"deputy/internal/signin"
	"deputy/internal/store"
	"deputy/internal/viewer"
)

var subAccountTable = &table[ent.SubAccount, *ent.SubAccount]{
	Table: load.Table{Type: "SubAccount", Name: subaccount.Table, Has: subaccount.Columns},
	reach: inOrgs(access.SubAccounts),
}

// subAccountCuts applies a field's filter and order to a list of sub-accounts.
func subAccountCuts(f *model.SubAccountFilter, o *model.SubAccountOrder) cutter[*ent.SubAccount] {
	return func(_ *viewer.Viewer, list *page.List[*ent.SubAccount]) error {
		cuts, err := subAccountFilter(f)
		list.Where = append(list.Where, cuts...)
		subAccountOrder(list, o)
		return err
	}
}

// holderOf joins the roles of sub-accounts, with the role as the parent.
func holderOf(s *sql.Selector) string {
	t := sql.Dialect(s.Dialect()).Table(subaccountrole.Table)
	s.Join(t).On(s.C(subaccount.FieldID), t.C(subaccountrole.FieldSubAccountID))
	return t.C(subaccountrole.FieldRoleID)
}

func subAccountFilter(f *model.SubAccountFilter) (cuts []where, err error) {
	if f == nil {
		return nil, nil
	}
	if f.Search != nil {
		text := *f.Search
		cuts = append(cuts, func(s *sql.Selector) {
			s.Where(sql.Or(
				columnContains(s, subaccount.FieldName, contact.SearchText(text)),
				columnContains(s, subaccount.FieldPhone, contact.SearchPhone(text)),
				columnContains(s, subaccount.FieldEmail, contact.SearchEmail(text)),
			))
		})
	}
	if f.Statuses != nil {
		set, err := within("statuses", subaccount.FieldStatus, f.Statuses)
		if err != nil {
			return nil, err
		}
		cuts = append(cuts, set)
	}
	if f.RoleIds != nil {
		ids, err := texts("roleIds", f.RoleIds)
		if err != nil {
			return nil, err
		}
		cuts = append(cuts, func(s *sql.Selector) {
			t := sql.Dialect(s.Dialect()).Table(subaccountrole.Table)
			s.Where(sql.In(s.C(subaccount.FieldID),
				sql.Dialect(s.Dialect()).Select(t.C(subaccountrole.FieldSubAccountID)).From(t).
					Where(page.In(t.C(subaccountrole.FieldRoleID), ids))))
		})
	}
	return cuts, nil
}

func subAccountOrder(list *page.List[*ent.SubAccount], o *model.SubAccountOrder) {
	if o == nil {
		return
	}
	list.Order.Desc = o.Direction == model.OrderDirectionDesc
	switch o.Field {
	case model.SubAccountOrderFieldName:
		list.Order.Column = subaccount.FieldNameKey
	case model.SubAccountOrderFieldLastActiveAt:
		list.Order.Column, list.Order.Empty = subaccount.FieldLastActiveAt, epoch
	}
}

func subAccountChange(in model.UpdateSubAccountInput) (agency.SubAccountChange, error) {
	name, noName := requireNonNull(in.Name, "input", "name")
	roleIDs, noRoles := givenList(in.RoleIds, "input", "roleIds")
	expected, noExpected := requireNonNull(in.ExpectedUpdatedAt, "input", "expectedUpdatedAt")
	change := agency.SubAccountChange{Name: name, RoleIDs: roleIDs, ExpectedUpdatedAt: expected}
	return change, firstOf(noName, noRoles, noExpected)
}

// sendBindCode sends a code in three steps: the checks, in a transaction that also checks the viewer's access again;
// sending, whose counters commit separately; and the audit event.
func (r *Resolver) sendBindCode(
	ctx context.Context, in model.SendBindCodeInput,
) (sent signin.Sent, refused []*model.UserError, err error) {
	to, err := r.Identity.Destination(signin.Contact{Phone: in.To.Phone, Email: in.To.Email})
	found, refused, err := change(ctx, r, in.OrgID, func(ctx context.Context, tx writing) (*ent.Org, error) {
		if err != nil {
			return nil, err
		}
		if err := r.Agency.CheckBind(ctx, tx.Client, in.OrgID, to.To); err != nil {
			return nil, err
		}
		return tx.Org.Get(ctx, in.OrgID)
	})
	if err != nil || found == nil {
		return sent, refused, err
	}
	v, err := viewer.SignedIn(ctx)
	if err != nil {
		return sent, nil, err
	}
	sent, sendErr := r.Identity.SendBindCode(ctx, v, in.OrgID, found.Name, to)
	_, refused, err = change(ctx, r, in.OrgID, func(ctx context.Context, tx writing) (struct{}, error) {
		if sendErr != nil {
			return struct{}{}, sendErr
		}
		target := audit.Target{ID: sent.Flow, Type: "VerificationCode", Label: to.Masked()}
		return struct{}{}, tx.entry.Record(ctx, tx.Tx, target)
	})
	return sent, refused, err
}

// createSubAccount checks the input, then the code, whose guess is counted before anything else, and then creates the
// sub-account. A refusal that only the holder of the right code may see uses the code up.
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
	made, refused, err := change(ctx, r, in.OrgID, func(ctx context.Context, tx writing) (*ent.SubAccount, error) {
		if wrong != nil {
			return nil, wrong
		}
		made, err := r.Agency.CreateSubAccount(ctx, tx.Tx, tx.entry, agency.NewSubAccount{
			Name: name, RoleIDs: in.RoleIds, Destination: checked.Destination.To,
			Spend: func(ctx context.Context, tx *store.Tx) error { return r.Identity.Spend(ctx, tx, checked) },
		})
		burn = agency.BurnsCode(err)
		return made, err
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
	set, refused, err := changeEach(ctx, r, in.OrgID,
		func(ctx context.Context, tx writing) ([]*ent.SubAccount, fault.Refusals, error) {
			return r.Agency.SetStatus(ctx, tx.Tx, tx.entry, in.Ids, status, form.Policy(in.Policy))
		})
	if err != nil {
		return nil, nil, err
	}
	return asLevel(set), refused, nil
}
