package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os/exec"
	"path/filepath"
	"time"
)

// toxiproxy is a running toxiproxy server, told what to do over its HTTP interface.
type toxiproxy struct {
	command *exec.Cmd
	api     string
}

// buildToxiproxy builds the server into the folder. It has a go.mod of its own, in the folder beside this file.
func buildToxiproxy(ctx context.Context, folder string) (string, error) {
	root, err := exec.CommandContext(ctx, "go", "list", "-m", "-f", "{{.Dir}}", "deputy").Output()
	if err != nil {
		return "", fmt.Errorf("find the module: %w", err)
	}
	binary := filepath.Join(folder, "toxiproxy")
	build := exec.CommandContext(ctx, "go", "build", "-o", binary, "github.com/Shopify/toxiproxy/v2/cmd/server")
	build.Dir = filepath.Join(string(bytes.TrimSpace(root)), "e2e", "chaos", "toxiproxy")
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build toxiproxy: %w\n%s", err, out)
	}
	return binary, nil
}

// startToxiproxy starts the server and waits until it answers. It ends with the context.
func startToxiproxy(ctx context.Context, binary string) (*toxiproxy, error) {
	free, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("find a free port: %w", err)
	}
	address := free.Addr().String()
	_, port, err := net.SplitHostPort(address)
	if err = errors.Join(err, free.Close()); err != nil {
		return nil, fmt.Errorf("find a free port: %w", err)
	}
	p := &toxiproxy{command: exec.CommandContext(ctx, binary, "-host", "127.0.0.1", "-port", port), api: "http://" +
		address}
	if err := p.command.Start(); err != nil {
		return nil, fmt.Errorf("start toxiproxy: %w", err)
	}
	for tick := time.NewTicker(20 * time.Millisecond); ; {
		if err = p.call(ctx, http.MethodGet, "/version", nil, nil); err == nil {
			tick.Stop()
			return p, nil
		}
		select {
		case <-ctx.Done():
			return nil, fmt.Errorf("wait for toxiproxy: %w", err)
		case <-tick.C:
		}
	}
}

func (p *toxiproxy) stop() {
	_ = p.command.Process.Kill() // it keeps nothing
	_ = p.command.Wait()
}

// call sends one order.
func (p *toxiproxy) call(ctx context.Context, method, path string, order, answer any) error {
	body, err := json.Marshal(order)
	if err != nil {
		return fmt.Errorf("tell toxiproxy: %w", err)
	}
	request, err := http.NewRequestWithContext(ctx, method, p.api+path, bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("tell toxiproxy: %w", err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return fmt.Errorf("tell toxiproxy: %w", err)
	}
	defer response.Body.Close() //nolint:errcheck // it was read
	said, err := io.ReadAll(response.Body)
	if err == nil && response.StatusCode >= http.StatusBadRequest {
		err = fmt.Errorf("%s: %s", response.Status, said)
	}
	if err == nil && answer != nil {
		err = json.Unmarshal(said, answer)
	}
	if err != nil {
		return fmt.Errorf("tell toxiproxy: %w", err)
	}
	return nil
}

// through puts a proxy of that name before the address and returns where it listens.
func (p *toxiproxy) through(ctx context.Context, name, upstream string) (listen string, err error) {
	var made struct{ Listen string }
	err = p.call(ctx, http.MethodPost, "/proxies", map[string]any{
		"name": name, "listen": "127.0.0.1:0",
		"upstream": upstream, "enabled": true,
	}, &made)
	return made.Listen, err
}

var directions = []string{"upstream", "downstream"} //nolint:gochecknoglobals // constant

// poison adds the toxic of that kind to both directions of the proxies. Its timeout is 0: at once, or for ever.
func (p *toxiproxy) poison(ctx context.Context, kind string, proxies ...string) error {
	for _, name := range proxies {
		for _, direction := range directions {
			err := p.call(ctx, http.MethodPost, "/proxies/"+name+"/toxics",
				map[string]any{"name": direction, "type": kind, "stream": direction, "attributes": map[string]any{"timeout": 0}},
				nil)
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// heal takes the toxics away.
func (p *toxiproxy) heal(ctx context.Context, proxies ...string) error {
	for _, name := range proxies {
		for _, direction := range directions {
			if err := p.call(ctx, http.MethodDelete, "/proxies/"+name+"/toxics/"+direction, nil, nil); err != nil {
				return err
			}
		}
	}
	return nil
}
