package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"time"
)

const (
	// prefix is what the names of the clients' roles begin with.
	prefix = "failover "
	// answerTime is how long a client waits for a response before it asks the other server.
	answerTime = 5 * time.Second
	// retryPause is how long it waits before it asks again, at most.
	retryPause = 100 * time.Millisecond
)

// client makes roles and deletes them again, each change with a key of its own, asking again with the same key until it
// is told what became of it.
type client struct {
	number  int
	servers []string
	org     string
	token   string
	book    *book
	http    *http.Client
}

const (
	createRole = `mutation($org: ID!, $value: String!) { do: createRole(input: {orgId: $org, name: $value, grants: []}) {
		role { id } userErrors { code } } }`
	deleteRole = `mutation($org: ID!, $value: ID!) { do: deleteRole(input: {orgId: $org, id: $value}) {
		deletedId userErrors { code } } }`
)

// run writes until enough is closed, and then finishes what it began. It returns an error when it can't.
func (c *client) run(ctx context.Context, enough <-chan struct{}) error {
	for n := 0; ; n++ {
		select {
		case <-enough:
			return nil
		default:
		}
		name := fmt.Sprintf("%s%d %d", prefix, c.number, n)
		made, err := c.change(ctx, change{name: name}, createRole, name)
		if err != nil {
			return err
		}
		if made == "" { // refused, so there is no id to delete
			continue
		}
		if _, err := c.change(ctx, change{name, true}, deleteRole, made); err != nil {
			return err
		}
	}
}

// change asks one server after the other until one says what became of the change, notes it, and returns the new role's
// id.
func (c *client) change(ctx context.Context, what change, mutation, value string) (made string, err error) {
	body, err := json.Marshal(map[string]any{
		"query":     mutation,
		"variables": map[string]string{"org": c.org, "value": value},
	})
	if err != nil {
		return "", fmt.Errorf("write request: %w", err)
	}
	key := fmt.Sprintf("%s %t", what.name, what.gone)
	for attempt := c.number; ; attempt++ {
		answer, err := c.post(ctx, c.servers[attempt%len(c.servers)], body, key)
		switch {
		case ctx.Err() != nil:
			return "", fmt.Errorf("ask for a change: %w", ctx.Err())
		case err == nil && len(answer.UserErrors) == 0:
			c.book.acknowledge(what, time.Now())
			return answer.Role.ID, nil
		case err == nil && attempt == c.number && !what.gone:
			return "", fmt.Errorf("ask for a new role: it was refused with %s", answer.UserErrors[0].Code)
		case err == nil:
			c.book.refuse(what)
			return "", nil
		}
		pause := time.NewTimer(rand.N(retryPause))
		select {
		case <-ctx.Done():
		case <-pause.C:
		}
		pause.Stop()
	}
}

// answer is what a mutation answered.
type answer struct {
	Role       struct{ ID string }
	UserErrors []struct{ Code string }
}

// post asks once; it returns an error unless the mutation was carried out or refused.
func (c *client) post(ctx context.Context, url string, body []byte, key string) (answer, error) {
	ctx, cancel := context.WithTimeout(ctx, answerTime)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, url+"/graphql", bytes.NewReader(body))
	if err != nil {
		return answer{}, err
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Authorization", "Bearer "+c.token)
	r.Header.Set("Idempotency-Key", key)
	response, err := c.http.Do(r)
	if err != nil {
		return answer{}, err
	}
	defer response.Body.Close() //nolint:errcheck // it is read
	var a struct{ Data struct{ Do *answer } }
	if err := json.NewDecoder(response.Body).Decode(&a); err != nil {
		return answer{}, fmt.Errorf("read answer: %w", err)
	}
	if a.Data.Do == nil {
		return answer{}, fmt.Errorf("no answer: %s", response.Status)
	}
	return *a.Data.Do, nil
}
