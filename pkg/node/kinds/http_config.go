package kinds

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/onsethq/onset/pkg/fault"
	"github.com/onsethq/onset/pkg/strictjson"
)

// httpConfig is an outgoing call as its author writes it. All values are
// templates but method, ok and max_bytes.
type httpConfig struct {
	Method string `json:"method"`
	// URL may begin with {{ env.NAME }} or {{ secrets.NAME }}, which is
	// inserted as it is; everything else that is inserted is percent-encoded
	// and cannot leave its segment.
	URL     string                     `json:"url"`
	Query   map[string]json.RawMessage `json:"query"`
	Headers map[string]string          `json:"headers"`
	// At most one of these three is the body.
	JSON json.RawMessage            `json:"json"`
	Form map[string]json.RawMessage `json:"form"`
	Body string                     `json:"body"`
	// OK are the statuses that count as success: "2xx", "404".
	OK []string `json:"ok"`
	// MaxBytes bounds the answer's body; 0 is 1 MiB, which is also the most.
	MaxBytes int64 `json:"max_bytes"`
}

// maxBody is the size of an answer's body in bytes.
const maxBody = 1 << 20

var methods = []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}

func (c httpConfig) method() string {
	if c.Method == "" {
		return http.MethodGet
	}
	return c.Method
}

// reads says whether the method promises to change nothing.
func (c httpConfig) reads() bool {
	return slices.Contains([]string{"GET", "HEAD", "OPTIONS"}, c.method())
}

func (c httpConfig) limit() int64 {
	if c.MaxBytes == 0 {
		return maxBody
	}
	return c.MaxBytes
}

func (c httpConfig) check() []fault.Detail {
	var details []fault.Detail
	wrong := func(field, format string, args ...any) {
		details = append(details, fault.Detail{Path: strictjson.Under("config.http", field), Code: invalid, Message: fmt.Sprintf(format, args...)})
	}
	if !slices.Contains(methods, c.method()) {
		wrong("method", "method is one of %s", strings.Join(methods, ", "))
	}
	if problem := checkURL(c.URL); problem != "" {
		wrong("url", "%s", problem)
	}
	for _, name := range sorted(c.Headers) {
		if problem := checkHeader(name); problem != "" {
			wrong("headers", "%q %s", name, problem)
		}
	}
	if n := c.bodies(); n > 1 {
		wrong("", "only one of json, form and body")
	} else if n == 1 && c.reads() {
		wrong("", "a %s has no body", c.method())
	}
	for i, pattern := range c.OK {
		if !okPattern.MatchString(pattern) {
			wrong(fmt.Sprintf("ok[%d]", i), "%q is neither a status nor like 2xx", pattern)
		}
	}
	if c.MaxBytes < 0 || c.MaxBytes > maxBody {
		wrong("max_bytes", "max_bytes is between 1 and %d", maxBody)
	}
	return details
}

func (c httpConfig) bodies() int {
	n := 0
	for _, there := range []bool{given(c.JSON), c.Form != nil, c.Body != ""} {
		if there {
			n++
		}
	}
	return n
}

var (
	okPattern  = regexp.MustCompile(`^[1-5](xx|\d\d)$`)
	headerName = regexp.MustCompile("^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,128}$")

	// chosen is a placeholder that only the author can have filled, and
	// authority what stands in a URL before its path, query or fragment.
	chosen    = regexp.MustCompile(`\{\{\s*(?:env|secrets)\.[A-Za-z0-9_-]+\s*\}\}`)
	authority = regexp.MustCompile(`^(?:https?://)?[^/?#]*`)
)

// checkURL keeps the choice of the server with the author: a message or a model
// that could choose it, or a part of its name, could have anything sent anywhere.
func checkURL(template string) string {
	const known = "author"
	at := chosen.FindStringIndex(template)
	whole := at != nil && at[0] == 0 // the address itself is one of the environment
	filled := chosen.ReplaceAllString(template, known)
	if strings.Contains(authority.FindString(filled), "{{") {
		return "a url begins with its address, {{ env.NAME }} or {{ secrets.NAME }}; another placeholder stands behind a / that ends the address"
	}
	before, _, _ := strings.Cut(filled, "{{")
	u, err := url.Parse(before)
	switch {
	case template == "":
		return "a call needs a url"
	case whole:
		return ""
	case err != nil || u.Scheme != "http" && u.Scheme != "https":
		return "the url begins with https:// or http://"
	case u.User != nil:
		return "a url has no user name or password: put them into a header"
	case u.Host == "":
		return "the url names no host"
	}
	return ""
}

// ours are the headers that describe the connection or the run, and are not
// the author's to set.
var ours = []string{"Host", "Content-Length", "Transfer-Encoding", "Connection", "Upgrade", "Te", "Trailer", "Accept-Encoding", "X-Run-Epoch", "X-Trigger-Depth", "X-Caused-By-Run"}

func checkHeader(name string) string {
	switch {
	case !headerName.MatchString(name):
		return "is no name for a header"
	case slices.Contains(ours, http.CanonicalHeaderKey(name)):
		return "is set by Onset"
	}
	return ""
}
