package graph

import (
	"context"
	"net/http"

	"deputy/graph/model"
	"deputy/internal/id"
	"deputy/internal/page"
	"deputy/internal/signin"
	"deputy/internal/viewer"
	"deputy/internal/web"
)

// CookieName is the cookie that a session can be kept in: bound to the host, over TLS alone.
const CookieName = "__Host-deputy"

func cookie(token string, age int) *http.Cookie {
	return &http.Cookie{
		Name: CookieName, Value: token, Path: "/", MaxAge: age,
		Secure: true, HttpOnly: true, SameSite: http.SameSiteStrictMode,
	}
}

// signIn signs in; from then on the request is that of who signed in.
func (r *Resolver) signIn(
	ctx context.Context, in model.SignInInput, kind model.SessionKind,
) (*model.SignInPayload, error) {
	v, err := viewer.FromContext(ctx)
	if err != nil {
		return nil, err
	}
	var with signin.SignIn
	if in.Code != nil {
		with.Code = &signin.Code{Flow: in.Code.Flow, Code: in.Code.Code}
	}
	if in.Password != nil {
		with.Password = &signin.Password{Email: in.Password.Email, Password: in.Password.Password}
	}
	token, signedIn, err := r.Identity.SignIn(ctx, v, with)
	refused, err := r.refusals(ctx, err)
	if err != nil {
		return nil, err
	}
	payload := &model.SignInPayload{UserErrors: refused}
	if signedIn == nil {
		return payload, nil
	}
	if kind == model.SessionKindCookie {
		web.SetCookie(ctx, cookie(token, int(signin.SessionLife.Seconds())))
	} else {
		payload.Token = &token
	}
	payload.Viewer = asking(signedIn)
	return payload, viewer.Become(ctx, signedIn)
}

// asking returns the viewer as an object of the schema. Its id is that of no other object: an account is seen by others
// too, and a cache keeps the two apart.
func asking(v *viewer.Viewer) *model.Viewer {
	return &model.Viewer{ID: id.Of(id.Viewer, v.AccountID)}
}

// renew reads the viewer's standings again, after a mutation that changed them.
func (r *Resolver) renew(ctx context.Context) error {
	v, err := viewer.SignedIn(ctx)
	if err != nil {
		return err
	}
	again, err := r.Identity.Renew(ctx, v)
	if err != nil {
		return err
	}
	return viewer.Become(ctx, again)
}

// leave ends the viewer for the rest of the request.
func leave(ctx context.Context, v *viewer.Viewer) error {
	web.SetCookie(ctx, cookie("", -1))
	return viewer.Become(ctx, &viewer.Viewer{Origin: v.Origin})
}

// together makes rows that a mutation answers one level, so that what hangs on them is loaded for all at once.
func together[T page.Row](rows []T) []T {
	level := page.NewLevel(rows)
	for _, row := range rows {
		row.SetLevel(level)
	}
	return listed(rows)
}
