package agency_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"deputy/ent"
	"deputy/internal/access"
	"deputy/internal/agency"
	"deputy/internal/audit"
	"deputy/internal/id"
	"deputy/internal/store"
	"deputy/internal/viewer"
)

func (w *world) createRole(
	v *viewer.Viewer, orgID, name, description string, grants ...access.Grant,
) (made *ent.Role, err error) {
	err = w.do(v, orgID, "createRole", func(ctx context.Context, tx *store.Tx, act audit.Entry) (err error) {
		made, err = w.a.CreateRole(ctx, tx, act, name, description, grants)
		return err
	})
	return made, err
}

func (w *world) updateRole(v *viewer.Viewer, orgID, roleID string, in agency.RoleChange) (after *ent.Role, err error) {
	err = w.do(v, orgID, "updateRole", func(ctx context.Context, tx *store.Tx, act audit.Entry) (err error) {
		after, err = w.a.UpdateRole(ctx, tx, act, roleID, in)
		return err
	})
	return after, err
}

func (w *world) deleteRole(v *viewer.Viewer, orgID, roleID string) error {
	return w.do(v, orgID, "deleteRole", func(ctx context.Context, tx *store.Tx, act audit.Entry) error {
		return w.a.DeleteRole(ctx, tx, act, roleID)
	})
}

func view(m access.Module) access.Grant {
	return access.Grant{Module: m, Actions: []access.Action{access.View}, Scope: access.All}
}

func TestRolesAreMadeChangedAndDeleted(t *testing.T) {
	each(t, func(w *world) {
		owner, opened := w.open("甲")
		made, err := w.createRole(owner, opened.ID, "主播", "", access.Grant{
			Module: access.Creators, Actions: []access.Action{access.Edit}, Scope: access.Own,
		}, view(access.Orders))
		w.ok(err)
		w.onRecord(opened.ID, "OWNER 老板 createRole DONE",
			`Role "主播"; name -→主播; description -→; grants -→CREATORS: VIEW, EDIT (OWN); ORDERS: VIEW (ALL)`)

		events := w.events(opened.ID)
		w.pass(time.Second)
		after, err := w.updateRole(owner, opened.ID, made.ID, agency.RoleChange{Name: new(" 主播"), Description: new("")})
		w.ok(err)
		same(w, "events of no change", w.events(opened.ID), events)
		same(w, "unchanged since", after.UpdatedAt.Equal(made.UpdatedAt), true)

		after, err = w.updateRole(owner, opened.ID, made.ID, agency.RoleChange{
			Description: new("直播\r\n带货"), Grants: &[]access.Grant{view(access.Data)},
		})
		w.ok(err)
		same(w, "changed at", after.UpdatedAt.Equal(w.now()), true)
		same(w, "grants", after.Grants.Allows(access.Orders, access.View), false)
		w.onRecord(opened.ID, "OWNER 老板 updateRole DONE",
			`Role "主播"; description →直播`+"\n"+`带货; grants CREATORS: VIEW, EDIT (OWN); ORDERS: VIEW (ALL)→DATA: VIEW (ALL)`)

		w.ok(w.deleteRole(owner, opened.ID, made.ID))
		w.onRecord(opened.ID, "OWNER 老板 deleteRole DONE",
			`Role "主播"; name 主播→-; description 直播`+"\n"+`带货→-; grants DATA: VIEW (ALL)→-`)
		w.refused(w.deleteRole(owner, opened.ID, made.ID), "NOT_FOUND input.id")
	})
}

func TestCreateRoleRefuses(t *testing.T) {
	each(t, func(w *world) {
		owner, opened := w.open("甲")
		for _, c := range []struct {
			name, description string
			grants            []access.Grant
			want              string
		}{
			{"", "", nil, "INVALID input.name"},
			{strings.Repeat("长", 21), strings.Repeat("长", 201), nil, "INVALID input.name | INVALID input.description"},
			{"a\x00b", "", nil, "INVALID input.name"},
			{"运营", "", nil, "NAME_TAKEN input.name"},
			{"\u3000运营", "", nil, "NAME_TAKEN input.name"},
			{"新", "", []access.Grant{view(access.Data), view(access.SubAccounts)}, "MODULE_NOT_GRANTABLE input.grants.1.module"},
			{"新", "", []access.Grant{view(access.Integrations)}, "MODULE_NOT_GRANTABLE input.grants.0.module"},
			{"新", "", []access.Grant{view(99)}, "MODULE_NOT_GRANTABLE input.grants.0.module"},
			{
				"新", "",
				[]access.Grant{{Module: access.Data, Actions: []access.Action{access.Edit}, Scope: access.All}},
				"INVALID input.grants.0.actions",
			},
			{"新", "", []access.Grant{{Module: access.Data, Scope: access.All}}, "INVALID input.grants.0.actions"},
			{
				"新", "",
				[]access.Grant{{Module: access.AuditLog, Actions: []access.Action{access.View}, Scope: access.Own}},
				"INVALID input.grants.0.scope",
			},
			{
				"", "",
				[]access.Grant{view(access.SubAccounts)},
				"INVALID input.name | MODULE_NOT_GRANTABLE input.grants.0.module",
			},
		} {
			_, err := w.createRole(owner, opened.ID, c.name, c.description, c.grants...)
			w.refused(err, c.want)
		}
		for i := range agency.MaxRoles - 4 {
			_, err := w.createRole(owner, opened.ID, fmt.Sprintf("岗位%d", i), "")
			w.ok(err)
		}
		_, err := w.createRole(owner, opened.ID, "第101个", "")
		w.refused(err, "TOO_MANY input")
		_, err = w.createRole(w.openAs("乙"))
		w.ok(err)
	})
}

// openAs opens another org and returns what createRole takes, to make a role of a name that the first org has.
func (w *world) openAs(name string) (v *viewer.Viewer, orgID, roleName, description string) {
	owner, opened := w.open(name)
	return owner, opened.ID, "岗位1", ""
}

func TestUpdateAndDeleteRoleRefuse(t *testing.T) {
	each(t, func(w *world) {
		owner, opened := w.open("甲")
		_, other := w.open("乙")
		own, foreign := w.role(opened.ID, "运营"), w.role(other.ID, "运营")
		for _, c := range []struct {
			roleID string
			in     agency.RoleChange
			want   string
		}{
			{own.ID, agency.RoleChange{Name: new("")}, "INVALID input.name"},
			{own.ID, agency.RoleChange{Name: new("财务")}, "NAME_TAKEN input.name"},
			{
				own.ID,
				agency.RoleChange{Grants: &[]access.Grant{view(access.SubAccounts)}},
				"MODULE_NOT_GRANTABLE input.grants.0.module",
			},
			{foreign.ID, agency.RoleChange{Name: new("新")}, "NOT_FOUND input.id"},
			{id.New(id.Role), agency.RoleChange{Name: new("新")}, "NOT_FOUND input.id"},
			{opened.ID, agency.RoleChange{Name: new("新")}, "NOT_FOUND input.id"},
			{"'; DROP TABLE roles\x00", agency.RoleChange{Name: new("新")}, "NOT_FOUND input.id"},
		} {
			_, err := w.updateRole(owner, opened.ID, c.roleID, c.in)
			w.refused(err, c.want)
			if strings.HasPrefix(c.want, "NOT_FOUND") {
				w.refused(w.deleteRole(owner, opened.ID, c.roleID), c.want)
			}
		}
		for _, name := range []string{"一", "二", "三"} {
			w.seat(owner, opened.ID, name, own.ID)
		}
		err := w.deleteRole(owner, opened.ID, own.ID)
		w.refused(err, "ROLE_IN_USE input.id")
		if !strings.Contains(speak(err), "3 个子帐号") {
			w.Errorf("does not say how many: %s", speak(err))
		}
	})
}
