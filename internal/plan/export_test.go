package plan

// Cached returns how many plans are kept.
func (p *Plans) Cached() int { return p.cache.Len() }
