package model

// Viewer is whoever is asking; all but its id is resolved from the request's viewer.
type Viewer struct {
	ID string
}
