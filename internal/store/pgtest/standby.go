package pgtest

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strconv"
)

// Standby creates a streaming replica of this server, and waits until it accepts connections, which are read-only until
// pg_promote() is called there. This server is stopped while its data are copied, so nobody should be connected to it.
// The caller ends the standby with Stop.
func (s *Server) Standby(ctx context.Context) (*Server, error) {
	follower := &Server{
		account: s.account, bin: s.bin, settings: s.settings, dir: newFolder(filepath.Dir(s.dir)),
		password: s.password,
	}
	var err error
	follower.supervisor, err = startSupervisor(s.account, follower.dir, s.bin, s.settings)
	if err != nil {
		return nil, fmt.Errorf("start the standby's supervisor: %w", err)
	}
	if err := s.Halt(Fast); err != nil {
		return nil, errors.Join(err, follower.Stop())
	}
	copied := follower.supervisor.order("copy " + s.dir + " " + strconv.Itoa(s.port) + " " + s.password)
	if err := errors.Join(copied, s.Resume(ctx)); err != nil {
		return nil, errors.Join(fmt.Errorf("copy the server's data: %w", err), follower.Stop())
	}
	if err := follower.settle(ctx); err != nil {
		return nil, errors.Join(err, follower.Stop())
	}
	return follower, nil
}
