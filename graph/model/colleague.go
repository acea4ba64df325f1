package model

import "deputy/ent"

// Colleague is a sub-account of which no more is shown than its id and its name.
type Colleague struct{ ent.SubAccount }
