package graph

import (
	"context"
	"fmt"
	"slices"

	"entgo.io/ent/dialect/sql"

	"deputy/graph/model"
	"deputy/internal/access"
	"deputy/internal/fault"
	"deputy/internal/id"
	"deputy/internal/load"
	"deputy/internal/page"
	"deputy/internal/viewer"
)

var msgNodes = fault.Message{
	Zh: "ids 必须有 1 到 %d 个。",
	En: "ids must have between 1 and %d items.",
}

// nodes returns the objects with the ids, in their order, and nil for those that do not exist or are not visible. Each
// kind is read in one statement, with the predicate of its lists. It is the only access to objects without a directive.
func (r *Resolver) nodes(ctx context.Context, nodeIDs []string) ([]model.Node, error) {
	v, err := viewer.SignedIn(ctx)
	if err != nil {
		return nil, err
	}
	if len(nodeIDs) == 0 {
		return nil, fault.New(fault.BadRequest, msgNodes, page.MaxSize)
	}
	if len(nodeIDs) > page.MaxSize {
		return nil, fault.Limit("page", page.MaxSize, len(nodeIDs), msgNodes, page.MaxSize)
	}
	byKind := map[id.Kind][]string{}
	for _, nodeID := range nodeIDs {
		if kind, ok := id.KindOf(nodeID); ok {
			byKind[kind] = append(byKind[kind], nodeID)
		}
	}
	found := map[string]model.Node{}
	for kind, wanted := range byKind {
		t := tables[kind.Type()]
		if t == nil || !slices.Contains(r.schema.Schema().Types[kind.Type()].Interfaces, "Node") {
			continue
		}
		if err := t.nodes(ctx, r, v, wanted, found); err != nil {
			return nil, fmt.Errorf("read nodes: %w", err)
		}
	}
	nodes := make([]model.Node, len(nodeIDs))
	for i, nodeID := range nodeIDs {
		nodes[i] = found[nodeID]
	}
	return nodes, nil
}

// object is the table of a type, with any entity. The generator lists the tables of all types of the schema with an
// entity in Ent (see tables_gen.go), by their names: the table of a Role is roleTable.
type object interface {
	// nodes reads the objects with the ids that are visible to the viewer, into found.
	nodes(ctx context.Context, r *Resolver, v *viewer.Viewer, ids []string, found map[string]model.Node) error
	// seen returns which of the ids are visible to the viewer.
	seen(ctx context.Context, r *Resolver, v *viewer.Viewer, ids []string) (map[string]bool, error)
	// replay removes, from a mutation's result behind a pointer, the rows that are not visible to the viewer, and reports
	// whether the result has rows of the table.
	replay(ctx context.Context, r *Resolver, v *viewer.Viewer, done any) (mine bool, err error)
}

func (t *table[E, T]) nodes(
	ctx context.Context, r *Resolver, v *viewer.Viewer, ids []string, found map[string]model.Node,
) error {
	reached := t.reach(v, access.View)
	rows, err := t.read(r)(ctx, append(t.Columns(ctx), "id"), func(s *sql.Selector) {
		s.Where(page.In(s.C("id"), ids))
		reached(s)
	})
	level := page.NewLevel(rows)
	for _, row := range rows {
		row.SetLevel(level)
		found[row.RowID()] = row
	}
	return err
}

func (t *table[E, T]) seen(
	ctx context.Context, r *Resolver, v *viewer.Viewer, ids []string,
) (map[string]bool, error) {
	d := sql.Dialect(r.Store.Dialect())
	from := d.Table(t.Name)
	s := d.Select(from.C("id")).From(from).Where(page.In(from.C("id"), ids))
	t.reach(v, access.View)(s)
	query, args := s.Query()
	seen := map[string]bool{}
	err := r.Store.Each(ctx, query, args, func(record page.Record) error {
		var one string
		err := record.Scan(&one)
		seen[one] = true
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("look for objects: %w", err)
	}
	return seen, nil
}

func (t *table[E, T]) replay(ctx context.Context, r *Resolver, v *viewer.Viewer, done any) (mine bool, err error) {
	var rows []T
	switch done := done.(type) {
	case *T:
		if *done == nil {
			return true, nil // it was refused
		}
		rows = []T{*done}
		defer func() {
			if len(rows) == 0 {
				*done = nil
			}
		}()
	case *[]T:
		rows = *done
		defer func() { *done = rows }()
	default:
		return false, nil
	}
	seen, err := t.seen(ctx, r, v, load.IDs(rows, T.RowID))
	left := slices.DeleteFunc(slices.Clone(rows), func(row T) bool { return !seen[row.RowID()] })
	if err == nil && len(left) < len(rows) {
		outOfReach(ctx, t.Type)
	}
	rows = left
	return true, err
}
