package graph

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"

	"deputy/ent"
	"deputy/ent/predicate"
	"deputy/ent/role"
	"deputy/ent/subaccount"
	"deputy/graph/model"
	"deputy/internal/access"
	"deputy/internal/agency"
	"deputy/internal/fault"
	"deputy/internal/form"
	"deputy/internal/gqlserve"
	"deputy/internal/id"
	"deputy/internal/lang"
	"deputy/internal/rule"
	"deputy/internal/viewer"
)

var (
	msgCoordinate = fault.Message{
		Zh: "“%s”不是接口中的字段：请写成“类型.字段”，例如 Order.commission 或 Mutation.createRole。",
		En: "“%s” is not a field of the schema. Write Type.field, such as Order.commission or Mutation.createRole.",
	}
	msgStopped    = fault.Message{Zh: "“%s”已停用，不能使用 %s。", En: "%s is disabled and can't use %s."}
	msgNotGranted = fault.Message{
		Zh: "“%s”不能使用 %s：没有岗位给了“%s”的%s权限。",
		En: "%[1]s can't use %[2]s: no role lets them %[4]s %[3]s.",
	}
	msgGranted = fault.Message{
		Zh: "“%s”可以使用 %s：岗位“%s”给了“%s”的%s权限，数据范围为%s。",
		En: "%[1]s can use %[2]s: the role %[3]s lets them %[5]s %[4]s (%[6]s rows).",
	}
	msgNarrow = fault.Message{
		Zh: "“%s”不能使用 %s：这需要“%s”全部数据的%s权限，岗位只给了自己负责的部分。",
		En: "%[1]s can't use %[2]s: it requires the right to %[4]s all %[3]s, and the roles cover only their own.",
	}
	msgBeyond = fault.Message{
		Zh: "能看到但不是自己负责的，返回 OUT_OF_SCOPE。",
		En: " Rows that they can see but don't manage return OUT_OF_SCOPE.",
	}
	msgNoRole  = fault.Message{Zh: "“%s”可以使用 %s：不需要岗位。", En: "%s can use %s: no role is needed."}
	msgItself  = fault.Message{Zh: "“%s”可以使用 %s，但只限本人帐号的内容。", En: "%s can use %s, but only for their own account."}
	msgAllRows = fault.Message{Zh: "全部", En: "all"}
	msgOwnRows = fault.Message{Zh: "自己负责的", En: "own"}
)

// explainAccess returns why the sub-account may or may not use the field, and nil when the org has no such sub-account.
func (r *Resolver) explainAccess(
	ctx context.Context, orgID, subAccountID, coordinate string,
) (*model.AccessExplanation, error) {
	typeName, fieldName, _ := strings.Cut(coordinate, ".")
	def := r.schema.Schema().Types[typeName]
	if def == nil || def.Kind != ast.Object || def.BuiltIn || strings.HasPrefix(fieldName, "__") ||
		def.Fields.ForName(fieldName) == nil {
		return nil, fault.New(fault.BadRequest, msgCoordinate, fault.Shorten(coordinate, fault.MaxQuoted))
	}
	if !id.Is(id.SubAccount, subAccountID) {
		return nil, nil //nolint:nilnil // looks like an id of another org
	}
	found, err := r.seated(ctx, orgID, subaccount.ID(subAccountID))
	if err != nil || len(found) == 0 {
		return nil, err
	}
	who := found[0]
	v := subject(who, grantsOfRoles(who.Edges.Roles))
	d := decide(r.schema.Schema(), v, orgID, def, def.Fields.ForName(fieldName))
	narrow := false
	if m, a, asks := d.rule.Asks(); asks && rule.TakesAll(coordinate) {
		narrow = d.verdict == model.AccessVerdictAllowed && v.Scope(orgID, m, a) == access.Own
	}
	if narrow {
		d.verdict = model.AccessVerdictDenied
	}
	e := &model.AccessExplanation{
		Coordinate: coordinate, SubAccount: who, Status: who.Status, Guard: d.guard, Verdict: d.verdict,
		Roles: []*model.RoleAccess{},
	}
	m, a, asks := d.rule.Asks()
	if asks {
		e.Module, e.Action, e.Scope = &m, &a, scopeOrNil(v.Scope(orgID, m, a))
	}
	var names []string
	for _, held := range asLevel(who.Edges.Roles) {
		gives := &model.RoleAccess{Role: held}
		if asks {
			gives.Scope = scopeOrNil(held.Grants.Scope(m, a))
		}
		if gives.Scope != nil {
			names = append(names, held.Name)
		}
		e.Roles = append(e.Roles, gives)
	}
	if narrow {
		info, _ := m.Info()
		module := info.InSentence()
		e.Message = fault.New("", msgNarrow, who.Name, coordinate, module, actionName(a)).Text(lang.From(ctx))
		return e, nil
	}
	e.Message = fault.New("", sentence(d, e), sentenceArgs(d, e, names)...).Text(lang.From(ctx))
	if asks && a == access.Edit && v.Scope(orgID, m, a) == access.Own && v.Scope(orgID, m, access.View) == access.All {
		e.Message += fault.New("", msgBeyond).Text(lang.From(ctx))
	}
	return e, nil
}

func sentence(d decision, e *model.AccessExplanation) fault.Message {
	_, _, asks := d.rule.Asks()
	switch {
	case d.verdict == model.AccessVerdictOnlyAboutItself:
		return msgItself
	case d.verdict == model.AccessVerdictDenied && e.Status != subaccount.StatusENABLED:
		return msgStopped
	case d.verdict == model.AccessVerdictDenied:
		return msgNotGranted
	case asks:
		return msgGranted
	}
	return msgNoRole
}

func sentenceArgs(d decision, e *model.AccessExplanation, roles []string) []any {
	args := []any{e.SubAccount.Name, e.Coordinate}
	m, a, _ := d.rule.Asks()
	info, _ := m.Info()
	switch sentence(d, e) {
	case msgNotGranted:
		return append(args, info.InSentence(), actionName(a))
	case msgGranted:
		rows := msgAllRows
		if *e.Scope == access.Own {
			rows = msgOwnRows
		}
		return append(args, strings.Join(roles, ", "), info.InSentence(), actionName(a), rows)
	}
	return args
}

// scopeOrNil returns nil for access.None.
func scopeOrNil(s access.Scope) *access.Scope {
	if s == access.None {
		return nil
	}
	return &s
}

// seated reads sub-accounts of the org with their roles, both oldest first.
func (r *Resolver) seated(ctx context.Context, orgID string, where ...predicate.SubAccount) ([]*ent.SubAccount, error) {
	found, err := r.Store.Client.SubAccount.Query().Where(subaccount.OrgID(orgID)).Where(where...).
		Order(subaccount.ByCreatedAt(), subaccount.ByID()).
		WithRoles(func(q *ent.RoleQuery) { q.Order(role.ByCreatedAt(), role.ByID()) }).All(ctx)
	if err != nil {
		return nil, fmt.Errorf("read seats with roles: %w", err)
	}
	return asLevel(found), nil
}

func grantsOfRoles(roles []*ent.Role) access.Set {
	var set access.Set
	for _, held := range roles {
		set = set.Union(held.Grants)
	}
	return set
}

// subject returns the sub-account as a viewer without other orgs, with the grants.
func subject(s *ent.SubAccount, set access.Set) *viewer.Viewer {
	membership := viewer.Membership{
		OrgID: s.OrgID, Kind: viewer.SubAccount, ID: s.ID, Name: s.Name,
		Disabled: s.Status != subaccount.StatusENABLED,
	}
	if !membership.Disabled {
		membership.Grants = set
	}
	return &viewer.Viewer{AccountID: s.AccountID, Memberships: map[string]viewer.Membership{s.OrgID: membership}}
}

// decision is the result of the rules for a viewer in an org.
type decision struct {
	// guard is the field whose rule decides.
	guard   string
	rule    rule.Rule
	verdict model.AccessVerdict
}

// decide evaluates the rules of a field as a request does: its object must be reachable in some way, and its own rule,
// if it has one, must allow the viewer.
func decide(
	schema *ast.Schema, v *viewer.Viewer, orgID string, def *ast.Definition, field *ast.FieldDefinition,
) decision {
	own := decision{guard: def.Name + "." + field.Name, verdict: model.AccessVerdictAllowed}
	rules := rule.Own(field)
	if len(rules) > 0 {
		own.rule = rules[0]
		if !lets(v, orgID, own.rule) {
			own.verdict = model.AccessVerdictDenied
			return own
		}
	}
	if def == schema.Query || def == schema.Mutation || def == schema.Subscription {
		return own
	}
	best, rank := decision{}, len(ranks)
	for _, w := range rule.Ways(schema, def) {
		at := slices.IndexFunc(ranks, func(fits func(*viewer.Viewer, string, rule.Way) bool) bool {
			return fits(v, orgID, w)
		})
		if at >= 0 && at < rank {
			best, rank = decision{guard: w.Def.Name + "." + w.Field.Name, rule: w.Rule, verdict: verdicts[at]}, at
		}
	}
	if len(rules) > 0 && best.verdict != model.AccessVerdictDenied {
		own.verdict = best.verdict
		return own
	}
	return best
}

// verdicts are the verdicts of the ranks.
var verdicts = []model.AccessVerdict{
	model.AccessVerdictAllowed, model.AccessVerdictAllowed, model.AccessVerdictOnlyAboutItself, model.AccessVerdictDenied,
	model.AccessVerdictDenied,
}

// ranks are the kinds of ways, best first: open without a module, open through one, to the viewer's own objects,
// without VIEW, closed.
var ranks = []func(*viewer.Viewer, string, rule.Way) bool{
	func(v *viewer.Viewer, orgID string, w rule.Way) bool {
		return open(v, orgID, w) && !asks(w) && !aboutItself(w)
	},
	func(v *viewer.Viewer, orgID string, w rule.Way) bool { return open(v, orgID, w) && asks(w) },
	func(v *viewer.Viewer, orgID string, w rule.Way) bool { return open(v, orgID, w) },
	func(_ *viewer.Viewer, _ string, w rule.Way) bool { return w.Rule.Action == access.View.String() },
	func(*viewer.Viewer, string, rule.Way) bool { return true },
}

func asks(w rule.Way) bool {
	_, _, asks := w.Rule.Asks()
	return asks
}

// open reports whether the viewer can reach objects of the org on this way: not through the org with a disabled seat,
// and not through objects of a module without VIEW on it.
func open(v *viewer.Viewer, orgID string, w rule.Way) bool {
	if _, works := v.In(orgID); !works && slices.Contains(w.Through, "Org") {
		return false
	}
	for _, r := range rule.OfType(w.Def) {
		if r.Name == rule.InModule && !lets(v, orgID, r) {
			return false
		}
	}
	return lets(v, orgID, w.Rule)
}

// aboutItself reports whether the way leads through the viewer, to its own objects.
func aboutItself(w rule.Way) bool {
	return w.Def.Name == "Viewer" || slices.Contains(w.Through, "Viewer")
}

// lets reports whether the rule allows the viewer in the org, by the decision of the directives.
func lets(v *viewer.Viewer, orgID string, r rule.Rule) bool {
	if m, a, asks := r.Asks(); asks {
		return allowed(v, orgID, m, a) == nil
	}
	return gqlserve.Asker{SignedIn: v.SignedIn()}.Allows(r)
}

var (
	msgGrants = fault.Message{
		Zh: "岗位不能有这些权限：功能模块、操作和数据范围需在 modules 所列之内。",
		En: "A role can't have these grants. Use only the modules, actions and scopes that the field modules lists.",
	}
	msgHolders = fault.Message{Zh: "subAccountIds 最多 %d 个。", En: "subAccountIds takes at most %d ids."}
)

// previewRole returns the effect of saving the role on each of its present and future holders, and nil when the org has
// no such role or sub-account.
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
			return nil, nil //nolint:nilnil // there is no such role
		}
		now, err := r.Store.Client.Role.Query().Where(role.OrgID(in.OrgID), role.ID(roleID)).Only(ctx)
		if ent.IsNotFound(err) {
			return nil, nil //nolint:nilnil // or it is another org's
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
			return nil, nil //nolint:nilnil // also for another org's sub-account
		}
	}
	return preview, nil
}

// previewed returns what the sub-account would gain and lose if the role had the set, and the sub-account had the role
// or not.
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
		GrantsBefore: grants(was.AllGrants()), GrantsAfter: grants(is.AllGrants()),
	}
}

// differences caches the results of missing: most holders of a role have the same access.
type differences map[[2]*ast.Schema][]string

// missing returns the fields of objects that the first part of the schema has and the second does not, sorted by name.
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
