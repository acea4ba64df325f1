package graph

import (
	"context"
	"slices"
	"time"

	"entgo.io/ent/dialect/sql"

	"deputy/ent"
	accounts "deputy/ent/account"
	"deputy/ent/auditevent"
	"deputy/ent/audittarget"
	"deputy/ent/creator"
	"deputy/ent/order"
	"deputy/ent/org"
	"deputy/ent/role"
	"deputy/ent/session"
	"deputy/ent/subaccount"
	"deputy/ent/task"
	"deputy/ent/taskassignment"
	"deputy/graph/model"
	"deputy/internal/access"
	"deputy/internal/backoffice"
	"deputy/internal/bounds"
	"deputy/internal/load"
	"deputy/internal/page"
	"deputy/internal/viewer"
)

// The tables behind the types of the schema. A field that is named like a column needs that column; the others are
// listed.
var (
	accountTable = &load.Table{Name: accounts.Table, Has: accounts.Columns, Satisfies: []string{"Account", "Node"}}
	sessionTable = &load.Table{Name: session.Table, Has: session.Columns, Satisfies: []string{"Session"}}
	orgTable     = &load.Table{
		Name: org.Table, Has: org.Columns, Satisfies: []string{"Org", "Node"},
		Needs: map[string][]string{"owner": {org.FieldOwnerID}, "currencyDigits": {org.FieldCurrency}},
	}
	roleTable = &load.Table{
		Name: role.Table, Has: role.Columns, Satisfies: []string{"Role", "Node"},
		Needs: map[string][]string{"": {role.FieldOrgID}, "modules": {role.FieldGrants}},
	}
	subAccountTable = &load.Table{
		Name: subaccount.Table, Has: subaccount.Columns, Satisfies: []string{"SubAccount", "Node"},
		Needs: map[string][]string{"": {subaccount.FieldOrgID}},
	}
	colleagueTable  = &load.Table{Name: subaccount.Table, Has: subaccount.Columns, Satisfies: []string{"Colleague"}}
	auditEventTable = &load.Table{
		Name: auditevent.Table, Has: auditevent.Columns, Satisfies: []string{"AuditEvent", "Node"},
		Needs: map[string][]string{
			"":      {auditevent.FieldOrgID, auditevent.FieldAccountID},
			"actor": {auditevent.FieldActorKind, auditevent.FieldActorID, auditevent.FieldActorName},
			"count": {auditevent.FieldOutcome},
		},
	}
	auditTargetTable = &load.Table{
		Name: audittarget.Table, Has: audittarget.Columns, Satisfies: []string{"AuditTarget"},
		Needs: map[string][]string{
			"": {
				audittarget.FieldEventID, audittarget.FieldOrgID, audittarget.FieldAccountID, audittarget.FieldType,
				audittarget.FieldTargetID,
			},
		},
	}
	creatorTable = &load.Table{
		Name: creator.Table, Has: creator.Columns, Satisfies: []string{"Creator", "Node"},
		Needs: map[string][]string{"": {creator.FieldOrgID}, "manager": {creator.FieldManagerID}},
	}
	taskTable = &load.Table{
		Name: task.Table, Has: task.Columns, Satisfies: []string{"Task", "Node"},
		Needs: map[string][]string{"": {task.FieldOrgID}},
	}
	assignmentTable = &load.Table{
		Name: taskassignment.Table, Has: taskassignment.Columns, Satisfies: []string{"TaskAssignment"},
		Needs: map[string][]string{
			"":            {taskassignment.FieldOrgID},
			"creator":     {taskassignment.FieldCreatorID},
			"creatorName": {taskassignment.FieldCreatorID},
		},
	}
	orderTable = &load.Table{
		Name: order.Table, Has: order.Columns, Satisfies: []string{"Order", "Node"},
		Needs: map[string][]string{
			"":            {order.FieldOrgID},
			"creator":     {order.FieldCreatorID},
			"creatorName": {order.FieldCreatorID},
		},
	}
)

// inOrgs cuts rows to the orgs in which the viewer has the module, whole: no row of another org comes back, whatever
// the rest of the query says. It is the predicate of the modules that know no scope but ALL.
func inOrgs(v *viewer.Viewer, m access.Module, a access.Action) where {
	return func(s *sql.Selector) { s.Where(inOrg(s, v, m, a)) }
}

// inOrg is the predicate of inOrgs.
func inOrg(s *sql.Selector, v *viewer.Viewer, m access.Module, a access.Action) *sql.Predicate {
	all, _ := v.Orgs(m, a)
	ids := make([]string, len(all))
	for i, standing := range all {
		ids[i] = standing.OrgID
	}
	return page.In(s.C("org_id"), ids)
}

// column returns the parent's column where it is one of the list's own table.
func column(name string) func(*sql.Selector) string {
	return func(s *sql.Selector) string { return s.C(name) }
}

// read returns how the entities of a table are read.
func read[E any, T interface {
	*E
	page.Row
}](r *Resolver, t *load.Table) func(context.Context, []string, func(*sql.Selector)) ([]T, error) {
	return page.Read[E, T](t.Name, r.Store.Dialect(), r.Store.Each)
}

func (r *Resolver) roles(v *viewer.Viewer, field string) page.List[*ent.Role] {
	return page.List[*ent.Role]{
		Field:   field,
		Table:   roleTable.Name,
		Where:   []func(*sql.Selector){inOrgs(v, access.SubAccounts, access.View)},
		Order:   page.Order{Column: role.FieldCreatedAt},
		Dialect: r.Store.Dialect(),
		Signer:  r.Cursors,
		Each:    r.Store.Each,
		Fetch:   read[ent.Role](r, roleTable),
		Place:   func(row *ent.Role) (any, string) { return row.CreatedAt, row.ID },
	}
}

func (r *Resolver) subAccounts(v *viewer.Viewer, field string) page.List[*ent.SubAccount] {
	return page.List[*ent.SubAccount]{
		Field:   field,
		Table:   subAccountTable.Name,
		Where:   []func(*sql.Selector){inOrgs(v, access.SubAccounts, access.View)},
		Order:   page.Order{Column: subaccount.FieldCreatedAt},
		Dialect: r.Store.Dialect(),
		Signer:  r.Cursors,
		Each:    r.Store.Each,
		Fetch:   read[ent.SubAccount](r, subAccountTable),
		Place:   func(row *ent.SubAccount) (any, string) { return row.CreatedAt, row.ID },
	}
}

// colleagues lists the enabled sub-accounts of orgs in which the viewer sees creators, by name.
func (r *Resolver) colleagues(v *viewer.Viewer, field string) page.List[*model.Colleague] {
	all, own := v.Orgs(access.Creators, access.View)
	var orgIDs []string
	for _, standing := range slices.Concat(all, own) {
		orgIDs = append(orgIDs, standing.OrgID)
	}
	return page.List[*model.Colleague]{
		Field: field,
		Table: colleagueTable.Name,
		Where: []func(*sql.Selector){func(s *sql.Selector) {
			enabled := sql.EQ(s.C(subaccount.FieldStatus), subaccount.StatusENABLED)
			s.Where(sql.And(page.In(s.C(subaccount.FieldOrgID), orgIDs), enabled))
		}},
		Order:   page.Order{Column: subaccount.FieldNameKey},
		Dialect: r.Store.Dialect(),
		Signer:  r.Cursors,
		Each:    r.Store.Each,
		Fetch:   read[model.Colleague](r, colleagueTable),
		Place:   func(row *model.Colleague) (any, string) { return row.NameKey, row.ID },
	}
}

// auditEvents lists events, newest first. Where cuts them: who may see them is not the same for every list of them.
func (r *Resolver) auditEvents(field string, where ...func(*sql.Selector)) page.List[*ent.AuditEvent] {
	return page.List[*ent.AuditEvent]{
		Field:   field,
		Table:   auditEventTable.Name,
		Where:   where,
		Order:   page.Order{Column: auditevent.FieldAt, Desc: true},
		Dialect: r.Store.Dialect(),
		Signer:  r.Cursors,
		More:    bounds.Further,
		Each:    r.Store.Each,
		Fetch:   read[ent.AuditEvent](r, auditEventTable),
		Place:   func(row *ent.AuditEvent) (any, string) { return row.At, row.ID },
	}
}

func (r *Resolver) auditTargets(field string, where ...func(*sql.Selector)) page.List[*ent.AuditTarget] {
	return page.List[*ent.AuditTarget]{
		Field:   field,
		Table:   auditTargetTable.Name,
		Parent:  column(audittarget.FieldEventID),
		Where:   where,
		Order:   page.Order{Column: audittarget.FieldID},
		Dialect: r.Store.Dialect(),
		Signer:  r.Cursors,
		Each:    r.Store.Each,
		Fetch:   read[ent.AuditTarget](r, auditTargetTable),
		Place:   func(row *ent.AuditTarget) (any, string) { return row.ID, "" },
	}
}

func (r *Resolver) orgs(v *viewer.Viewer, field string) page.List[*ent.Org] {
	ids := []string{}
	for orgID := range v.Standings {
		if _, ok := v.In(orgID); ok {
			ids = append(ids, orgID)
		}
	}
	return page.List[*ent.Org]{
		Field:   field,
		Table:   orgTable.Name,
		Where:   []func(*sql.Selector){func(s *sql.Selector) { s.Where(page.In(s.C(org.FieldID), ids)) }},
		Order:   page.Order{Column: org.FieldCreatedAt},
		Dialect: r.Store.Dialect(),
		Signer:  r.Cursors,
		Each:    r.Store.Each,
		Fetch:   read[ent.Org](r, orgTable),
		Place:   func(row *ent.Org) (any, string) { return row.CreatedAt, row.ID },
	}
}

// creators lists creators, oldest first.
func (r *Resolver) creators(v *viewer.Viewer, field string) page.List[*ent.Creator] {
	return page.List[*ent.Creator]{
		Field:   field,
		Table:   creatorTable.Name,
		Where:   []func(*sql.Selector){backoffice.Creators(v, access.View)},
		Order:   page.Order{Column: creator.FieldCreatedAt},
		Dialect: r.Store.Dialect(),
		Signer:  r.Cursors,
		More:    bounds.Further,
		Each:    r.Store.Each,
		Fetch:   read[ent.Creator](r, creatorTable),
		Place:   func(row *ent.Creator) (any, string) { return row.CreatedAt, row.ID },
	}
}

// tasks lists tasks, newest first.
func (r *Resolver) tasks(v *viewer.Viewer, field string) page.List[*ent.Task] {
	return page.List[*ent.Task]{
		Field:   field,
		Table:   taskTable.Name,
		Where:   []func(*sql.Selector){backoffice.Tasks(v, access.View)},
		Order:   page.Order{Column: task.FieldCreatedAt, Desc: true},
		Dialect: r.Store.Dialect(),
		Signer:  r.Cursors,
		More:    bounds.Further,
		Each:    r.Store.Each,
		Fetch:   read[ent.Task](r, taskTable),
		Place:   func(row *ent.Task) (any, string) { return row.CreatedAt, row.ID },
	}
}

// assignments lists assignments, in the order in which they were made.
func (r *Resolver) assignments(v *viewer.Viewer, field string) page.List[*ent.TaskAssignment] {
	return page.List[*ent.TaskAssignment]{
		Field:   field,
		Table:   assignmentTable.Name,
		Where:   []func(*sql.Selector){backoffice.Assignments(v, access.View)},
		Order:   page.Order{Column: taskassignment.FieldCreatedAt},
		Dialect: r.Store.Dialect(),
		Signer:  r.Cursors,
		Each:    r.Store.Each,
		Fetch:   read[ent.TaskAssignment](r, assignmentTable),
		Place:   func(row *ent.TaskAssignment) (any, string) { return row.CreatedAt, row.ID },
	}
}

// orders lists orders, those paid last first.
func (r *Resolver) orders(v *viewer.Viewer, field string) page.List[*ent.Order] {
	return page.List[*ent.Order]{
		Field:   field,
		Table:   orderTable.Name,
		Where:   []func(*sql.Selector){backoffice.Orders(v, access.View)},
		Order:   page.Order{Column: order.FieldPaidAt, Desc: true},
		Dialect: r.Store.Dialect(),
		Signer:  r.Cursors,
		More:    bounds.Further,
		Each:    r.Store.Each,
		Fetch:   read[ent.Order](r, orderTable),
		Place:   func(row *ent.Order) (any, string) { return row.PaidAt, row.ID },
	}
}

// epoch stands in for a moment that never was, where lists are sorted by it.
var epoch = time.Unix(0, 0).UTC()
