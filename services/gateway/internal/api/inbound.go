package api

import (
	"context"
	"errors"

	"github.com/google/uuid"

	"github.com/onsethq/onset/pkg/fault"
	"github.com/onsethq/onset/pkg/intake"
	"github.com/onsethq/onset/pkg/run"
	"github.com/onsethq/onset/pkg/store"
	"github.com/onsethq/onset/pkg/trigger"
)

// Inbound takes webhooks in for every surface. A route of its own kind (Hook)
// leaves the body to it: how much may come is known with the trigger only.
type Inbound struct {
	intake.Intake
	// Heavy bounds what large bodies take of the memory.
	Heavy *Heavy
}

// Webhook is a request to a webhook as a surface understands it.
type Webhook struct {
	// Trigger is an id: who sends has no key that would say whose name it is.
	Trigger string
	// Workspace is the name or id that the path says; empty where it says none.
	Workspace string
	// Kind is the only kind of trigger that is there for the route; empty for any
	// that takes webhooks.
	Kind string
	// Environment is empty where the path does not say it.
	Environment string
	// Surface is the surface's name.
	Surface string
	// Class is run.Sync when the sender waits for the end of the run.
	Class run.Class
}

var errNoTrigger = fault.New(fault.NotFound, "Trigger not found")

// Take takes a webhook in and says what became of it; see intake.Box.Take. What a
// surface answers beside a refusal it finds in Taken too.
func (i Inbound) Take(ctx context.Context, c *Call, w Webhook) (intake.Box, intake.Taken, error) {
	id, err := uuid.Parse(w.Trigger)
	if err != nil {
		return intake.Box{}, intake.Taken{}, errNoTrigger
	}
	box, err := i.box(ctx, c, id, w.Environment)
	if err != nil {
		return intake.Box{}, intake.Taken{}, err
	}
	if !w.meant(box) {
		return intake.Box{}, intake.Taken{}, errNoTrigger
	}
	a := intake.Arrival{
		Hook:   trigger.Hook{Method: c.Request.Method, Header: c.Request.Header, Query: c.Query(), At: i.Now()},
		Source: c.Peer.String(), Surface: w.Surface, Class: w.Class,
	}
	weighed := i.Heavy.weigh(c, id, box.MaxBody())
	defer weighed.free()
	c.Request.Body = weighed
	body, unread := c.sent(box.MaxBody())
	if errors.Is(unread, errHeavy) {
		c.refused = "large_bodies"
		return intake.Box{}, intake.Taken{}, unread
	}
	// The body may have taken longer than anybody waits for the database.
	again := c.door.patiently(c)
	defer again.End()
	if unread != nil {
		return box, intake.Taken{}, box.Refuse(again, a, unread)
	}
	a.Body = body
	taken, err := box.Take(again, a)
	return box, taken, err
}

// meant says whether the trigger is one that the path may mean.
func (w Webhook) meant(box intake.Box) bool {
	ws := box.Workspace()
	return (w.Workspace == "" || w.Workspace == ws.Name || w.Workspace == ws.ID.String()) && (w.Kind == "" || w.Kind == box.Trigger().Kind)
}

// box finds the trigger, unless the database is known to be away.
func (i Inbound) box(ctx context.Context, c *Call, id uuid.UUID, environment string) (box intake.Box, err error) {
	_, err = c.door.careful(c, func() (store.Entry, error) {
		box, err = i.Box(ctx, id, environment)
		return store.Entry{}, err
	})
	return box, err
}

// sent is the body of a webhook, whatever its type is.
func (c *Call) sent(most int) ([]byte, error) {
	if err := c.plainBody(); err != nil {
		return nil, err
	}
	return c.body(most)
}
