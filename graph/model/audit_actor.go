package model

import "deputy/ent"

// AuditActor is the latest audit event of an actor, with only the actor visible.
type AuditActor struct{ ent.AuditEvent }
