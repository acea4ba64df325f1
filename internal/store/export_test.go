package store

// WithoutValues is what of a statement is told to whoever traces it.
func WithoutValues(query string) string { return withoutValues(query) }
