package openapi

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/onsethq/onset/services/gateway/internal/api"
)

const asJSON = "application/json"

func (m *maker) operation(s api.Surface, r api.Route) (*Operation, error) {
	if err := m.complete(r); err != nil {
		return nil, err
	}
	d := r.Doc
	tag := tagOf(s, r)
	m.tags[tag] = true
	op := &Operation{
		OperationID: d.ID, Tags: []string{tag}, Summary: d.Summary, Description: describe(r), Scope: string(r.Needs),
		Parameters: m.parametersOf(r), Responses: map[string]*Response{},
	}
	if r.Open {
		op.Security = &[]map[string][]string{}
	}
	if d.Takes != nil {
		op.RequestBody = &Body{!d.Optional, map[string]Media{asJSON: {Schema: m.schemas.wanted(d)}}}
	}
	if r.Form {
		op.RequestBody = &Body{true, map[string]Media{"application/x-www-form-urlencoded": {Schema: Schema{"type": "object"}}}}
	}
	if r.Hook {
		op.RequestBody = &Body{false, map[string]Media{"*/*": {Schema: Schema{"description": "Whatever the sender sends: JSON, a form or text."}}}}
	}
	for status, body := range d.Gives {
		op.Responses[strconv.Itoa(status)] = m.answer(r, status, body)
	}
	if ok := op.Responses[strconv.Itoa(http.StatusOK)]; r.Hook && ok != nil {
		ok.Content = saidBeside(ok.Content)
	}
	m.refusals(s, r, op.Responses)
	return op, nil
}

func describe(r api.Route) string {
	var parts []string
	if r.Doc.Detail != "" {
		parts = append(parts, r.Doc.Detail)
	}
	if r.Needs != "" {
		parts = append(parts, fmt.Sprintf("Needs a key with the scope `%s`.", r.Needs))
	}
	return strings.Join(parts, "\n\n")
}

func (m *maker) parametersOf(r api.Route) (all []Parameter) {
	for _, name := range params(r.Path) {
		all = append(all, Parameter{Name: name, In: "path", Required: true, Description: pathParams[name], Schema: Schema{"type": "string"}})
	}
	if r.Doc.Query != nil {
		all = append(all, m.schemas.query(r.Doc.Query)...)
	}
	for _, h := range r.Doc.Hears {
		all = append(all, Parameter{Ref: "#/components/parameters/" + string(h)})
	}
	return all
}

// answer is what a route gives with a status.
func (m *maker) answer(r api.Route, status int, body any) *Response {
	a := &Response{Description: http.StatusText(status), Headers: map[string]any{"X-Request-Id": header("X-Request-Id")}}
	for _, h := range r.Doc.Hears {
		for _, name := range answered[h] {
			a.Headers[name] = header(name)
		}
	}
	switch b := body.(type) {
	case nil:
	case api.File:
		a.Headers["ETag"] = header("ETag")
		a.Content = map[string]Media{b.ContentType: {Schema: fileSchema(b.ContentType)}}
	case api.Page:
		a.Content = map[string]Media{"text/html": {Schema: Schema{"type": "string"}}}
	case api.Stream:
		a.Content = map[string]Media{b.ContentType: {Schema: Schema{"type": "string"}, Event: m.schemas.given(b.Of)}}
	default:
		a.Content = map[string]Media{asJSON: {Schema: m.schemas.given(b)}}
	}
	return a
}

// saidBeside adds to the answers of a webhook what its sender waits to hear, in
// words that only the kind of its trigger knows.
func saidBeside(content map[string]Media) map[string]Media {
	said := Schema{"type": "object", "description": "What the sender waits to hear, in its own words."}
	return map[string]Media{
		asJSON:       {Schema: Schema{"anyOf": []any{content[asJSON].Schema, said}}},
		"text/plain": {Schema: Schema{"type": "string"}},
	}
}

func fileSchema(contentType string) Schema {
	if strings.HasPrefix(contentType, asJSON) {
		return Schema{"type": "object"}
	}
	return Schema{"type": "string"}
}

func header(name string) any { return Schema{"$ref": "#/components/headers/" + name} }

// tagOf groups routes by the resource that their path names first. The published
// surfaces are a group each.
func tagOf(s api.Surface, r api.Route) string {
	if s.Name != "native" {
		return title(s.Name)
	}
	var words []string
	for segment := range strings.SplitSeq(strings.TrimPrefix(r.Path, "/api/v1/"), "/") {
		if !strings.HasPrefix(segment, ":") {
			words = append(words, segment)
		}
	}
	if words[0] == "workspaces" && len(words) > 1 {
		words = words[1:]
	}
	if group, named := groups[words[0]]; named {
		return group
	}
	return title(words[0])
}

func title(word string) string {
	word = strings.ReplaceAll(word, "-", " ")
	return strings.ToUpper(word[:1]) + word[1:]
}
