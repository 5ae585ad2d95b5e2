package gateway

import (
	"bytes"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
)

func TestDocumentIsValidOpenAPI(t *testing.T) {
	t.Parallel()
	text, err := Document()
	must(t, err)
	valid := func(text []byte) error {
		document, err := openapi3.NewLoader().LoadFromData(text)
		if err != nil {
			return err
		}
		return document.Validate(t.Context())
	}
	if err := valid(text); err != nil {
		t.Error(err)
	}
	for old, fresh := range map[string]string{
		`"#/components/schemas/Run"`:    `"#/components/schemas/Ran"`,
		`"operationId": "getKey"`:       `"operationId": "listKeys"`,
		`"type": "integer"`:             `"type": "whole"`,
		`"in": "path"`:                  `"in": "nowhere"`,
		`"description": "Not Found: `:   `"descriptions": "Not Found: `,
		`"/api/v1/workspaces/{works`:    `"api/v1/workspaces/{works`,
		`"name": "environment",`:        `"name": "environments",`,
		`"responses": {`:                `"answers": {`,
		`"minimum": 1`:                  `"minimum": "1"`,
		`"required": true,`:             `"required": "yes",`,
		`"additionalProperties": false`: `"additionalProperties": 0`,
	} {
		if broken := strings.Replace(string(text), old, fresh, 1); broken == string(text) || valid([]byte(broken)) == nil {
			t.Errorf("a document with %s is taken for valid", fresh)
		}
	}
}

func TestCommittedDocumentIsTheOneThatIsServed(t *testing.T) {
	t.Parallel()
	served, err := Document()
	must(t, err)
	committed, err := os.ReadFile(filepath.Join("..", "..", "proto", "openapi", "onset.json"))
	must(t, err)
	if !bytes.Equal(served, committed) {
		t.Error("proto/openapi/onset.json is not what the routes say: run make openapi and commit what it writes")
	}
}

func TestDocumentIsOpenToEverybodyAndKept(t *testing.T) {
	t.Parallel()
	g, _, _ := onSQLite(t)
	const path = "/api/v1/openapi.json"
	plain := g.do(http.MethodGet, path, "", header("Accept-Encoding", "identity")).is(http.StatusOK)
	packed := g.do(http.MethodGet, path, "").is(http.StatusOK) // the client unpacks it
	want, err := Document()
	must(t, err)
	for _, got := range []*reply{plain, packed} {
		if got.body+"\n" != string(want) || !strings.Contains(got.header.Get("Cache-Control"), "max-age=") {
			t.Errorf("%v: %d bytes, want %d", got.header, len(got.body), len(want))
		}
		tag := got.header.Get("ETag")
		if strings.HasPrefix(tag, "W/") || tag == "" {
			t.Errorf("ETag %q is not strong", tag)
		}
	}
	if plain.header.Get("ETag") == packed.header.Get("ETag") {
		t.Error("two encodings bear one strong tag")
	}
	g.do(http.MethodGet, path, "", header("Accept-Encoding", "identity"), header("If-None-Match", plain.header.Get("ETag"))).says(http.StatusNotModified, "")
	g.do(http.MethodGet, path, "", header("If-None-Match", `"other"`)).is(http.StatusOK)
	g.do(http.MethodPost, path, "{}").refused(http.StatusMethodNotAllowed, "method_not_allowed")
}

// elsewhere finds what a page loads from another host.
var elsewhere = regexp.MustCompile(`(src|href|@import|url)\s*[=(]?\s*["'(]?\s*(https?:)?//`)

func TestDocsPageAsksNoOtherHost(t *testing.T) {
	t.Parallel()
	g, _, _ := onSQLite(t)
	page := g.do(http.MethodGet, "/docs", "").is(http.StatusOK)
	if policy := page.header.Get("Content-Security-Policy"); !strings.HasPrefix(policy, "default-src 'self'") || strings.Contains(policy, "http") {
		t.Errorf("policy %q", policy)
	}
	files := regexp.MustCompile(`(?:src|href)="(/[^"]+)"`).FindAllStringSubmatch(page.body, -1)
	if len(files) != 3 || elsewhere.MatchString(page.body) {
		t.Errorf("it loads %q", files)
	}
	for _, file := range files {
		got := g.do(http.MethodGet, file[1], "").is(http.StatusOK)
		if kind := got.header.Get("Content-Type"); !strings.HasPrefix(kind, "text/css") && !strings.HasPrefix(kind, "text/javascript") {
			t.Errorf("%s is %s", file[1], kind)
		}
		if strings.HasSuffix(file[1], ".css") && elsewhere.MatchString(got.body) {
			t.Errorf("%s loads %q", file[1], elsewhere.FindString(got.body))
		}
	}
	g.do(http.MethodGet, "/docs/none.js", "").refused(http.StatusNotFound, "not_found")
	g.do(http.MethodGet, "/docs/..%2fpage.html", "").refused(http.StatusNotFound, "not_found")
	for _, text := range []string{`<script src="https://cdn.example/x.js">`, `<link href='//cdn.example'>`, `@import "http://cdn.example"`, `url(https://cdn.example)`} {
		if !elsewhere.MatchString(text) {
			t.Errorf("%s passes for ours", text)
		}
	}
}
