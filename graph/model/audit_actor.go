package model

import "deputy/ent"

// AuditActor is the latest audit event of an actor, of which no more is shown than who it was.
type AuditActor struct{ ent.AuditEvent }
