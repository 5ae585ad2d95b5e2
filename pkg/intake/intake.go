// Package intake is the way of a webhook from bytes to a run. Each stage is
// written on the delivery: received, verified, read, guarded, filtered, mapped,
// run. Until the request is verified nothing in it is believed, and what is not
// verified never starts a run.
//
// The answer waits for one transaction and nothing else: no queue, no worker, no
// model. The delivery, the run, and the key by which the delivery is known when
// it comes again are that transaction (store.AcceptDelivery), so there is no
// moment in which a sender that repeats itself could start a second run, and
// none in which a delivery is answered for and not kept. What is a duplicate is
// therefore known last, and a trigger that has changed since may judge it anew
// before.
package intake

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"

	"github.com/onsethq/onset/pkg/audit"
	"github.com/onsethq/onset/pkg/fault"
	"github.com/onsethq/onset/pkg/launch"
	"github.com/onsethq/onset/pkg/run"
	"github.com/onsethq/onset/pkg/signature"
	"github.com/onsethq/onset/pkg/store"
	"github.com/onsethq/onset/pkg/tenant"
	"github.com/onsethq/onset/pkg/trigger"
)

// Store is what an Intake needs of the store: to find a trigger by its id alone,
// and to narrow itself to the workspace of that.
type Store interface {
	Hooked(ctx context.Context, id uuid.UUID) (store.Hooked, error)
	In(workspace uuid.UUID) store.Tenant
}

// Intake takes webhooks in.
type Intake struct {
	Store     Store
	Launcher  launch.Launcher
	Providers trigger.Registry
	// Secrets opens the secrets of a trigger, at most signature.MostSecrets.
	Secrets func(h store.Hooked) ([]signature.Secret, error)
	// Keep is how long deliveries are kept, KeepRejected how long those that were
	// not verified.
	Keep         time.Duration
	KeepRejected time.Duration
	Now          func() time.Time
	// Noise bounds what strangers can make us write.
	Noise *Noise
}

// Box is where the webhooks of one trigger arrive in one environment.
type Box struct {
	in          Intake
	found       store.Hooked
	provider    trigger.Hooked
	environment string
}

var errNoBox = fault.New(fault.NotFound, "Trigger not found")

// Box finds the trigger of an id, whoever's it is. Without an environment it is
// the workspace's own, or else the first that the trigger has. Fault: NotFound
// when no such trigger takes webhooks.
func (i Intake) Box(ctx context.Context, id uuid.UUID, environment string) (Box, error) {
	found, err := i.Store.Hooked(ctx, id)
	if errors.Is(err, fault.NotFound) {
		return Box{}, errNoBox
	}
	if err != nil {
		return Box{}, err
	}
	provider, _ := i.Providers.Find(found.Trigger.Kind)
	hooked, ok := provider.(trigger.Hooked)
	if !ok || found.Trigger.Status == trigger.Archived {
		return Box{}, errNoBox
	}
	if environment == "" {
		environment = found.Workspace.DefaultEnvironment
		if !found.Trigger.In(environment) {
			environment = found.Trigger.Environments[0]
		}
	}
	return Box{i, found, hooked, environment}, nil
}

// MaxBody is how many bytes a request may have.
func (b Box) MaxBody() int { return b.provider.MaxBody() }

// Trigger is whose box it is.
func (b Box) Trigger() trigger.Trigger { return b.found.Trigger }

// Workspace is whose trigger it is.
func (b Box) Workspace() tenant.Workspace { return b.found.Workspace }

// Environment is where its runs start.
func (b Box) Environment() string { return b.environment }

// Arrival is a request beside what it says itself.
type Arrival struct {
	trigger.Hook
	// Source is the address that it comes from.
	Source string
	// Surface is whose words the sender is answered in.
	Surface string
	// Class is run.Sync when the sender waits for the end of the run.
	Class run.Class
}

// Taken is what became of a request.
type Taken struct {
	// Delivery is what was kept, without its body.
	Delivery trigger.Delivery
	// Report is what it said; the zero report when it was not read.
	Report trigger.Report
	// Event is what the run was told; the zero event when none was to start.
	Event trigger.Event
	// Fresh says that it started its run.
	Fresh bool
}

// Take takes a request in. The error is what its sender is to be refused with;
// what was refused or rejected is kept all the same, and told in Taken. Faults:
// Unauthenticated and whatever the kind of trigger says when it is not verified,
// RateLimited when a source sends too much that is not, PayloadTooLarge,
// UnsupportedMediaType, BadJSON, CodeInvalid, TriggerPaused, NoBuild, QueueFull,
// Unavailable.
func (b Box) Take(ctx context.Context, a Arrival) (Taken, error) {
	j, err := b.judge(ctx, a)
	if err != nil {
		return Taken{}, err
	}
	return b.settle(ctx, a, j)
}

// Refuse keeps a request that cannot be taken in because of what it is: too
// large, or of a type that nobody reads. It returns the refusal.
func (b Box) Refuse(ctx context.Context, a Arrival, refusal error) error {
	j := b.begin(a)
	_, _ = b.secrets(j, a.Hook) // nobody asks whether it is genuine
	j.reject(refusal)
	_, err := b.settle(ctx, a, j)
	return err
}

// system is who is named in the audit log for what nobody asked for.
const system = "onset"

func (b Box) tenant() store.Tenant { return b.in.Store.In(b.found.Workspace.ID) }

func (b Box) audited(action string) store.Tenant {
	return b.tenant().Audited(&audit.Mark{Entry: audit.Entry{Actor: system, Action: action}})
}
