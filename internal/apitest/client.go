package apitest

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"
)

// Client is somebody who speaks to the server.
type Client struct {
	t      testing.TB
	server *Server
	// Token of the session; empty when nobody is signed in.
	Token string
	// Lang is sent as Accept-Language; empty for none.
	Lang string
	// Header is added to every request.
	Header http.Header
}

// Vars are the variables of an operation.
type Vars map[string]any

// Nobody returns a client that is not signed in.
func (s *Server) Nobody(t testing.TB) *Client { return &Client{t: t, server: s, Header: http.Header{}} }

// As returns a client with the session of one that signed in at another server on the same database.
func (s *Server) As(t testing.TB, other *Client) *Client {
	c := s.Nobody(t)
	c.Token = other.Token
	return c
}

// SignIn returns a client that signed in with a code sent to the phone number.
func (s *Server) SignIn(t testing.TB, phone string) *Client {
	t.Helper()
	c := s.Nobody(t)
	sent := c.Do(
		`mutation($phone: String!) { sendCode(input: {to: {phone: $phone}, purpose: SIGN_IN}) { flow userErrors { code } } }`,
		Vars{"phone": phone})
	flow := sent.Text("sendCode.flow")
	s.Clock.Add(61e9) // the next code to the same destination may follow at once
	in := c.Do(
		`mutation($flow: ID!, $code: String!) { signIn(input: {code: {flow: $flow, code: $code}}) { token userErrors { code }
			} }`,
		Vars{"flow": flow, "code": s.Codes.Of(flow)})
	c.Token = in.Text("signIn.token")
	if c.Token == "" {
		t.Fatalf("sign in as %s: %s %s", phone, sent.Body, in.Body)
	}
	return c
}

// Do runs an operation and answers whatever comes back. It fails the test when that is no GraphQL answer.
func (c *Client) Do(query string, vars Vars) *Answer {
	c.t.Helper()
	body, err := json.Marshal(map[string]any{"query": query, "variables": vars})
	if err != nil {
		c.t.Fatal(err)
	}
	return c.Post(body)
}

// Post sends a body as it is.
func (c *Client) Post(body []byte) *Answer {
	c.t.Helper()
	r, err := http.NewRequestWithContext(c.t.Context(), http.MethodPost, c.server.URL, bytes.NewReader(body))
	if err != nil {
		c.t.Fatal(err)
	}
	for name, values := range c.Header {
		r.Header[name] = values
	}
	r.Header.Set("Content-Type", "application/json")
	if c.Token != "" {
		r.Header.Set("Authorization", "Bearer "+c.Token)
	}
	if c.Lang != "" {
		r.Header.Set("Accept-Language", c.Lang)
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		c.t.Fatal(err)
	}
	defer response.Body.Close() //nolint:errcheck // it was read
	raw, err := io.ReadAll(response.Body)
	if err != nil {
		c.t.Fatal(err)
	}
	a := &Answer{t: c.t, Status: response.StatusCode, Header: response.Header, Body: string(raw)}
	if err := json.Unmarshal(raw, a); err != nil {
		c.t.Fatalf("no GraphQL answer (%d): %s", response.StatusCode, raw)
	}
	return a
}

// Answer is what the server answered.
type Answer struct {
	t      testing.TB
	Status int            `json:"-"`
	Header http.Header    `json:"-"`
	Body   string         `json:"-"`
	Data   map[string]any `json:"data"`
	Errors []struct {
		Message    string         `json:"message"`
		Path       []any          `json:"path"`
		Extensions map[string]any `json:"extensions"`
	} `json:"errors"`
}

// OK fails the test when the response has errors.
func (a *Answer) OK() *Answer {
	a.t.Helper()
	if len(a.Errors) > 0 {
		a.t.Fatalf("unexpected errors: %s", a.Body)
	}
	return a
}

// Code returns the code of the first error, or nothing.
func (a *Answer) Code() string {
	if len(a.Errors) == 0 {
		return ""
	}
	code, _ := a.Errors[0].Extensions["code"].(string)
	return code
}

// Get returns the value at a path of the data, such as org.roles.nodes.0.name; nil when there is none.
func (a *Answer) Get(path string) any {
	var at any = a.Data
	for _, step := range strings.Split(path, ".") {
		switch v := at.(type) {
		case map[string]any:
			at = v[step]
		case []any:
			i, err := strconv.Atoi(step)
			if err != nil || i < 0 || i >= len(v) {
				return nil
			}
			at = v[i]
		default:
			return nil
		}
	}
	return at
}

// Text returns the text at a path; empty when there is none.
func (a *Answer) Text(path string) string {
	text, _ := a.Get(path).(string)
	return text
}

// List returns the list at a path; nil when there is none.
func (a *Answer) List(path string) []any {
	list, _ := a.Get(path).([]any)
	return list
}

// Texts returns one field of every object in the list at a path, in order.
func (a *Answer) Texts(path, field string) []string {
	texts := []string{}
	for _, item := range a.List(path) {
		object, _ := item.(map[string]any)
		text, _ := object[field].(string)
		texts = append(texts, text)
	}
	return texts
}

// UserErrors returns the codes of the mutation's user errors.
func (a *Answer) UserErrors(mutation string) []string { return a.Texts(mutation+".userErrors", "code") }

// Download gets a path of the server, as a browser that follows a link does, with the client's token.
func (c *Client) Download(path string) (status int, header http.Header, body []byte) {
	c.t.Helper()
	base := strings.TrimSuffix(c.server.URL, "/graphql")
	r, err := http.NewRequestWithContext(c.t.Context(), http.MethodGet, base+path, nil)
	if err != nil {
		c.t.Fatal(err)
	}
	if c.Token != "" {
		r.Header.Set("Authorization", "Bearer "+c.Token)
	}
	if c.Lang != "" {
		r.Header.Set("Accept-Language", c.Lang)
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		c.t.Fatal(err)
	}
	defer response.Body.Close() //nolint:errcheck // it was read
	body, err = io.ReadAll(response.Body)
	if err != nil {
		c.t.Fatal(err)
	}
	return response.StatusCode, response.Header, body
}
