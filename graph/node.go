package graph

import (
	"context"
	"fmt"

	"entgo.io/ent/dialect/sql"

	"deputy/graph/model"
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

// nodes returns the objects of the ids, in their order, with nil for whatever does not exist or is not visible. Each
// kind is read with one statement, through the predicate that its lists have. It is the one way to an object that no
// directive guards.
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
		read, known := r.kinds(v)[kind]
		if !known {
			continue
		}
		if err := read(ctx, wanted, found); err != nil {
			return nil, fmt.Errorf("read nodes: %w", err)
		}
	}
	nodes := make([]model.Node, len(nodeIDs))
	for i, nodeID := range nodeIDs {
		nodes[i] = found[nodeID]
	}
	return nodes, nil
}

// reader reads the visible ones of the ids into found.
type reader func(ctx context.Context, ids []string, found map[string]model.Node) error

func (r *Resolver) kinds(v *viewer.Viewer) map[id.Kind]reader {
	return map[id.Kind]reader{
		id.Account: func(ctx context.Context, ids []string, found map[string]model.Node) error {
			for _, accountID := range ids {
				if accountID != v.AccountID {
					continue
				}
				self, err := r.self(ctx, v)
				if err != nil {
					return err
				}
				found[accountID] = self
				return nil
			}
			return nil
		},
		id.Org:        visible(r.orgs(v, "").Fetch, r.orgs(v, "").Where, orgTable, orgID),
		id.Role:       visible(r.roles(v, "").Fetch, r.roles(v, "").Where, roleTable, roleID),
		id.SubAccount: visible(r.subAccounts(v, "").Fetch, r.subAccounts(v, "").Where, subAccountTable, subAccountID),
		id.Creator:    visible(r.creators(v, "").Fetch, r.creators(v, "").Where, creatorTable, creatorID),
		id.Task:       visible(r.tasks(v, "").Fetch, r.tasks(v, "").Where, taskTable, taskID),
		id.Order:      visible(r.orders(v, "").Fetch, r.orders(v, "").Where, orderTable, orderID),
		id.AuditEvent: visible(r.auditEvents("").Fetch, []where{readable(v)}, auditEventTable, eventID),
	}
}

// visible reads rows by their ids through the predicate of their lists.
func visible[T page.Row](
	fetch func(context.Context, []string, func(*sql.Selector)) ([]T, error), cuts []where, t *load.Table,
	idOf func(T) string,
) reader {
	return func(ctx context.Context, ids []string, found map[string]model.Node) error {
		rows, err := fetch(ctx, append(t.Columns(ctx), "id"), func(s *sql.Selector) {
			s.Where(page.In(s.C("id"), ids))
			for _, cut := range cuts {
				cut(s)
			}
		})
		level := page.NewLevel(rows)
		for _, row := range rows {
			row.SetLevel(level)
			found[idOf(row)] = row
		}
		return err
	}
}
