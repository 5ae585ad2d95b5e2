package graph

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/onsethq/onset/pkg/expr"
	"github.com/onsethq/onset/pkg/schema"
	"github.com/onsethq/onset/pkg/strictjson"
	"github.com/onsethq/onset/pkg/tenant"
)

// The bounds of what an author may ask for.
const (
	maxRetries = 20
	maxBackoff = time.Hour
	maxTimeout = 45 * time.Minute
	// maxDescription is how much a model is told of a variable that it shall
	// derive, in bytes.
	maxDescription = 1 << 10
)

func (v *validation) node(i int, n Node) {
	at := nodePath(i)
	if !tenant.ValidName(n.ID) {
		v.wrong(at+".id", invalid, tenant.NameRule)
	}
	if _, taken := v.nodes[n.ID]; taken {
		v.wrong(at+".id", DuplicateID, "node %q exists twice", shown(n.ID))
	} else {
		v.nodes[n.ID] = i
	}
	if known, details := v.kinds.Check(n, v.g); known {
		v.under(at, details)
		v.templates(at+".config", n.Config)
	} else {
		v.wrong(at+".kind", UnknownKind, "kind %q does not exist: %s", shown(n.Kind), strings.Join(v.kinds.Names(), ", "))
	}
	switch n.Join {
	case "", JoinAll, JoinAny:
	default:
		v.wrong(at+".join", invalid, "a join is %q or %q", JoinAll, JoinAny)
	}
	v.duration(at+".timeout", n.Timeout, maxTimeout)
	v.retry(at+".retry", n.Retry)
	for _, name := range slices.Sorted(maps.Keys(n.Capture)) {
		v.variableName(at+".capture", name)
		v.capture(at+".capture."+shown(name), n.Capture[name])
	}
	v.call(at, n)
}

func nodePath(i int) string { return fmt.Sprintf("nodes[%d]", i) }

func (v *validation) duration(path string, d Duration, most time.Duration) {
	if d < 0 || time.Duration(d) > most {
		v.wrong(path, invalid, "should be between 0s and %v", most)
	}
}

func (v *validation) retry(path string, r *Retry) {
	if r == nil {
		return
	}
	if r.Max != nil && (*r.Max < 0 || *r.Max > maxRetries) {
		v.wrong(path+".max", invalid, "should be between 0 and %d", maxRetries)
	}
	v.duration(path+".backoff", r.Backoff, maxBackoff)
	v.duration(path+".max_backoff", r.MaxBackoff, maxBackoff)
	switch r.Repeat {
	case "", RepeatSafe, RepeatNever:
	default:
		v.wrong(path+".repeat", invalid, "should be %q or %q", RepeatSafe, RepeatNever)
	}
}

func (v *validation) capture(path string, c Capture) {
	forms := 0
	for _, given := range []bool{c.Expr != "", c.Value != nil, c.Copy != "", c.Describe != ""} {
		if given {
			forms++
		}
	}
	switch {
	case forms > 1:
		v.wrong(path, invalid, "a capture has one form: an expression, a value, a copy or a description")
	case len(c.Describe) > maxDescription:
		v.wrong(path+".describe", invalid, "a description has at most %d bytes", maxDescription)
	case c.Expr != "" || forms == 0:
		v.expression(path, c.Expr)
	}
}

func (v *validation) expression(path, src string) {
	if problem := expr.Check(src); problem != nil {
		v.wrong(path, BadExpression, "%s", problem.Message)
	}
	v.names(path, src)
}

// call checks what makes a node callable: an object of arguments, and no place
// in the flow.
func (v *validation) call(at string, n Node) {
	if n.Callable && (n.Kind == StartKind || n.Kind == EndKind) {
		v.wrong(at+".callable", invalid, "a node of kind %s cannot be called", n.Kind)
	}
	if n.Parameters == nil {
		return
	}
	at += ".parameters"
	if !n.Callable {
		v.wrong(at, invalid, "only a callable node has parameters")
	}
	if _, err := schema.Compile(n.Parameters); err != nil {
		v.wrong(at, BadSchema, "%v", err)
		return
	}
	object, err := strictjson.Object(n.Parameters)
	if err != nil {
		v.wrong(at, BadSchema, "should be the schema of an object")
	} else if t, typed := object["type"]; typed && string(t) != `"object"` {
		v.wrong(at+".type", BadSchema, `should be "object"`)
	}
}
