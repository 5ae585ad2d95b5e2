// Package node is the seam for node kinds: what a kind is asked, and what it is
// given to answer with.
package node

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"github.com/onsethq/onset/pkg/expr"
	"github.com/onsethq/onset/pkg/fault"
	"github.com/onsethq/onset/pkg/graph"
	"github.com/onsethq/onset/pkg/model"
	"github.com/onsethq/onset/pkg/run"
)

// Kind is one kind of node. A kind keeps no state: everything that must
// outlive a crash is in the journal.
type Kind interface {
	Name() string

	// Check says what is wrong with a node's config at save; paths begin
	// behind the node ("config.http.url").
	Check(n graph.Node, g graph.Graph) []fault.Detail

	// Traits says how the executor treats the node.
	Traits(n graph.Node) Traits

	// Run does the work. The result is JSON-able and becomes output; an End
	// carries the output and completes the run. An error made with Fail or
	// Permanent carries its code and whether to try again.
	//
	// The run's later steps see the result itself: whoever returns it does not
	// change it any more.
	//
	// A result beside an error counts only when the node was stopped because
	// the run is about to end: it is what there was by then.
	Run(ctx context.Context, in *Input) (any, error)
}

// Traits are what the executor must know before it starts a node.
type Traits struct {
	// Pure nodes touch nothing outside and take no time: they may run again,
	// and their records travel with the next append.
	Pure bool
	// Timeout bounds one try when the node sets none.
	Timeout time.Duration
	// Repeat is what the node's retry.repeat is when it sets none.
	Repeat string
	// Retries is what the node's retry.max is when it sets none.
	Retries int
	// Sets says that the output is an object whose members become session
	// variables.
	Sets bool
	// Derives says that the node makes what its capture only describes: an
	// object of those variables, as the result of its step Derived.
	Derives bool
	// SetsFrom names the member of the output whose members become session
	// variables.
	SetsFrom string
	// Within says that whatever the node does is a step inside it, with a memory
	// of its own: the node itself may run again, and for as long as its kind
	// says, whatever its retry and timeout are meant for.
	Within bool
}

// Derived is the call inside a node whose result holds the variables that its
// capture describes.
const Derived = "derived"

// End is what a node returns that completes its run: edges are not followed, and
// other branches are stopped. A node that was called cannot end the run.
type End struct{ Output any }

// Input is what a node sees of its run.
type Input struct {
	Node  graph.Node
	Graph graph.Graph
	// Memo keeps what the kind reads in the node's config; nil keeps nothing.
	Memo *graph.Memo

	// Scope are the names that expressions and templates may use: message,
	// vars, trigger, run, env, nodes, and args in a callable node. Values of
	// secrets are added by Outgoing only. It is nil for a node without a config
	// that nobody calls: such a node has no expressions.
	Scope expr.Scope

	// Key is the stable idempotency key of this activation,
	// "<run>/<node>/<iteration>[/<call>]": the same in every attempt.
	Key string
	// Epoch and Depth travel with outgoing calls as X-Run-Epoch and
	// X-Trigger-Depth. Depth is one more than the run's own: that of a run
	// which the call may start.
	Epoch int
	Depth int

	// Foreign says that strangers wrote what the run was told.
	Foreign bool

	// HTTP is the guarded door to the outside.
	HTTP *http.Client
	// Secrets are the environment's, for outgoing calls only.
	Secrets map[string]string
	// Model finds a connection by "<connection>" or "<connection>/<model>".
	Model func(ref string) (model.Chat, error)

	// Now is the time by this worker's clock. What depends on it must be in the
	// journal before anything else follows from it.
	Now func() time.Time

	// Try counts the tries of the node, from 1.
	Try int

	Steps
	Asks
	Tells
}

// Steps is what a node does inside itself, each step of it once in the life of
// the run.
type Steps interface {
	// Step runs fn once in the life of the run: when the journal holds a
	// completed record of the call, its result is returned and fn is not run.
	// call names the step inside the node ("model:1").
	Step(ctx context.Context, call string, fn func(ctx context.Context) (Result, error)) (json.RawMessage, error)

	// Spend is Step for a call that costs something: most is what it may cost at
	// most. That is reserved before the call and settled behind it, and where
	// the run's limits leave no room for it the error is an *Error and the call
	// is not made.
	Spend(ctx context.Context, call string, most run.Usage, fn func(ctx context.Context) (Result, error)) (json.RawMessage, error)

	// Call runs a callable node of the graph with arguments as one step
	// (call = "tool:1:<node>"), with that node's timeout and retry. What the
	// callable's failure comes to is an *Error, and the journal remembers it
	// like a result: after a crash the same one is returned. Any other error
	// is about the run and is returned as it is.
	Call(ctx context.Context, call, nodeID string, args json.RawMessage) (json.RawMessage, error)

	// Perform runs a node that the graph has not, a part of this one, as one step
	// (call = "tool:1:post"), with that node's timeout and retry. more are names
	// that its templates may use beside those of Scope; args among them are what
	// the journal shows as its input. It fails like Call.
	Perform(ctx context.Context, call string, n graph.Node, more expr.Scope) (json.RawMessage, error)

	// Child starts another graph as a run of its own, once, and is its
	// response: the session variables at its end. What its failure comes to is
	// an *Error. While it goes on the error is one that Waits, to be passed on.
	// call names the child inside the node ("run:1").
	Child(ctx context.Context, call string, c Child) (json.RawMessage, error)
}

// Asks is how a node waits for people and for other systems.
type Asks interface {
	// Ask journals, once, that the node waits for something, so that people and
	// other systems can find it and answer; it returns the ask with its id.
	// What was asked in an earlier attempt is returned as it was asked, and put
	// is not called. call names the ask inside the node ("ask:1").
	Ask(ctx context.Context, call string, put func() (run.Ask, error)) (run.Ask, error)

	// Await is what became of an ask of this node. While it is open the error
	// is one to pass on as it is: the run is put aside and holds nothing, and
	// the node runs again when it was answered or its time has come.
	Await(ctx context.Context, call string) (run.Answer, error)

	// Address is where another system may answer an ask of this node, once and
	// without a key. Who knows it may answer: it is for outgoing calls only.
	Address(ask run.Ask) string
}

// Tells is what a node shows of its work.
type Tells interface {
	// Say shows the run's watchers a piece of what a call is producing; offset
	// counts the characters of the pieces before it. It returns at once and
	// nothing of it is stored: the journal has the whole when the call is done,
	// and a record for each word of a model would cost more than the model.
	Say(call string, offset int, text string)

	// Saw tells the reader of the step what the node works on, once its
	// templates are filled. It holds no secret, and is kept with the end.
	Saw(input any)

	// Log tells the run's reader something ("info", "warning", "tool_call",
	// "llm_call").
	Log(level, message string)

	// Progress tells the run's reader that done of total parts of the node's
	// work are done. What was told before, by an earlier attempt too, is not
	// told again.
	Progress(done, total int)
}

// Result is what a step produced and what it cost.
type Result struct {
	Value any
	Usage run.Usage
}
