package plan

// Kept returns how many plans are kept.
func (p *Plans) Kept() int { return p.kept.Len() }
