package kinds_test

import (
	"encoding/json"
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// The reader of a step sees what was sent, and of a secret not even one that is
// too short to be searched for.
func TestToolShowsWhatItSendsWithoutItsSecrets(t *testing.T) {
	t.Parallel()
	b := toolBench(t, `{"http":{"method":"POST","url":"{{ env.API }}/a/{{ vars.n }}","query":{"pin":"{{ secrets.PIN }}"},
		"headers":{"Authorization":"Bearer {{ secrets.PIN }}"},"json":{"pin":"{{ secrets.PIN }}","n":"{{ vars.n }}"}}}`,
		func(http.ResponseWriter, *http.Request) {})
	if _, err := b.Run(t.Context(), "n"); err != nil {
		t.Fatal(err)
	}
	shown := b.Inputs[0].(map[string]any)
	want := map[string]any{
		"method": "POST", "url": b.Scope["env"].(map[string]any)["API"].(string) + "/a/7?pin=%5Bsecret%5D",
		"headers": map[string]string{"Authorization": "Bearer [secret]"},
	}
	if got := string(shown["json"].(json.RawMessage)); got != `{"n":7,"pin":"[secret]"}` {
		t.Errorf("the body is %s", got)
	}
	delete(shown, "json")
	if d := cmp.Diff(want, shown); d != "" {
		t.Error(d)
	}
}
