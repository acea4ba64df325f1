package graph

import (
	"cmp"
	"strings"

	"entgo.io/ent/dialect"
	"entgo.io/ent/dialect/sql"

	"deputy/ent"
	"deputy/ent/auditevent"
	"deputy/ent/audittarget"
	"deputy/ent/order"
	"deputy/ent/role"
	"deputy/ent/subaccount"
	"deputy/ent/subaccountrole"
	"deputy/graph/model"
	"deputy/internal/access"
	"deputy/internal/bounds"
	"deputy/internal/contact"
	"deputy/internal/fault"
	"deputy/internal/id"
	"deputy/internal/page"
)

// maxText is how long a text in a column can be, in bytes, of those that filters look into.
const maxText = 800

var msgFilter = fault.Message{
	Zh: "筛选条件 %s 最多 %d 项。",
	En: "The filter %s takes at most %d values.",
}

type where = func(*sql.Selector)

// texts returns the values of a filter as arguments of SQL; more than bounds.MaxFilter is LIMIT_EXCEEDED.
func texts(name string, values []string) ([]string, error) {
	if len(values) > bounds.MaxFilter {
		return nil, fault.Limit("filter", bounds.MaxFilter, len(values), msgFilter, name, bounds.MaxFilter)
	}
	args := make([]string, 0, len(values))
	for _, v := range values {
		if storable(v) {
			args = append(args, v)
		}
	}
	return args, nil
}

// storable reports whether a column can hold the text at all. No other goes to the database: PostgreSQL refuses a NUL
// with an error, and SQLite a long pattern.
func storable(text string) bool { return len(text) <= maxText && strings.IndexByte(text, 0) < 0 }

// none keeps no row.
func none(s *sql.Selector) { s.Where(sql.False()) }

// holds keeps rows of which one of the columns holds the text. The letters A to Z are found in whichever case, others
// as they are, whatever the locale of the database; %, _ and \ are letters.
func holds(text string, columns ...string) where {
	return func(s *sql.Selector) {
		any := make([]*sql.Predicate, len(columns))
		for i, column := range columns {
			any[i] = held(s, column, text)
		}
		s.Where(sql.Or(any...))
	}
}

// held keeps rows whose column holds the text.
func held(s *sql.Selector, column, text string) *sql.Predicate {
	if !storable(text) {
		return sql.False()
	}
	return like(s.C(column), "%"+likeLetters.Replace(text)+"%")
}

// likeLetters writes what has a meaning in a pattern of LIKE as letters.
var likeLetters = strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`)

// like is LIKE in whichever case. Ent's ContainsFold loses its ESCAPE on SQLite, and lowers letters there that SQLite
// leaves as they are, so that a text does not find itself; PostgreSQL folds as its collation says, which is "C" here.
func like(column, pattern string) *sql.Predicate {
	return sql.P(func(b *sql.Builder) {
		operator := " LIKE "
		if b.Dialect() == dialect.Postgres {
			operator = ` COLLATE "C" ILIKE `
		}
		b.Ident(column).WriteString(operator).Arg(pattern).WriteString(` ESCAPE '\'`)
	})
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
		list.Place = func(row *ent.Role) (any, string) { return row.NameKey, row.ID }
	}
}

func subAccountFilter(f *model.SubAccountFilter) (cuts []where, err error) {
	if f == nil {
		return nil, nil
	}
	if f.Search != nil {
		text := *f.Search
		cuts = append(cuts, func(s *sql.Selector) {
			s.Where(sql.Or(
				held(s, subaccount.FieldName, contact.SearchText(text)),
				held(s, subaccount.FieldPhone, contact.SearchPhone(text)),
				held(s, subaccount.FieldEmail, contact.SearchEmail(text)),
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
		list.Place = func(row *ent.SubAccount) (any, string) { return row.NameKey, row.ID }
	case model.SubAccountOrderFieldLastActiveAt:
		list.Order.Column, list.Order.Empty = subaccount.FieldLastActiveAt, epoch
		list.Place = func(row *ent.SubAccount) (any, string) {
			if row.LastActiveAt == nil {
				return epoch, row.ID
			}
			return *row.LastActiveAt, row.ID
		}
	}
}

func colleagueFilter(f *model.ColleagueFilter) (cuts []where) {
	if f != nil && f.Search != nil {
		cuts = append(cuts, holds(contact.SearchText(*f.Search), subaccount.FieldName))
	}
	return cuts
}

func auditEventFilter(list *page.List[*ent.AuditEvent], f *model.AuditEventFilter) error {
	if f == nil {
		return nil
	}
	err := cmp.Or(
		among(list, "actorIds", auditevent.FieldActorID, f.ActorIds),
		among(list, "operations", auditevent.FieldOperation, f.Operations),
		among(list, "outcomes", auditevent.FieldOutcome, f.Outcomes),
	)
	if err != nil {
		return err
	}
	if f.TargetID != nil {
		cut(list, "targetId", 1, aboutObject(*f.TargetID))
	}
	cutBetween(list, "at", auditevent.FieldAt, f.AtFrom, f.AtTo)
	return nil
}

// aboutObject keeps events that have the object as a target. What made an order is found from the order itself, as an
// import has no targets for those that it made. Like targets, that is seen by whoever reads the event, whether or not
// the order is within reach.
func aboutObject(objectID string) where {
	if !id.Is(id.Order, objectID) {
		return about(audittarget.FieldTargetID, objectID)
	}
	return func(s *sql.Selector) {
		t := sql.Dialect(s.Dialect()).Table(order.Table)
		made := sql.Dialect(s.Dialect()).Select(t.C(order.FieldMadeBy)).From(t).Where(sql.EQ(t.C(order.FieldID), objectID))
		s.Where(sql.Or(hasTarget(s, audittarget.FieldTargetID, objectID), sql.In(s.C(auditevent.FieldID), made)))
	}
}

// about keeps events that have a target of which the column holds the value.
func about(column, value string) where {
	if !storable(value) {
		return none
	}
	return func(s *sql.Selector) { s.Where(hasTarget(s, column, value)) }
}

// hasTarget is the predicate of about.
func hasTarget(s *sql.Selector, column, value string) *sql.Predicate {
	t := sql.Dialect(s.Dialect()).Table(audittarget.Table)
	return sql.In(s.C(auditevent.FieldID), sql.Dialect(s.Dialect()).Select(t.C(audittarget.FieldEventID)).From(t).
		Where(sql.EQ(t.C(column), value)))
}
