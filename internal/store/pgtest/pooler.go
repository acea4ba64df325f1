package pgtest

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// poolerScript is the parent of the pooler, which ends when this process does.
//
//go:embed pooler.sh
var poolerScript string

// ErrNoPooler is returned when pgbouncer is not installed.
var ErrNoPooler = errors.New("pgbouncer is not installed, which the tests of poolers need: apt-get install pgbouncer " +
	"(or put it on the PATH)")

// Pooler is a pgbouncer in transaction mode in front of a server, on the loopback interface, with its own folder. It
// requires the account's password, as PostgreSQL does. It ends with the process that started it.
type Pooler struct {
	dir     string
	url     url.URL
	command *exec.Cmd
	thread  io.WriteCloser
}

// StartPooler starts pgbouncer in front of the server of the URL, with few connections to it, and waits until it
// accepts connections. Settings are pgbouncer's own and take precedence over the defaults here. It returns ErrNoPooler
// when pgbouncer is not installed.
func StartPooler(ctx context.Context, serverURL string, settings map[string]string) (*Pooler, error) {
	binary, err := findPooler()
	if err != nil {
		return nil, err
	}
	account, err := unprivileged()
	if err != nil {
		return nil, err
	}
	server, err := url.Parse(serverURL)
	if err != nil || server.User == nil {
		return nil, errors.New("start pgbouncer: the server's URL names no account")
	}
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	base, err := temporaryFolder(account)
	if err != nil {
		return nil, err
	}
	p := &Pooler{url: *server}
	p.url.Host = net.JoinHostPort("127.0.0.1", strconv.Itoa(port))
	if p.dir, err = os.MkdirTemp(base, "deputy-pgbouncer-"); err != nil {
		return nil, fmt.Errorf("make pgbouncer's folder: %w", err)
	}
	if err := p.configure(account, server, port, settings); err != nil {
		return nil, errors.Join(err, os.RemoveAll(p.dir))
	}
	p.command = exec.Command("/bin/sh", "-c", poolerScript, "deputy-pgbouncer", p.dir, binary)
	p.command.Dir = "/"
	p.command.SysProcAttr = account.attributes()
	if p.thread, err = p.command.StdinPipe(); err != nil {
		return nil, errors.Join(err, os.RemoveAll(p.dir))
	}
	if err := p.command.Start(); err != nil {
		return nil, errors.Join(fmt.Errorf("start pgbouncer: %w", err), os.RemoveAll(p.dir))
	}
	if err := p.await(ctx); err != nil {
		log, _ := os.ReadFile(filepath.Join(p.dir, "log")) // it may not exist
		return nil, errors.Join(fmt.Errorf("start pgbouncer: %w; its log: %s", err, strings.TrimSpace(string(log))), p.Stop())
	}
	return p, nil
}

// findPooler searches the PATH and Debian's folder, which is not always on the PATH.
func findPooler() (string, error) {
	for _, name := range []string{"pgbouncer", "/usr/sbin/pgbouncer"} {
		if found, err := exec.LookPath(name); err == nil {
			return filepath.Abs(found)
		}
	}
	return "", ErrNoPooler
}

// configure writes pgbouncer's files, which only the account can read.
func (p *Pooler) configure(account account, server *url.URL, port int, settings map[string]string) error {
	password, _ := server.User.Password()
	all := map[string]string{
		"listen_addr": "127.0.0.1", "listen_port": strconv.Itoa(port), "unix_socket_dir": "",
		"auth_type": "scram-sha-256", "auth_file": "users", "pool_mode": "transaction",
		"default_pool_size": "4", "max_client_conn": "400", "logfile": "",
	}
	maps.Copy(all, settings)
	var ini strings.Builder
	serverPort := server.Port()
	if serverPort == "" {
		serverPort = "5432"
	}
	fmt.Fprintf(&ini, "[databases]\n* = host=%s port=%s\n[pgbouncer]\n", server.Hostname(), serverPort)
	for _, name := range slices.Sorted(maps.Keys(all)) {
		fmt.Fprintf(&ini, "%s = %s\n", name, all[name])
	}
	users := fmt.Sprintf("%q %q\n", server.User.Username(), password)
	files := map[string]string{"pgbouncer.ini": ini.String(), "users": users}
	paths := []string{p.dir}
	for name, content := range files {
		path := filepath.Join(p.dir, name)
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			return fmt.Errorf("configure pgbouncer: %w", err)
		}
		paths = append(paths, path)
	}
	if account.name == "" {
		return nil
	}
	for _, path := range paths {
		if err := os.Chown(path, int(account.uid), int(account.gid)); err != nil {
			return fmt.Errorf("configure pgbouncer: %w", err)
		}
	}
	return nil
}

// await waits until the pooler accepts connections, or has ended.
func (p *Pooler) await(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	ticker := time.NewTicker(poll)
	defer ticker.Stop()
	for {
		conn, err := new(net.Dialer).DialContext(ctx, "tcp", p.url.Host)
		if err == nil {
			return conn.Close()
		}
		select {
		case <-ctx.Done():
			return errors.Join(ctx.Err(), err)
		case <-ticker.C:
		}
	}
}

// URL returns the URL of the database with that name through the pooler.
func (p *Pooler) URL(database string) string {
	u := p.url
	u.Path = "/" + database
	return u.String()
}

// Stop ends the pooler at once, with its connections, and removes its folder. It is called once.
func (p *Pooler) Stop() error {
	_ = p.thread.Close() // already closed when the process has ended
	timer := time.AfterFunc(endTimeout, func() { _ = syscall.Kill(-p.command.Process.Pid, syscall.SIGKILL) })
	defer timer.Stop()
	var exit *exec.ExitError
	err := p.command.Wait()
	if errors.As(err, &exit) {
		err = nil // the exit status does not matter
	}
	return errors.Join(err, os.RemoveAll(p.dir))
}
