package kinds

import (
	"context"
	"encoding/json"
	"maps"
	"time"

	"github.com/onsethq/onset/pkg/expr"
	"github.com/onsethq/onset/pkg/fault"
	"github.com/onsethq/onset/pkg/graph"
	"github.com/onsethq/onset/pkg/node"
	"github.com/onsethq/onset/pkg/run"
)

var _ node.Kind = Callback{}

// Callback calls another system, which learns from {{ callback.url }} where to
// post what comes of it, and puts the run aside until it has. The address is
// good for one answer to this node of this run. The output is
//
//	{"body": …, "response": {"status": 202, "headers": {}, "body": …}}
//
// with what was posted, and what the call itself was answered.
type Callback struct{}

type callbackConfig struct {
	HTTP httpConfig `json:"http"`
	// Idempotent says that calling twice does no harm.
	Idempotent bool `json:"idempotent"`
	// Timeout is how long the answer is waited for; for ever when it is left out.
	Timeout string `json:"timeout"`
}

func (Callback) Name() string { return "callback" }

// Check is that of a tool, and wants the address to be told.
func (Callback) Check(n graph.Node, _ graph.Graph) []fault.Detail {
	c, details := checked[callbackConfig](n)
	details = append(details, c.HTTP.check()...)
	if problem := checkSpan(c.Timeout); c.Timeout != "" && problem != "" {
		details = append(details, at("timeout", invalid, problem))
	}
	if len(details) == 0 && len(expr.TemplateNames(configOf(n), "callback")) == 0 {
		details = append(details, at("http", invalid, "nobody could answer: say {{ callback.url }} in the body, a header or the query"))
	}
	return details
}

// Traits leave the retry and the timeout of the node to its call.
func (Callback) Traits(graph.Node) node.Traits {
	return node.Traits{Timeout: 45 * time.Minute, Repeat: graph.RepeatSafe, Within: true}
}

func (Callback) Run(ctx context.Context, in *node.Input) (any, error) {
	c, err := decoded[callbackConfig](in.Node)
	if err != nil {
		return nil, err
	}
	asked, err := in.Ask(ctx, "callback:1", func() (run.Ask, error) { return c.ask(ctx, in) })
	if err != nil {
		return nil, err
	}
	call, err := c.call(in)
	if err != nil {
		return nil, err
	}
	address := expr.Scope{"callback": map[string]any{"url": in.Address(asked)}}
	response, err := in.Perform(ctx, "tool:1:call", call, address)
	if err != nil {
		return nil, err
	}
	answer, err := in.Await(ctx, "callback:1")
	switch {
	case err != nil:
		return nil, err
	case answer.Decision == run.Expired:
		return nil, node.Permanent(run.NodeFailed, "no answer was posted to the callback within "+c.Timeout)
	}
	return map[string]any{"body": answer.Output, "response": response}, nil
}

func (c callbackConfig) ask(ctx context.Context, in *node.Input) (a run.Ask, err error) {
	a.Reason = run.ForCallback
	if c.Timeout != "" {
		d, err := inside(in).span(ctx, "config.timeout", c.Timeout)
		if err != nil {
			return a, err
		}
		until := in.Now().UTC().Add(d)
		a.Until = &until
	}
	a.Question, err = json.Marshal(map[string]string{"text": in.Node.ID + " waits for another system to post an answer"})
	return a, err
}

// call is the node's call as a tool: it is made, tried again and never made
// twice in the way of all tools.
func (c callbackConfig) call(in *node.Input) (graph.Node, error) {
	config := map[string]json.RawMessage{}
	if err := json.Unmarshal(configOf(in.Node), &config); err != nil {
		return graph.Node{}, err
	}
	maps.DeleteFunc(config, func(field string, _ json.RawMessage) bool { return field == "timeout" })
	raw, err := json.Marshal(config)
	return graph.Node{ID: in.Node.ID, Kind: Tool{}.Name(), Config: raw, Retry: in.Node.Retry, Timeout: in.Node.Timeout}, err
}
