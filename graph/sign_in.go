package graph

import (
	"context"
	"net/http"

	"deputy/graph/model"
	"deputy/internal/signin"
	"deputy/internal/viewer"
	"deputy/internal/web"
)

// CookieName is the name of the session cookie: bound to the host, and sent only over TLS.
const CookieName = "__Host-deputy"

func cookie(token string, age int) *http.Cookie {
	return &http.Cookie{
		Name: CookieName, Value: token, Path: "/", MaxAge: age,
		Secure: true, HttpOnly: true, SameSite: http.SameSiteStrictMode,
	}
}

// signIn signs in, and makes the new viewer that of the rest of the request.
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

// renew reads the viewer's memberships again, after a mutation that changed them.
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

// leave makes the rest of the request one without a signed-in viewer.
func leave(ctx context.Context, v *viewer.Viewer) error {
	web.SetCookie(ctx, cookie("", -1))
	return viewer.Become(ctx, &viewer.Viewer{Origin: v.Origin})
}

// sentFields returns the fields about a code that was sent; nil if none was.
func sentFields(sent signin.Sent) (flow *string, expires, resend *int) {
	if sent.Flow == "" {
		return nil, nil, nil
	}
	expiresIn, resendIn := int(sent.ExpiresIn.Seconds()), int(sent.ResendIn.Seconds())
	return &sent.Flow, &expiresIn, &resendIn
}
