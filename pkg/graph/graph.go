// Package graph is the agent graph: its document, what makes one valid, and the
// rule that says which of its nodes may start.
package graph

import (
	"cmp"
	"encoding/json"
	"time"
)

// Graph is the definition that authors write and builds freeze.
type Graph struct {
	Name      string              `json:"name,omitempty"`
	Title     string              `json:"title,omitempty"`
	Variables map[string]Variable `json:"variables,omitempty"`
	Limits    *Limits             `json:"limits,omitempty" doc:"What one run may use at most"`
	Nodes     []Node              `json:"nodes" required:"true"`
	Edges     []Edge              `json:"edges,omitempty"`
}

// Variable declares a session variable: it exists from the start of a run,
// with its default or null.
type Variable struct {
	Type        string          `json:"type,omitempty"`
	Default     json.RawMessage `json:"default,omitempty"`
	Description string          `json:"description,omitempty"`
}

// Node is one box of the graph. Config belongs to its kind.
type Node struct {
	ID      string             `json:"id" required:"true"`
	Kind    string             `json:"kind" required:"true"`
	Title   string             `json:"title,omitempty"`
	Config  json.RawMessage    `json:"config,omitempty" doc:"What the kind wants, in whose words a mistake in it is told"`
	Capture map[string]Capture `json:"capture,omitempty" doc:"Session variables to fill from the output: by name, an expression such as output.body.id, {value}, {copy: variable} or, of an agent, {describe: what the model shall derive}"`
	Retry   *Retry             `json:"retry,omitempty"`
	// Timeout bounds one try; zero means the default of the kind.
	Timeout Duration `json:"timeout,omitzero" doc:"How long one try may take, such as 30s"`
	Join    string   `json:"join,omitempty" doc:"all (the default) waits until every edge to the node is decided, any starts it at the first that is taken"`
	// Callable nodes are called by agents; no edge touches them.
	Callable    bool            `json:"callable,omitempty" doc:"Called by agents and map nodes with arguments that fit parameters; no edge touches it"`
	Description string          `json:"description,omitempty"`
	Parameters  json.RawMessage `json:"parameters,omitempty"`
}

// The two ways in which a node waits for its incoming edges.
const (
	JoinAll = "all"
	JoinAny = "any"
)

// Edge leads from a finished node to one that may start. With no condition it
// is always taken.
type Edge struct {
	From  string `json:"from" required:"true"`
	To    string `json:"to" required:"true"`
	Label string `json:"label,omitempty"`
	// When is bare CEL that must answer a bool.
	When string `json:"when,omitempty" doc:"An expression that must be true for the edge to be taken, such as output.score > 3"`
	// Branch names the branch of a condition node that leads here.
	Branch string `json:"branch,omitempty" doc:"The branch of a condition node that leads here"`
	// Else is taken when no sibling with a condition was true.
	Else bool `json:"else,omitempty" doc:"Taken when no edge beside it with a when or a branch was"`
	// On is which end of From the edge belongs to: OnSuccess, also when it is
	// empty, OnError, taken when From has failed after its retries, or
	// OnDeadline, taken when the run is about to end and From is not done.
	On string `json:"on,omitempty" doc:"success (the default); error: taken when the node has failed after its retries; deadline: taken when the run's time is nearly over, which stops the node. Behind the last two the run goes on with nodes.ID.error"`
	// Before is how long before the end of the run an edge for the deadline is
	// taken; zero is DefaultBefore.
	Before Duration `json:"before,omitzero" doc:"Of an edge on deadline: how long before the end of the run it is taken, such as 2m; 60s when it is left out"`
	// Loop leads back to a node before From. Whoever takes it goes round
	// again, at most Max times; its siblings are followed when it is not taken.
	Loop bool `json:"loop,omitempty" doc:"Leads back to a node before; the edges beside it are followed when it is not taken, or not any more"`
	Max  int  `json:"max,omitempty" doc:"How often a loop edge is taken at most, from 1 to 1000; 50 when it is left out"`
}

// The ends of a node that an edge may belong to.
const (
	OnSuccess  = "success"
	OnError    = "error"
	OnDeadline = "deadline"
)

// End is the end that the edge belongs to.
func (e Edge) End() string { return cmp.Or(e.On, OnSuccess) }

// DefaultBefore is the time that a run is given to write down what it has, when
// an edge for the deadline says nothing else.
const DefaultBefore = Duration(time.Minute)

// Conditional says that the edge is taken only when something is true.
func (e Edge) Conditional() bool { return e.When != "" || e.Branch != "" }

// Laps is how often a loop edge may be taken.
func (e Edge) Laps() int { return cmp.Or(e.Max, DefaultLaps) }

// DefaultLaps bound a loop that sets no bound.
const DefaultLaps = 50

// Retry says how often a failed node is tried again. Max counts repetitions
// after the first try.
type Retry struct {
	Max        *int     `json:"max,omitempty"`
	Backoff    Duration `json:"backoff,omitzero"`
	MaxBackoff Duration `json:"max_backoff,omitzero"`
	// Repeat is "safe" (may run again after a crash) or "never" (its outcome
	// is asked of a person when a crash left it unknown).
	Repeat string `json:"repeat,omitempty"`
}

// The two answers to "may this run again when nobody knows whether it ran?".
const (
	RepeatSafe  = "safe"
	RepeatNever = "never"
)

// Capture fills a session variable from a node's output: a CEL expression over
// output (a plain string in the document), a fixed value, a copy of another
// variable, or what the model of an agent derives from a description.
type Capture struct {
	Expr     string          `json:"-"`
	Value    json.RawMessage `json:"value,omitempty"`
	Copy     string          `json:"copy,omitempty"`
	Describe string          `json:"describe,omitempty"`
}

// Duration is a time.Duration written as "1.5s" in documents.
type Duration time.Duration

// Build is an immutable numbered snapshot of a graph. Runs use builds, never
// the draft.
type Build struct {
	Graph      string    `json:"graph"`
	Number     int       `json:"number"`
	Checksum   string    `json:"checksum"`
	CreatedAt  time.Time `json:"created_at"`
	CreatedBy  string    `json:"created_by"`
	Definition Graph     `json:"definition"`
}
