package page

import (
	"errors"
	"sync"
)

var errUnread = errors.New("the level could not be read")

// Level is a set of rows that were loaded together, and what is loaded for all of them at once when the first of them
// asks. It is safe for concurrent use, and lives as long as one request.
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

// NewLevel makes a level of the rows.
func NewLevel[T any](members []T) *Level {
	return &Level{members: members, loads: map[string]*load{}}
}

// Once runs fetch for all members of the level the first time it is called with the key, and returns what it answered
// every time. The key names a field's place in the document, so that the same place is loaded once for all rows.
func Once[T, R any](l *Level, key string, fetch func(members []T) (R, error)) (R, error) {
	l.mu.Lock()
	one, ok := l.loads[key]
	if !ok {
		one = &load{}
		l.loads[key] = one
	}
	l.mu.Unlock()
	one.once.Do(func() {
		one.err = errUnread // stays when fetch panics, for the others who wait for it
		members, _ := l.members.([]T)
		one.value, one.err = fetch(members)
	})
	value, _ := one.value.(R)
	return value, one.err
}
