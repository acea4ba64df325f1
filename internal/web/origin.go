package web

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"

	"deputy/internal/fault"
)

// Origins are the other origins whose pages may use this server as its own pages do, with the user's credentials, such
// as https://console.agency.example.
type Origins []string

// ParseOrigins reads origins as browsers send them, separated by commas or spaces. An empty text returns none. An error
// gives the position of the origin, without quoting it.
func ParseOrigins(text string) (Origins, error) {
	var origins Origins
	for i, origin := range strings.FieldsFunc(text, func(r rune) bool { return r == ',' || r == ' ' || r == '\t' }) {
		if err := checkOrigin(origin); err != nil {
			return nil, fmt.Errorf("must list origins such as https://console.agency.example, separated by commas; entry %d %w",
				i+1, err)
		}
		origins = append(origins, origin)
	}
	return origins, nil
}

// checkOrigin returns an error when no browser sends the text as an Origin; such an origin would silently never match.
func checkOrigin(text string) error {
	u, err := url.Parse(text)
	switch {
	case strings.Contains(text, "*"):
		return errors.New("has a wildcard: list each origin")
	case err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "":
		return errors.New("does not begin with https:// or http:// and a host")
	case u.Scheme+"://"+u.Host != text:
		return errors.New("has more than a scheme, a host and a port, or is not in lower case")
	case u.Scheme == "https" && u.Port() == "443", u.Scheme == "http" && u.Port() == "80", strings.HasSuffix(text, ":"):
		return errors.New("has the default port: remove it")
	case strings.ContainsFunc(u.Host, func(c rune) bool { return c > '~' || c >= 'A' && c <= 'Z' }):
		return errors.New("is not in lower case, or not in ASCII (xn--…)")
	}
	return nil
}

// Contains reports whether the origin is listed, compared exactly.
func (o Origins) Contains(origin string) bool { return slices.Contains(o, origin) }

// listed reports whether a page of a listed origin sent the request that ctx belongs to.
func listed(ctx context.Context) bool {
	r := fromContext(ctx)
	return r != nil && r.listed
}

// guest reports whether a page of a guest sent the request that ctx belongs to.
func guest(ctx context.Context) bool {
	r := fromContext(ctx)
	return r != nil && r.guest
}

// guestOrigin reports whether the origin is this machine, on any port.
func guestOrigin(origin string) bool {
	u, err := url.Parse(origin)
	if err != nil || checkOrigin(origin) != nil {
		return false
	}
	ip, err := netip.ParseAddr(u.Hostname())
	return u.Hostname() == "localhost" || err == nil && ip.IsLoopback()
}

// msgForeign refuses a page of another origin.
var msgForeign = fault.Message{
	Zh: "拒绝来自其他网站的请求：该来源不在 DEPUTY_ORIGINS 中",
	En: "requests from other sites are refused: this origin is not in DEPUTY_ORIGINS",
}

// Refused returns the error for a Foreign request. Its cause, which is logged, states what to configure.
func Refused(r *http.Request) error {
	refused := fault.New(fault.BadRequest, msgForeign)
	refused.Cause = whyForeign(r)
	return refused
}

// whyForeign returns, for the log, why a request is refused as Foreign, and what to configure.
func whyForeign(r *http.Request) error {
	origin, host := r.Header.Get("Origin"), r.Host
	const most = 100
	origin, host = origin[:min(len(origin), most)], host[:min(len(host), most)]
	return fmt.Errorf("a page of %q sent a request to the host %q: add the origin to DEPUTY_ORIGINS if it is your "+
		"console; if both are the same site, the proxy must forward the Host header (proxy_set_header Host "+
		"$http_host)", origin, host)
}

// Foreign reports whether a page sent the request that is neither of this server nor of a listed origin nor of a guest.
// A guest's cookie has been refused by then.
func Foreign(r *http.Request) bool { return foreign(r) && !guest(r.Context()) }

// foreign reports whether a page sent the request that is neither of this server nor of a listed origin.
func foreign(r *http.Request) bool { return !listed(r.Context()) && elsewhere(r) }

// elsewhere reports whether a page sent the request that is not of this server.
func elsewhere(r *http.Request) bool {
	switch r.Header.Get("Sec-Fetch-Site") {
	case "same-origin", "none":
		return false
	case "": // not a browser, or one from before 2023, or a server without TLS
	default:
		return true
	}
	origin := r.Header.Get("Origin")
	u, err := url.Parse(origin)
	return origin != "" && (err != nil || u.Host != r.Host)
}
