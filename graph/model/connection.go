// Package model holds the Go types of the schema: those that are generated, and the few that are written by hand.
package model

import (
	"deputy/ent"
	"deputy/internal/page"
)

// The edges of the schema: a row and where it stands in its list.
type (
	// OrgEdge is an org in a list.
	OrgEdge struct {
		Cursor string
		Node   *ent.Org
	}
	// RoleEdge is a role in a list.
	RoleEdge struct {
		Cursor string
		Node   *ent.Role
	}
	// SubAccountEdge is a sub-account in a list.
	SubAccountEdge struct {
		Cursor string
		Node   *ent.SubAccount
	}
	// AuditEventEdge is an event in a list.
	AuditEventEdge struct {
		Cursor string
		Node   *ent.AuditEvent
	}
	// AuditTargetEdge is a target of an event in a list.
	AuditTargetEdge struct {
		Cursor string
		Node   *ent.AuditTarget
	}
	// CreatorEdge is a creator in a list.
	CreatorEdge struct {
		Cursor string
		Node   *ent.Creator
	}
	// ColleagueEdge is a colleague in a list.
	ColleagueEdge struct {
		Cursor string
		Node   *Colleague
	}
	// TaskEdge is a task in a list.
	TaskEdge struct {
		Cursor string
		Node   *ent.Task
	}
	// TaskAssignmentEdge is an assignment in a list.
	TaskAssignmentEdge struct {
		Cursor string
		Node   *ent.TaskAssignment
	}
	// OrderEdge is an order in a list.
	OrderEdge struct {
		Cursor string
		Node   *ent.Order
	}
)

// The connections of the schema: one page of a list each.
type (
	// OrgConnection is a page of orgs.
	OrgConnection = page.Connection[*ent.Org, OrgEdge]
	// RoleConnection is a page of roles.
	RoleConnection = page.Connection[*ent.Role, RoleEdge]
	// SubAccountConnection is a page of sub-accounts.
	SubAccountConnection = page.Connection[*ent.SubAccount, SubAccountEdge]
	// AuditEventConnection is a page of events.
	AuditEventConnection = page.Connection[*ent.AuditEvent, AuditEventEdge]
	// AuditTargetConnection is a page of the targets of an event.
	AuditTargetConnection = page.Connection[*ent.AuditTarget, AuditTargetEdge]
	// CreatorConnection is a page of creators.
	CreatorConnection = page.Connection[*ent.Creator, CreatorEdge]
	// ColleagueConnection is a page of colleagues.
	ColleagueConnection = page.Connection[*Colleague, ColleagueEdge]
	// TaskConnection is a page of tasks.
	TaskConnection = page.Connection[*ent.Task, TaskEdge]
	// TaskAssignmentConnection is a page of assignments.
	TaskAssignmentConnection = page.Connection[*ent.TaskAssignment, TaskAssignmentEdge]
	// OrderConnection is a page of orders.
	OrderConnection = page.Connection[*ent.Order, OrderEdge]
)
