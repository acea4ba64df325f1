package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"deputy/bench/workload"
)

// server is one that is measured.
type server struct {
	name, addr string
	process    int
	// own tells that a server has another way of asking than Deputy's schema.
	own func(l workload.Load) (path, document string)
	// shape brings what it answers into the form that Deputy answers.
	shape func(any) any
	ended chan struct{}
	log   string
}

// said returns the end of the server's log.
func (s *server) said() string {
	const enough = 2000
	text, _ := os.ReadFile(s.log) // there may be none
	return string(text[max(0, len(text)-enough):])
}

// asks returns how the server is asked; false when it can't be.
func (s *server) asks(l workload.Load) (path, document string, ok bool) {
	if s.own == nil {
		return "/graphql", l.Document, true
	}
	path, document = s.own(l)
	return path, document, path != ""
}

// kind is how one of the servers is started.
type kind struct {
	name string
	// command and its arguments, and what is set for it beside the database and the address.
	command     []string
	environment []string
	own         func(l workload.Load) (path, document string)
	shape       func(any) any
}

// start starts the servers that were chosen, and returns what ends them.
func (o options) start(ctx context.Context, url, folder string) (servers []*server, stop func() error, err error) {
	var ending []func() error
	stop = func() (err error) {
		for _, end := range ending {
			err = errors.Join(err, end())
		}
		return err
	}
	reference := filepath.Join(folder, "reference")
	if out, err := exec.CommandContext(ctx, "go", "build", "-o", reference,
		"./bench/reference").CombinedOutput(); err != nil {
		return nil, stop, fmt.Errorf("build the reference: %w: %s", err, out)
	}
	kinds, err := o.kinds(reference)
	if err != nil {
		return nil, stop, err
	}
	for _, k := range kinds {
		s, end, err := k.start(ctx, url, folder)
		if err != nil {
			return nil, stop, fmt.Errorf("start %s: %w", k.name, err)
		}
		servers, ending = append(servers, s), append(ending, end)
	}
	return servers, stop, nil
}

// kinds returns the servers that were chosen; the reference is always one of them.
func (o options) kinds(reference string) ([]kind, error) {
	deputy, err := filepath.Abs(o.deputy)
	if err != nil {
		return nil, err
	}
	collected := []string{"GOGC=" + o.collector, "GOMEMLIMIT=" + o.memoryLimit}
	kinds := []kind{
		{name: "reference", command: []string{reference, "-addr"}, environment: collected, own: byName},
		{name: "deputy", command: []string{deputy, "--addr"}, environment: append([]string{
			"DEPUTY_SECRET=" + secret, "DEPUTY_DEV_CODES=true",
			"DEPUTY_COST_BUDGET=0", "DEPUTY_COST_LIMIT=1000000",
		}, collected...)},
	}
	for _, peer := range []kind{
		{name: "mercurius"}, {name: "yoga"}, {name: "postgraphile", own: ofPostGraphile, shape: plain},
	} {
		peer.command = []string{o.node(), filepath.Join(o.peers, peer.name+".mjs")}
		peer.environment = []string{"NODE_ENV=production", "GRAPHILE_ENV=production"}
		kinds = append(kinds, peer)
	}
	if o.servers == "" {
		return kinds, nil
	}
	wanted := append(strings.Split(o.servers, ","), "reference")
	return slices.DeleteFunc(kinds, func(k kind) bool { return !slices.Contains(wanted, k.name) }), nil
}

// secret keys what Deputy hands out.
const secret = "a secret for a bench that nobody else reaches"

// byName asks the reference.
func byName(l workload.Load) (path, document string) { return "/" + l.Name, "" }

// node returns the Node.js that the peers bring, or the one that is installed.
func (o options) node() string {
	architecture := map[string]string{"amd64": "x64"}[runtime.GOARCH]
	if architecture == "" {
		architecture = runtime.GOARCH
	}
	brought := filepath.Join(o.peers, "node_modules", "node-"+runtime.GOOS+"-"+architecture, "bin", "node")
	if _, err := os.Stat(brought); err == nil {
		return brought
	}
	return "node"
}

// patience is how long a server may take to begin or to end.
const patience = 20 * time.Second

// start runs the command with a free address as its last argument, and waits until it listens there.
func (k kind) start(ctx context.Context, url, folder string) (*server, func() error, error) {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, nil, err
	}
	s := &server{
		name: k.name, addr: listener.Addr().String(), own: k.own, shape: k.shape, ended: make(chan struct{}),
		log: filepath.Join(folder, k.name+".log"),
	}
	if err := listener.Close(); err != nil {
		return nil, nil, err
	}
	log, err := os.Create(s.log)
	if err != nil {
		return nil, nil, err
	}
	command := exec.Command(k.command[0], append(k.command[1:], s.addr)...) //nolint:gosec,noctx // it ends with end
	command.Stdout, command.Stderr = log, log
	command.Env = append([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + folder, "DATABASE_URL=" + url}, k.environment...)
	if err := command.Start(); err != nil {
		return nil, nil, errors.Join(err, log.Close())
	}
	s.process = command.Process.Pid
	go func() { _ = command.Wait(); close(s.ended) }()
	end := func() error {
		_ = command.Process.Signal(os.Interrupt) // it may have ended
		select {
		case <-s.ended:
		case <-time.After(patience):
			_ = command.Process.Kill()
			<-s.ended
		}
		return log.Close()
	}
	if err := s.await(ctx); err != nil {
		return nil, nil, errors.Join(fmt.Errorf("%w: %s", err, s.said()), end())
	}
	return s, end, nil
}

// await waits until the server takes connections.
func (s *server) await(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	ticker := time.NewTicker(20 * time.Millisecond)
	defer ticker.Stop()
	for {
		conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", s.addr)
		if err == nil {
			return conn.Close()
		}
		select {
		case <-s.ended:
			return errors.New("it ended")
		case <-ctx.Done():
			return err
		case <-ticker.C:
		}
	}
}
