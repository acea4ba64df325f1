package model

// Viewer is whoever is asking; its fields are resolved from the request's viewer.
type Viewer struct{}
