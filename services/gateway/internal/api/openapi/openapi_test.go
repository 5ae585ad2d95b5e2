package openapi

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/onsethq/onset/pkg/fault"
	"github.com/onsethq/onset/services/gateway/internal/api"
)

type thingDocument struct {
	Name  string     `json:"name" doc:"What it is called."`
	Pin   *pin       `json:"pin"`
	Ended *time.Time `json:"ended"`
	inner
}

type inner struct {
	Parts []thingDocument `json:"parts"`
	Extra string          `json:"extra,omitempty"`
}

type thingWanted struct {
	Name string `json:"name" required:"true"`
	Size *int   `json:"size"`
	Pin  *pin   `json:"pin"`
}

// pin is a number or a word.
type pin int

func (pin) Shape() map[string]any { return map[string]any{"type": []string{"integer", "string"}} }

// both is asked for and given in the same shape, uneven is not.
type both struct {
	Name string `json:"name" required:"true"`
	Note string `json:"note,omitempty"`
}

type uneven struct {
	Name string `json:"name"`
}

type trouble struct {
	Code fault.Code `json:"code"`
}

// surface has one route, as it may be changed.
func surface(change func(*api.Route)) api.Surface {
	r := api.Route{
		Method: http.MethodPost, Path: "/api/v1/workspaces/:workspace/keys", Needs: "key:manage",
		Do:  func(context.Context, *api.Call) (int, any, error) { return 0, nil, nil },
		Doc: api.Doc{ID: "createThing", Summary: "Make a thing", Takes: thingWanted{}, Gives: api.Gives{201: thingDocument{}}},
	}
	change(&r)
	return api.Surface{
		Name: "native", Routes: []api.Route{r}, Foreign: fault.NotFound, Refused: trouble{},
		Refuse: func(err error, _ string) api.Refusal {
			return api.Refusal{Status: api.Status(fault.Of(err).Code), ContentType: "application/problem+json"}
		},
	}
}

func same(*api.Route) {}

func TestRouteThatDoesNotExplainItselfIsAnError(t *testing.T) {
	t.Parallel()
	if _, err := Make(surface(same)); err != nil {
		t.Fatal(err)
	}
	for want, change := range map[string]func(*api.Route){
		"no ID":                   func(r *api.Route) { r.Doc.ID = "" },
		"no Summary":              func(r *api.Route) { r.Doc.Summary = "" },
		"does not say what it":    func(r *api.Route) { r.Doc.Gives = nil },
		":color is not explained": func(r *api.Route) { r.Path += "/:color" },
		"no query tag":            func(r *api.Route) { r.Doc.Query = struct{ Color string }{} },
		"chan int has no schema":  func(r *api.Route) { r.Doc.Takes = make(chan int) },
		"a struct without a name": func(r *api.Route) { r.Doc.Takes = struct{ A int }{} },
	} {
		_, err := Make(surface(change))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
	if _, err := Make(surface(same), surface(func(r *api.Route) { r.Path += "/:key" })); err == nil || !strings.Contains(err.Error(), "createThing of POST") {
		t.Errorf("two operations of one name: %v", err)
	}
}

func TestTwoTypesOfOneNameAreAnError(t *testing.T) {
	t.Parallel()
	type Problem struct {
		A string `json:"a"`
	}
	type problem struct {
		B string `json:"b"`
	}
	_, err := Make(surface(func(r *api.Route) { r.Doc.Gives = api.Gives{200: Problem{}, 201: problem{}} }))
	if err == nil || !strings.Contains(err.Error(), "both be called Problem") {
		t.Error(err)
	}
}

func TestSchemasSayWhatTheTypesDo(t *testing.T) {
	t.Parallel()
	document, err := Make(surface(func(r *api.Route) { r.Doc.Gives[200] = uneven{}; r.Doc.Gives[202] = both{} }),
		surface(func(r *api.Route) {
			r.Path, r.Doc.ID, r.Doc.Takes, r.Doc.Ignores = r.Path+"/:key", "put", uneven{}, []string{"id"}
		}),
		surface(func(r *api.Route) { r.Path, r.Doc.ID, r.Doc.Takes = r.Path+"/:key/rotate", "rotate", both{} }))
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"Thing": `{"type":"object","required":["name","pin","ended","parts"],"properties":{
			"name":{"type":"string","description":"What it is called."},"pin":{"type":["integer","string","null"]},"ended":{"type":["string","null"],"format":"date-time"},
			"parts":{"type":"array","items":{"$ref":"#/components/schemas/Thing"}},"extra":{"type":"string"}}}`,
		"ThingWanted": `{"type":"object","required":["name"],"additionalProperties":false,"properties":{
			"name":{"type":"string"},"size":{"type":"integer","format":"int64"},"pin":{"type":["integer","string"]}}}`,
		"Both":         `{"type":"object","required":["name"],"additionalProperties":false,"properties":{"name":{"type":"string"},"note":{"type":"string"}}}`,
		"Uneven":       `{"type":"object","required":["name"],"properties":{"name":{"type":"string"}}}`,
		"UnevenWanted": `{"type":"object","additionalProperties":false,"properties":{"name":{"type":"string"},"id":{"description":"Shown by us; accepted and ignored, so that what was read can be sent back."}}}`,
	} {
		if diff := cmp.Diff(tree(t, want), again(t, document.Components.Schemas[name])); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func TestRefusalsFollowFromWhatARouteDoes(t *testing.T) {
	t.Parallel()
	document, err := Make(surface(func(r *api.Route) {
		r.Doc.Hears, r.Doc.Refuses = []api.Header{api.IfMatch}, []fault.Code{fault.Conflict, fault.NoBuild}
	}))
	if err != nil {
		t.Fatal(err)
	}
	responses := document.Paths["/api/v1/workspaces/{workspace}/keys"]["post"].Responses
	for status, want := range map[string]string{
		"401": "Unauthorized: `unauthenticated`", "403": "Forbidden: `forbidden`", "404": "Not Found: `not_found`",
		"409": "Conflict: `conflict`, `no_build`", "412": "Precondition Failed: `revision_mismatch`",
		"413": "Request Entity Too Large: `payload_too_large`", "422": "Unprocessable Entity: `invalid`, `unknown_field`",
		"429": "Too Many Requests: `rate_limited`", "503": "Service Unavailable: `unavailable`",
	} {
		if got := responses[status]; got == nil || got.Description != want {
			t.Errorf("%s: %v, want %s", status, got, want)
		}
	}
	if responses["429"].Headers["Retry-After"] == nil || responses["201"].Headers["ETag"] == nil || responses["default"] == nil {
		t.Error("headers are missing")
	}
}

func tree(t *testing.T, text string) (v any) {
	t.Helper()
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		t.Fatal(err)
	}
	return v
}

func again(t *testing.T, schema Schema) any {
	t.Helper()
	text, err := json.Marshal(schema)
	if err != nil {
		t.Fatal(err)
	}
	return tree(t, string(text))
}
