package model

// Viewer is the caller of the request; all fields except the id are resolved from the request's viewer.
type Viewer struct {
	ID string
}
