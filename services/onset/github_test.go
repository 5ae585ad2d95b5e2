package main

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
)

// github behaves as GitHub does where a graph comments on issues: it keeps
// comments, and reports each issue and each comment to the webhook of its
// repository, signed, with the person behind it.
type github struct {
	t     *testing.T
	url   string
	token string

	mu sync.Mutex
	// hooks are where each repository reports to.
	hooks    map[string]hook
	comments map[string][]string // by issue, "acme/shop#12"
	// answers are what each issue's reports were answered, in their order.
	answers map[string][]string
	news    chan struct{} // closed when there is another answer
	ids     int
	sending sync.WaitGroup
}

type hook struct{ url, secret string }

// bot is who the token belongs to.
const bot = "acme-helper[bot]"

func newGitHub(t *testing.T) *github {
	g := &github{t: t, token: "ghs_token", hooks: map[string]hook{}, comments: map[string][]string{}, answers: map[string][]string{}, news: make(chan struct{})}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /repos/{owner}/{repo}/issues/{number}/comments", g.comment)
	s := httptest.NewServer(mux)
	t.Cleanup(func() { s.Close(); g.sending.Wait() })
	g.url = s.URL
	return g
}

// opens lets a person open an issue.
func (g *github) opens(repo string, number int) {
	g.report(repo, fmt.Sprint(number), "issues", map[string]any{
		"action": "opened", "issue": issue(number), "sender": user("ada", "User"),
	})
}

func issue(number int) map[string]any {
	return map[string]any{"number": number, "title": "It does not work", "body": "Nothing does.", "state": "open", "user": user("ada", "User")}
}

func user(login, kind string) map[string]any { return map[string]any{"login": login, "type": kind} }

// comment takes a comment and reports it, after the answer.
func (g *github) comment(w http.ResponseWriter, r *http.Request) {
	repo, number := r.PathValue("owner")+"/"+r.PathValue("repo"), r.PathValue("number")
	if r.Header.Get("Authorization") != "Bearer "+g.token {
		http.Error(w, `{"message":"Bad credentials"}`, http.StatusUnauthorized)
		return
	}
	var said struct{ Body string }
	if err := json.NewDecoder(r.Body).Decode(&said); err != nil || said.Body == "" {
		http.Error(w, `{"message":"Validation Failed"}`, http.StatusUnprocessableEntity)
		return
	}
	g.mu.Lock()
	g.ids++
	id := g.ids
	g.comments[repo+"#"+number] = append(g.comments[repo+"#"+number], said.Body)
	g.mu.Unlock()
	var n int
	_, _ = fmt.Sscan(number, &n)
	made := map[string]any{"id": id, "body": said.Body, "user": user(bot, "Bot"), "html_url": fmt.Sprintf("%s/%s/issues/%s#issuecomment-%d", g.url, repo, number, id)}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(http.StatusCreated)
	_ = json.NewEncoder(w).Encode(made)
	g.sending.Add(1)
	go func() {
		defer g.sending.Done()
		g.report(repo, number, "issue_comment", map[string]any{"action": "created", "issue": issue(n), "comment": made, "sender": user(bot, "Bot")})
	}()
}

// report sends a webhook. GitHub does not try again by itself.
func (g *github) report(repo, number, event string, payload map[string]any) {
	owner, name, _ := strings.Cut(repo, "/")
	payload["repository"] = map[string]any{"full_name": repo, "name": name, "owner": user(owner, "Organization")}
	body, err := json.Marshal(payload)
	if err != nil {
		g.t.Error(err)
		return
	}
	g.mu.Lock()
	to := g.hooks[repo]
	g.ids++
	guid := fmt.Sprintf("72d3162e-cc78-11e3-81ab-%012d", g.ids)
	g.mu.Unlock()
	mac := hmac.New(sha256.New, []byte(to.secret))
	mac.Write(body)
	r, err := http.NewRequest(http.MethodPost, to.url, bytes.NewReader(body))
	if err != nil {
		g.t.Error(err)
		return
	}
	for name, value := range map[string]string{
		"Content-Type": "application/json", "User-Agent": "GitHub-Hookshot/044aadd", "X-GitHub-Event": event, "X-GitHub-Delivery": guid,
		"X-Hub-Signature-256": "sha256=" + hex.EncodeToString(mac.Sum(nil)),
	} {
		r.Header.Set(name, value)
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return // the test is over
	}
	defer func() { _ = answer.Body.Close() }()
	text, _ := io.ReadAll(answer.Body)
	g.mu.Lock()
	defer g.mu.Unlock()
	g.answers[repo+"#"+number] = append(g.answers[repo+"#"+number], fmt.Sprintf("%d %s", answer.StatusCode, text))
	close(g.news)
	g.news = make(chan struct{})
}

// told are the answers to the reports about an issue, and its comments; more is
// closed when there is another answer.
func (g *github) told(issue string) (answers, comments []string, more <-chan struct{}) {
	g.mu.Lock()
	defer g.mu.Unlock()
	return slices.Clone(g.answers[issue]), slices.Clone(g.comments[issue]), g.news
}
