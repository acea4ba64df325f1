package store_test

import (
	"io"
	"net"
	"net/url"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"entgo.io/ent/dialect"

	"deputy/internal/store/storetest"
)

// door stands before a PostgreSQL and, while it is shut, ends each connection as soon as it is made.
type door struct {
	shut    atomic.Bool
	knocked atomic.Int32 // while it was shut
	mu      sync.Mutex
	inside  []net.Conn
}

// before puts a door before the server of the URL and returns the URL that leads through it.
func before(t *testing.T, serverURL string) (*door, string) {
	t.Helper()
	u, err := url.Parse(serverURL)
	if err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	d, server := &door{}, u.Host
	u.Host = listener.Addr().String()
	var all sync.WaitGroup
	all.Go(func() {
		for {
			client, err := listener.Accept()
			if err != nil {
				return
			}
			if d.shut.Load() {
				d.knocked.Add(1)
				_ = client.Close()
				continue
			}
			inner, err := net.Dial("tcp", server)
			if err != nil {
				_ = client.Close()
				continue
			}
			d.mu.Lock()
			d.inside = append(d.inside, client, inner)
			d.mu.Unlock()
			all.Go(func() { _, _ = io.Copy(inner, client); _ = inner.Close() })
			all.Go(func() { _, _ = io.Copy(client, inner); _ = client.Close() })
		}
	})
	t.Cleanup(func() { _ = listener.Close(); d.end(); all.Wait() })
	return d, u.String()
}

// end ends all connections.
func (d *door) end() {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, conn := range d.inside {
		_ = conn.Close()
	}
	d.inside = nil
}

func TestADatabaseThatIsAwayIsNotStormed(t *testing.T) {
	t.Parallel()
	const crowd, long = 50, 500 * time.Millisecond
	d, through := before(t, storetest.URL(t, dialect.Postgres))
	s := storetest.Connect(t, through)
	d.shut.Store(true)
	d.end()
	var all sync.WaitGroup
	began := time.Now()
	for range crowd {
		all.Go(func() {
			for time.Since(began) < long || d.knocked.Load() < 2 {
				if s.DB().PingContext(t.Context()) == nil {
					t.Error("a connection was made")
				}
			}
		})
	}
	all.Wait()
	// Those that were trying when the first one failed, and then one every 50 ms.
	if most := int32(8 + 1 + time.Since(began)/(50*time.Millisecond)); d.knocked.Load() > most {
		t.Errorf("%d connections were tried in %s, at most %d are", d.knocked.Load(), time.Since(began), most)
	}
	d.shut.Store(false)
	for range crowd {
		all.Go(func() {
			// Whoever came while the last attempt was failing is told so.
			for err := s.DB().PingContext(t.Context()); err != nil; err = s.DB().PingContext(t.Context()) {
				if time.Since(began) > time.Minute {
					t.Error(err)
					return
				}
			}
		})
	}
	all.Wait()
}
