package intake

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/google/uuid"

	"github.com/onsethq/onset/pkg/expr"
	"github.com/onsethq/onset/pkg/fault"
	"github.com/onsethq/onset/pkg/launch"
	"github.com/onsethq/onset/pkg/run"
	"github.com/onsethq/onset/pkg/signature"
	"github.com/onsethq/onset/pkg/trigger"
)

// judgement is what is known of a request, stage by stage. Its delivery has an
// outcome as soon as no run can follow.
type judgement struct {
	delivery trigger.Delivery
	report   trigger.Report
	event    trigger.Event
	// seen is the request as expressions may see it: without secrets.
	seen trigger.Hook
	// key is what the delivery is known by when it comes again.
	key string
	// causedBy is the run that made it happen, depth how many stand behind it.
	causedBy uuid.UUID
	depth    int
	// refusal is what the sender is to hear; nil when it is answered well.
	refusal error
}

func (j *judgement) stage(name, format string, args ...any) {
	j.delivery.Stages = append(j.delivery.Stages, trigger.Stage{Stage: name, Note: fmt.Sprintf(format, args...)})
}

// ends says what becomes of the delivery, where no run follows.
func (j *judgement) ends(o trigger.Outcome, code, format string, args ...any) {
	j.delivery.Outcome, j.delivery.Code, j.delivery.Reason = o, code, fmt.Sprintf(format, args...)
}

// over says that no run follows.
func (j *judgement) over() bool { return j.delivery.Outcome != "" }

// reject is the end of what was not verified.
func (j *judgement) reject(refusal error) {
	f := fault.Of(refusal)
	j.ends(trigger.DeliveryRejected, string(f.Code), "%s", f.Message)
	j.refusal = refusal
}

// refuse is the end of what was genuine and can start no run.
func (j *judgement) refuse(code string, refusal error) {
	j.ends(trigger.DeliveryRefused, code, "%s", fault.Of(refusal).Message)
	j.refusal = refusal
}

// judge follows a request up to its run. The error is that the database could
// not be asked.
func (b Box) judge(ctx context.Context, a Arrival) (*judgement, error) {
	j := b.begin(a)
	match, ok := b.verify(j, a.Hook)
	if !ok || !b.read(j, a.Hook, match) {
		return j, nil
	}
	return j, b.decide(ctx, j, a.Hook)
}

// decide is judge for what is believed.
func (b Box) decide(ctx context.Context, j *judgement, h trigger.Hook) error {
	mapping, err := trigger.MappingOf(b.found.Trigger.Config)
	if err != nil {
		return err
	}
	scope := j.seen.Seen(b.found.Trigger, j.report)
	if b.stands(j); j.over() {
		return nil
	}
	if err := b.guard(ctx, j, h); err != nil || j.over() {
		return err
	}
	if b.filter(ctx, j, mapping, scope); j.over() {
		return late(ctx)
	}
	b.mapped(ctx, j, mapping, scope)
	return late(ctx)
}

// late says that the time of the call went by with what was computed: the sender
// is to send again.
func late(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return fault.Wrap(err, fault.Unavailable, "the service is temporarily unavailable")
	}
	return nil
}

// begin notes what arrived.
func (b Box) begin(a Arrival) *judgement {
	j := &judgement{delivery: trigger.Delivery{
		ID: newID(), Trigger: b.found.Trigger.ID, Environment: b.environment, Surface: a.Surface, Source: a.Source,
		ReceivedAt: a.At, Method: a.Method, Header: trigger.KeptHeader(a.Header), Query: trigger.KeptQuery(a.Query),
		Size: len(a.Body), Body: a.Body,
	}}
	j.stage("received", "%d bytes", len(a.Body))
	return j
}

func newID() uuid.UUID { return uuid.Must(uuid.NewV7()) }

// verify asks whether one of the trigger's secrets vouches for the request.
func (b Box) verify(j *judgement, h trigger.Hook) (signature.Match, bool) {
	secrets, err := b.secrets(j, h)
	var match signature.Match
	if err == nil {
		match, err = b.provider.Verify(b.found.Trigger.Config, h, secrets)
	}
	var told *fault.Fault
	switch {
	case err == nil && match.Secret == trigger.Unverified:
		j.stage("verified", "the trigger asks for no proof")
		return match, true
	case err == nil:
		j.stage("verified", "by secret %d of %d", match.Secret+1, len(secrets))
		return match, true
	case errors.As(err, &told):
		j.reject(err)
	default:
		// The sender is told nothing about why; a surface may ask errors.Is.
		j.reject(fault.Wrap(err, fault.Unauthenticated, "Invalid signature"))
		j.delivery.Code, j.delivery.Reason = trigger.CodeSignature, err.Error()
	}
	return match, false
}

// secrets opens the trigger's secrets, and hides them in what is kept and seen of
// the request, whatever becomes of it.
func (b Box) secrets(j *judgement, h trigger.Hook) ([]signature.Secret, error) {
	secrets, err := b.in.Secrets(b.found)
	if err != nil { // where one could stand is not known
		j.delivery.Header, j.delivery.Query = nil, nil
		return nil, err
	}
	conceal := b.conceals()
	j.delivery.Header = hidden(j.delivery.Header, secrets, conceal)
	j.delivery.Query = hidden(j.delivery.Query, secrets, conceal)
	j.seen = trigger.Hook{Header: hidden(h.Header, secrets, conceal), Query: hidden(h.Query, secrets, conceal)}
	return secrets, nil
}

// conceals are the headers in which the trigger's senders show a secret.
func (b Box) conceals() []string {
	if c, ok := b.provider.(trigger.Conceals); ok {
		return c.Conceals(b.found.Trigger.Config)
	}
	return nil
}

// read asks what the request reports. A handshake is over with it.
func (b Box) read(j *judgement, h trigger.Hook, m signature.Match) bool {
	report, err := b.provider.Read(b.found.Trigger, h, m)
	if err != nil {
		j.refuse(string(fault.Of(err).Code), err)
		return false
	}
	j.report = report
	j.delivery.Event, j.delivery.Subject, j.delivery.Actor = report.Event, report.Subject, report.Actor
	if report.Handshake {
		j.stage("handshake", "%s", report.Event)
		j.ends(trigger.DeliveryHandshake, "", "")
		return false
	}
	j.stage("read", "%s", report.Event)
	return true
}

// stands asks whether the trigger starts anything now.
func (b Box) stands(j *judgement) {
	if b.in.Now().Before(b.found.CaptureUntil) {
		j.ends(trigger.DeliveryCaptured, "", "deliveries are captured until %s", b.found.CaptureUntil.UTC().Format("15:04:05Z07:00"))
		return
	}
	b.refused(j)
}

// refused asks whether the trigger may start anything.
func (b Box) refused(j *judgement) {
	if refusal := b.start(j, run.Background).Refusal(); refusal != nil {
		j.refuse(string(fault.Of(refusal).Code), refusal)
		if reason := b.found.Trigger.PausedReason; reason != "" {
			j.delivery.Reason += ": " + reason
		}
	}
}

// start is the run that the delivery asks for.
func (b Box) start(j *judgement, class run.Class) launch.Start {
	return launch.Start{
		Workspace: b.found.Workspace, Trigger: b.found.Trigger, Build: b.found.Builds[b.environment], Environment: b.environment,
		Class: class, Event: j.event, Cause: b.found.Trigger.Kind, Key: j.key, Depth: j.depth,
		Delivery: &launch.Delivery{ID: j.delivery.ID, CausedBy: j.causedBy, ReplayOf: j.delivery.ReplayOf},
	}
}

// guard asks whether a run of ours made it happen, and how long the chain is by
// then. What the request says of that is only a reason to look: the runs must be
// there, in the same workspace.
func (b Box) guard(ctx context.Context, j *judgement, h trigger.Hook) error {
	if said, err := strconv.Atoi(h.Header.Get("X-Trigger-Depth")); err == nil && said > 0 {
		j.depth = min(said, run.MaxDepth+1)
	}
	for _, id := range h.CausedBy() {
		chain, err := b.tenant().Chain(ctx, id)
		if err != nil {
			return err
		}
		if len(chain) == 0 {
			continue
		}
		j.causedBy, j.depth = id, max(j.depth, chain[0].Cause.Depth+1)
		for _, r := range chain {
			if r.TriggerID == b.found.Trigger.ID {
				j.ends(trigger.DeliveryLooped, trigger.CodeLoop, "run %s of this trigger made it happen", r.ID)
				return nil
			}
		}
	}
	if j.depth > run.MaxDepth {
		j.ends(trigger.DeliveryLooped, trigger.CodeLoop, "more than %d runs stand behind it", run.MaxDepth)
	}
	if j.causedBy != uuid.Nil {
		j.stage("guarded", "run %s made it happen, the %d. in its chain", j.causedBy, j.depth)
	}
	return nil
}

// filter asks whether the trigger cares for what happened.
func (b Box) filter(ctx context.Context, j *judgement, m trigger.Mapping, scope expr.Scope) {
	if j.report.Ignored != "" {
		j.ends(trigger.DeliveryFiltered, trigger.CodeIgnored, "%s", j.report.Ignored)
		return
	}
	for _, ignored := range m.IgnoreActors {
		if j.report.Actor != "" && strings.EqualFold(ignored, j.report.Actor) {
			j.ends(trigger.DeliveryFiltered, trigger.CodeActor, "its actor is %q, who is ignored", j.report.Actor)
			return
		}
	}
	source := b.found.Trigger.Policies.Filter
	if source == "" {
		return
	}
	pass, err := expr.Bool(ctx, source, scope)
	switch {
	case err != nil:
		j.refuse(trigger.CodeFilterFailed, fault.Wrap(err, fault.CodeInvalid, "the filter failed: %v", err))
	case !pass:
		j.ends(trigger.DeliveryFiltered, trigger.CodeFilter, "the filter is not true: %s", seen(source, scope))
	default:
		j.stage("filtered", "passed: %s", seen(source, scope))
	}
}

// maxInput is how much a run may be told, as much as a call may say.
const maxInput = 1 << 20

// mapped makes what the run is told, and what the delivery is known by.
func (b Box) mapped(ctx context.Context, j *judgement, m trigger.Mapping, scope expr.Scope) {
	fails := func(what string, err error) {
		j.refuse(trigger.CodeMappingFailed, fault.Wrap(err, fault.CodeInvalid, "%s cannot be computed: %v", what, err))
	}
	event, err := m.Event(ctx, j.report, scope)
	if err != nil {
		fails("the message or the variables", err)
		return
	}
	j.event, j.key = event, j.report.ID
	if m.Subject != "" {
		if j.delivery.Subject, err = text(ctx, m.Subject, scope); err != nil {
			fails("the subject", err)
			return
		}
	}
	if source := b.found.Trigger.Policies.Idempotency; source != "" {
		if j.key, err = text(ctx, source, scope); err != nil {
			fails("what the delivery is known by", err)
			return
		}
	}
	j.key = bounded(j.key)
	size := sizeOf(event)
	if size > maxInput {
		j.refuse(string(fault.PayloadTooLarge), fault.New(fault.PayloadTooLarge,
			"a run is told at most %d bytes, and this delivery would tell it %d: let user_variables choose from the payload", maxInput, size))
		return
	}
	j.stage("mapped", "%d bytes", size)
}
