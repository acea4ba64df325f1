package model

import "deputy/ent"

// Colleague is a sub-account with only its id and its name visible.
type Colleague struct{ ent.SubAccount }
