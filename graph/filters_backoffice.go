package graph

import (
	"slices"

	"entgo.io/ent/dialect"
	"entgo.io/ent/dialect/sql"

	"deputy/ent"
	"deputy/ent/creator"
	"deputy/ent/order"
	"deputy/ent/task"
	"deputy/ent/taskassignment"
	"deputy/graph/model"
	"deputy/internal/access"
	"deputy/internal/page"
	"deputy/internal/search"
	"deputy/internal/viewer"
)

// within keeps rows whose column has one of the values of a filter.
func within(name, column string, given []string) (where, error) {
	values, err := texts(name, given)
	return func(s *sql.Selector) { s.Where(page.In(s.C(column), values)) }, err
}

func equal[T any](column string, value T) where {
	return func(s *sql.Selector) { s.Where(sql.EQ(s.C(column), value)) }
}

// searched keeps rows of which one of the columns holds the text, as holds does, and finds them by the grams that rows of the viewer's
// orgs would keep of it; see package search. A single letter of ASCII has none: nearly every row holds it, so the list's own order
// meets enough of them.
func searched(v *viewer.Viewer, m access.Module, text string, columns ...string) where {
	if !storable(text) {
		return none
	}
	var kept []search.Grams
	all, own := v.Orgs(m, access.View)
	for _, standing := range slices.Concat(all, own) {
		if grams := search.For(standing.OrgID, text); len(grams) > 0 {
			kept = append(kept, grams)
		}
	}
	looked := holds(text, columns...)
	return func(s *sql.Selector) {
		any := make([]*sql.Predicate, len(kept))
		for i, grams := range kept {
			any[i] = keeps(s, grams)
		}
		if len(any) > 0 {
			s.Where(sql.Or(any...))
		}
		looked(s)
	}
}

// maxGrams is how many grams SQLite looks for: a few leave few rows, which are looked into in any case.
const maxGrams = 3

// keeps holds for rows that keep all of the grams; on SQLite, a few of them.
func keeps(s *sql.Selector, grams search.Grams) *sql.Predicate {
	column, id := s.C("grams"), s.C("id")
	return sql.P(func(b *sql.Builder) {
		if b.Dialect() == dialect.Postgres {
			b.Ident(column).WriteString(" @> ").Arg(grams)
			return
		}
		step := max(1, len(grams)/maxGrams)
		for i := 0; i < len(grams) && i < maxGrams*step; i += step {
			if i > 0 {
				b.WriteString(" AND ")
			}
			b.Ident(id).WriteString(" IN (SELECT row_id FROM search_grams WHERE gram = ").Arg(grams[i]).WriteByte(')')
		}
	})
}

func creatorFilter(v *viewer.Viewer, f *model.CreatorFilter) (cuts []where, err error) {
	if f == nil {
		return nil, nil
	}
	if f.Search != nil {
		cuts = append(cuts, searched(v, access.Creators, *f.Search, creator.FieldName, creator.FieldPlatformID))
	}
	if f.Status != nil {
		cuts = append(cuts, equal(creator.FieldStatus, *f.Status))
	}
	if f.Category != nil {
		if !storable(*f.Category) {
			return []where{none}, nil
		}
		cuts = append(cuts, equal(creator.FieldCategory, *f.Category))
	}
	if f.ManagerIds != nil {
		cut, err := within("managerIds", creator.FieldManagerID, f.ManagerIds)
		if err != nil {
			return nil, err
		}
		cuts = append(cuts, cut)
	}
	return cuts, nil
}

func creatorOrder(list *page.List[*ent.Creator], o *model.CreatorOrder) {
	if o == nil {
		return
	}
	list.Order.Desc = o.Direction == model.OrderDirectionDesc
	switch o.Field {
	case model.CreatorOrderFieldName:
		list.Order.Column, list.Order.Text = creator.FieldName, true
		list.Place = func(row *ent.Creator) (any, string) { return row.Name, row.ID }
	case model.CreatorOrderFieldFollowers:
		list.Order.Column = creator.FieldFollowers
		list.Place = func(row *ent.Creator) (any, string) { return row.Followers, row.ID }
	}
}

func taskFilter(v *viewer.Viewer, f *model.TaskFilter) (cuts []where, err error) {
	if f == nil {
		return nil, nil
	}
	if f.Search != nil {
		cuts = append(cuts, searched(v, access.Tasks, *f.Search, task.FieldTitle, task.FieldBrief))
	}
	if f.Status != nil {
		cuts = append(cuts, equal(task.FieldStatus, *f.Status))
	}
	if f.CreatorIds != nil {
		creatorIDs, err := texts("creatorIds", f.CreatorIds)
		if err != nil {
			return nil, err
		}
		cuts = append(cuts, func(s *sql.Selector) {
			t := sql.Dialect(s.Dialect()).Table(taskassignment.Table)
			s.Where(sql.In(s.C(task.FieldID), sql.Dialect(s.Dialect()).Select(t.C(taskassignment.FieldTaskID)).From(t).
				Where(page.In(t.C(taskassignment.FieldCreatorID), creatorIDs))))
		})
	}
	if f.DueBefore != nil {
		cuts = append(cuts, func(s *sql.Selector) { s.Where(sql.LT(s.C(task.FieldDeadline), *f.DueBefore)) })
	}
	return cuts, nil
}

func taskOrder(list *page.List[*ent.Task], o *model.TaskOrder) {
	if o == nil {
		return
	}
	list.Order.Desc = o.Direction == model.OrderDirectionDesc
	switch o.Field {
	case model.TaskOrderFieldDeadline:
		list.Order.Column, list.Order.Empty = task.FieldDeadline, epoch
		list.Place = func(row *ent.Task) (any, string) {
			if row.Deadline == nil {
				return epoch, row.ID
			}
			return *row.Deadline, row.ID
		}
	case model.TaskOrderFieldReward:
		list.Order.Column = task.FieldReward
		list.Place = func(row *ent.Task) (any, string) { return row.Reward, row.ID }
	}
}

func orderFilter(v *viewer.Viewer, f *model.OrderFilter) (cuts []where, err error) {
	if f == nil {
		return nil, nil
	}
	if f.Search != nil {
		cuts = append(cuts, searched(v, access.Orders, *f.Search, order.FieldNumber, order.FieldProductName))
	}
	if f.Status != nil {
		cuts = append(cuts, equal(order.FieldStatus, *f.Status))
	}
	if f.CreatorIds != nil {
		cut, err := within("creatorIds", order.FieldCreatorID, f.CreatorIds)
		if err != nil {
			return nil, err
		}
		cuts = append(cuts, cut)
	}
	if f.PaidFrom != nil {
		cuts = append(cuts, func(s *sql.Selector) { s.Where(sql.GTE(s.C(order.FieldPaidAt), *f.PaidFrom)) })
	}
	if f.PaidTo != nil {
		cuts = append(cuts, func(s *sql.Selector) { s.Where(sql.LT(s.C(order.FieldPaidAt), *f.PaidTo)) })
	}
	return cuts, nil
}

func orderOrder(list *page.List[*ent.Order], o *model.OrderOrder) {
	if o == nil {
		return
	}
	list.Order.Desc = o.Direction == model.OrderDirectionDesc
	if o.Field == model.OrderOrderFieldAmount {
		list.Order.Column = order.FieldAmount
		list.Place = func(row *ent.Order) (any, string) { return row.Amount, row.ID }
	}
}
