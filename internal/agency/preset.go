package agency

import (
	"context"
	"fmt"

	"deputy/ent"
	"deputy/internal/access"
	"deputy/internal/store"
)

// Preset is a role of every new org. The owner may change or delete it like any other.
type Preset struct {
	Name, Description string
	Grants            []access.Grant
}

// Presets returns the roles of a new org.
func Presets() []Preset {
	all := func(m access.Module, actions ...access.Action) access.Grant {
		return access.Grant{Module: m, Actions: actions, Scope: access.All}
	}
	return []Preset{
		{"运营", "管理达人和任务，查看数据", []access.Grant{
			all(access.Creators, access.Edit), all(access.Tasks, access.Edit), all(access.Data, access.View),
		}},
		{"商务", "管理任务，查看达人", []access.Grant{all(access.Tasks, access.Edit), all(access.Creators, access.View)}},
		{"财务", "查看和导出订单，查看数据", []access.Grant{
			all(access.Orders, access.View, access.Export), all(access.Data, access.View),
		}},
		{"客服", "查看订单", []access.Grant{all(access.Orders, access.View)}},
	}
}

func (a *Agency) presetRoles(ctx context.Context, tx *store.Tx, orgID string) ([]*ent.Role, error) {
	now := a.Now()
	var rows []*ent.RoleCreate
	for _, p := range Presets() {
		grants, err := access.SetOf(p.Grants)
		if err != nil {
			return nil, fmt.Errorf("read preset role: %w", err)
		}
		rows = append(rows, tx.Role.Create().SetOrgID(orgID).SetName(p.Name).SetDescription(p.Description).SetGrants(grants).
			SetCreatedAt(now).SetUpdatedAt(now))
	}
	roles, err := tx.Role.CreateBulk(rows...).Save(ctx)
	if err != nil {
		return nil, fmt.Errorf("make preset roles: %w", err)
	}
	return roles, nil
}
