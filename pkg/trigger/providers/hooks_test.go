package providers_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/onsethq/onset/pkg/fault"
	"github.com/onsethq/onset/pkg/secret"
	"github.com/onsethq/onset/pkg/signature"
	"github.com/onsethq/onset/pkg/trigger"
	"github.com/onsethq/onset/pkg/trigger/providers"
)

var at = time.Unix(1_700_000_000, 0)

const sender = secret.Secret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")

// sent is a request that a scheme signs; headers are added in pairs.
func sent(t testing.TB, scheme, body string, headers ...string) trigger.Hook {
	t.Helper()
	s, found := signature.Find(scheme)
	if !found {
		t.Fatalf("scheme %q does not exist", scheme)
	}
	header, err := s.Sign(sender, "msg_1", at, []byte(body))
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(headers); i += 2 {
		header.Set(headers[i], headers[i+1])
	}
	return trigger.Hook{Method: http.MethodPost, Header: header, Body: []byte(body), At: at}
}

// taken verifies a request and reads it.
func taken(p trigger.Hooked, config string, h trigger.Hook) (trigger.Report, error) {
	if config == "" {
		config = "{}"
	}
	m, err := p.Verify(json.RawMessage(config), h, []signature.Secret{{Value: sender}})
	if err != nil {
		return trigger.Report{}, err
	}
	return p.Read(trigger.Trigger{Name: "hook", Title: "The hook", Kind: p.(trigger.Provider).Kind(), Config: json.RawMessage(config)}, h, m)
}

// schemes are what each kind's sender signs with.
var schemes = map[string]string{
	"jira": "atlassian", "github": "github", "slack": "slack", "stripe": "stripe", "standard": "standard", "webhook": "header", "generic": "header",
}

func TestEveryKindThatIsHookedTakesOnlyWhatIsSigned(t *testing.T) {
	t.Parallel()
	for _, p := range providers.All() {
		hooked, ok := p.(trigger.Hooked)
		if !ok {
			continue
		}
		scheme := schemes[p.Kind()]
		if scheme == "" {
			t.Errorf("nobody says how the senders of %s sign", p.Kind())
			continue
		}
		h := sent(t, scheme, `{"type":"a"}`, "X-GitHub-Event", "push")
		if _, err := taken(hooked, "", h); err != nil {
			t.Errorf("%s refuses a true one: %v", p.Kind(), err)
		}
		for name, secrets := range map[string][]signature.Secret{"another secret": {{Value: "whsec_AAAA"}}, "no secret": nil} {
			if _, err := hooked.Verify(json.RawMessage("{}"), h, secrets); err == nil {
				t.Errorf("%s takes what is signed with %s", p.Kind(), name)
			}
		}
		h.Header = http.Header{}
		if _, err := taken(hooked, "", h); !errors.Is(err, signature.Missing) {
			t.Errorf("%s without a signature: %v", p.Kind(), err)
		}
		if vouched, ok := p.(trigger.Vouched); !ok || vouched.CheckSecret(json.RawMessage("{}"), "") == nil || vouched.CheckSecret(json.RawMessage("{}"), sender) != nil {
			t.Errorf("%s does not judge secrets", p.Kind())
		}
	}
}

func TestReports(t *testing.T) {
	t.Parallel()
	const (
		issue = `{"action":"opened","issue":{"number":12},"repository":{"full_name":"acme/shop"},"sender":{"login":"bot[bot]"}}`
		jira  = `{"webhookEvent":"jira:issue_created","issue":{"key":"OPS-7","fields":{"summary":"DB down"}},"user":{"accountId":"u1"}}`
		event = `{"type":"event_callback","api_app_id":"A1","team_id":"T1","event_id":"Ev1","event":{"type":"message","subtype":"thread","user":"U1","channel":"C1","thread_ts":"1.2"}}`
		form  = "application/x-www-form-urlencoded"
	)
	for name, c := range map[string]struct {
		kind   trigger.Hooked
		scheme string
		config string
		body   string
		header []string
		want   trigger.Report // without payload, ID and what a run begins with
		id     string         // "" is not compared
	}{
		"jira": {kind: providers.Jira{}, scheme: "atlassian", body: jira,
			want: trigger.Report{Event: "jira:issue_created", Subject: "OPS-7", Actor: "u1"}},
		"jira: another event": {kind: providers.Jira{}, scheme: "atlassian", body: jira, config: `{"events":["jira:issue_deleted"]}`,
			want: trigger.Report{Event: "jira:issue_created", Subject: "OPS-7", Actor: "u1", Ignored: `the event "jira:issue_created" is none of jira:issue_deleted`}},
		"github": {kind: providers.GitHub{}, scheme: "github", body: issue, header: []string{"X-GitHub-Event", "issues", "Content-Type", "application/json"},
			want: trigger.Report{Event: "issues.opened", Subject: "acme/shop#12", Actor: "bot[bot]"}},
		"github: a form": {kind: providers.GitHub{}, scheme: "github", body: "payload=%7B%22action%22%3A%22opened%22%7D", header: []string{"X-GitHub-Event", "issues", "Content-Type", form},
			want: trigger.Report{Event: "issues.opened"}},
		"github: chosen": {kind: providers.GitHub{}, scheme: "github", body: issue, config: `{"events":["push","issues"]}`, header: []string{"X-GitHub-Event", "issues"},
			want: trigger.Report{Event: "issues.opened", Subject: "acme/shop#12", Actor: "bot[bot]"}},
		"github: another action": {kind: providers.GitHub{}, scheme: "github", body: issue, config: `{"events":["issues.closed"]}`, header: []string{"X-GitHub-Event", "issues"},
			want: trigger.Report{Event: "issues.opened", Subject: "acme/shop#12", Actor: "bot[bot]", Ignored: `the event "issues.opened" is none of issues.closed`}},
		"github: ping": {kind: providers.GitHub{}, scheme: "github", body: `{"zen":"…"}`, config: `{"events":["issues"]}`, header: []string{"X-GitHub-Event", "ping"},
			want: trigger.Report{Event: "ping", Handshake: true, Answer: &trigger.HookAnswer{ContentType: "text/plain; charset=utf-8", Body: []byte("pong")}}},
		"slack: challenge": {kind: providers.Slack{}, scheme: "slack", body: `{"type":"url_verification","challenge":"3eZ"}`,
			want: trigger.Report{Event: "url_verification", Handshake: true, Answer: &trigger.HookAnswer{ContentType: "application/json", Body: []byte(`{"challenge":"3eZ"}`)}}},
		"slack: event": {kind: providers.Slack{}, scheme: "slack", body: event, header: []string{"X-Slack-Retry-Num", "2"}, id: "event/A1/T1/Ev1",
			want: trigger.Report{Event: "message.thread", Subject: "T1/C1/1.2", Actor: "U1"}},
		"slack: its own": {kind: providers.Slack{}, scheme: "slack", body: strings.Replace(event, `"user":"U1"`, `"bot_id":"B1","app_id":"A1"`, 1),
			want: trigger.Report{Event: "message.thread", Subject: "T1/C1/1.2", Actor: "B1", Ignored: "the app wrote it itself"}},
		"slack: command": {kind: providers.Slack{}, scheme: "slack", body: "command=%2Fdeploy&text=shop&team_id=T1&channel_id=C1&user_id=U1&trigger_id=1.2&api_app_id=A1", header: []string{"Content-Type", form}, id: "command/A1/T1/1.2",
			want: trigger.Report{Event: "slash_command./deploy", Subject: "T1/C1", Actor: "U1", Answer: &trigger.HookAnswer{ContentType: "text/plain; charset=utf-8", Body: []byte{}}}},
		"slack: click": {kind: providers.Slack{}, scheme: "slack", body: "payload=%7B%22type%22%3A%22block_actions%22%2C%22trigger_id%22%3A%221.2%22%2C%22api_app_id%22%3A%22A1%22%2C%22team%22%3A%7B%22id%22%3A%22T1%22%7D%2C%22user%22%3A%7B%22id%22%3A%22U1%22%7D%7D", id: "click/A1/T1/1.2",
			want: trigger.Report{Event: "block_actions", Subject: "T1", Actor: "U1", Answer: &trigger.HookAnswer{ContentType: "text/plain; charset=utf-8", Body: []byte{}}}},
		"slack: certificate": {kind: providers.Slack{}, scheme: "slack", body: "ssl_check=1&token=x",
			want: trigger.Report{Event: "ssl_check", Handshake: true, Answer: &trigger.HookAnswer{ContentType: "text/plain; charset=utf-8", Body: []byte{}}}},
		"stripe": {kind: providers.Stripe{}, scheme: "stripe", body: `{"id":"evt_1","type":"invoice.paid","account":"acct_1","data":{"object":{"id":"in_1"}}}`, id: "acct_1/evt_1",
			want: trigger.Report{Event: "invoice.paid", Subject: "in_1"}},
		"stripe: chosen": {kind: providers.Stripe{}, scheme: "stripe", body: `{"id":"evt_1","type":"invoice.paid"}`, config: `{"events":["invoice.*"]}`, id: "evt_1",
			want: trigger.Report{Event: "invoice.paid"}},
		"standard": {kind: providers.Standard{}, scheme: "standard", body: `{"type":"user.created"}`, id: "msg_1",
			want: trigger.Report{Event: "user.created"}},
		"webhook": {kind: providers.Webhook{}, scheme: "header", body: `{"event":"customer.signup"}`, header: []string{"Idempotency-Key", "k"}, id: "k",
			want: trigger.Report{Event: "customer.signup"}},
		"webhook: event in a header": {kind: providers.Webhook{}, scheme: "github", body: `{}`, header: []string{"X-Event-Type", "a"}, config: `{"events":["b"]}`,
			want: trigger.Report{Event: "a", Ignored: `the event "a" is none of b`}},
		"webhook: filter": {kind: providers.Webhook{}, scheme: "hmac", body: `{"channel":"#general","n":{"of":2}}`, config: `{"filters":{"channel":"#general","n.of":2}}`,
			want: trigger.Report{}},
		"webhook: another value": {kind: providers.Webhook{}, scheme: "composio", body: `{"n":{"of":2}}`, config: `{"filters":{"n.of":"2"}}`, id: "msg_1",
			want: trigger.Report{Ignored: `n.of is 2 and not "2"`}},
	} {
		got, err := taken(c.kind, c.config, sent(t, c.scheme, c.body, c.header...))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if c.id != "" && got.ID != c.id {
			t.Errorf("%s: known as %q, want %q", name, got.ID, c.id)
		}
		got.ID, got.Payload, got.Begins = "", nil, trigger.Event{}
		if d := cmp.Diff(c.want, got); d != "" {
			t.Errorf("%s: %s", name, d)
		}
	}
}

// The ids in the headers of Jira and GitHub are not signed: whoever saw one
// delivery could send it again under another.
func TestUnsignedIDsAreNotBelieved(t *testing.T) {
	t.Parallel()
	known := func(p trigger.Hooked, scheme, body, header, id string) string {
		r, err := taken(p, "", sent(t, scheme, body, header, id))
		if err != nil {
			t.Fatal(err)
		}
		return r.ID
	}
	for header, c := range map[string]struct {
		kind   trigger.Hooked
		scheme string
	}{
		"X-GitHub-Delivery":              {providers.GitHub{}, "github"},
		"X-Atlassian-Webhook-Identifier": {providers.Jira{}, "atlassian"},
	} {
		first := known(c.kind, c.scheme, `{"a":1}`, header, "one")
		if again := known(c.kind, c.scheme, `{"a":1}`, header, "two"); again != first {
			t.Errorf("%s: the same body under another id is another delivery", header)
		}
		if other := known(c.kind, c.scheme, `{"a":2}`, header, "one"); other == first {
			t.Errorf("%s: another body under the same id is the same delivery", header)
		}
	}
}

// A retry of Slack is signed anew, and is the same event.
func TestRetriesOfSlackAreTheSameEvent(t *testing.T) {
	t.Parallel()
	const body = `{"type":"event_callback","api_app_id":"A1","team_id":"T1","event_id":"Ev1","event":{"type":"app_mention"}}`
	s, _ := signature.Find("slack")
	ids := map[string]bool{}
	for retry, when := range []time.Time{at, at.Add(time.Minute), at.Add(6 * time.Minute)} {
		header, err := s.Sign(sender, "", when, []byte(body))
		if err != nil {
			t.Fatal(err)
		}
		if retry > 0 {
			header.Set("X-Slack-Retry-Num", string(rune('0'+retry)))
		}
		r, err := taken(providers.Slack{}, "", trigger.Hook{Header: header, Body: []byte(body), At: when})
		if err != nil {
			t.Fatal(err)
		}
		ids[r.ID] = true
	}
	if len(ids) != 1 {
		t.Errorf("known as %v", ids)
	}
	other, err := taken(providers.Slack{}, "", sent(t, "slack", strings.Replace(body, "A1", "A2", 1)))
	if err != nil || ids[other.ID] {
		t.Errorf("the same id of another app is the same event: %q, %v", other.ID, err)
	}
}

func TestJiraFieldsAreVariables(t *testing.T) {
	t.Parallel()
	r, err := taken(providers.Jira{}, "", sent(t, "atlassian", `{"webhookEvent":"e","issue":{"key":"OPS-7"},"timestamp":1700000000000}`))
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]any{"webhookEvent": "e", "issue": map[string]any{"key": "OPS-7"}, "timestamp": int64(1700000000000), "issue_key": "OPS-7"}
	if d := cmp.Diff(trigger.Event{UserVariables: want}, r.Begins); d != "" {
		t.Error(d)
	}
}

func TestPublicKeyOfAWebhookIsNoPassword(t *testing.T) {
	t.Parallel()
	const public = "whpk_11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="
	if err := (providers.Webhook{}).CheckSecret(nil, public); err != nil {
		t.Errorf("a public key is refused: %v", err)
	}
	h := trigger.Hook{Header: http.Header{"X-Trigger-Secret": {public}}, Body: []byte(`{}`), At: at}
	if m, err := (providers.Webhook{}).Verify(json.RawMessage(`{}`), h, []signature.Secret{{Value: public}}); err == nil {
		t.Errorf("whoever knows the public key is believed: %+v", m)
	}
}

func TestPromptsOfTheWebhook(t *testing.T) {
	t.Parallel()
	const body = `{"customer_email":"a@example.com","plan":"pro","note":"{{plan}}","n":2,"tags":["a","<b>"],"trigger":"mine","deep":{"x":null}}`
	for prompt, want := range map[string]string{
		"Process {{customer_email}} on {{plan}}": "Process a@example.com on pro",
		"{{ note }}":                             "{{plan}}",
		"{{n}} {{tags}} {{deep.x}}|{{gone}}|{{deep.gone.further}}": `2 ["a","<b>"] ||`,
		"{{body.plan}} {{payload.plan}}":                           "pro pro",
		"{{trigger.name}} {{trigger.slug}} {{trigger.type}}":       "The hook hook webhook",
		"{{headers.user_agent}} at {{fired_at}}":                   "curl at 2023-11-14T22:13:20Z",
		"{{mine}} {{other}}":                                       "{{mine}} ",
		"{{ not closed } {{}} {{ two words }}":                     "{{ not closed } {{}} {{ two words }}",
		"{{deep}}":                                                 `{"x":null}`,
	} {
		config, _ := json.Marshal(map[string]any{"agent_prompt": prompt, "trigger_variables": []string{"mine"}})
		r, err := taken(providers.Webhook{}, string(config), sent(t, "header", body, "User-Agent", "curl"))
		if err != nil || r.Begins.Message != want {
			t.Errorf("%q became %q, %v; want %q", prompt, r.Begins.Message, err, want)
		}
	}
	r, err := taken(providers.Webhook{}, `{"agent_prompt":"{{payload}}"}`, sent(t, "header", `{"é":"<&>"}`))
	if err != nil || r.Begins.Message != "{\n  \"é\": \"<&>\"\n}" {
		t.Errorf("the payload is told as %q, %v", r.Begins.Message, err)
	}
	r, err = taken(providers.Webhook{}, `{"agent_prompt":"  "}`, sent(t, "header", `{"a":1}`))
	if err != nil || r.Begins.Message != `Process webhook data: {"a":1}` {
		t.Errorf("without a prompt %q, %v", r.Begins.Message, err)
	}
}

func TestAnyBodyOfTheWebhookIsAnObject(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]any{
		"":          map[string]any{},
		"not json":  map[string]any{},
		"[1,2]":     map[string]any{"payload": []any{int64(1), int64(2)}},
		`"text"`:    map[string]any{"payload": "text"},
		`{"a":"b"}`: map[string]any{"a": "b"},
	} {
		r, err := taken(providers.Webhook{}, "", sent(t, "header", body))
		if d := cmp.Diff(want, r.Payload); err != nil || d != "" {
			t.Errorf("%q: %s, %v", body, d, err)
		}
	}
}

func TestPromptsAreBounded(t *testing.T) {
	t.Parallel()
	registry := trigger.NewRegistry(providers.All()...)
	for prompt, want := range map[string]int{
		strings.Repeat("{{a}}", 1000):  0,
		strings.Repeat("{{a}}", 1001):  1,
		strings.Repeat("a", 65<<10):    1,
		"plain {{ text } and {{a.b.c}": 0,
	} {
		config, _ := json.Marshal(map[string]any{"agent_prompt": prompt})
		if wrong := registry.Check("webhook", config, at); len(wrong) != want {
			t.Errorf("%.20s…: %v", prompt, wrong)
		}
	}
	config, _ := json.Marshal(map[string]any{"agent_prompt": strings.Repeat("{{a}}", 1000)})
	body, _ := json.Marshal(map[string]any{"a": strings.Repeat("x", 2000)})
	if _, err := taken(providers.Webhook{}, string(config), sent(t, "header", string(body))); !errors.Is(err, fault.PayloadTooLarge) {
		t.Errorf("a prompt of 2 MB: %v", err)
	}
}

// What curl sends when nobody tells it the type, as the example of onset sign.
func TestGitHubsJSONIsReadThoughItIsCalledAForm(t *testing.T) {
	t.Parallel()
	const body = "\n{\"action\":\"opened\"}"
	r, err := taken(providers.GitHub{}, "", sent(t, "github", body, "Content-Type", "application/x-www-form-urlencoded", "X-GitHub-Event", "issues"))
	if err != nil || r.Event != "issues.opened" {
		t.Errorf("%+v, %v", r, err)
	}
}

func TestBodiesThatAKindCannotReadAreRefused(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		kind   trigger.Hooked
		scheme string
		body   string
		header []string
		want   fault.Code
	}{
		"jira: a list":         {providers.Jira{}, "atlassian", `[]`, nil, fault.CodeInvalid},
		"jira: no JSON":        {providers.Jira{}, "atlassian", `x`, nil, fault.BadJSON},
		"github: an image":     {providers.GitHub{}, "github", `{}`, []string{"Content-Type", "image/png"}, fault.UnsupportedMediaType},
		"github: a bad form":   {providers.GitHub{}, "github", `%zz`, []string{"Content-Type", "application/x-www-form-urlencoded"}, fault.BadJSON},
		"github: an empty one": {providers.GitHub{}, "github", ``, []string{"Content-Type", "application/x-www-form-urlencoded"}, fault.BadJSON},
		"slack: no command":    {providers.Slack{}, "slack", `a=b`, nil, fault.CodeInvalid},
		"stripe: no JSON":      {providers.Stripe{}, "stripe", `{"id":`, nil, fault.BadJSON},
	} {
		if _, err := taken(c.kind, "", sent(t, c.scheme, c.body, c.header...)); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %s", name, err, c.want)
		}
	}
}

// Bodies of strangers, truly signed, through every kind: nothing fails, and
// what is read can be stored.
func FuzzSignedBodiesOfStrangers(f *testing.F) {
	for _, body := range []string{
		`{"action":"opened","issue":{"number":1e400}}`, `payload={"type":"view_submission"}&a=%zz`, `{"event":{"type":{}},"type":"event_callback"}`,
		"command=\x00&text=\xff", `[[[[[[[[[[`, `{"a":"\ud800"}`, `{"issue":{"key":"\u0000"}}`, "\xef\xbb\xbf{}", `{"data":{"object":null},"id":5}`,
	} {
		f.Add(body, "application/json", `{"agent_prompt":"{{payload}} {{a.b}}","filters":{"a.b":1}}`)
		f.Add(body, "application/x-www-form-urlencoded", `{"events":["a.*"]}`)
	}
	registry := trigger.NewRegistry(providers.All()...)
	f.Fuzz(func(t *testing.T, body, contentType, config string) {
		for _, p := range providers.All() {
			hooked, ok := p.(trigger.Hooked)
			if !ok || !json.Valid([]byte(config)) || len(registry.Check(p.Kind(), json.RawMessage(config), at)) > 0 {
				continue
			}
			r, err := taken(hooked, config, sent(t, schemes[p.Kind()], body, "Content-Type", contentType, "X-GitHub-Event", "issues"))
			if err != nil {
				if c := fault.Of(err).Code; c == fault.Internal {
					t.Errorf("%s: %v is nobody's fault but ours", p.Kind(), err)
				}
				continue
			}
			if text, err := json.Marshal(r.Payload); err != nil || strings.Contains(string(text), `\u0000`) {
				t.Errorf("%s: a payload that cannot be stored: %v", p.Kind(), err)
			}
		}
	})
}
