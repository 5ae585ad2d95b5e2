package chaos

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/onsethq/onset/pkg/key"
)

// canaries are unique texts, each placed where the product is told a secret.
// None of them may come out anywhere, but for the payload where inputs live.
type canaries struct {
	key     string // an API key, as every call of the scenario shows it
	wrong   string // a key that opens nothing
	token   string // a workspace secret, in the Authorization header of HTTP nodes
	address string // a workspace secret inside a URL
	model   string // the secret that opens a model
	payload string // a password in the payload of a start
}

func unique(name string) string { return name + "-canary-" + rand.Text() }

// stage is a running product with a mirror for a world.
type stage struct {
	base, workspace, admin string
	programs               []*program
	mirror                 *mirror
	found                  evidence
	canaries
}

// TestCanariesComeOutNowhere tells the product secrets, has it do everything
// that it can do well or badly with them, and then looks for them everywhere.
func TestCanariesComeOutNowhere(t *testing.T) {
	t.Parallel()
	t.Run("Fleet", func(t *testing.T) {
		m := newMirror(t)
		f := launch(t, plan{workers: 1, wordy: true, settings: []string{"LOG_LEVEL=debug", "ONSET_EGRESS_ALLOW=" + m.address()}})
		s := &stage{base: f.client.base, workspace: "chaos", admin: f.client.key, programs: append(f.workers, f.gateway, f.scheduler), mirror: m}
		bells := f.redis.monitor(t)
		s.play(t)
		s.found.add("redis", bells())
		f.rows(t, &s.found)
		s.look(t)
		s.judge(t, func(place string) bool { return place == "table runs" || place == "table journal" })
	})
	t.Run("Embedded", func(t *testing.T) {
		m, folder := newMirror(t), t.TempDir()
		p := &program{addr: address(t), admin: address(t)}
		path := shipped.at(t)
		p.process = process{name: "up", command: func() *exec.Cmd {
			cmd := exec.Command(path, "up")
			cmd.Env = append(bare(folder), "ONSET_DATA_DIR="+folder, "ONSET_ADDR="+p.addr, "ONSET_ADMIN_ADDR="+p.admin,
				"LOG_LEVEL=debug", "ONSET_EGRESS_ALLOW="+m.address())
			return cmd
		}, said: tail{wordy: true}}
		p.start(t)
		p.ready(t)
		s := &stage{base: "http://" + p.addr, workspace: "demo", programs: []*program{p}, mirror: m}
		until(t, "the first start leaves its keys", func() bool {
			raw, err := os.ReadFile(filepath.Join(folder, "bootstrap.json"))
			var made struct {
				AdminKey string `json:"admin_key"`
			}
			s.admin = ""
			if err == nil && json.Unmarshal(raw, &made) == nil {
				s.admin = made.AdminKey
			}
			return s.admin != ""
		})
		s.play(t)
		s.look(t)
		files(t, folder, &s.found)
		s.judge(t, func(place string) bool { return strings.HasPrefix(place, "file onset.db") })
	})
}

// play tells the canaries and does what can be done with them.
func (s *stage) play(t *testing.T) {
	t.Helper()
	wrong, err := key.New(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	s.canaries = canaries{
		wrong: wrong.Reveal(), token: unique("token"), address: unique("address"), model: unique("model"), payload: unique("payload"),
	}
	s.key = s.admin
	s.key = s.want(t, http.MethodPost, "/keys", `{"name":"canary","preset":"admin"}`, http.StatusCreated)["key"].(string)

	for name, value := range map[string]string{"TOKEN": s.token, "ADDRESS": s.address, "MODEL": s.model} {
		s.want(t, http.MethodPut, "/environments/DEV/secrets/"+name, fmt.Sprintf(`{"value":%q}`, value), http.StatusOK)
		s.ask(t, http.MethodPut, "/environments/DEV/secrets/"+name, fmt.Sprintf(`{"valu":%q,"value":%q}`, value, value), s.key)
		s.ask(t, http.MethodPut, "/environments/DEV/secrets/"+name, fmt.Sprintf(`{"value":[%q]}`, value), s.key)
		s.ask(t, http.MethodPut, "/environments/DEV/secrets/"+name, fmt.Sprintf(`{"value":%q`, value), s.key)
	}
	for _, name := range []string{"refusing", "answering"} {
		s.want(t, http.MethodPut, "/environments/DEV/models/"+name, fmt.Sprintf(`{"base_url":"%s/%s","secret":"MODEL","model":"m"}`, s.mirror.server.URL, name), http.StatusOK)
	}
	var runs []string
	for name, node := range s.nodes() {
		runs = append(runs, s.run(t, name, node))
	}
	s.want(t, http.MethodPost, "/runs/"+s.run(t, "dozes", `{"kind":"sleep","config":{"for":"20m"}}`)+"/cancel", "", http.StatusAccepted)
	for _, id := range runs {
		s.watch(t, id)
	}
	s.mistakes(t)
	for _, path := range []string{"", "/keys", "/environments/DEV", "/audit?limit=200", "/runs", "/graphs", "/triggers"} {
		s.want(t, http.MethodGet, path, "", http.StatusOK)
	}
}

// nodes are the ways to lose a secret: to a world that repeats it, in a result,
// an error, a redirect, an address that is not allowed, a model's words.
func (s *stage) nodes() map[string]string {
	const auth = `"headers":{"Authorization":"Bearer {{ secrets.TOKEN }}"}`
	world := s.mirror.server.URL
	nodes := map[string]string{
		"private":   `{"kind":"tool","config":{"http":{"url":"http://10.0.0.1/{{ secrets.ADDRESS }}","query":{"k":"{{ secrets.ADDRESS }}"},` + auth + `}}}`,
		"nowhere":   `{"kind":"tool","config":{"http":{"url":"http://{{ secrets.ADDRESS }}.invalid/",` + auth + `}}}`,
		"secretURL": `{"kind":"tool","config":{"http":{"url":"` + world + `/text?k={{ secrets.ADDRESS }}",` + auth + `}}}`,
		"refused":   `{"kind":"agent","config":{"model":"refusing","input":"{{ message }}"}}`,
		"answered":  `{"kind":"agent","config":{"model":"answering","input":"{{ message }}"}}`,
		"broken":    `{"kind":"transform","config":{"set":{"x":"{{ int(message) / 0 }}"}}}`,
	}
	for _, path := range []string{"echo", "text", "fail", "forbid", "redirect", "cut"} {
		nodes[path] = `{"kind":"tool","timeout":"10s","config":{"http":{"url":"` + world + `/` + path + `",` + auth + `}}}`
	}
	return nodes
}

// run makes a graph of one node and a trigger for it, and starts it with a
// password in the payload.
func (s *stage) run(t *testing.T, name, node string) (id string) {
	t.Helper()
	name = "canary-" + name
	s.want(t, http.MethodPut, "/graphs/"+name, fmt.Sprintf(`{"nodes":[{"id":"start","kind":"start"},{"id":"it","retry":{"max":1,"backoff":"10ms"},%s,{"id":"end","kind":"end"}],
 "edges":[{"from":"start","to":"it"},{"from":"it","to":"end"}]}`, strings.TrimPrefix(node, "{")), http.StatusCreated)
	s.want(t, http.MethodPost, "/graphs/"+name+"/builds", "", http.StatusCreated)
	s.want(t, http.MethodPut, "/environments/DEV/assignments/"+name, `{"build":1}`, http.StatusOK)
	s.want(t, http.MethodPut, "/triggers/"+name, fmt.Sprintf(`{"kind":"background","graph":%q}`, name), http.StatusCreated)
	return s.want(t, http.MethodPost, "/triggers/"+name+"/run", fmt.Sprintf(`{"environment":"DEV","message":"hello","user_variables":{"password":%q}}`, s.payload), http.StatusAccepted)["id"].(string)
}

// watch reads all that can be read of a run, live until its end.
func (s *stage) watch(t *testing.T, id string) {
	t.Helper()
	s.want(t, http.MethodGet, "/runs/"+id+"/events", "", http.StatusOK)
	end := s.want(t, http.MethodGet, "/runs/"+id, "", http.StatusOK)
	if status := end["status"]; status != "completed" && status != "failed" {
		t.Errorf("the run is %v after its last event", status)
	}
	s.want(t, http.MethodGet, "/runs/"+id+"/steps", "", http.StatusOK)
	s.ask(t, http.MethodGet, "/trigger/status/"+s.workspace+"/"+id, "", s.key)
}

// mistakes are calls that the product refuses: it must not repeat what is wrong
// with them.
func (s *stage) mistakes(t *testing.T) {
	t.Helper()
	start := "/trigger/start/" + s.workspace + "/canary-echo/DEV"
	for _, body := range []string{
		fmt.Sprintf(`{"message":{"password":%q}}`, s.payload),
		fmt.Sprintf(`{"user_variables":[{"password":%q}]}`, s.payload),
		fmt.Sprintf(`{"user_variables":{"password":%q}`, s.payload),
		fmt.Sprintf(`{"password":%q,"password":%q}`, s.payload, s.payload),
	} {
		s.ask(t, http.MethodPost, start, body, s.key)
	}
	s.ask(t, http.MethodPost, start, "{}", s.wrong)
	s.ask(t, http.MethodGet, "/whoami", "", s.wrong)
	s.ask(t, http.MethodGet, "/api/v1/whoami?api_key="+s.key, "", s.key)
	s.ask(t, http.MethodGet, "/api/v1/whoami?x="+s.wrong, "", s.key)
	s.ask(t, http.MethodPost, start, "{}", s.key+"x")
	s.ask(t, http.MethodPut, "/environments/DEV/models/bad", fmt.Sprintf(`{"base_url":"https://u:%s@x.example/v1"}`, s.token), s.key)
}

// ask makes a call and keeps its answer. A path that begins at neither surface
// is one of the workspace.
func (s *stage) ask(t *testing.T, method, path, body, with string) (status int, answer []byte) {
	t.Helper()
	whole := path
	if !strings.HasPrefix(path, "/trigger/") && !strings.HasPrefix(path, "/api/") {
		whole = "/api/v1/workspaces/" + s.workspace + path
	}
	r, err := http.NewRequestWithContext(t.Context(), method, s.base+whole, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+with)
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if answer, err = io.ReadAll(resp.Body); err != nil {
		t.Fatal(err)
	}
	name, _, _ := strings.Cut(path, "?")
	s.found.add("answer to "+method+" "+name, fmt.Appendf(answer, "\n%v", resp.Header))
	return resp.StatusCode, answer
}

// want is ask of what has to succeed.
func (s *stage) want(t *testing.T, method, path, body string, status int) (document map[string]any) {
	t.Helper()
	got, answer := s.ask(t, method, path, body, s.key)
	if got != status {
		t.Fatalf("%s %s: %d %s", method, path, got, answer)
	}
	_ = json.Unmarshal(answer, &document) // a stream is none
	return document
}

// look collects what the programs show of themselves.
func (s *stage) look(t *testing.T) {
	t.Helper()
	for _, p := range s.programs {
		for _, path := range []string{"/metrics", "/readyz", "/livez"} {
			resp, err := http.Get("http://" + p.admin + path)
			if err != nil {
				t.Fatal(err)
			}
			raw, err := io.ReadAll(resp.Body)
			_ = resp.Body.Close()
			if err != nil {
				t.Fatal(err)
			}
			s.found.add(p.name+path, raw)
		}
		if line, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", p.pid())); err == nil {
			s.found.add("command line of "+p.name, line)
		}
		_ = p.stop(t, syscall.SIGTERM) // its log is whole then
		s.found.add("log of "+p.name, []byte(p.said.String()))
	}
}

// judge says where which canary may stand, and that the search would have found
// the others.
func (s *stage) judge(t *testing.T, inputs func(place string) bool) {
	t.Helper()
	for name, c := range map[string]struct {
		text    string
		allowed func(place string) bool
	}{
		"API key": {s.key, func(place string) bool { return place == "answer to POST /keys" }},
		"secret":  {s.token, nil},
		"address": {s.address, nil},
		"model":   {s.model, nil},
		"wrong":   {s.wrong, nil},
		"payload": {s.payload, func(place string) bool {
			return inputs(place) || strings.Contains(place, "/run") || strings.Contains(place, "/trigger/status/")
		}},
	} {
		leaks, rightly := 0, 0
		for _, place := range s.found.holds(c.text) {
			if c.allowed != nil && c.allowed(place) {
				rightly++
				continue
			}
			leaks++
			t.Errorf("%s stands in %s", name, place)
		}
		exactly(t, name+" found", leaks, 0)
		if c.allowed != nil {
			moreThan(t, name+" found where it belongs", rightly, 0)
		}
	}
	for name, credentials := range map[string]string{"secret": s.token, "model": s.model} {
		if !s.mirror.heard(credentials) {
			t.Errorf("the %s was never used, so nothing is proved", name)
		}
	}
	if len(s.found.holds("[secret]")) == 0 {
		t.Error("nothing was replaced, so nothing was there to be found")
	}
}

// files collects the files of a data folder, but for what holds keys on purpose.
func files(t *testing.T, folder string, into *evidence) {
	t.Helper()
	err := filepath.WalkDir(folder, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() || d.Name() == "bootstrap.json" {
			return err
		}
		raw, err := os.ReadFile(path)
		into.add("file "+d.Name(), raw)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// rows collects every row of every table.
func (f *fleet) rows(t *testing.T, into *evidence) {
	t.Helper()
	tables, err := f.db.Query(t.Context(), `select table_name::text from information_schema.tables where table_schema = 'public'`)
	if err != nil {
		t.Fatal(err)
	}
	names, err := pgx.CollectRows(tables, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	for _, table := range names {
		rows, err := f.db.Query(t.Context(), `select t::text from `+table+` t`)
		if err != nil {
			t.Fatal(err)
		}
		all, err := pgx.CollectRows(rows, pgx.RowTo[string])
		if err != nil {
			t.Fatal(err)
		}
		into.add("table "+table, []byte(strings.Join(all, "\n")))
	}
}
