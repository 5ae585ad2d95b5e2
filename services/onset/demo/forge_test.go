package demo

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// visit asks a place with a token.
func visit(t *testing.T, place http.Handler, method, path, body string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), method, path, strings.NewReader(body))
	r.Header.Set("Authorization", "Bearer any")
	w := httptest.NewRecorder()
	place.ServeHTTP(w, r)
	return w
}

func places(t *testing.T) http.Handler {
	t.Helper()
	p, err := Places(t.TempDir(), time.Now)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestForgeRefusesWhatGitHubRefuses(t *testing.T) {
	t.Parallel()
	p := places(t)
	const reviews = forgeRepo + "/pulls/412/reviews"
	remark := func(path string, line int) string {
		return fmt.Sprintf(`{"event":"COMMENT","body":"b","comments":[{"path":%q,"line":%d,"side":"RIGHT","body":"b"}]}`, path, line)
	}
	for _, c := range []struct {
		method, path, body string
		status             int
		says               string
	}{
		{"GET", forgeRepo + "/pulls/412/files", "", 200, "capture.py"},
		{"GET", forgeRepo + "/contents/checkout%2Fcapture.py?ref=x", "", 200, "ATTEMPTS"},
		{"GET", forgeRepo + "/contents/nothing", "", 404, "Not Found"},
		{"GET", forgeRepo + "/pulls/1/files", "", 404, "Not Found"},
		{"GET", "/repos/somebody/else/pulls/412/files", "", 404, "Not Found"},
		{"POST", reviews, `{"event":"APPROVE"}`, 200, "APPROVED"},
		{"POST", reviews, remark("checkout/capture.py", 20), 200, "COMMENTED"},
		{"POST", reviews, remark("checkout/capture.py", 8), 422, "Line could not be resolved"},
		{"POST", reviews, remark("checkout/refund.py", 20), 422, "Path could not be resolved"},
		{"POST", reviews, `{"event":"COMMENT"}`, 422, "Body can't be blank"},
		{"POST", reviews, `{"event":"MERGE","body":"b"}`, 422, "PullRequestReviewEvent"},
		{"POST", reviews, `{`, 400, "parsing JSON"},
		{"POST", forgeRepo + "/issues/412/comments", `{"body":"why?"}`, 201, "issuecomment"},
		{"POST", forgeRepo + "/issues/412/comments", `{}`, 422, "blank"},
	} {
		if w := visit(t, p, c.method, c.path, c.body); w.Code != c.status || !strings.Contains(w.Body.String(), c.says) {
			t.Errorf("%s %s %s: %d %s, want %d %s", c.method, c.path, c.body, w.Code, w.Body, c.status, c.says)
		}
	}
	for _, path := range []string{forgeRepo + "/pulls/412/files", forgeRepo + "/contents/CHANGELOG.md"} {
		w := httptest.NewRecorder()
		p.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, nil))
		if w.Code != http.StatusUnauthorized {
			t.Errorf("%s without a token: %d", path, w.Code)
		}
	}
}

func TestPatchShowsItsNewLines(t *testing.T) {
	t.Parallel()
	patch := "@@ -1,2 +1,3 @@ def f():\n a\n+b\n c\n@@ -9 +10,2 @@\n-x\n+y\n+z"
	if diff := cmp.Diff([]int{1, 2, 3, 10, 11}, shown(patch)); diff != "" {
		t.Error(diff)
	}
}

// What the files of a pull request say of themselves must be true, or a reader
// of the sample learns something wrong.
func TestForgeCountsItsLines(t *testing.T) {
	t.Parallel()
	f, err := newForge(time.Now)
	if err != nil {
		t.Fatal(err)
	}
	for number, files := range f.pulls {
		for _, file := range files {
			text := strings.Split(f.contents[file.Filename], "\n")
			lines := shown(file.Patch)
			i, added := 0, 0
			for line := range strings.Lines(file.Patch) {
				if strings.HasPrefix(line, "@@") || strings.HasPrefix(line, "-") {
					continue
				}
				if strings.HasPrefix(line, "+") {
					added++
				}
				if got := strings.TrimRight(line[1:], "\n"); lines[i] > len(text) || text[lines[i]-1] != got {
					t.Errorf("#%s %s: line %d is not %q", number, file.Filename, lines[i], got)
				}
				i++
			}
			if added != file.Additions || file.Changes != file.Additions+file.Deletions || !slices.IsSorted(lines) {
				t.Errorf("#%s %s: %d lines are added, it says %+v", number, file.Filename, added, file)
			}
		}
	}
}
