package viewer

import (
	"context"

	"deputy/internal/fault"
)

var (
	msgSignIn = fault.Message{
		Zh: "请先登录。",
		En: "Sign in first.",
	}
	msgToken = fault.Message{
		Zh: "接口令牌无效：令牌有误、已结束，应用已停用，或请求来自不允许的地址。",
		En: "This API token doesn't work: it is wrong or has ended, its app is disabled, or the request came from an " +
			"address that the app doesn't allow.",
	}
	msgApps = fault.Message{
		Zh: "应用不能使用这一项，只有登录的用户可以。",
		En: "Apps can't use this. It is for people who are signed in.",
	}
)

// Person returns the viewer when it is a person who is signed in; UNAUTHENTICATED for nobody, and for an app what
// RefuseApp returns.
func Person(ctx context.Context) (*Viewer, error) {
	v, err := SignedIn(ctx)
	if err != nil {
		return nil, err
	}
	return v, v.RefuseApp()
}

// RefuseApp returns FORBIDDEN with apps: false if the viewer is an app.
func (v *Viewer) RefuseApp() error {
	if v.App == nil {
		return nil
	}
	return fault.New(fault.Forbidden, msgApps).With("apps", false)
}

// SignedIn returns the viewer if it is signed in, a person or an app, else UNAUTHENTICATED.
func SignedIn(ctx context.Context) (*Viewer, error) {
	v, err := FromContext(ctx)
	if err != nil {
		return nil, err
	}
	switch {
	case v.SignedIn():
		return v, nil
	case v.TokenRefused:
		return nil, fault.New(fault.Unauthenticated, msgToken)
	}
	return nil, fault.New(fault.Unauthenticated, msgSignIn)
}
