package kinds_test

import (
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestTheReaderSeesWhatSomebodyElseIsAskedWithoutItsSecrets(t *testing.T) {
	t.Parallel()
	for kind, config := range map[string]string{
		"mcp":    `{"server":{"url":"{{ env.API }}/{{ secrets.PIN }}"},"tool":"say","arguments":{"text":"{{ vars.n }}","pin":"{{ secrets.PIN }}"}}`,
		"remote": `{"runtime":{"url":"{{ env.API }}/{{ secrets.PIN }}"},"node":"say","arguments":{"text":"{{ vars.n }}","pin":"{{ secrets.PIN }}"}}`,
	} {
		b := foreign(t, kind, config, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNotFound) })
		b.Secrets = map[string]string{"PIN": "1234"}
		_, _ = b.Run(t.Context(), "n")
		want := map[string]any{
			"url":       b.Scope["env"].(map[string]any)["API"].(string) + "/%5Bsecret%5D",
			"arguments": map[string]any{"text": int64(7), "pin": "[secret]"},
			map[string]string{"mcp": "tool", "remote": "node"}[kind]: "say",
		}
		if len(b.Inputs) != 1 {
			t.Fatalf("%s: the reader saw %v", kind, b.Inputs)
		}
		if d := cmp.Diff(want, b.Inputs[0]); d != "" {
			t.Errorf("%s: %s", kind, d)
		}
	}
}
