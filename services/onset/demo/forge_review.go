package demo

import (
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// review is what the forge keeps and answers.
type review struct {
	ID          json.Number   `json:"id"`
	User        account       `json:"user"`
	Body        string        `json:"body"`
	State       string        `json:"state"`
	HTMLURL     string        `json:"html_url"`
	CommitID    string        `json:"commit_id"`
	SubmittedAt string        `json:"submitted_at"`
	Comments    []lineComment `json:"-"`
}

type account struct {
	Login string `json:"login"`
	Type  string `json:"type"`
}

// lineComment is one remark of a review, at a line of the new text.
type lineComment struct {
	Path string `json:"path"`
	Line int    `json:"line"`
	Side string `json:"side"`
	Body string `json:"body"`
}

// comment is a remark on the pull request as a whole.
type comment struct {
	ID        json.Number `json:"id"`
	User      account     `json:"user"`
	Body      string      `json:"body"`
	HTMLURL   string      `json:"html_url"`
	CreatedAt string      `json:"created_at"`
}

var reviewer = account{Login: "review-bot[bot]", Type: "Bot"}

// states are what the events of a review make of it.
var states = map[string]string{"": "PENDING", "APPROVE": "APPROVED", "REQUEST_CHANGES": "CHANGES_REQUESTED", "COMMENT": "COMMENTED"}

func (f *forge) review(w http.ResponseWriter, r *http.Request) {
	var asked struct {
		CommitID string        `json:"commit_id"`
		Event    string        `json:"event"`
		Body     string        `json:"body"`
		Comments []lineComment `json:"comments"`
	}
	if json.NewDecoder(http.MaxBytesReader(w, r.Body, 256<<10)).Decode(&asked) != nil {
		f.refuse(w, http.StatusBadRequest, "Problems parsing JSON")
		return
	}
	number := r.PathValue("number")
	state, ok := states[asked.Event]
	switch {
	case !ok:
		f.refuse(w, http.StatusUnprocessableEntity, "Unprocessable Entity", "Variable $event of type PullRequestReviewEvent was provided invalid value")
		return
	case asked.Body == "" && (asked.Event == "REQUEST_CHANGES" || asked.Event == "COMMENT"):
		f.refuse(w, http.StatusUnprocessableEntity, "Unprocessable Entity", "Body can't be blank")
		return
	}
	for _, c := range asked.Comments {
		if problem := f.unresolved(number, c); problem != "" {
			f.refuse(w, http.StatusUnprocessableEntity, "Unprocessable Entity", problem)
			return
		}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	id := f.id(number)
	done := review{
		ID: json.Number(id), User: reviewer, Body: asked.Body, State: state, CommitID: asked.CommitID, Comments: asked.Comments,
		HTMLURL: fmt.Sprintf("%s/pull/%s#pullrequestreview-%s", forgePage, number, id), SubmittedAt: f.stamp(),
	}
	f.reviews[number] = append(f.reviews[number], done)
	answer(w, http.StatusOK, done)
}

// unresolved says why a remark has no place in the pull request.
func (f *forge) unresolved(number string, c lineComment) string {
	i := slices.IndexFunc(f.pulls[number], func(file changedFile) bool { return file.Filename == c.Path })
	switch {
	case i < 0:
		return "Path could not be resolved"
	case c.Body == "":
		return "Body can't be blank"
	case !slices.Contains(shown(f.pulls[number][i].Patch), c.Line):
		return "Line could not be resolved"
	}
	return ""
}

// hunk is the line that begins a part of a patch.
var hunk = regexp.MustCompile(`^@@ -\d+(?:,\d+)? \+(\d+)(?:,\d+)? @@`)

// shown are the numbers of the new text's lines that a patch shows.
func shown(patch string) (lines []int) {
	next := 0
	for line := range strings.Lines(patch) {
		if m := hunk.FindStringSubmatch(line); m != nil {
			next, _ = strconv.Atoi(m[1]) // the expression lets only digits through
			continue
		}
		if !strings.HasPrefix(line, "-") {
			lines = append(lines, next)
			next++
		}
	}
	return lines
}

func (f *forge) listReviews(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	all := append([]review{}, f.reviews[r.PathValue("number")]...)
	f.mu.Unlock()
	answer(w, http.StatusOK, all)
}

// listFindings are the remarks of all reviews, as GitHub lists them.
func (f *forge) listFindings(w http.ResponseWriter, r *http.Request) {
	type finding struct {
		Review json.Number `json:"pull_request_review_id"`
		lineComment
	}
	all := []finding{}
	f.mu.Lock()
	for _, rev := range f.reviews[r.PathValue("number")] {
		for _, c := range rev.Comments {
			all = append(all, finding{rev.ID, c})
		}
	}
	f.mu.Unlock()
	answer(w, http.StatusOK, all)
}

func (f *forge) comment(w http.ResponseWriter, r *http.Request) {
	var asked struct {
		Body string `json:"body"`
	}
	if json.NewDecoder(http.MaxBytesReader(w, r.Body, 256<<10)).Decode(&asked) != nil || asked.Body == "" {
		f.refuse(w, http.StatusUnprocessableEntity, "Validation Failed", "body can't be blank")
		return
	}
	number := r.PathValue("number")
	f.mu.Lock()
	defer f.mu.Unlock()
	id := f.id(number)
	done := comment{
		ID: json.Number(id), User: reviewer, Body: asked.Body, CreatedAt: f.stamp(),
		HTMLURL: fmt.Sprintf("%s/pull/%s#issuecomment-%s", forgePage, number, id),
	}
	f.comments[number] = append(f.comments[number], done)
	answer(w, http.StatusCreated, done)
}

func (f *forge) listComments(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	all := append([]comment{}, f.comments[r.PathValue("number")]...)
	f.mu.Unlock()
	answer(w, http.StatusOK, all)
}

func (f *forge) stamp() string { return f.now().UTC().Format("2006-01-02T15:04:05Z") }
