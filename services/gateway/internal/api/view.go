package api

import (
	"bytes"
	"time"

	"github.com/google/uuid"

	"github.com/onsethq/onset/pkg/run"
	"github.com/onsethq/onset/pkg/store"
)

const (
	// viewBytes bounds the memory of views, viewRoom is what one takes beside its
	// text.
	viewBytes = 8 << 20
	viewRoom  = 2 << 10
	// viewAge is for how long a view can be proven. A run that is executing is
	// written at every heartbeat, so that after a while a proof is not worth trying.
	viewAge    = time.Minute
	viewRunAge = 2 * time.Second
)

// View is how a run was shown, written already.
type View struct {
	// Run is how it stands, without what went in and came out.
	Run  run.Run
	Said Said

	tag   string
	at    time.Time
	sight store.Sight // whose it is, and from what it was made
}

// viewer is who was shown a run, and by which route. Nobody is shown what was
// made for another key.
type viewer struct {
	mac   string
	run   uuid.UUID
	route *Route
}

func (v *View) size() int { return viewRoom + len(v.Said.Body) }

func (v *View) young(now time.Time) bool {
	most := viewAge
	if v.Run.Status == run.StatusRunning {
		most = viewRunAge
	}
	return now.Sub(v.at) < most
}

// Viewed is what the caller was shown before, if it is true still.
func (c *Call) Viewed() (v *View, ok bool) { return c.view, c.view != nil }

// View writes the document of a run, and remembers it for the next look if it
// was made of what was seen when the call came in.
func (c *Call) View(r run.Run, document any) *View {
	p := c.door.pen()
	defer c.door.put(p)
	text := bytes.Clone(p.write(document))
	v := &View{
		Run:  run.Run{ID: r.ID, Status: r.Status, Reason: r.Reason, CreatedAt: r.CreatedAt},
		Said: Said{ContentType: "application/json", Body: text}, tag: tagOf(text), at: c.began,
	}
	if c.sight != nil && c.sight.State != "" && !c.prefers() && len(text) <= thickest {
		v.sight = store.Sight{Key: c.sight.Key, Workspace: c.sight.Workspace, State: c.sight.State}
		c.door.views.Remember(c.viewer, v)
	}
	return v
}
