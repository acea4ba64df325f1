package graph

import (
	"context"
	"slices"

	"github.com/vektah/gqlparser/v2/ast"

	"deputy/ent"
	"deputy/ent/role"
	"deputy/ent/subaccount"
	"deputy/graph/model"
	"deputy/internal/access"
	"deputy/internal/agency"
	"deputy/internal/fault"
	"deputy/internal/form"
	"deputy/internal/gqlserve"
	"deputy/internal/id"
	"deputy/internal/rule"
)

var (
	msgGrants = fault.Message{
		Zh: "岗位不能有这些权限：功能模块、操作和数据范围需在 modules 所列之内。",
		En: "A role can't have these grants: take modules, actions and scopes as the field modules lists them.",
	}
	msgHolders = fault.Message{Zh: "subAccountIds 最多 %d 个。", En: "subAccountIds are at most %d."}
)

// previewRole returns what saving the role would do to each who holds it or would, and nil when the org has no such
// role or sub-account.
func (r *Resolver) previewRole(ctx context.Context, in model.PreviewRoleInput) (*model.RolePreview, error) {
	set, err := access.SetOf(values(in.Grants))
	if err != nil {
		return nil, fault.New(fault.BadRequest, msgGrants)
	}
	if named := len(in.SubAccountIds); named > agency.MaxSubAccounts {
		return nil, fault.Limit("subAccountIds", agency.MaxSubAccounts, named, msgHolders, agency.MaxSubAccounts)
	}
	roleID := ""
	if in.ID != nil {
		roleID = *in.ID
		if !id.Is(id.Role, roleID) {
			return nil, nil //nolint:nilnil // there is none
		}
		now, err := r.Store.Client.Role.Query().Where(role.OrgID(in.OrgID), role.ID(roleID)).Only(ctx)
		if ent.IsNotFound(err) {
			return nil, nil //nolint:nilnil // nor of another org
		}
		if err != nil {
			return nil, err
		}
		if in.Grants == nil {
			set = now.Grants
		}
	}
	wanted, _ := form.Once(in.SubAccountIds)
	known := form.WellFormed(id.SubAccount, wanted)
	found, err := r.seated(ctx, in.OrgID, subaccount.Or(subaccount.IDIn(known...),
		subaccount.HasRolesWith(role.ID(roleID))))
	if err != nil {
		return nil, err
	}
	would, differ := map[string]bool{}, differences{}
	preview := &model.RolePreview{SubAccounts: []*model.RolePreviewEntry{}}
	for _, s := range found {
		holds := slices.Contains(wanted, s.ID)
		would[s.ID] = holds
		if in.SubAccountIds == nil {
			holds = true
		}
		preview.SubAccounts = append(preview.SubAccounts, r.previewed(s, roleID, set, holds, differ))
	}
	for _, one := range wanted {
		if !would[one] {
			return nil, nil //nolint:nilnil // so does another org's sub-account
		}
	}
	return preview, nil
}

// previewed returns what the sub-account would gain and lose when the role gave the set, and it held the role or not.
func (r *Resolver) previewed(
	s *ent.SubAccount, roleID string, set access.Set, holds bool, differ differences,
) *model.RolePreviewEntry {
	others := slices.DeleteFunc(slices.Clone(s.Edges.Roles), func(held *ent.Role) bool { return held.ID == roleID })
	after := grantsOfRoles(others)
	if holds {
		after = after.Union(set)
	}
	was, is := subject(s, grantsOfRoles(s.Edges.Roles)), subject(s, after)
	before, then := r.schema.Part(gqlserve.AskerOf(was)), r.schema.Part(gqlserve.AskerOf(is))
	return &model.RolePreviewEntry{
		SubAccount: s, Gains: differ.missing(then, before), Loses: differ.missing(before, then),
		GrantsBefore: grants(was.Together()), GrantsAfter: grants(is.Together()),
	}
}

// differences keeps what missing answers: most who hold a role have the same access.
type differences map[[2]*ast.Schema][]string

// missing returns the fields of objects that one part of the schema shows and the other does not, by name.
func (d differences) missing(of, in *ast.Schema) []string {
	parts := [2]*ast.Schema{of, in}
	if known, ok := d[parts]; ok {
		return known
	}
	names := []string{}
	for name, def := range of.Types {
		if def.Kind != ast.Object || def.BuiltIn || in.Types[name] == def {
			continue
		}
		for _, field := range rule.Fields(def) {
			if in.Types[name] == nil || in.Types[name].Fields.ForName(field.Name) == nil {
				names = append(names, name+"."+field.Name)
			}
		}
	}
	slices.Sort(names)
	d[parts] = names
	return names
}
