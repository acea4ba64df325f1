package cluster

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Vars are the variables of an operation.
type Vars map[string]any

// Request is one operation.
type Request struct {
	// URL of the server.
	URL string
	// Token of the session; empty for nobody.
	Token string
	// Key is sent as Idempotency-Key; empty for none.
	Key   string
	Query string
	Vars  Vars
}

// Answer is what came back.
type Answer struct {
	Status int            `json:"-"`
	Raw    string         `json:"-"`
	Data   map[string]any `json:"data"`
	Errors []struct {
		Message    string         `json:"message"`
		Extensions map[string]any `json:"extensions"`
	} `json:"errors"`
}

// Client speaks to servers.
type Client struct{ HTTP *http.Client }

// NewClient returns a client whose requests take at most so long.
func NewClient(timeout time.Duration) Client {
	return Client{&http.Client{Timeout: timeout, Transport: &http.Transport{
		MaxIdleConnsPerHost: 100,
		IdleConnTimeout:     time.Minute,
	}}}
}

// Ask sends the operation. An error says that no GraphQL answer came; whether the operation was done is not known then.
func (c Client) Ask(ctx context.Context, r Request) (Answer, error) {
	body, err := json.Marshal(map[string]any{"query": r.Query, "variables": r.Vars})
	if err != nil {
		return Answer{}, fmt.Errorf("write request: %w", err)
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, r.URL, bytes.NewReader(body))
	if err != nil {
		return Answer{}, fmt.Errorf("make request: %w", err)
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Accept-Language", "en")
	if r.Token != "" {
		request.Header.Set("Authorization", "Bearer "+r.Token)
	}
	if r.Key != "" {
		request.Header.Set("Idempotency-Key", r.Key)
	}
	response, err := c.HTTP.Do(request)
	if err != nil {
		return Answer{}, fmt.Errorf("ask: %w", err)
	}
	defer response.Body.Close() //nolint:errcheck // it was read
	raw, err := io.ReadAll(response.Body)
	if err != nil {
		return Answer{}, fmt.Errorf("read answer: %w", err)
	}
	a := Answer{Status: response.StatusCode, Raw: string(raw)}
	if err := json.Unmarshal(raw, &a); err != nil {
		return Answer{}, fmt.Errorf("read answer of status %d: %w", response.StatusCode, err)
	}
	return a, nil
}

// Code returns the code of the first error, or nothing.
func (a Answer) Code() string {
	if len(a.Errors) == 0 {
		return ""
	}
	code, _ := a.Errors[0].Extensions["code"].(string)
	return code
}

// Refusal returns the code of the mutation's first user error, or nothing.
func (a Answer) Refusal(mutation string) string { return a.Text(mutation + ".userErrors.0.code") }

// Get returns the value at a path of the data, such as org.roles.nodes.0.name; nil when there is none.
func (a Answer) Get(path string) any {
	var at any = a.Data
	for step := range strings.SplitSeq(path, ".") {
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
func (a Answer) Text(path string) string {
	text, _ := a.Get(path).(string)
	return text
}

// Len returns how long the list at a path is.
func (a Answer) Len(path string) int {
	list, _ := a.Get(path).([]any)
	return len(list)
}
