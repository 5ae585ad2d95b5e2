package api

import (
	"net/http"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/onsethq/onset/pkg/fault"
	"github.com/onsethq/onset/pkg/tenant"
)

// unrouted answers for paths that no route serves: 405 when another method
// would be served there, else 404, in the words of the surface whose path it
// is. The router's own judgement is not asked: it knows nothing of reserved
// words and takes an empty segment for a name.
func (a *API) unrouted(g *gin.Context) {
	c := a.callOf(g)
	err := a.admit(c)
	if err == nil {
		err = a.nothing(c)
	}
	s := a.surface(g.Request.URL.Path)
	status := a.refuse(g.Writer, s, c.ID, err)
	a.note(c, s, "unrouted", status, err)
}

func (a *API) nothing(c *Call) error {
	if allowed := a.methods(c.Request.URL.EscapedPath()); len(allowed) > 0 {
		c.Header.Set("Allow", strings.Join(allowed, ", "))
		return fault.New(fault.MethodNotAllowed, "Method Not Allowed")
	}
	return fault.New(fault.NotFound, "Not Found")
}

// surface is the one that answers for a path.
func (a *API) surface(path string) *Surface {
	for i := range a.Surfaces {
		for _, prefix := range a.Surfaces[i].Prefixes {
			if strings.HasPrefix(path, prefix) {
				return &a.Surfaces[i]
			}
		}
	}
	return &a.Surfaces[len(a.Surfaces)-1]
}

// pattern is a route as a list of segments.
type pattern struct {
	method   string
	segments []string
}

func patternOf(r *Route) pattern {
	return pattern{r.Method, strings.Split(r.Path, "/")}
}

// methods are those that some route serves at the path.
func (a *API) methods(path string) (allowed []string) {
	segments := strings.Split(path, "/")
	for _, p := range a.known {
		if p.fits(segments) && !slices.Contains(allowed, p.method) {
			allowed = append(allowed, p.method)
		}
	}
	slices.Sort(allowed)
	return allowed
}

func (p pattern) fits(segments []string) bool {
	if len(segments) != len(p.segments) {
		return false
	}
	for i, want := range p.segments {
		name, param := strings.CutPrefix(want, ":")
		if param && !fillable(name, segments[i]) || !param && want != segments[i] {
			return false
		}
	}
	return true
}

// routable says whether the router's reading of a path is one that we mean.
func routable(params gin.Params) bool {
	for _, p := range params {
		if !fillable(p.Key, p.Value) {
			return false
		}
	}
	return true
}

// fillable says whether a segment may stand for a parameter: it is not empty,
// and no workspace bears a reserved word.
func fillable(param, value string) bool {
	return value != "" && (param != "workspace" || !slices.Contains(tenant.Reserved, value))
}

// maxHeaders is how many header fields a request may have. The server bounds
// their bytes.
const maxHeaders = 200

// fewHeaders refuses requests with more.
//
// A body without a length is the last of its connection: where a proxy in front
// went by a Content-Length beside it, what follows is a stranger's and not a
// request.
func (a *API) fewHeaders(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if len(r.TransferEncoding) > 0 {
			w.Header().Set("Connection", "close")
		}
		n := 0
		for _, values := range r.Header {
			n += len(values)
		}
		if n > maxHeaders {
			a.Metrics.refused.WithLabelValues("headers").Inc()
			http.Error(w, "431 Request Header Fields Too Large", http.StatusRequestHeaderFieldsTooLarge)
			return
		}
		next.ServeHTTP(w, r)
	})
}
