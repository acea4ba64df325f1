package graph

import (
	"context"

	"entgo.io/ent/dialect/sql"

	"deputy/ent"
	"deputy/ent/role"
	"deputy/ent/subaccountrole"
	"deputy/graph/model"
	"deputy/internal/access"
	"deputy/internal/agency"
	"deputy/internal/contact"
	"deputy/internal/load"
	"deputy/internal/page"
	"deputy/internal/viewer"
)

var roleTable = &table[ent.Role, *ent.Role]{
	Table: load.Table{
		Type: "Role", Name: role.Table, Has: role.Columns,
		Needs: map[string][]string{"modules": {role.FieldGrants}},
	},
	reach: inOrgs(access.SubAccounts),
}

// heldBy joins the sub-accounts of roles, with the sub-account as the parent.
func heldBy(s *sql.Selector) string {
	t := sql.Dialect(s.Dialect()).Table(subaccountrole.Table)
	s.Join(t).On(s.C(role.FieldID), t.C(subaccountrole.FieldRoleID))
	return t.C(subaccountrole.FieldSubAccountID)
}

// rolesOf returns the roles of a sub-account as a field selects them.
func (r *Resolver) rolesOf(ctx context.Context, s *ent.SubAccount) ([]*ent.Role, error) {
	return rolesBatch(r, roleTable.Columns(ctx), func(roles []*ent.Role) []*ent.Role { return roles }).For(ctx, s)
}

// rolesBatch returns a field of sub-accounts that is computed from their roles, oldest first, with the columns.
func rolesBatch[V any](
	r *Resolver, columns []string, value func([]*ent.Role) V,
) load.Batch[*ent.SubAccount, map[string][]*ent.Role, V] {
	return load.Batch[*ent.SubAccount, map[string][]*ent.Role, V]{
		Load: func(ctx context.Context, rows []*ent.SubAccount) (map[string][]*ent.Role, error) {
			v, err := viewer.SignedIn(ctx)
			if err != nil {
				return nil, err
			}
			list := roleTable.list(r, v, access.View)
			list.Parent = heldBy
			return list.LoadAll(ctx, load.IDs(rows, (*ent.SubAccount).RowID), columns)
		},
		Value: func(roles map[string][]*ent.Role, s *ent.SubAccount) (V, error) {
			return value(listed(roles[s.ID])), nil
		},
	}
}

// roleCuts applies a field's filter and order to a list of roles.
func roleCuts(f *model.RoleFilter, o *model.RoleOrder) cutter[*ent.Role] {
	return func(_ *viewer.Viewer, list *page.List[*ent.Role]) error {
		list.Where = append(list.Where, roleFilter(f)...)
		roleOrder(list, o)
		return nil
	}
}

func roleFilter(f *model.RoleFilter) (cuts []where) {
	if f == nil {
		return nil
	}
	if f.Search != nil {
		cuts = append(cuts, holds(contact.SearchText(*f.Search), role.FieldName, role.FieldDescription))
	}
	if f.Modules != nil {
		var bits access.Set
		for _, module := range f.Modules {
			bits |= access.ModuleBits(module)
		}
		cuts = append(cuts, func(s *sql.Selector) {
			column := s.C(role.FieldGrants)
			s.Where(sql.P(func(b *sql.Builder) { b.Ident(column).WriteString(" & ").Arg(bits).WriteString(" <> 0") }))
		})
	}
	return cuts
}

func roleOrder(list *page.List[*ent.Role], o *model.RoleOrder) {
	if o == nil {
		return
	}
	list.Order.Desc = o.Direction == model.OrderDirectionDesc
	if o.Field == model.RoleOrderFieldName {
		list.Order.Column = role.FieldNameKey
	}
}

func roleChange(in model.UpdateRoleInput) (agency.RoleChange, error) {
	name, noName := requireNonNull(in.Name, "input", "name")
	granted, noGrants := givenList(in.Grants, "input", "grants")
	expected, noExpected := requireNonNull(in.ExpectedUpdatedAt, "input", "expectedUpdatedAt")
	change := agency.RoleChange{Name: name, Description: emptied(in.Description), ExpectedUpdatedAt: expected}
	if granted != nil {
		change.Grants = &[]access.Grant{}
		*change.Grants = values(*granted)
	}
	return change, firstOf(noName, noGrants, noExpected)
}
