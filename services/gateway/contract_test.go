package gateway

import (
	"bytes"
	"encoding/json"
	"fmt"
	"mime"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// contract is the published document as a judge of what goes over the wire. Of
// answers it is stricter than the document: it takes no field that is not there.
type contract struct {
	mu         sync.Mutex
	compiler   *jsonschema.Compiler
	compiled   map[string]*jsonschema.Schema
	operations []promised
}

// promised is one operation.
type promised struct {
	method   string
	path     string
	segments []string
	// at is where it stands in the document, as a JSON pointer.
	at     string
	spoken operation
}

type operation struct {
	Parameters []struct {
		Ref  string `json:"$ref"`
		Name string
		In   string
	}
	RequestBody *struct {
		Required bool
		Content  map[string]any
	}
	Responses map[string]struct {
		Description string
		Content     map[string]any
	}
}

// exchange is one request with its answer.
type exchange struct {
	method, path string
	query        []string
	sent         string
	status       int
	header       http.Header
	body         string
}

// published is the contract of this gateway.
var published = sync.OnceValues(func() (*contract, error) {
	document, err := Document()
	if err != nil {
		return nil, err
	}
	return contractOf(document)
})

const document = "onset:openapi"

func contractOf(text []byte) (*contract, error) {
	tree, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		return nil, err
	}
	for name, schema := range tree.(map[string]any)["components"].(map[string]any)["schemas"].(map[string]any) {
		if !strings.HasSuffix(name, "Wanted") {
			closeObject(schema.(map[string]any))
		}
	}
	c := &contract{compiler: jsonschema.NewCompiler(), compiled: map[string]*jsonschema.Schema{}}
	c.compiler.AssertFormat()
	if err := c.compiler.AddResource(document, tree); err != nil {
		return nil, err
	}
	var read struct {
		Paths map[string]map[string]operation
	}
	if err := json.Unmarshal(text, &read); err != nil {
		return nil, err
	}
	for path, methods := range read.Paths {
		for method, o := range methods {
			c.operations = append(c.operations, promised{
				method: strings.ToUpper(method), path: path, segments: strings.Split(path, "/"), spoken: o,
				at: "/paths/" + escaped(path) + "/" + method,
			})
		}
	}
	// Where a word and a parameter both fit, the word is meant.
	slices.SortFunc(c.operations, func(a, b promised) int {
		return strings.Count(a.path, "{") - strings.Count(b.path, "{")
	})
	return c, nil
}

func closeObject(schema map[string]any) {
	if _, said := schema["additionalProperties"]; !said && schema["properties"] != nil {
		schema["additionalProperties"] = false
	}
}

func escaped(pointer string) string {
	return strings.NewReplacer("~", "~0", "/", "~1").Replace(pointer)
}

// broken says what of an exchange the document does not say. A path that it
// does not have, or with words that are reserved in it, can only be refused.
func (c *contract) broken(e exchange) (wrong []string) {
	p, found := c.find(e.method, e.path)
	switch {
	case e.status == http.StatusMethodNotAllowed:
		return nil
	case !found && e.status < 400:
		return []string{"the document does not know the path"}
	case !found:
		return nil
	}
	said, listed := p.spoken.Responses[strconv.Itoa(e.status)]
	if !listed {
		return []string{fmt.Sprintf("status %d (%s) is not documented: name it in the route's Doc", e.status, e.header.Get("X-Error-Code"))}
	}
	if code := e.header.Get("X-Error-Code"); code != "" && !strings.Contains(said.Description, "`"+code+"`") {
		wrong = append(wrong, fmt.Sprintf("code %s is not documented: name it in the Refuses of the route's Doc", code))
	}
	wrong = append(wrong, c.answer(p, e, len(said.Content) > 0)...)
	if e.status < 300 {
		wrong = append(wrong, c.request(p, e)...)
	}
	return wrong
}

// answer judges the body that was given.
func (c *contract) answer(p promised, e exchange, body bool) []string {
	_, text := p.spoken.Responses[strconv.Itoa(e.status)].Content["text/plain"] // which may be empty
	if !body || e.body == "" {
		if body && !(text && strings.HasPrefix(e.header.Get("Content-Type"), "text/plain")) || e.body != "" {
			return []string{fmt.Sprintf("a body is documented: %t, given: %q", body, e.body)}
		}
		return nil
	}
	kind, _, err := mime.ParseMediaType(e.header.Get("Content-Type"))
	said := p.spoken.Responses[strconv.Itoa(e.status)].Content
	if _, listed := said[kind]; err != nil || !listed && said["text/*"] == nil {
		return []string{fmt.Sprintf("content type %q is not documented", e.header.Get("Content-Type"))}
	}
	at := p.at + "/responses/" + strconv.Itoa(e.status) + "/content/" + escaped(kind)
	switch kind {
	case "application/json", "application/problem+json":
		return c.judge(at+"/schema", e.body)
	case "text/event-stream":
		var wrong []string
		for line := range strings.Lines(e.body) {
			if data, is := strings.CutPrefix(line, "data: "); is {
				wrong = append(wrong, c.judge(at+"/x-event", data)...)
			}
		}
		return wrong
	}
	return nil
}

// request judges what was asked by a request that succeeded.
func (c *contract) request(p promised, e exchange) (wrong []string) {
	switch {
	case e.sent == "" && p.spoken.RequestBody != nil && p.spoken.RequestBody.Required:
		wrong = append(wrong, "the body is documented as required, and was not")
	case strings.TrimSpace(e.sent) == "":
	case p.spoken.RequestBody == nil:
		wrong = append(wrong, "the document has no body")
	case p.spoken.RequestBody.Content["application/json"] != nil:
		wrong = append(wrong, c.judge(p.at+"/requestBody/content/application~1json/schema", e.sent)...)
	}
	for _, name := range e.query {
		if !p.takes("query", name) {
			wrong = append(wrong, fmt.Sprintf("parameter %q is not documented", name))
		}
	}
	if e.header.Get("Idempotent-Replayed") != "" && !p.takes("header", "Idempotency-Key") {
		wrong = append(wrong, "that it hears Idempotency-Key is not documented")
	}
	return wrong
}

func (p promised) takes(in, name string) bool {
	for _, parameter := range p.spoken.Parameters {
		if parameter.In == in && parameter.Name == name || parameter.Ref == "#/components/parameters/"+name {
			return true
		}
	}
	return false
}

// judge holds a document against the schema at a pointer.
func (c *contract) judge(pointer, text string) []string {
	schema, err := c.schema(pointer)
	if err != nil {
		return []string{err.Error()}
	}
	value, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
	if err == nil {
		err = schema.Validate(value)
	}
	if err != nil {
		return []string{err.Error()}
	}
	return nil
}

func (c *contract) schema(pointer string) (*jsonschema.Schema, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if schema, known := c.compiled[pointer]; known {
		return schema, nil
	}
	schema, err := c.compiler.Compile(document + "#" + strings.NewReplacer("{", "%7B", "}", "%7D").Replace(pointer))
	if err == nil {
		c.compiled[pointer] = schema
	}
	return schema, err
}

func (c *contract) find(method, path string) (promised, bool) {
	segments := strings.Split(path, "/")
	for _, p := range c.operations {
		if p.method == method && slices.EqualFunc(p.segments, segments, func(want, got string) bool {
			return want == got || strings.HasPrefix(want, "{") && got != ""
		}) {
			return p, true
		}
	}
	return promised{}, false
}

// kept demands that a reply is what the document says.
func (r *reply) kept(sent *http.Request, body string) {
	r.t.Helper()
	c, err := published()
	must(r.t, err)
	e := exchange{method: sent.Method, path: sent.URL.EscapedPath(), sent: body, status: r.status, header: r.header, body: r.body}
	for name := range sent.URL.Query() {
		e.query = append(e.query, name)
	}
	for _, wrong := range c.broken(e) {
		r.t.Errorf("%s: %d %s\nis not what the OpenAPI document says: %s", r.what, r.status, r.body, wrong)
	}
}

func TestContractReportsWhatTheDocumentDoesNotSay(t *testing.T) {
	t.Parallel()
	c, err := published()
	must(t, err)
	const key = `{"id":"0199a4a5-0000-7000-8000-000000000000","name":"ci","status":"live","handle":"ons_x","last4":"abcd","scopes":["run:read"],"environments":[],` +
		`"created_at":"2026-03-29T07:00:00.000Z","created_by":"me","expires_at":null,"expires_in":null,"revoked_at":null,"last_used_at":null,"replaced_by":null}`
	asJSON, asProblem := http.Header{"Content-Type": {"application/json"}}, http.Header{"Content-Type": {"application/problem+json"}, "X-Error-Code": {"not_found"}}
	const one, all = "/api/v1/workspaces/ws1/keys/ci", "/api/v1/workspaces/ws1/keys"
	const missing = `{"type":"about:blank","title":"Not Found","status":404,"code":"not_found","detail":"x","errors":[],"request_id":"r"}`
	conflict := asProblem.Clone()
	conflict.Set("X-Error-Code", "conflict")
	for name, c2 := range map[string]struct {
		e    exchange
		want bool
	}{
		"as documented":        {exchange{method: "GET", path: one, status: 200, header: asJSON, body: key}, false},
		"as refused":           {exchange{method: "GET", path: one, status: 404, header: asProblem, body: missing}, false},
		"nowhere":              {exchange{method: "GET", path: "/api/v1/nothing", status: 404, header: asProblem, body: missing}, false},
		"an unknown path":      {exchange{method: "GET", path: "/api/v1/nothing", status: 200, header: asJSON, body: key}, true},
		"one field too many":   {exchange{method: "GET", path: one, status: 200, header: asJSON, body: `{"more":1,` + key[1:]}, true},
		"one field too few":    {exchange{method: "GET", path: one, status: 200, header: asJSON, body: strings.Replace(key, `"name":"ci",`, "", 1)}, true},
		"another type":         {exchange{method: "GET", path: one, status: 200, header: asJSON, body: strings.Replace(key, `"ci"`, "7", 1)}, true},
		"null where none is":   {exchange{method: "GET", path: one, status: 200, header: asJSON, body: strings.Replace(key, `"ci"`, "null", 1)}, true},
		"not a time":           {exchange{method: "GET", path: one, status: 200, header: asJSON, body: strings.Replace(key, "2026-03-29T", "soon ", 1)}, true},
		"an unknown word":      {exchange{method: "GET", path: one, status: 200, header: asJSON, body: strings.Replace(key, "run:read", "run:fly", 1)}, true},
		"another status":       {exchange{method: "GET", path: one, status: 202, header: asJSON, body: key}, true},
		"another code":         {exchange{method: "GET", path: one, status: 404, header: conflict, body: missing}, true},
		"another content type": {exchange{method: "GET", path: one, status: 404, header: asJSON, body: missing}, true},
		"a body too many":      {exchange{method: "DELETE", path: one, status: 204, header: asJSON, body: key}, true},
		"no body":              {exchange{method: "GET", path: one, status: 200, header: asJSON}, true},
		"an unknown parameter": {exchange{method: "GET", path: all, query: []string{"color"}, status: 200, header: asJSON, body: `{"items":[],"next_cursor":null}`}, true},
		"an unknown request":   {exchange{method: "POST", path: all, sent: `{"name":"x","color":"red"}`, status: 201, header: asJSON, body: `{"key":"k","warnings":[],` + key[1:]}, true},
		"a request too short":  {exchange{method: "POST", path: all, sent: `{}`, status: 201, header: asJSON, body: `{"key":"k","warnings":[],` + key[1:]}, true},
		"a known request":      {exchange{method: "POST", path: all, sent: `{"name":"x"}`, status: 201, header: asJSON, body: `{"key":"k","warnings":[],` + key[1:]}, false},
	} {
		if wrong := c.broken(c2.e); (len(wrong) > 0) != c2.want {
			t.Errorf("%s: reported %q", name, wrong)
		}
	}
}
