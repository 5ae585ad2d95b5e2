package commands

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/google/uuid"
	"github.com/spf13/cobra"

	"github.com/onsethq/onset/pkg/client"
	"github.com/onsethq/onset/services/onset/internal/reach"
)

func answerRun(at *server) *cobra.Command {
	var said reply
	c := &cobra.Command{
		Use:   "answer [ID]",
		Short: "List what runs ask, or answer it",
		Long: `Without an answer it lists what people are asked, or all that one run waits for. With
one it answers, and the run goes on. The first answer that fits is taken.

A question is answered with --answer, one that has a form with --answer-json, and
a call that waits for approval, or a step whose outcome nobody knows, with
--decision. Who approves a call names it with --ask, as the list does: another call
may be waiting by then.`,
		Args:              cobra.MaximumNArgs(1),
		ValidArgsFunction: at.choices(askingRuns, "run_id"),
		Example: "  onset runs answer\n  onset runs answer 01890a5d-ac96-774b-bcce-b302099a8057 --answer yes\n" +
			"  onset runs answer 01890a5d-ac96-774b-bcce-b302099a8057 --node pay --decision happened --output '{\"id\":7}'",
	}
	said.flags(c)
	limit, asJSON := limitFlag(c, 20), jsonFlag(c, "the asks, or the whole run when it answers")
	c.RunE = func(c *cobra.Command, args []string) error {
		wanted, err := said.wanted()
		if err != nil {
			return err
		}
		if len(args) == 0 && said.given() {
			return errors.New("which run is answered? onset runs answer lists those that ask, by their ids")
		}
		ws, err := at.enter(c.Context(), adminKey)
		if err != nil {
			return err
		}
		if !said.given() {
			return ws.listAsks(c, args, *limit, *asJSON)
		}
		doc, err := reach.Answer(ws.AnswerRun(c.Context(), ws.ID, args[0], wanted))
		if client.Refused(err, client.NotWaiting) {
			return fmt.Errorf("%w\n  see how it stands: onset runs show %s", explained(err), args[0])
		}
		if err != nil {
			return unknownRun(args[0], err)
		}
		return tell(c, *asJSON, doc, sayAnswered)
	}
	return c
}

// reply is what somebody says to what a run asks.
type reply struct {
	answer, answerJSON, decision, output, arguments, node, call, ask, comment string
	with                                                                      variables
}

func (r *reply) flags(c *cobra.Command) {
	c.Flags().StringVar(&r.answer, "answer", "", "one of the options, or text")
	c.Flags().StringVar(&r.answerJSON, "answer-json", "", "the answer as JSON, such as what a form is filled with")
	c.Flags().StringVar(&r.decision, "decision", "", "approved or rejected; of a step whose outcome nobody knows: happened, retry or fail")
	c.Flags().StringVar(&r.arguments, "arguments", "", "what the approved call is made with instead, as JSON")
	c.Flags().StringVar(&r.output, "output", "", "what the step gave, as JSON, when it happened")
	c.Flags().StringVar(&r.ask, "ask", "", "which of several things asked, by its id")
	c.Flags().StringVar(&r.node, "node", "", "which of several things asked, by its node")
	c.Flags().StringVar(&r.call, "call", "", "which of several things that the node asks")
	c.Flags().StringVar(&r.comment, "comment", "", "a word to whoever reads the run")
	complete(c, "decision", client.DecisionApproved, client.DecisionRejected, client.DecisionHappened, client.DecisionRetry, client.DecisionFail)
	r.with.flags(c)
}

// given says whether there is an answer among the words.
func (r *reply) given() bool { return r.answer != "" || r.answerJSON != "" || r.decision != "" }

func (r *reply) wanted() (w client.AnswerWanted, err error) {
	w = client.AnswerWanted{Node: given(r.node), Call: given(r.call), Comment: given(r.comment), Decision: given(client.Decision(r.decision))}
	if r.answer != "" && r.answerJSON != "" {
		return w, errors.New("--answer and --answer-json are two answers: leave one of them out")
	}
	if r.answer != "" {
		w.Answer = r.answer
	}
	if w.Answer, err = spoken("--answer-json", r.answerJSON, w.Answer); err != nil {
		return w, err
	}
	if w.Output, err = spoken("--output", r.output, nil); err != nil {
		return w, err
	}
	if w.Arguments, err = spoken("--arguments", r.arguments, nil); err != nil {
		return w, err
	}
	if r.ask != "" {
		id, err := uuid.Parse(r.ask)
		if err != nil {
			return w, fmt.Errorf("--ask: %q is not the id of an ask: onset runs answer lists them", r.ask)
		}
		w.Ask = &id
	}
	w.Variables, err = r.with.read()
	return w, err
}

// spoken is JSON that was typed, or what stands there when none was.
func spoken(flag, text string, otherwise any) (any, error) {
	if text == "" {
		return otherwise, nil
	}
	if !json.Valid([]byte(text)) {
		return nil, fmt.Errorf("%s: %q is not JSON; a shell takes it between single quotes", flag, text)
	}
	return json.RawMessage(text), nil
}

func sayAnswered(w io.Writer, r client.Run) error {
	how := "goes on"
	if r.Status == client.Waiting {
		how = "waits for more: onset runs answer " + r.ID.String()
	}
	_, err := fmt.Fprintf(w, "run %s is answered and %s\nnext: onset runs tail %s\n", r.ID, how, r.ID)
	return err
}
