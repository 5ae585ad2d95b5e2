package run

import (
	"encoding/json"
	"strconv"
	"strings"

	"github.com/onsethq/onset/pkg/strictjson"
)

// Step names one thing that happens at most once in a run's journal: a node's
// activation (Call is empty) or one call inside it.
type Step struct {
	Node      string
	Iteration int
	Call      string
}

// Step is the step that a record tells of.
func (r Record) Step() Step { return Step{r.Node, r.Iteration, r.Call} }

// Key is the idempotency key that outgoing calls of the step carry: the same in
// every attempt.
func (s Step) Key(run string) string {
	key := run + "/" + s.Node + "/" + strconv.Itoa(s.Iteration)
	if s.Call != "" {
		key += "/" + s.Call
	}
	return key
}

// Caller is the step inside which a call is made.
func (s Step) Caller() Step {
	i := strings.LastIndexByte(s.Call, '/')
	s.Call = s.Call[:max(i, 0)]
	return s
}

// Lap is another round of a loop: its nodes start again, its edges are decided
// again.
type Lap struct {
	// Loop is the edge that was taken, by index; Nodes and Edges are what it
	// goes round, Within the loops that begin to count anew.
	Loop   int      `json:"loop"`
	Nodes  []string `json:"nodes"`
	Edges  []int    `json:"edges"`
	Within []int    `json:"within,omitempty"`
}

// Reopen forgets what was decided in the lap before.
func (l Lap) Reopen(edges map[int]bool) {
	for _, e := range l.Edges {
		delete(edges, e)
	}
}

// Failure is the data of a step.failed record, and what a run ends with.
type Failure struct {
	Code    ErrorCode `json:"code"`
	Message string    `json:"message"`
	Kind    string    `json:"kind,omitempty"`
	Usage   *Usage    `json:"usage,omitempty"`
	// Input is what the step worked on, as far as it says.
	Input json.RawMessage `json:"input,omitempty"`
	// Edges are the outgoing edges as the failure decided them. When one is
	// taken the run goes on there: the failure is caught.
	Edges map[int]bool `json:"edges,omitempty"`
	// Partial is what the node had when it was stopped for the deadline.
	Partial json.RawMessage `json:"partial,omitempty"`
	// Copied says that it is a failure of the run which this one replays.
	Copied bool `json:"copied,omitempty"`
}

// Caught says that an edge for errors leads on from the failure.
func (f Failure) Caught() bool {
	for _, taken := range f.Edges {
		if taken {
			return true
		}
	}
	return false
}

// Output is what the rest of the graph reads of a node whose failure was caught.
func (f Failure) Output() map[string]any {
	out := map[string]any{"error": map[string]any{"code": string(f.Code), "message": f.Message}}
	if partial, err := strictjson.Value(f.Partial); err == nil {
		out["partial"] = partial
	}
	return out
}

// Begun is the data of a step.started record.
type Begun struct {
	Kind  string          `json:"kind,omitempty"`
	Input json.RawMessage `json:"input,omitempty"`
	// Reserved is what the step may use at most; the record of its end says
	// what it did use.
	Reserved *Usage `json:"reserved,omitempty"`
}

// Retried is the data of a step.retrying record: Try counts the tries that
// failed so far.
type Retried struct {
	Try     int    `json:"try"`
	Error   string `json:"error"`
	AfterMS int64  `json:"after_ms"`
	Usage   *Usage `json:"usage,omitempty"`
	// Throttled counts how often in a row the other side asked to wait. Such a
	// try is not one that failed.
	Throttled int `json:"throttled,omitempty"`
}

// Answer is the data of an answered record: what became of an ask of the step
// that the record names.
type Answer struct {
	Decision Decision        `json:"decision"`
	Output   json.RawMessage `json:"output,omitempty"`
	// Variables become session variables, beside what the step captures.
	Variables map[string]json.RawMessage `json:"variables,omitempty"`
	// Comment is what the one who decided wants the reader of the run to know.
	Comment string `json:"comment,omitempty"`
	// By is who decided; empty when nobody did.
	By string `json:"by,omitempty"`
}

// Decision is how an ask was settled.
type Decision string

const (
	// Of a step whose outcome nobody recorded.
	Happened Decision = "happened"
	TryAgain Decision = "retry"
	GiveUp   Decision = "fail"

	// Of a call that waited for approval.
	Approved Decision = "approved"
	Denied   Decision = "rejected"

	// Of everything else: it was answered, or nobody did in time.
	Given   Decision = "answered"
	Expired Decision = "expired"
)

// Line is the data of a log record.
type Line struct {
	Level   string `json:"level"`
	Message string `json:"message"`
	// Done of Total parts of the step's work are done; Total is 0 in a line
	// that tells of no progress.
	Done  int `json:"done,omitempty"`
	Total int `json:"total,omitempty"`
}
