package viewer

import (
	"context"

	"deputy/internal/fault"
)

var msgSignIn = fault.Message{
	Zh: "请先登录。",
	En: "Sign in first.",
}

// SignedIn returns the viewer if it is signed in, else UNAUTHENTICATED.
func SignedIn(ctx context.Context) (*Viewer, error) {
	v, err := FromContext(ctx)
	if err != nil {
		return nil, err
	}
	if !v.SignedIn() {
		return nil, fault.New(fault.Unauthenticated, msgSignIn)
	}
	return v, nil
}
