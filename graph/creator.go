package graph

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
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
	"deputy/internal/civil"
	"deputy/internal/collate"
	"deputy/internal/contact"
	"deputy/internal/download"
	"deputy/internal/fault"
	"deputy/internal/load"
	"deputy/internal/page"
	"deputy/internal/viewer"
)

var creatorTable = &table[ent.Creator, *ent.Creator]{
	Table: load.Table{
		Type: "Creator", Name: creator.Table, Has: creator.Columns,
		Needs: map[string][]string{"manager": {creator.FieldManagerID}},
	},
	reach: backoffice.Creators,
}

// colleagueTable has the enabled sub-accounts of orgs in which the viewer can view creators, by name.
var colleagueTable = &table[model.Colleague, *model.Colleague]{
	Table: load.Table{Type: "Colleague", Name: subaccount.Table, Has: []string{subaccount.FieldName}},
	reach: func(v *viewer.Viewer, a access.Action) where {
		orgIDs := v.OrgIDs(access.Creators, a)
		return func(s *sql.Selector) {
			enabled := sql.EQ(s.C(subaccount.FieldStatus), subaccount.StatusENABLED)
			s.Where(sql.And(page.In(s.C(subaccount.FieldOrgID), orgIDs), enabled))
		}
	},
	order: page.Order{Column: subaccount.FieldNameKey},
}

func colleagueCuts(f *model.ColleagueFilter) cutter[*model.Colleague] {
	return func(_ *viewer.Viewer, list *page.List[*model.Colleague]) error {
		if f != nil && f.Search != nil {
			list.Where = append(list.Where, holds(contact.SearchText(*f.Search), subaccount.FieldName))
		}
		return nil
	}
}

// creatorCuts applies a field's filter and order to a list of creators.
func creatorCuts(
	ctx context.Context, r *Resolver, f *model.CreatorFilter, o *model.CreatorOrder,
) cutter[*ent.Creator] {
	return func(v *viewer.Viewer, list *page.List[*ent.Creator]) error {
		err := r.creatorFilter(ctx, v, list, f)
		serve(list, creatorOrder(list, o))
		return err
	}
}

// creatorFilter applies a filter to a list of creators.
func (r *Resolver) creatorFilter(
	ctx context.Context, v *viewer.Viewer, list *page.List[*ent.Creator], f *model.CreatorFilter,
) error {
	if f == nil {
		return nil
	}
	unmanaged := f.WithoutManager != nil && *f.WithoutManager
	if f.ManagerIds != nil || unmanaged { // an app does not learn whose creators they are
		if err := v.RefuseApp(); err != nil {
			return err
		}
	}
	if f.Search != nil {
		list.Search = searched(v, access.Creators, *f.Search, creator.FieldName, creator.FieldPlatformID)
	}
	err := cmp.Or(
		among(list, "statuses", creator.FieldStatus, f.Statuses),
		among(list, "categories", creator.FieldCategory, f.Categories),
		among(list, "managerIds", creator.FieldManagerID, f.ManagerIds),
	)
	if err != nil {
		return err
	}
	if unmanaged {
		cut(list, "withoutManager", 1, func(s *sql.Selector) { s.Where(sql.IsNull(s.C(creator.FieldManagerID))) },
			creator.FieldManagerID)
	}
	cutRange(list, "followers", creator.FieldFollowers, f.FollowersFrom, nil)
	if f.ContractEndsWithinDays == nil {
		return nil
	}
	ends, err := r.endsWithin(ctx, v, *f.ContractEndsWithinDays)
	if err != nil {
		return err
	}
	cut(list, "contractEndsWithinDays", 1, ends, creator.FieldContractTo, creator.FieldOrgID)
	return nil
}

// maxEndsWithin is the maximum of contractEndsWithinDays.
const maxEndsWithin = 3_650

var msgEndsWithin = fault.Message{
	Zh: "contractEndsWithinDays 请填写 0 到 %d 之间的整数。",
	En: "contractEndsWithinDays takes a whole number from 0 to %d.",
}

// endsWithin keeps creators whose contract ends today, in the org's time zone, or within the next days.
func (r *Resolver) endsWithin(ctx context.Context, v *viewer.Viewer, days int) (where, error) {
	if days < 0 || days > maxEndsWithin {
		return nil, fault.New(fault.BadRequest, msgEndsWithin, maxEndsWithin)
	}
	orgs, err := r.orgsByID(ctx, v.OrgIDs(access.Creators, access.View), []string{org.FieldTimeZone})
	if err != nil {
		return nil, err
	}
	byDay, now := map[civil.Day][]string{}, r.Now()
	for orgID, of := range orgs {
		zone, err := time.LoadLocation(of.TimeZone)
		if err != nil {
			return nil, fmt.Errorf("read time zone: %w", err)
		}
		today := civil.Of(now, zone)
		byDay[today] = append(byDay[today], orgID)
	}
	return func(s *sql.Selector) {
		var ofZones []*sql.Predicate
		for _, today := range slices.Sorted(maps.Keys(byDay)) {
			ends := s.C(creator.FieldContractTo)
			within := sql.And(sql.GTE(ends, today), sql.LTE(ends, today+civil.Day(days))) //nolint:gosec // few days
			if len(byDay) > 1 {
				slices.Sort(byDay[today])
				within = sql.And(page.In(s.C(creator.FieldOrgID), byDay[today]), within)
			}
			ofZones = append(ofZones, within)
		}
		if s.Where(sql.Or(ofZones...)); len(ofZones) == 0 {
			s.Where(sql.False())
		}
	}, nil
}

func creatorOrder(list *page.List[*ent.Creator], o *model.CreatorOrder) string {
	if o == nil {
		return ""
	}
	list.Order.Desc = o.Direction == model.OrderDirectionDesc
	switch o.Field {
	case model.CreatorOrderFieldName:
		list.Order.Column = creator.FieldNameKey
	case model.CreatorOrderFieldFollowers:
		list.Order.Column = creator.FieldFollowers
	case model.CreatorOrderFieldContractTo:
		list.Order.Column, list.Span = creator.FieldContractTo, present(creator.FieldContractTo)
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
	expected, noExpected := requireNonNull(in.ExpectedUpdatedAt, "input", "expectedUpdatedAt")
	change := backoffice.CreatorChange{
		Name: name, PlatformID: platformID, Category: emptied(in.Category), Followers: followers, Status: status,
		ContractFrom: cleared(in.ContractFrom), ContractTo: cleared(in.ContractTo), ShareBps: share,
		ExpectedUpdatedAt: expected,
	}
	return change, firstOf(noName, noPlatformID, noFollowers, noStatus, noShare, noExpected)
}

// ofCreator is a row of a creator in its org.
type ofCreator interface {
	load.Row
	tenant
}

const reachedColumn = "reached"

// namedCreator is a creator as a viewer of one of its rows may see it.
type namedCreator struct {
	ent.Creator
	// Reached reports whether the viewer can view the creator, and not only its name.
	Reached bool
}

// Into returns the variable for a column.
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
	read := readRows[namedCreator](r, &creatorTable.Table)
	rows, err := read(ctx, append(columns, creator.FieldName), func(s *sql.Selector) {
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
	return byID(rows), nil
}

// creatorBatch returns the values of a field that depends on the rows' creators, which are loaded together for all such
// fields.
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

// creatorOf returns the creator of a row; null for one that the viewer cannot view.
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

// siblings returns the fields that the document selects from the running field's object, including the running field.
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

// manager returns the manager of a creator by name, for every viewer of the creator.
func (r *Resolver) manager(ctx context.Context, c *ent.Creator) (*model.Colleague, error) {
	if c.ManagerID == nil {
		return nil, nil //nolint:nilnil // null is the value
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

// managers reads the managers of creators, by their ids.
func (r *Resolver) managers(ctx context.Context, creators []*ent.Creator) (map[string]*model.Colleague, error) {
	var managers []string
	for _, c := range creators {
		if c.ManagerID != nil {
			managers = append(managers, *c.ManagerID)
		}
	}
	orgIDs := load.IDs(creators, (*ent.Creator).TenantID)
	rows, err := colleagueTable.read(r)(ctx, []string{subaccount.FieldName}, func(s *sql.Selector) {
		s.Where(sql.And(page.In(s.C(subaccount.FieldID), managers), page.In(s.C(subaccount.FieldOrgID), orgIDs)))
	})
	if err != nil {
		return nil, fmt.Errorf("read managers: %w", err)
	}
	return byID(rows), nil
}

// creatorCategories returns the categories of the org's creators that the viewer can view.
func (r *Resolver) creatorCategories(ctx context.Context, of *ent.Org) ([]string, error) {
	v, err := viewer.SignedIn(ctx)
	if err != nil {
		return nil, err
	}
	read := func(ctx context.Context, peers []*ent.Org) (map[string][]string, error) {
		return r.categories(ctx, v, load.IDs(peers, (*ent.Org).RowID))
	}
	found, err := load.Once(ctx, of.Peers(), load.Place(ctx), read)
	if err != nil {
		return nil, err
	}
	return found[of.ID], nil
}

// categories reads the categories in use of all the orgs in one statement: it uses the index to go from each category
// to the next, so its cost is proportional to categories, and not to creators. With the scope OWN it skips creators of
// others.
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

// creatorRows returns the rows of an import.
func creatorRows(in []*model.CreatorInput) []backoffice.CreatorRow {
	rows := make([]backoffice.CreatorRow, len(in))
	for i, one := range in {
		rows[i] = backoffice.CreatorRow{
			PlatformID: one.PlatformID, Name: one.Name, Category: emptied(one.Category), Followers: one.Followers,
			Status: one.Status, ContractFrom: cleared(one.ContractFrom), ContractTo: cleared(one.ContractTo),
			ShareBps: one.ShareBps,
		}
	}
	return rows
}

// Imports understand the headings of the file. Columns keep their positions; new ones are added at the end.
var creatorColumns = []sheetColumn{
	{heading: fault.Message{Zh: "达人平台ID", En: "Creator platform ID"}, width: 20},
	{heading: fault.Message{Zh: "达人", En: "Creator"}, width: 16},
	{heading: fault.Message{Zh: "类目", En: "Category"}, width: 12},
	{heading: fault.Message{Zh: "粉丝数", En: "Followers"}, width: 12},
	{heading: fault.Message{Zh: "状态", En: "Status"}, width: 10},
	{heading: fault.Message{Zh: "合同开始", En: "Contract from"}, width: 12},
	{heading: fault.Message{Zh: "合同结束", En: "Contract to"}, width: 12},
	{heading: fault.Message{Zh: "机构分成", En: "Share of the org"}, width: 10},
	{heading: fault.Message{Zh: "经纪人", En: "Manager"}, width: 14},
	{heading: fault.Message{Zh: "创建时间", En: "Created at"}, width: 20},
}

// creatorLine is a creator in JSON Lines, under the names of the schema.
type creatorLine struct {
	ID           string         `json:"id"`
	PlatformID   string         `json:"platformId"`
	Name         string         `json:"name"`
	Category     string         `json:"category"`
	Followers    int64          `json:"followers"`
	Status       creator.Status `json:"status"`
	ContractFrom *string        `json:"contractFrom"`
	ContractTo   *string        `json:"contractTo"`
	ShareBps     int            `json:"shareBps"`
	ManagerID    *string        `json:"managerId"`
	ManagerName  *string        `json:"managerName"`
	CreatedAt    instant        `json:"createdAt"`
	UpdatedAt    instant        `json:"updatedAt"`
}

func (r *Resolver) creatorFile(
	ctx context.Context, v *viewer.Viewer, link download.Link, until time.Time, f *file,
) error {
	var filter *model.CreatorFilter
	if err := json.Unmarshal(link.Filter, &filter); err != nil {
		return fmt.Errorf("read filter: %w", err)
	}
	list := creatorTable.list(r, v, access.Export)
	list.Where = append(list.Where, ofOrg(link.OrgID), upTo(creator.FieldCreatedAt, until))
	if err := r.creatorFilter(ctx, v, &list, filter); err != nil {
		return err
	}
	serve(&list, "")
	columns := []string{
		creator.FieldOrgID, creator.FieldPlatformID, creator.FieldName, creator.FieldCategory, creator.FieldFollowers,
		creator.FieldStatus, creator.FieldContractFrom, creator.FieldContractTo, creator.FieldShareBps,
		creator.FieldManagerID, creator.FieldCreatedAt, creator.FieldUpdatedAt,
	}
	f.columns, f.rows, f.lines = creatorColumns, list.Count, list.Count
	f.walk = func(ctx context.Context, judge func(context.Context) (*viewer.Viewer, error), p *paper) error {
		write := p.creatorRow
		if f.format == model.ExportFormatJSONL {
			write = p.creatorObject
		}
		return list.Walk(ctx, partSize, columns, func(part []*ent.Creator) error {
			v, err := judge(ctx)
			if err != nil {
				return err
			}
			if v.App != nil { // who looks after a creator is for people
				for _, c := range part {
					c.ManagerID = nil
				}
			}
			managers, err := r.managers(ctx, part)
			if err != nil {
				return err
			}
			for _, c := range part {
				if err := write(c, managers[optional(c.ManagerID)]); err != nil {
					return err
				}
			}
			return nil
		})
	}
	return nil
}

// creatorRow writes a creator to a spreadsheet; its manager is nil if it has none.
func (p *paper) creatorRow(c *ent.Creator, manager *model.Colleague) error {
	name := ""
	if manager != nil {
		name = manager.Name
	}
	return p.row(c.PlatformID, c.Name, c.Category, c.Followers, p.word("Creator", "status", string(c.Status)),
		optional(dateText(c.ContractFrom)), optional(dateText(c.ContractTo)), percentage(int64(c.ShareBps)), name,
		p.moment(&c.CreatedAt))
}

// creatorObject writes a creator to JSON Lines.
func (p *paper) creatorObject(c *ent.Creator, manager *model.Colleague) error {
	line := creatorLine{
		ID: c.ID, PlatformID: c.PlatformID, Name: c.Name, Category: c.Category, Followers: c.Followers, Status: c.Status,
		ContractFrom: dateText(c.ContractFrom), ContractTo: dateText(c.ContractTo), ShareBps: c.ShareBps,
		ManagerID: c.ManagerID, CreatedAt: instant(c.CreatedAt), UpdatedAt: instant(c.UpdatedAt),
	}
	if manager != nil {
		line.ManagerName = &manager.Name
	}
	return p.object(line)
}

// dateText returns a day in the format of the schema; nil for none.
func dateText(d *civil.Day) *string {
	if d == nil {
		return nil
	}
	return new(d.String())
}
