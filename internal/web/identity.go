package web

import (
	"cmp"
	"context"
	"net/http"
	"strings"
	"time"

	"deputy/internal/contact"
	"deputy/internal/fault"
	"deputy/internal/viewer"
)

// Identity is the one place where a request's viewer is made: from the bearer token of the Authorization header, or
// from the cookie. A cookie comes along with whatever a browser sends, so a request with one that a page of another
// origin sent is refused, unless the origin is listed.
type Identity struct {
	// Viewer returns who holds the token; nobody for an unknown, an ended or an empty one.
	Viewer func(ctx context.Context, from viewer.Origin, token string) (*viewer.Viewer, error)
	// Cookie's name.
	Cookie string
	// Lang of the request.
	Lang func(*http.Request) fault.Lang
	// Broken responds to a request whose viewer can't be read, or that must not have one: a *fault.Error then.
	Broken func(http.ResponseWriter, *http.Request, error)
	// Time is how long reading the viewer may take; 10 s by default. How long the request takes from then on is not its
	// affair.
	Time time.Duration
}

// maxUserAgent is how much of a User-Agent is kept, in bytes.
const maxUserAgent = 200

// Wrap puts the viewer into the context of every request.
func (i Identity) Wrap(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx := r.Context()
		from := viewer.Origin{
			IP:        ClientIP(ctx),
			Network:   Network(ClientIP(ctx)),
			UserAgent: contact.Shown(r.UserAgent(), maxUserAgent),
			RequestID: RequestID(ctx),
			Lang:      i.Lang(r),
		}
		token, refused := i.token(r)
		if refused != nil {
			i.Broken(w, r, refused)
			return
		}
		v, err := i.readViewer(ctx, from, token)
		if err != nil {
			i.Broken(w, r, err)
			return
		}
		next.ServeHTTP(w, r.WithContext(viewer.NewContext(ctx, v)))
	})
}

func (i Identity) readViewer(ctx context.Context, from viewer.Origin, token string) (*viewer.Viewer, error) {
	ctx, cancel := context.WithTimeout(ctx, cmp.Or(i.Time, 10*time.Second))
	defer cancel()
	return i.Viewer(ctx, from, token)
}

// token returns the bearer token, else that of the cookie.
func (i Identity) token(r *http.Request) (string, error) {
	if token := Bearer(r.Header.Get("Authorization")); token != "" {
		return token, nil
	}
	cookies := r.CookiesNamed(i.Cookie)
	if len(cookies) == 0 {
		return "", nil
	}
	// A link or a form of another page has no Origin when it is a GET. It shows what it leads to, and changes nothing; a
	// WebSocket lets the other page read.
	asks := r.Method == http.MethodGet || r.Method == http.MethodHead
	if follows := asks && r.Header.Get("Origin") == "" && r.Header.Get("Upgrade") == ""; !follows && foreign(r) {
		return "", Refused(r)
	}
	return cookies[0].Value, nil
}

// Bearer returns the token in an Authorization header; empty when there is none.
func Bearer(header string) string {
	if scheme, token, ok := strings.Cut(header, " "); ok && strings.EqualFold(scheme, "Bearer") {
		return strings.TrimSpace(token)
	}
	return ""
}
