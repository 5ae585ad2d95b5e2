package reach

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/onsethq/onset/pkg/client"
)

// answering is a server that gives every caller the same answer, and counts the
// calls that came whole.
func answering(t *testing.T, status int, after, body string) (calls *client.Client, asked *int) {
	t.Helper()
	asked = new(int)
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		sent, err := io.ReadAll(r.Body)
		if err == nil && (r.Method == http.MethodGet || strings.Contains(string(sent), "hello")) && r.Header.Get("Authorization") == "Bearer the-key" {
			*asked++
		}
		w.Header().Set("Retry-After", after)
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}))
	t.Cleanup(srv.Close)
	calls, err := Server(srv.URL, "the-key")
	if err != nil {
		t.Fatal(err)
	}
	return calls, asked
}

func TestServerThatIsAwayIsAskedAgainUnlessThatHarms(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		call func(ctx context.Context, c *client.Client) (*http.Response, error)
		want int
	}{
		"GET": {func(ctx context.Context, c *client.Client) (*http.Response, error) { return c.Whoami(ctx) }, maxTries},
		"PUT": {func(ctx context.Context, c *client.Client) (*http.Response, error) {
			return c.PutVariable(ctx, "ws", "DEV", "X", client.ValueWanted{Value: "hello"})
		}, maxTries},
		"POST": {func(ctx context.Context, c *client.Client) (*http.Response, error) {
			return c.CreateKey(ctx, "ws", client.KeyWanted{Name: "hello"})
		}, 1},
	} {
		calls, asked := answering(t, http.StatusServiceUnavailable, "0", `{"detail":"away"}`)
		_, err := Answer(c.call(t.Context(), calls))
		if err == nil || err.Error() != "away" || *asked != c.want {
			t.Errorf("%s: asked %d times (%v), want %d", name, *asked, err, c.want)
		}
	}
}

func TestWhoLeavesDoesNotAskAgain(t *testing.T) {
	t.Parallel()
	calls, asked := answering(t, http.StatusServiceUnavailable, "3600", `{"detail":"away"}`)
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if _, err := Answer(calls.Whoami(ctx)); !errors.Is(err, context.DeadlineExceeded) || *asked != 1 {
		t.Errorf("asked %d times: %v", *asked, err)
	}
}

func TestServerThatDoesNotAnswerIsExplained(t *testing.T) {
	t.Parallel()
	calls, err := Server("http://127.0.0.1:1", "k")
	if err != nil {
		t.Fatal(err)
	}
	_, err = Answer(calls.Whoami(t.Context()))
	if err == nil || !strings.HasPrefix(err.Error(), "no answer from http://127.0.0.1:1 (") || !strings.Contains(err.Error(), "start the server with") {
		t.Error(err)
	}
}

func TestAnswersAreGivenAsTheyCame(t *testing.T) {
	t.Parallel()
	const body = `{"n":9007199254740993}`
	calls, _ := answering(t, http.StatusOK, "", body)
	if got, err := Answer(calls.Whoami(t.Context())); err != nil || string(got) != body {
		t.Errorf("%s, %v", got, err)
	}
}
