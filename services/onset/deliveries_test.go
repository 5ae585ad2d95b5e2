package main

import (
	"net/http"
	"path/filepath"
	"strings"
	"testing"
)

func TestDeliveriesAreListedShownAndSentAgain(t *testing.T) {
	t.Parallel()
	p := install(t)
	p.start(t)
	p.ready(t)
	file := filepath.Join(t.TempDir(), "hooks.yaml")
	const hooks = `
workspaces:
  - name: demo
    triggers:
      - {name: orders, kind: generic, graph: echo, environments: [DEV], config: {verify: {scheme: none}, message: "Order {{ payload.id }}"}, policies: {filter: "payload.paid"}}
`
	write(t, file, hooks)
	p.says(t, "apply", "-f", file)
	var shown struct {
		URLs map[string]struct{ Webhook string }
	}
	decode(t, []byte(p.says(t, "trigger", "show", "orders", "--json")), &shown)
	send := func(body string) {
		t.Helper()
		resp, err := http.Post(shown.URLs["DEV"].Webhook, "application/json", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		if resp.StatusCode > 299 {
			t.Fatalf("answered %s", resp.Status)
		}
	}
	send(`{"id":"A","paid":true}`)
	send(`{"id":"B","paid":false}`)
	var list struct {
		Items []struct{ ID, Outcome string }
	}
	decode(t, []byte(p.says(t, "deliveries", "list", "--trigger", "orders", "--since", "1h", "--json")), &list)
	if len(list.Items) != 2 || list.Items[0].Outcome != "filtered" || list.Items[1].Outcome != "started" {
		t.Fatalf("listed %+v", list.Items)
	}
	filtered := list.Items[0].ID
	p.shows(t, []string{"TRIGGER", "orders", "filtered", "payload.paid = false"}, "deliveries", "list", "--outcome", "filtered")
	p.shows(t, []string{filtered, "payload.paid = false", "verified", `{"id":"B","paid":false}`, "Content-Type: application/json"}, "deliveries", "show", filtered)

	write(t, file, strings.ReplaceAll(hooks, `filter: "payload.paid"`, `filter: "payload.id != ''"`))
	p.says(t, "apply", "-f", file)
	p.shows(t, []string{"would_start"}, "deliveries", "replay", filtered, "--dry-run")
	p.shows(t, []string{filtered, "started", "run "}, "deliveries", "replay", "--trigger", "orders", "--outcome", "filtered")
	p.shows(t, []string{"nothing is sent again"}, "deliveries", "replay", "--trigger", "orders")
	p.refuses(t, map[string]string{
		"onset deliveries list":    "deliveries show 01890a5d-ac96-774b-bcce-b302099a8057",
		"say which":                "deliveries replay",
		"--limit":                  "deliveries replay --trigger orders --limit 500",
		"an outcome is started":    "deliveries list --outcome lost",
		"onset trigger list shows": "deliveries replay --trigger none",
	})
}
