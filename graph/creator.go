package graph

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"entgo.io/ent/dialect/sql"
	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"

	"deputy/ent"
	"deputy/ent/creator"
	"deputy/ent/org"
	"deputy/ent/subaccount"
	"deputy/graph/model"
	"deputy/internal/access"
	"deputy/internal/backoffice"
	"deputy/internal/bounds"
	"deputy/internal/collate"
	"deputy/internal/contact"
	"deputy/internal/load"
	"deputy/internal/page"
	"deputy/internal/viewer"
)

var colleagueTable = &load.Table{Name: subaccount.Table, Has: subaccount.Columns, Satisfies: []string{"Colleague"}}

var creatorTable = &load.Table{
	Name: creator.Table, Has: creator.Columns, Satisfies: []string{"Creator", "Node"},
	Needs: map[string][]string{"": {creator.FieldOrgID}, "manager": {creator.FieldManagerID}},
}

// colleagues lists the enabled sub-accounts of orgs in which the viewer sees creators, by name.
func (r *Resolver) colleagues(v *viewer.Viewer, field string) page.List[*model.Colleague] {
	all, own := v.Orgs(access.Creators, access.View)
	var orgIDs []string
	for _, membership := range slices.Concat(all, own) {
		orgIDs = append(orgIDs, membership.OrgID)
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
		Fetch:   readRows[model.Colleague](r, colleagueTable),
		Place:   func(row *model.Colleague) (any, string) { return row.NameKey, row.ID },
	}
}

func colleagueFilter(f *model.ColleagueFilter) (cuts []where) {
	if f != nil && f.Search != nil {
		cuts = append(cuts, holds(contact.SearchText(*f.Search), subaccount.FieldName))
	}
	return cuts
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
		Fetch:   readRows[ent.Creator](r, creatorTable),
		Place:   func(row *ent.Creator) (any, string) { return row.CreatedAt, row.ID },
	}
}

func creatorID(c *ent.Creator) string { return c.ID }

// filteredCreators is a list of creators as a field's arguments want it.
func (r *Resolver) filteredCreators(
	v *viewer.Viewer, field string, f *model.CreatorFilter, o *model.CreatorOrder,
) (page.List[*ent.Creator], error) {
	list := r.creators(v, field)
	err := creatorFilter(v, &list, f)
	serve(&list, creatorOrder(&list, o))
	return list, err
}

// creatorFilter cuts a list of creators to what a filter leaves of it.
func creatorFilter(v *viewer.Viewer, list *page.List[*ent.Creator], f *model.CreatorFilter) error {
	if f == nil {
		return nil
	}
	if f.Search != nil {
		list.Search = searched(v, access.Creators, *f.Search, creator.FieldName, creator.FieldPlatformID)
	}
	return cmp.Or(
		among(list, "statuses", creator.FieldStatus, f.Statuses),
		among(list, "categories", creator.FieldCategory, f.Categories),
		among(list, "managerIds", creator.FieldManagerID, f.ManagerIds),
	)
}

func creatorOrder(list *page.List[*ent.Creator], o *model.CreatorOrder) string {
	if o == nil {
		return ""
	}
	list.Order.Desc = o.Direction == model.OrderDirectionDesc
	switch o.Field {
	case model.CreatorOrderFieldName:
		list.Order.Column = creator.FieldNameKey
		list.Place = func(row *ent.Creator) (any, string) { return row.NameKey, row.ID }
	case model.CreatorOrderFieldFollowers:
		list.Order.Column = creator.FieldFollowers
		list.Place = func(row *ent.Creator) (any, string) { return row.Followers, row.ID }
	}
	return bounds.OrderOf(o.Field)
}

func newCreator(in model.CreateCreatorInput) backoffice.NewCreator {
	return backoffice.NewCreator{
		Name: in.Name, PlatformID: in.PlatformID, Category: orNone(in.Category), Followers: orNone(in.Followers),
		ContractFrom: in.ContractFrom, ContractTo: in.ContractTo, ShareBps: orNone(in.ShareBps), ManagerID: in.ManagerID,
	}
}

func creatorChange(in model.UpdateCreatorInput) (backoffice.CreatorChange, error) {
	name, noName := requireNonNull(in.Name, "input", "name")
	platformID, noPlatformID := requireNonNull(in.PlatformID, "input", "platformId")
	followers, noFollowers := requireNonNull(in.Followers, "input", "followers")
	status, noStatus := requireNonNull(in.Status, "input", "status")
	share, noShare := requireNonNull(in.ShareBps, "input", "shareBps")
	change := backoffice.CreatorChange{
		Name: name, PlatformID: platformID, Category: emptied(in.Category), Followers: followers, Status: status,
		ContractFrom: cleared(in.ContractFrom), ContractTo: cleared(in.ContractTo), ShareBps: share,
	}
	return change, firstOf(noName, noPlatformID, noFollowers, noStatus, noShare)
}

// creatorsComing returns the creators of the org that changed since an overlap before the moment, if there is one, and
// those that change from now on.
func (r *Resolver) creatorsComing(ctx context.Context, orgID string, after *time.Time) *comingRows[*ent.Creator] {
	c := &comingRows[*ent.Creator]{idOf: creatorID, columns: creatorTable.Columns(ctx), now: r.Now}
	c.list = func(v *viewer.Viewer) page.List[*ent.Creator] {
		return changing(r.creators(v, "Subscription.creatorsChanged"), orgID, creator.FieldUpdatedAt,
			func(row *ent.Creator) (any, string) { return row.UpdatedAt, row.ID })
	}
	c.resume(after)
	return c
}

// ofCreator is a row that belongs to a creator of its org.
type ofCreator interface {
	load.Row
	tenant
}

const reachedColumn = "reached"

// namedCreator is a creator as whoever sees a row of theirs may know them.
type namedCreator struct {
	ent.Creator
	// Reached reports whether the viewer sees the creator, and not the name alone.
	Reached bool
}

// Into returns where a column is scanned to.
func (c *namedCreator) Into(column string) any {
	if column == reachedColumn {
		return &c.Reached
	}
	return c.Creator.Into(column)
}

// namedCreators reads creators of the orgs by their ids.
func (r *Resolver) namedCreators(
	ctx context.Context, v *viewer.Viewer, creatorIDs, orgIDs, columns []string,
) (map[string]*namedCreator, error) {
	rows, err := readRows[namedCreator](r, creatorTable)(ctx, append(columns, creator.FieldName), func(s *sql.Selector) {
		s.Where(sql.And(page.In(s.C(creator.FieldID), creatorIDs), page.In(s.C(creator.FieldOrgID), orgIDs)))
		reached := sql.Dialect(s.Dialect()).Select().From(sql.Dialect(s.Dialect()).Table(creator.Table))
		backoffice.Creators(v, access.View)(reached)
		s.AppendSelectExprAs(sql.ExprFunc(func(b *sql.Builder) {
			b.WriteString("CASE WHEN ").Join(reached.P()).WriteString(" THEN TRUE ELSE FALSE END")
		}), reachedColumn)
	})
	if err != nil {
		return nil, fmt.Errorf("read creators: %w", err)
	}
	found := make(map[string]*namedCreator, len(rows))
	for _, row := range rows {
		found[row.ID] = row
	}
	return found, nil
}

// creatorBatch is a field of rows that asks about their creators, which are loaded at once for all such fields.
func creatorBatch[P ofCreator, V any](
	ctx context.Context, r *Resolver, creatorIDOf func(P) string, value func(*namedCreator) (V, error),
) (load.Batch[P, map[string]*namedCreator, V], error) {
	v, err := viewer.SignedIn(ctx)
	_, parent, _ := strings.Cut(load.Place(ctx), "<")
	return load.Batch[P, map[string]*namedCreator, V]{
		Key: "creators<" + parent,
		Load: func(ctx context.Context, rows []P) (map[string]*namedCreator, error) {
			var columns []string
			for _, f := range siblings(ctx) {
				if f.Name == "creator" {
					columns = append(columns, creatorTable.Selected(graphql.GetOperationContext(ctx), f)...)
				}
			}
			found, err := r.namedCreators(ctx, v, load.IDs(rows, creatorIDOf), load.IDs(rows, P.TenantID), columns)
			var reached []*ent.Creator
			for _, one := range found {
				if one.Reached {
					reached = append(reached, &one.Creator)
				}
			}
			level := page.NewLevel(reached)
			for _, one := range reached {
				one.SetLevel(level)
			}
			return found, err
		},
		Value: func(found map[string]*namedCreator, of P) (V, error) { return value(found[creatorIDOf(of)]) },
	}, err
}

// creatorOf returns the creator of a row; null for one out of the viewer's reach.
func creatorOf[P ofCreator](ctx context.Context, r *Resolver, of P, creatorIDOf func(P) string) (*ent.Creator, error) {
	creators, err := creatorBatch(ctx, r, creatorIDOf, func(found *namedCreator) (*ent.Creator, error) {
		if found == nil || !found.Reached {
			return nil, nil //nolint:nilnil // null is the value
		}
		return &found.Creator, nil
	})
	if err != nil {
		return nil, err
	}
	return creators.For(ctx, of)
}

// creatorNameOf returns the name of a row's creator.
func creatorNameOf[P ofCreator](ctx context.Context, r *Resolver, of P, creatorIDOf func(P) string) (string, error) {
	creators, err := creatorBatch(ctx, r, creatorIDOf, func(found *namedCreator) (string, error) {
		if found == nil {
			return "", errors.New("row without its creator")
		}
		return found.Name, nil
	})
	if err != nil {
		return "", err
	}
	return creators.For(ctx, of)
}

// siblings are the fields that the document asks of the object that the running field is one of, itself among them.
func siblings(ctx context.Context) []graphql.CollectedField {
	field, op := graphql.GetFieldContext(ctx), graphql.GetOperationContext(ctx)
	parent := field.Parent
	for parent != nil && parent.Index != nil {
		parent = parent.Parent
	}
	var selected ast.SelectionSet
	if parent != nil {
		selected = parent.Field.Selections
	} else { // the event of a subscription, whose one field is in no context
		selected = graphql.CollectFields(op, op.Operation.SelectionSet, []string{"Subscription"})[0].Selections
	}
	return graphql.CollectFields(op, selected, []string{field.Object, "Node"})
}

// manager returns who looks after a creator: a name, for everybody who sees the creator.
func (r *Resolver) manager(ctx context.Context, c *ent.Creator) (*model.Colleague, error) {
	if c.ManagerID == nil {
		return nil, nil //nolint:nilnil // null is the answer
	}
	return load.Batch[*ent.Creator, map[string]*model.Colleague, *model.Colleague]{
		Load: r.managers,
		Value: func(found map[string]*model.Colleague, c *ent.Creator) (*model.Colleague, error) {
			if c.ManagerID == nil {
				return nil, nil
			}
			return found[*c.ManagerID], nil
		},
	}.For(ctx, c)
}

// managers reads who looks after creators, by their ids.
func (r *Resolver) managers(ctx context.Context, creators []*ent.Creator) (map[string]*model.Colleague, error) {
	var managers []string
	for _, c := range creators {
		if c.ManagerID != nil {
			managers = append(managers, *c.ManagerID)
		}
	}
	orgIDs := load.IDs(creators, (*ent.Creator).TenantID)
	rows, err := readRows[model.Colleague](r, colleagueTable)(ctx, []string{subaccount.FieldName}, func(s *sql.Selector) {
		s.Where(sql.And(page.In(s.C(subaccount.FieldID), managers), page.In(s.C(subaccount.FieldOrgID), orgIDs)))
	})
	if err != nil {
		return nil, fmt.Errorf("read managers: %w", err)
	}
	found := make(map[string]*model.Colleague, len(rows))
	for _, row := range rows {
		found[row.ID] = row
	}
	return found, nil
}

// creatorCategories returns the categories of the creators of an org that the viewer sees.
func (r *Resolver) creatorCategories(ctx context.Context, of *ent.Org) ([]string, error) {
	v, err := viewer.SignedIn(ctx)
	if err != nil {
		return nil, err
	}
	read := func(ctx context.Context, peers []*ent.Org) (map[string][]string, error) {
		return r.categories(ctx, v, load.IDs(peers, orgID))
	}
	found, err := load.Once(ctx, of.Peers(), load.Place(ctx), read)
	if err != nil {
		return nil, err
	}
	return found[of.ID], nil
}

// categories reads the categories in use of all the orgs with one statement: the index leads from each to the next
// one, so that it takes as long as there are categories, and not creators. Under OWN it passes over those of others.
func (r *Resolver) categories(ctx context.Context, v *viewer.Viewer, orgIDs []string) (map[string][]string, error) {
	d := sql.Dialect(r.Store.Dialect())
	begin := d.Select().From(d.Table(org.Table)).Where(page.In(d.Table(org.Table).C(org.FieldID), orgIDs))
	begin.Select(begin.C(org.FieldID)).AppendSelectExpr(sql.Raw("CAST('' AS varchar)"), sql.Raw("0"))
	next := d.Select().From(d.Table(creator.Table))
	category := next.C(creator.FieldCategory)
	next.Select(category).Where(sql.P(func(b *sql.Builder) {
		b.Ident(next.C(creator.FieldOrgID)).WriteString(" = found.org AND ").
			Ident(category).WriteString(" > found.category")
	}))
	backoffice.Creators(v, access.View)(next)
	next.OrderBy(category).Limit(1)
	query, args := d.Select("org", "category").FromExpr(sql.ExprFunc(func(b *sql.Builder) {
		b.WriteString("(WITH RECURSIVE found(org, category, n) AS (").Join(begin).
			WriteString(" UNION ALL SELECT found.org, (").Join(next).
			WriteString(
				"), found.n + 1 FROM found WHERE found.category IS NOT NULL AND found.n < ").Arg(backoffice.MaxCategories).
			WriteString(") SELECT org, category FROM found WHERE category <> '') AS categories")
	})).WithContext(ctx).Query()
	found := map[string][]string{}
	for _, id := range orgIDs {
		found[id] = []string{}
	}
	err := r.Store.Each(ctx, query, args, func(record page.Record) error {
		var of, category string
		err := record.Scan(&of, &category)
		found[of] = append(found[of], category)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read categories: %w", err)
	}
	for _, categories := range found {
		collate.Sort(categories)
	}
	return found, nil
}
