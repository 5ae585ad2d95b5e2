package api

import (
	"context"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/onsethq/onset/pkg/audit"
	"github.com/onsethq/onset/pkg/fault"
	"github.com/onsethq/onset/pkg/key"
	"github.com/onsethq/onset/pkg/store"
	"github.com/onsethq/onset/pkg/tenant"
)

// Call is one request whose key was accepted and whose body was read whole.
type Call struct {
	Request   *http.Request
	ID        string
	Peer      netip.Addr // where it comes from
	Key       key.Key
	Workspace tenant.Workspace
	// Store sees the key's workspace and no other.
	Store store.Tenant
	// Raw is the body.
	Raw []byte
	// Header is the answer's.
	Header http.Header

	began time.Time
	// door is where the call came in, writer where its body is read from.
	door   *API
	writer http.ResponseWriter

	// refused names the limit that the call is beyond, where its code does not.
	refused string
	mark    *audit.Mark
	// aimed says that the trigger of the path was asked for with the key; target is
	// that trigger, or missing says why there is none.
	aimed   bool
	target  store.Target
	missing error
	// basis is there when all this was recalled and not asked for.
	basis *store.Basis
	// On a route that sees a run, view is what the caller was shown before if it is
	// true still, or else sight is the run, to be shown to viewer.
	route  *Route
	view   *View
	sight  *store.Sight
	viewer viewer
	params gin.Params
	query  url.Values
}

// Param is a parameter of the route's path, as the caller meant it.
func (c *Call) Param(name string) string { return c.params.ByName(name) }

// aim is the trigger that the path names and where it is to start, if the path
// says both.
func (c *Call) aim() (trigger, environment string, ok bool) {
	trigger, environment = c.Param("trigger"), strings.ToUpper(c.Param("environment"))
	return trigger, environment, trigger != "" && tenant.IsEnvironment(environment)
}

// Target is the trigger that the path names, and the build that it starts in the
// environment. Where the path names both they were read with the key.
func (c *Call) Target(ctx context.Context, environment string) (store.Target, error) {
	if _, aimed, _ := c.aim(); c.aimed && aimed == environment {
		return c.target, c.missing
	}
	return c.Store.Target(ctx, c.Param("trigger"), environment)
}

// Query are the parameters behind the path.
func (c *Call) Query() url.Values {
	if c.query == nil {
		c.query = c.Request.URL.Query()
	}
	return c.query
}

const maxIdempotencyKey = 255

// IdempotencyKey is the caller's name for this start; empty when there is none.
func (c *Call) IdempotencyKey() (string, error) {
	values := c.Request.Header["Idempotency-Key"]
	switch {
	case len(values) == 0 || len(values) == 1 && values[0] == "":
		return "", nil
	case len(values) > 1:
		return "", badHeader("Idempotency-Key", "send one Idempotency-Key")
	case len(values[0]) > maxIdempotencyKey || !printable(values[0]):
		return "", badHeader("Idempotency-Key", "an Idempotency-Key has at most 255 printable ASCII characters")
	}
	return values[0], nil
}

// By is who is noted as the maker of what this call makes.
func (c *Call) By() string { return "key:" + c.Key.Name }

func badHeader(name, message string) error {
	return fault.Invalid(fault.Detail{Path: name, Code: string(fault.CodeInvalid), Message: message})
}

func printable(text string) bool {
	for i := range len(text) {
		if text[i] < ' ' || text[i] > '~' {
			return false
		}
	}
	return true
}
