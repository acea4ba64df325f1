package page

import (
	"errors"
	"sync"
)

var errUnread = errors.New("the level could not be read")

// Level is a set of rows that were loaded together, with the results that Once loads for all of them. It is safe for
// concurrent use, and lives as long as one request.
type Level struct {
	members any
	mu      sync.Mutex
	loads   map[string]*load
}

type load struct {
	once  sync.Once
	value any
	err   error
}

// NewLevel returns a level of the rows.
func NewLevel[T any](members []T) *Level {
	return &Level{members: members, loads: map[string]*load{}}
}

// Once calls fetch for all members of the level on the first call with the key, and returns its result on every call.
// The key is a field's place in the document, so that the same place is loaded once for all rows.
func Once[T, R any](l *Level, key string, fetch func(members []T) (R, error)) (R, error) {
	l.mu.Lock()
	one, ok := l.loads[key]
	if !ok {
		one = &load{}
		l.loads[key] = one
	}
	l.mu.Unlock()
	one.once.Do(func() {
		one.err = errUnread // remains if fetch panics, for other callers that wait for it
		members, _ := l.members.([]T)
		one.value, one.err = fetch(members)
	})
	value, _ := one.value.(R)
	return value, one.err
}
