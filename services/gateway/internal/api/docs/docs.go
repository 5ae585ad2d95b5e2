// Package docs serves the OpenAPI document and the page that shows it. The page
// and all that it loads are inside the program: nothing is asked of any other
// host.
package docs

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/swaggest/swgui/v5/static"

	"github.com/onsethq/onset/pkg/fault"
	"github.com/onsethq/onset/services/gateway/internal/api"
	"github.com/onsethq/onset/services/gateway/internal/api/openapi"
)

// policy lets the page load what is ours and nothing else. The page's own
// program sets styles, and draws with images that are written into them.
const policy = "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

//go:embed page.html
var page []byte

//go:embed start.js
var start []byte

// packed are the files of swagger-ui, by the names under which they are served.
var packed = map[string]string{
	"swagger-ui.css":       "text/css; charset=utf-8",
	"swagger-ui-bundle.js": "text/javascript; charset=utf-8",
}

// docs is the document and the page's files.
type docs struct {
	document api.File
	page     api.File
	assets   map[string]api.File
}

// Surface serves what is said of the others, and of itself.
func Surface(others ...api.Surface) (api.Surface, error) {
	d := &docs{page: api.NewFile("text/html; charset=utf-8", page)}
	d.page.Policy = policy
	var err error
	if d.assets, err = assets(); err != nil {
		return api.Surface{}, err
	}
	text, err := Document(others...)
	if err != nil {
		return api.Surface{}, err
	}
	d.document = api.NewFile("application/json", text)
	return d.surface(others), nil
}

// Document is the OpenAPI document of the surfaces and of the routes that serve
// it, as readable JSON.
func Document(surfaces ...api.Surface) ([]byte, error) {
	own := (&docs{}).surface(surfaces)
	document, err := openapi.Make(append([]api.Surface{own}, surfaces...)...)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(document); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

// surface says errors as the last of the others does, which is the one that
// answers for everything.
func (d *docs) surface(others []api.Surface) api.Surface {
	last := others[len(others)-1]
	return api.Surface{
		Name: "documentation", Prefixes: []string{"/docs"}, Foreign: last.Foreign, Refuse: last.Refuse, Refused: last.Refused,
		Routes: []api.Route{
			{Method: http.MethodGet, Path: "/api/v1/openapi.json", Open: true, Do: d.get, Doc: getDoc},
			{Method: http.MethodGet, Path: "/docs", Open: true, Do: d.show, Doc: showDoc},
			{Method: http.MethodGet, Path: "/docs/:asset", Open: true, Do: d.asset, Doc: assetDoc},
		},
	}
}

var getDoc = api.Doc{
	ID: "getDocument", Summary: "Read this document", Hears: []api.Header{api.IfNoneMatch},
	Gives: api.Gives{http.StatusOK: api.File{ContentType: "application/json"}, http.StatusNotModified: nil},
}

func (d *docs) get(context.Context, *api.Call) (int, any, error) {
	return http.StatusOK, d.document, nil
}

var showDoc = api.Doc{
	ID: "showDocument", Summary: "Show this document to people", Hears: []api.Header{api.IfNoneMatch},
	Gives: api.Gives{http.StatusOK: api.File{ContentType: "text/html"}, http.StatusNotModified: nil},
}

func (d *docs) show(context.Context, *api.Call) (int, any, error) {
	return http.StatusOK, d.page, nil
}

var assetDoc = api.Doc{
	ID: "getAsset", Summary: "Read a file of that page", Hears: []api.Header{api.IfNoneMatch},
	Gives: api.Gives{http.StatusOK: api.File{ContentType: "text/*"}, http.StatusNotModified: nil},
}

func (d *docs) asset(_ context.Context, c *api.Call) (int, any, error) {
	file, found := d.assets[c.Param("asset")]
	if !found {
		return 0, nil, fault.New(fault.NotFound, "Not Found")
	}
	return http.StatusOK, file, nil
}

// assets are the files of the page, as they are packed.
func assets() (map[string]api.File, error) {
	all := map[string]api.File{"start.js": api.NewFile("text/javascript; charset=utf-8", start)}
	for name, contentType := range packed {
		body, err := static.FS.ReadFile(name + ".gz")
		if err != nil {
			return nil, fmt.Errorf("open %s: %w", name, err)
		}
		all[name] = api.PackedFile(contentType, body)
	}
	return all, nil
}
