package main

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
)

func TestTriggerCommandsNeedNoSetup(t *testing.T) {
	t.Parallel()
	p := install(t)
	p.start(t)
	p.ready(t)
	out, complaints, err := p.run(t, "trigger", "start", "echo", "--message", "hello", "--var", "name=Ada", "--wait", "--json")
	if err != nil {
		t.Fatalf("%v\n%s", err, complaints)
	}
	var a answer
	decode(t, []byte(out), &a)
	if a.Status != "completed" || a.Response["answer"] != "hello" || a.Response["name"] != "Ada" {
		t.Errorf("start --wait printed %s", out)
	}
	out, complaints, err = p.run(t, "trigger", "status", a.WorkflowID)
	if err != nil || !strings.Contains(out, "run "+a.WorkflowID+" is completed") || !strings.Contains(out, `"answer": "hello"`) {
		t.Errorf("status printed %s%s (%v)", out, complaints, err)
	}
	out, complaints, err = p.run(t, "trigger", "run", "echo", "--message", "now", "--json")
	if err != nil {
		t.Fatalf("%v\n%s", err, complaints)
	}
	var now struct {
		ID    string         `json:"id"`
		Cause map[string]any `json:"cause"`
	}
	decode(t, []byte(out), &now)
	if a := p.finished(t, now.ID); a.Response["answer"] != "now" || now.Cause["kind"] != "manual" {
		t.Errorf("run printed %s and became %+v", out, a)
	}
}

func TestSameIdempotencyKeyIsOneRun(t *testing.T) {
	t.Parallel()
	p := install(t)
	p.start(t)
	p.ready(t)
	ids := map[string]bool{}
	for range 3 {
		out, complaints, err := p.run(t, "trigger", "start", "echo", "--idempotency-key", "once", "--json")
		if err != nil {
			t.Fatalf("%v\n%s", err, complaints)
		}
		var a answer
		decode(t, []byte(out), &a)
		ids[a.WorkflowID] = true
	}
	if len(ids) != 1 {
		t.Errorf("%d runs, want 1", len(ids))
	}
}

func TestCommandsSayWhatToDoNext(t *testing.T) {
	t.Parallel()
	p := install(t)
	p.start(t)
	p.ready(t)
	for name, c := range map[string]struct {
		args []string
		want string
	}{
		"failed run":      {[]string{"trigger", "start", "boom", "--wait"}, "failed: boom"},
		"no such trigger": {[]string{"trigger", "start", "nobody"}, `no trigger "nobody"`},
		"no such run":     {[]string{"trigger", "status", uuid.NewString()}, "no run"},
		"no build":        {[]string{"trigger", "start", "echo", "--env", "PROD", "--key", p.bootstrap(t).AdminKey}, "No build is assigned to environment PROD"},
		"not its place":   {[]string{"trigger", "start", "echo", "--env", "UAT"}, "Environment not allowed"},
		"wrong key":       {[]string{"trigger", "start", "echo", "--key", strings.Repeat("k", 40)}, "does not know this key"},
		"no server":       {[]string{"trigger", "start", "echo", "--server", "http://127.0.0.1:1", "--key", strings.Repeat("k", 40)}, "start the server"},
		"no key":          {[]string{"trigger", "start", "echo", "--server", "http://127.0.0.1:1"}, "--key"},
		"bad variable":    {[]string{"trigger", "start", "echo", "--var", "name"}, "name=text"},
		"no name":         {[]string{"trigger", "start"}, "the name of a trigger: onset trigger start NAME"},
		"no id":           {[]string{"trigger", "status"}, "the id of a run"},
		"missing file":    {[]string{"apply", "-f", "nowhere.yaml"}, "nowhere.yaml"},
	} {
		out, complaints, err := p.run(t, c.args...)
		if err == nil || !strings.Contains(complaints, c.want) {
			t.Errorf("%s: %v, %s%s; want %q", name, err, out, complaints, c.want)
		}
	}
}

const acme = `
workspaces:
  - name: demo
    title: Demonstration
    limits: {running: 7}
    keys:
      - {name: ci, scopes: ["trigger:invoke", "run:read"], value: "a-key-that-somebody-has-had-for-years"}
    environments:
      UAT:
        variables: {GREETING: hello}
        secrets: {TOKEN: 0123456789abcdef}
        models: {default: {base_url: "https://models.example.com/v1", secret: TOKEN, model: m}}
    graphs: [{file: greet.yaml, assign: [UAT]}]
    triggers: [{name: greet, title: Greet, kind: api, graph: greet, environments: [UAT], policies: {timeout: 10m}, labels: {owner: data}}]
`

const greet = `
nodes:
  - {id: start, kind: start}
  - {id: greet, kind: transform, config: {set: {greeting: "{{ env.GREETING }}, {{ message }}"}}}
  - {id: end, kind: end}
edges:
  - {from: start, to: greet}
  - {from: greet, to: end}
`

func TestApplyingTwiceChangesNothing(t *testing.T) {
	t.Parallel()
	p := install(t)
	p.start(t)
	p.ready(t)
	file := filepath.Join(p.folder, "acme.yaml")
	write(t, file, acme)
	write(t, filepath.Join(p.folder, "greet.yaml"), greet)
	all := []string{
		"change workspace demo", "create key ci",
		"set variable GREETING of UAT", "set secret TOKEN of UAT", "set model default of UAT",
		"create graph greet", "freeze graph greet", "assign build 1 of greet to UAT", "create trigger greet",
	}
	const nothing = "nothing to change"
	p.applies(t, all, "--dry-run")
	p.applies(t, all)
	p.applies(t, []string{nothing})
	p.applies(t, []string{nothing}, "--dry-run")

	a := ask(t, http.MethodPost, p.url("/trigger/demo/greet/UAT"), "a-key-that-somebody-has-had-for-years", `{"message":"Ada"}`)
	if a.Response["greeting"] != "hello, Ada" {
		t.Errorf("the key, the variable or the build is not there: %+v", a)
	}

	write(t, file, strings.NewReplacer("hello", "good day", "0123456789abcdef", "0123456789ABCDEF", "title: Greet", "title: Greeting").Replace(acme))
	write(t, filepath.Join(p.folder, "greet.yaml"), strings.Replace(greet, "}}, {{", "}}: {{", 1))
	some := []string{
		"set variable GREETING of UAT", "set secret TOKEN of UAT",
		"change graph greet", "freeze graph greet", "assign build 2 of greet to UAT", "change trigger greet",
	}
	p.applies(t, some, "--dry-run")
	p.applies(t, some)
	p.applies(t, []string{nothing})
	if w := p.native(t, ""); w["title"] != "Demonstration" || w["limits"].(map[string]any)["running"] != 7.0 {
		t.Errorf("the workspace is %v", w)
	}
}

// applies runs onset apply and compares what it says.
func (p *product) applies(t *testing.T, want []string, flags ...string) {
	t.Helper()
	out, complaints, err := p.run(t, append([]string{"apply", "-f", filepath.Join(p.folder, "acme.yaml")}, flags...)...)
	if err != nil {
		t.Fatalf("%v\n%s%s", err, out, complaints)
	}
	if diff := cmp.Diff(want, strings.Split(strings.TrimSpace(out), "\n")); diff != "" {
		t.Errorf("apply %v: %s", flags, diff)
	}
}

func TestHelloIsAppliedAndGreets(t *testing.T) {
	t.Parallel()
	p := install(t)
	p.start(t)
	p.ready(t)
	if out, complaints, err := p.run(t, "apply", "-f", filepath.Join("..", "..", "examples", "hello", "manifest.yaml")); err != nil {
		t.Fatalf("%v\n%s%s", err, out, complaints)
	}
	out, complaints, err := p.run(t, "trigger", "start", "hello", "--var", "name=Ada", "--wait", "--json")
	if err != nil {
		t.Fatalf("%v\n%s%s", err, out, complaints)
	}
	var got answer
	decode(t, []byte(out), &got)
	if got.Response["greeting"] != "Good day, Ada!" {
		t.Errorf("%+v", got)
	}
}

func TestApplyTellsWhatIsWrongWithAGraph(t *testing.T) {
	t.Parallel()
	p := install(t)
	p.start(t)
	p.ready(t)
	file := filepath.Join(p.folder, "acme.yaml")
	write(t, file, acme)
	write(t, filepath.Join(p.folder, "greet.yaml"), strings.Replace(greet, "kind: end}", "kind: finish}", 1))
	out, complaints, err := p.run(t, "apply", "-f", file)
	if err == nil || !strings.Contains(complaints, "nodes[2].kind") || strings.Contains(out, "nothing to change") {
		t.Errorf("%v: %s%s", err, out, complaints)
	}
	_, rehearsed, err := p.run(t, "apply", "--dry-run", "-f", file)
	if err == nil || rehearsed != complaints {
		t.Errorf("%v: a rehearsal says %s and not %s", err, rehearsed, complaints)
	}
	p.refuses(t, map[string]string{
		"one manifest, behind -f": "apply",
		"onset apply -f FILE":     "apply " + file,
	})
	write(t, file, strings.Replace(acme, "name: demo", "name: other", 1))
	write(t, filepath.Join(p.folder, "greet.yaml"), greet)
	_, complaints, err = p.run(t, "apply", "-f", file)
	if err == nil || !strings.Contains(complaints, "workspace other") {
		t.Errorf("another workspace: %v: %s", err, complaints)
	}
}

func TestManifestIsAppliedAtStart(t *testing.T) {
	t.Parallel()
	p := install(t)
	file := filepath.Join(p.folder, "acme.yaml")
	write(t, file, strings.Replace(acme, "name: demo", "name: acme", 1))
	write(t, filepath.Join(p.folder, "greet.yaml"), greet)
	for _, want := range []string{"create trigger greet", "nothing to change"} {
		p.start(t, "ONSET_MANIFEST="+file)
		if err := p.said.await(want); err != nil {
			t.Fatal(err)
		}
		a := ask(t, http.MethodPost, p.url("/trigger/acme/greet/UAT"), "a-key-that-somebody-has-had-for-years", `{"message":"Ada"}`)
		if a.Response["greeting"] != "hello, Ada" {
			t.Errorf("the call answered %+v", a)
		}
		p.stop(t)
	}
}

func TestManifestThatCannotBeAppliedStopsTheStart(t *testing.T) {
	t.Parallel()
	p := install(t)
	file := filepath.Join(p.folder, "acme.yaml")
	write(t, file, strings.Replace(acme, "title: Demonstration", "titel: Demonstration", 1))
	write(t, filepath.Join(p.folder, "greet.yaml"), greet)
	p.start(t, "ONSET_MANIFEST="+file)
	if err := p.wait(t); err == nil {
		t.Error("onset runs without its manifest")
	}
	if said := p.said.String(); !strings.Contains(said, "ONSET_MANIFEST") || !strings.Contains(said, "workspaces[0].titel") {
		t.Error("it does not say what is wrong")
	}
}

func TestAgentAsksTheConnectedModel(t *testing.T) {
	t.Parallel()
	prompts := make(chan string, 10)
	judge := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var asked struct {
			Messages []struct{ Role, Content string } `json:"messages"`
		}
		if json.NewDecoder(r.Body).Decode(&asked) != nil || r.Header.Get("Authorization") != "Bearer model-key-0123456789" {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		prompts <- asked.Messages[0].Content
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(`{"choices":[{"message":{"role":"assistant","content":"{\"severity\":\"medium\",\"reason\":\"seen it before\"}"}}],"usage":{"prompt_tokens":9,"completion_tokens":3}}`))
	}))
	defer judge.Close()
	at, err := url.Parse(judge.URL)
	if err != nil {
		t.Fatal(err)
	}
	p := install(t)
	p.start(t, "ONSET_EGRESS_ALLOW="+at.Host)
	p.ready(t)
	p.connects(t, "TRIAGE_MODEL", judge.URL)
	out, complaints, err := p.run(t, "trigger", "start", "incident-triage", "--vars", filepath.Join("..", "..", "examples", "incident-triage", "alert.json"), "--wait", "--json")
	if err != nil {
		t.Fatalf("%v\n%s", err, complaints)
	}
	var a answer
	decode(t, []byte(out), &a)
	if a.Response["severity"] != "medium" || a.Response["ticket"] != "" {
		t.Errorf("severity %v, ticket %v", a.Response["severity"], a.Response["ticket"])
	}
	if prompt := <-prompts; strings.Contains(prompt, "@") {
		t.Errorf("the model is shown the offline script: %s", prompt)
	}
}

func TestWorkspaceCreateBeginsAHostedInstallation(t *testing.T) {
	t.Parallel()
	database := emptyDatabase(t)
	p := install(t)
	env := []string{"DATABASE_URL=" + database, "ONSET_MASTER_KEY=MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="}
	if _, complaints, err := p.runIn(t, env, "workspace", "create", "acme"); err == nil || !strings.Contains(complaints, "onset migrate") {
		t.Errorf("on an empty database: %v: %s", err, complaints)
	}
	if out, complaints, err := p.runIn(t, env, "migrate"); err != nil {
		t.Fatalf("migrate: %v\n%s%s", err, out, complaints)
	}
	out, complaints, err := p.runIn(t, env, "workspace", "create", "acme")
	if err != nil {
		t.Fatalf("%v\n%s", err, complaints)
	}
	_, admin, found := strings.Cut(out, "admin key ")
	if !found {
		t.Fatalf("no key in %s", out)
	}
	admin, _, _ = strings.Cut(admin, " ")

	p.start(t, append(env, "ONSET_MODE=hosted")...)
	until(t, "the key opens the workspace", func() bool {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, p.url("/api/v1/workspaces/acme/triggers"), nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer "+admin)
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			return false // it does not listen yet
		}
		_ = resp.Body.Close()
		return resp.StatusCode == http.StatusOK
	})
	if strings.Contains(p.said.String(), "ons_") {
		t.Error("a hosted start prints keys")
	}
	if _, err := os.Stat(filepath.Join(p.folder, "bootstrap.json")); err == nil {
		t.Error("a hosted start makes the demo")
	}
}

// emptyDatabase makes a database of the test's own.
func emptyDatabase(t *testing.T) string {
	t.Helper()
	server := os.Getenv("TEST_DATABASE_URL")
	if server == "" {
		t.Fatal("run make test, or set TEST_DATABASE_URL")
	}
	name := "onset_journey_" + strings.ReplaceAll(uuid.NewString(), "-", "")
	execute(t, server, "create database "+name)
	t.Cleanup(func() { execute(t, server, "drop database "+name+" with (force)") })
	at, err := url.Parse(server)
	if err != nil {
		t.Fatal(err)
	}
	at.Path = "/" + name
	return at.String()
}

func execute(t *testing.T, server, statement string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), patience)
	defer cancel()
	conn, err := pgx.Connect(ctx, server)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(ctx) }()
	if _, err := conn.Exec(ctx, statement); err != nil {
		t.Fatal(err)
	}
}
