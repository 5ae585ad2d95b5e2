package main

import (
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
)

const hooked = `
workspaces:
  - name: demo
    graphs: [{file: greet.yaml, assign: [DEV]}]
    triggers:
      - {name: issues, kind: jira, graph: greet, environments: [DEV], secret: {from_env: JIRA_SECRET}}
      - {name: payments, kind: stripe, graph: greet, environments: [DEV], secret: {from_env: STRIPE_SECRET}}
`

// A manifest declares the secret of a webhook, what onset sign signs with it is
// taken, and applying again changes nothing.
func TestDeclaredSecretTakesWhatIsSignedWithIt(t *testing.T) {
	t.Parallel()
	p := install(t)
	p.start(t)
	p.ready(t)
	file, body := filepath.Join(p.folder, "hooked.yaml"), filepath.Join(p.folder, "paid.json")
	write(t, file, hooked)
	write(t, filepath.Join(p.folder, "greet.yaml"), strings.ReplaceAll(greet, "{{ env.GREETING }}", "hi"))
	write(t, body, `{"id":"evt_1","type":"invoice.paid"}`)
	secrets := []string{"JIRA_SECRET=jira-secret-123", "STRIPE_SECRET=whsec_0123456789abcdef"}
	for round, want := range []string{"set secret of trigger payments", "", "set secret of trigger payments"} {
		if round == 2 {
			secrets[1] = "STRIPE_SECRET=whsec_another-one-altogether"
		}
		out, complaints, err := p.runIn(t, secrets, "apply", "-f", file)
		if err != nil || (want == "") != !strings.Contains(out, "set secret") || !strings.Contains(out, want) {
			t.Errorf("round %d: %v, said %q, complained %q", round, err, out, complaints)
		}
	}
	lines, complaints, err := p.runIn(t, secrets, "sign", "--scheme", "stripe", "--secret-env", "STRIPE_SECRET", "--body", body)
	if err != nil {
		t.Fatalf("%v: %s", err, complaints)
	}
	url := p.webhook(t, "payments")
	for _, want := range []int{http.StatusAccepted, http.StatusOK} { // the second is the same delivery
		if got, text := post(t, url, lines, `{"id":"evt_1","type":"invoice.paid"}`); got != want {
			t.Errorf("answered %d %s, want %d", got, text, want)
		}
	}
	if got, text := post(t, url, lines, `{"id":"evt_2","type":"invoice.paid"}`); got != http.StatusUnauthorized {
		t.Errorf("another body is answered %d %s", got, text)
	}
}

// post sends a body with headers that stand on lines.
func post(t *testing.T, url, lines, body string) (int, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(lines) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), ": ")
		r.Header.Set(name, value)
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer.StatusCode, string(text)
}
