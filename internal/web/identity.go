package web

import (
	"cmp"
	"context"
	"net/http"
	"strings"
	"time"

	"deputy/internal/apitoken"
	"deputy/internal/contact"
	"deputy/internal/fault"
	"deputy/internal/viewer"
)

// Identity is the only place where a request's viewer is determined: from the bearer token of the Authorization header,
// or from the cookie. Browsers add the cookie to any request, so a request with a cookie from a page of another origin
// is refused, unless the origin is listed.
type Identity struct {
	// Viewer returns the viewer of the token, or an anonymous one for an unknown, ended or empty token.
	Viewer func(ctx context.Context, from viewer.Origin, token string) (*viewer.Viewer, error)
	// Cookie's name.
	Cookie string
	// Lang of the request.
	Lang func(*http.Request) fault.Lang
	// Broken responds to a request whose viewer can't be read, or that is refused: the error is a *fault.Error then.
	Broken func(http.ResponseWriter, *http.Request, error)
	// Turns limits how many requests of an API token run at once; no limit when nil.
	Turns *Turns
	// Time bounds reading the viewer; 10 s by default. It does not bound the request itself.
	Time time.Duration
}

// maxUserAgent is how much of a User-Agent is stored, in bytes.
const maxUserAgent = 200

// Wrap returns a handler that puts the viewer into the context of every request.
func (i Identity) Wrap(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx := r.Context()
		from := viewer.Origin{
			IP:        ClientIP(ctx),
			Network:   Network(ClientIP(ctx)),
			UserAgent: contact.Shown(apitoken.Redact(r.UserAgent()), maxUserAgent),
			RequestID: RequestID(ctx),
			Lang:      i.Lang(r),
			Elsewhere: elsewhere(r),
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
		end, err := i.Turns.begin(v)
		if err != nil {
			i.Broken(w, r, err)
			return
		}
		defer end()
		if about := fromContext(ctx); about != nil {
			about.end = end
			read := time.Now()
			about.viewer = func(ctx context.Context) (*viewer.Viewer, error) {
				if time.Since(read) < Late {
					return v, nil
				}
				return i.readViewer(ctx, from, token)
			}
		}
		next.ServeHTTP(w, r.WithContext(viewer.NewContext(ctx, v)))
	})
}

// Late is how long a viewer is taken for current while the body of its request arrives.
const Late = 500 * time.Millisecond

// Arrived returns the request with a current viewer, for a handler that has read the body: a client can send that
// slowly, and its session, token or seat may have ended meanwhile.
func Arrived(r *http.Request) (*http.Request, error) {
	about := fromContext(r.Context())
	if about == nil || about.viewer == nil {
		return r, nil
	}
	v, err := about.viewer(r.Context())
	if err != nil {
		return r, err
	}
	return r.WithContext(viewer.NewContext(r.Context(), v)), nil
}

func (i Identity) readViewer(ctx context.Context, from viewer.Origin, token string) (*viewer.Viewer, error) {
	ctx, cancel := context.WithTimeout(ctx, cmp.Or(i.Time, 10*time.Second))
	defer cancel()
	return i.Viewer(ctx, from, token)
}

// token returns the bearer token, else the one of the cookie.
func (i Identity) token(r *http.Request) (string, error) {
	if token := Bearer(r.Header.Get("Authorization")); token != "" {
		return token, nil
	}
	cookies := r.CookiesNamed(i.Cookie)
	if len(cookies) == 0 {
		return "", nil
	}
	// A GET from a link or a form of another page has no Origin. It only navigates and changes nothing; a WebSocket would
	// let the other page read.
	asks := r.Method == http.MethodGet || r.Method == http.MethodHead
	if follows := asks && r.Header.Get("Origin") == "" && r.Header.Get("Upgrade") == ""; !follows && foreign(r) {
		return "", Refused(r)
	}
	if apitoken.Begins(cookies[0].Value) { // no page brings an app's token along
		return "", nil
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
