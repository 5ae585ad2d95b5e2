package intake

import (
	"context"
	"errors"
	"fmt"

	"github.com/google/uuid"

	"github.com/onsethq/onset/pkg/fault"
	"github.com/onsethq/onset/pkg/run"
	"github.com/onsethq/onset/pkg/trigger"
)

// settle writes what a judgement came to, in one transaction: the run with its
// delivery, or the delivery alone.
func (b Box) settle(ctx context.Context, a Arrival, j *judgement) (Taken, error) {
	switch {
	case j.delivery.Outcome == trigger.DeliveryRejected:
		return b.keepRejected(ctx, j)
	case j.over():
		j.delivery.KeepUntil = j.delivery.ReceivedAt.Add(b.in.Keep)
		if err := b.tenant().KeepDelivery(ctx, j.delivery); err != nil {
			return Taken{}, err
		}
		return j.taken(), j.refusal
	}
	return b.launch(ctx, a.Class, j)
}

// launch asks for the run.
func (b Box) launch(ctx context.Context, class run.Class, j *judgement) (Taken, error) {
	if class == "" {
		class = run.Background
	}
	start, err := b.in.Launcher.Prepare(b.start(j, class))
	if err != nil {
		return Taken{}, err
	}
	j.delivery.KeepUntil = j.delivery.ReceivedAt.Add(b.in.Keep)
	accepted, err := b.tenant().AcceptDelivery(ctx, start, j.delivery)
	if errors.Is(err, fault.QueueFull) {
		j.refuse(string(fault.QueueFull), err)
		return j.taken(), err
	}
	if err != nil {
		return Taken{}, err
	}
	b.in.Launcher.Ask(class, accepted)
	j.delivery.Outcome, j.delivery.Run = trigger.DeliveryStarted, accepted.Run
	if !accepted.Fresh {
		j.delivery.Outcome = trigger.DeliveryDuplicate
	}
	taken := j.taken()
	taken.Fresh = accepted.Fresh
	if accepted.Fresh && j.delivery.ReplayOf == uuid.Nil {
		b.watch(ctx, j)
	}
	return taken, nil
}

func (j *judgement) taken() Taken {
	j.delivery.Body = nil
	return Taken{Delivery: j.delivery, Report: j.report, Event: j.event}
}

// maxRejected is how much is kept of a body that was not verified.
const maxRejected = 16 << 10

// keepRejected keeps what was not verified, a little of it and not for long. Of a
// source that sends much of it nothing more is kept.
func (b Box) keepRejected(ctx context.Context, j *judgement) (Taken, error) {
	if wait, many := b.in.Noise.more(b.found.Trigger.ID, j.delivery.Source, j.delivery.ReceivedAt); many {
		return Taken{}, fault.Wrap(j.refusal, fault.RateLimited, "Too many requests").After(wait)
	}
	j.delivery.KeepUntil = j.delivery.ReceivedAt.Add(b.in.KeepRejected)
	if len(j.delivery.Body) > maxRejected {
		j.delivery.Body = j.delivery.Body[:maxRejected]
	}
	if err := b.tenant().KeepRejected(ctx, j.delivery); err != nil {
		return Taken{}, err
	}
	return j.taken(), j.refusal
}

// watch pauses the trigger when one subject starts more runs than its breaker
// allows. It looks behind the start: that one run more begins costs less than
// counting before every start. What cannot be asked now is asked by the next.
func (b Box) watch(ctx context.Context, j *judgement) {
	most, per := b.found.Trigger.Policies.Breaker.Rule()
	if most == 0 || j.delivery.Subject == "" {
		return
	}
	n, err := b.tenant().SubjectStarts(ctx, b.found.Trigger.ID, j.delivery.Subject, j.delivery.ReceivedAt.Add(-per), most+1)
	if err != nil || n <= most {
		return
	}
	reason := fmt.Sprintf("%s started more than %d runs in %s", j.delivery.Subject, most, per)
	_, _ = b.audited("trigger.pause").HaltTrigger(ctx, b.found.Trigger.ID.String(), reason)
}
