package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"time"

	"deputy/e2e/cluster"
)

const (
	// answerTime is how long a writer waits for a response before it asks the other server.
	answerTime = 3 * time.Second
	// pauseTime is the pause between two attempts.
	pauseTime = 100 * time.Millisecond
	// drainTime is how long a writer may take for its last mutation after all faults are over.
	drainTime = 15 * time.Second
	// fewRoles is how many roles a writer has at most.
	fewRoles = 8
)

// change is a mutation, done under a key, that was acknowledged.
type change struct {
	mutation, key string
	// name that it gave, of which there is no other; empty for what gives none.
	name string
	// object that it was done to.
	object string
}

const (
	createRole = `mutation($input: CreateRoleInput!) { createRole(input: $input) { role { id } userErrors { code } } }`
	updateRole = `mutation($input: UpdateRoleInput!) { updateRole(input: $input) { role { id } userErrors { code } } }`
	deleteRole = `mutation($input: DeleteRoleInput!) { deleteRole(input: $input) { deletedId userErrors { code } } }`
	updateSub  = `mutation($input: UpdateSubAccountInput!) { updateSubAccount(input: $input) { subAccount { id } userErrors
		{ code } } }`
	setStatus = `mutation($input: %sInput!) { %s(input: $input) { subAccounts { id } userErrors { code } } }`
)

// writer is a client that changes a sub-account and roles which nobody else changes, one mutation after the other. A
// mutation that is not answered is asked for again, with its key, of the other server, until it is.
type writer struct {
	number int
	client cluster.Client
	urls   []string
	owner  cluster.Owner
	sub    string
	random *rand.Rand

	asked    int
	roles    []string
	disabled bool

	mu       sync.Mutex
	changes  []change
	answered []time.Time
	failures map[string]int
	wrong    []string
	slowest  time.Duration
}

// work changes one thing after the other until the context of new work ends; ctx ends all.
func (w *writer) work(ctx, more context.Context) {
	for more.Err() == nil {
		mutation, query, input := w.next()
		w.asked++
		key := fmt.Sprintf("c%02d-%06d", w.number, w.asked)
		c := change{mutation: mutation, key: key}
		if _, named := input["name"]; named {
			c.name = key
			input["name"] = key
		}
		input["orgId"] = w.owner.OrgID
		request := cluster.Request{Token: w.owner.Token, Key: key, Query: query, Vars: cluster.Vars{"input": input}}
		answer, ok := w.insist(ctx, more, request, mutation)
		if !ok {
			return
		}
		c.object = object(answer, mutation)
		w.done(c)
		if w.random.IntN(8) == 0 {
			again, ok := w.insist(ctx, more, request, mutation)
			if ok && object(again, mutation) != c.object {
				w.complain("%s under one key was answered with %s and then with %s", mutation, c.object, object(again, mutation))
			}
		}
	}
}

// next chooses what to do.
func (w *writer) next() (mutation, query string, input cluster.Vars) {
	chance := w.random.IntN(20)
	switch {
	case len(w.roles) == 0, chance < 4 && len(w.roles) < fewRoles:
		return "createRole", createRole, cluster.Vars{"name": "", "grants": []any{}}
	case chance < 7 && len(w.roles) > 1:
		return "deleteRole", deleteRole, cluster.Vars{"id": w.roles[w.random.IntN(len(w.roles))]}
	case chance < 12:
		return "updateRole", updateRole, cluster.Vars{"id": w.roles[w.random.IntN(len(w.roles))], "name": ""}
	case chance < 16:
		return "updateSubAccount", updateSub, cluster.Vars{"id": w.sub, "name": ""}
	}
	mutation = "disableSubAccounts"
	if w.disabled {
		mutation = "enableSubAccounts"
	}
	return mutation, fmt.Sprintf(setStatus, strings.ToUpper(mutation[:1])+mutation[1:], mutation),
		cluster.Vars{"ids": []string{w.sub}}
}

// done takes note of what was acknowledged.
func (w *writer) done(c change) {
	switch c.mutation {
	case "createRole":
		w.roles = append(w.roles, c.object)
	case "deleteRole":
		for i, id := range w.roles {
			if id == c.object {
				w.roles = append(w.roles[:i], w.roles[i+1:]...)
				break
			}
		}
	case "disableSubAccounts", "enableSubAccounts":
		w.disabled = !w.disabled
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.changes = append(w.changes, c)
}

// object returns the id of what the mutation was done to.
func object(a cluster.Answer, mutation string) string {
	for _, path := range []string{".role.id", ".subAccount.id", ".deletedId", ".subAccounts.0.id"} {
		if id := a.Text(mutation + path); id != "" {
			return id
		}
	}
	return ""
}

// insist asks until the mutation is acknowledged. It returns false when it is not by the end, which is wrong.
func (w *writer) insist(ctx, more context.Context, r cluster.Request, mutation string) (cluster.Answer, bool) {
	began := time.Now()
	limit, cancel := context.WithCancel(ctx)
	defer cancel()
	stop := context.AfterFunc(more, func() { time.AfterFunc(drainTime, cancel) })
	defer stop()
	for attempt := w.number; limit.Err() == nil; attempt++ {
		r.URL = w.urls[attempt%len(w.urls)]
		a, err := w.client.Ask(limit, r)
		switch code := a.Code(); {
		case err != nil:
			w.fail("no answer")
		case code != "":
			w.fail(code)
			if code != "INTERNAL" && code != "OUTCOME_UNKNOWN" && code != "IDEMPOTENCY_CONFLICT" {
				w.complain("%s was answered %s", mutation, a.Raw)
			}
		case a.Refusal(mutation) != "" || object(a, mutation) == "":
			w.complain("%s %s was refused: %s", mutation, r.Key, a.Raw)
			return a, false
		default:
			w.acknowledged(time.Since(began))
			return a, true
		}
		select {
		case <-limit.Done():
		case <-time.After(pauseTime):
		}
	}
	if ctx.Err() == nil {
		w.complain("%s %s is not answered %s after the last fault", mutation, r.Key, drainTime)
	}
	return cluster.Answer{}, false
}

func (w *writer) fail(how string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.failures[how]++
}

func (w *writer) complain(format string, args ...any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.wrong = append(w.wrong, fmt.Sprintf(format, args...))
}

func (w *writer) acknowledged(took time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.answered = append(w.answered, time.Now())
	w.slowest = max(w.slowest, took)
}

// after returns how long after the moment the writer was first acknowledged something, and false when it was not.
func (w *writer) after(moment time.Time) (time.Duration, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, at := range w.answered {
		if at.After(moment) {
			return at.Sub(moment), true
		}
	}
	return 0, false
}
