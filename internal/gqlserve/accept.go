package gqlserve

import (
	"mime"
	"net/http"
	"strconv"
	"strings"

	"deputy/internal/web"
)

// The media types of responses.
const (
	mediaJSON    = "application/json"
	mediaGraphQL = "application/graphql-response+json"
)

// negotiate returns the media type that the request's Accept prefers, the first among equals, and false if it accepts
// neither. Without a preference it is application/json, as clients expect that are older than the other type.
func negotiate(r *http.Request) (string, bool) {
	header := strings.Join(r.Header.Values("Accept"), ",")
	if strings.TrimSpace(header) == "" {
		return mediaJSON, true
	}
	best, bestWeight := "", 0.0
	for part := range strings.SplitSeq(header, ",") {
		media, params, err := mime.ParseMediaType(part)
		if err != nil {
			continue
		}
		switch media {
		case "*/*", "application/*":
			media = mediaJSON
		case mediaJSON, mediaGraphQL:
		default:
			continue
		}
		if charset, named := params["charset"]; named && !strings.EqualFold(charset, "utf-8") {
			continue
		}
		weight := 1.0
		if q, named := params["q"]; named {
			if weight, err = strconv.ParseFloat(q, 64); err != nil {
				continue
			}
		}
		if weight > bestWeight {
			best, bestWeight = media, weight
		}
	}
	return best, best != ""
}

// preflighted reports whether the request has a header that a browser sends to another origin only after a CORS
// preflight.
func preflighted(r *http.Request) bool {
	for _, name := range []string{"X-Requested-With", "GraphQL-Require-Preflight", "Apollo-Require-Preflight"} {
		if r.Header.Get(name) != "" {
			return true
		}
	}
	return strings.HasPrefix(r.Header.Get("Authorization"), "Bearer ") || isJSON(r.Header.Values("Content-Type"))
}

// crossSite reports whether a browser may have sent the GET for a page of another site, whose origin is not listed: an
// image, a form or a script there needs no preflight, and the request would have the cookie of the person who opened
// the page. Accept proves nothing, since any page may set it. A request without a browser's headers and without a
// cookie has no credentials that another site could abuse.
func crossSite(r *http.Request) bool {
	if preflighted(r) {
		return false
	}
	marked := r.Header.Get("Sec-Fetch-Site") != "" || r.Header.Get("Origin") != ""
	return web.Foreign(r) || !marked && r.Header.Get("Cookie") != ""
}
