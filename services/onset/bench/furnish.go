package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// workspace is a tenant of the bench and how to call it.
type workspace struct{ name, key string }

// tenants is how many workspaces the calls are spread over.
func (b *bench) tenants() int {
	if b.Brief {
		return 2
	}
	return 8
}

// What a workspace may have at once: what is shipped, or more than is ever used.
const (
	shipped = `{}`
	ample   = `{"running": 100000, "pending": 1000000}`
)

// graphs are what the workspaces can start, by name: one node that says what
// it was told, and one that sleeps.
var graphs = map[string]string{
	"echo": `{"name": "echo",
		"nodes": [{"id": "start", "kind": "start"}, {"id": "say", "kind": "transform", "config": {"set": {"answer": "{{ message }}"}}}, {"id": "end", "kind": "end"}],
		"edges": [{"from": "start", "to": "say"}, {"from": "say", "to": "end"}]}`,
	"doze": `{"name": "doze",
		"nodes": [{"id": "start", "kind": "start"}, {"id": "sleep", "kind": "sleep", "config": {"for": "20m"}}, {"id": "end", "kind": "end"}],
		"edges": [{"from": "start", "to": "sleep"}, {"from": "sleep", "to": "end"}]}`,
}

// furnish makes the workspaces, each with every graph and a trigger for it.
func (f *fleet) furnish(ctx context.Context, admin, limits string) error {
	for n := range f.tenants() {
		name := fmt.Sprintf("bench-%d", n)
		var made struct {
			AdminKey string `json:"admin_key"`
		}
		err := f.call(ctx, admin, http.MethodPost, "", fmt.Sprintf(`{"name": %q, "limits": %s}`, name, limits), &made)
		if err != nil {
			return err
		}
		f.workspaces = append(f.workspaces, workspace{name, made.AdminKey})
		for graph, text := range graphs {
			for _, step := range []struct{ method, path, body string }{
				{http.MethodPut, "/graphs/" + graph, text},
				{http.MethodPost, "/graphs/" + graph + "/builds", `{}`},
				{http.MethodPut, "/environments/DEV/assignments/" + graph, `{"build": 1}`},
				{http.MethodPut, "/triggers/" + graph, fmt.Sprintf(`{"kind": "background", "graph": %q, "environments": ["DEV"]}`, graph)},
			} {
				if err := f.call(ctx, made.AdminKey, step.method, "/"+name+step.path, step.body, nil); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// call asks the native API under /workspaces.
func (f *fleet) call(ctx context.Context, key, method, path, body string, out any) error {
	req, err := http.NewRequestWithContext(ctx, method, "http://"+f.gateway.addr+"/api/v1/workspaces"+path, strings.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", "Bearer "+key)
	req.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		return err
	}
	if resp.StatusCode >= 300 {
		return fmt.Errorf("%s %s: %s: %s", method, path, resp.Status, text)
	}
	if out == nil {
		return nil
	}
	return json.Unmarshal(text, out)
}

// adminKey waits for what the first start leaves behind.
func adminKey(ctx context.Context, folder string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	var file struct {
		AdminKey string `json:"admin_key"`
	}
	for {
		text, err := os.ReadFile(filepath.Join(folder, "bootstrap.json"))
		if err == nil {
			return file.AdminKey, errors.Join(json.Unmarshal(text, &file), nil)
		}
		if !errors.Is(err, fs.ErrNotExist) {
			return "", err
		}
		select {
		case <-ctx.Done():
			return "", fmt.Errorf("the first start left nothing behind: %w", ctx.Err())
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// message is what every start says: 512 bytes.
var message = string(bytes.Repeat([]byte("onset "), 86))[:512]

// starts are the calls that start a graph in each workspace.
func (f *fleet) starts(graph string) func(n int) []byte {
	var all [][]byte
	for _, w := range f.workspaces {
		body := fmt.Appendf(nil, `{"message": %q, "user_variables": {}}`, message)
		all = append(all, post("/trigger/start/"+w.name+"/"+graph+"/DEV", w.key, body))
	}
	return func(n int) []byte { return all[n%len(all)] }
}

// settled waits until no workspace has a run of these statuses any more.
func (f *fleet) settled(ctx context.Context, statuses ...string) error {
	for _, w := range f.workspaces {
		for {
			var list struct {
				Items []json.RawMessage `json:"items"`
			}
			if err := f.call(ctx, w.key, http.MethodGet, "/"+w.name+"/runs?limit=1&status="+strings.Join(statuses, ","), "", &list); err != nil {
				return err
			}
			if len(list.Items) == 0 {
				break
			}
			select {
			case <-ctx.Done():
				return ctx.Err()
			case <-time.After(10 * time.Millisecond):
			}
		}
	}
	return nil
}
