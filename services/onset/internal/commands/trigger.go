package commands

import (
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/spf13/cobra"

	"github.com/onsethq/onset/services/onset/internal/client"
)

// Trigger groups the commands about triggers and the runs they start.
func Trigger() *cobra.Command {
	at := new(server)
	return group("trigger", "Start triggers, see what became of it, and manage them", at,
		start(at), status(at), runNow(at), rehearse(at), listTriggers(at), showTrigger(at),
		pauseTrigger(at), resumeTrigger(at), archiveTrigger(at), restoreTrigger(at), deleteTrigger(at))
}

// triggerDocument is what is told of a trigger.
type triggerDocument struct {
	ID           string            `json:"id"`
	Name         string            `json:"name"`
	Title        string            `json:"title"`
	Kind         string            `json:"kind"`
	Graph        string            `json:"graph"`
	Build        any               `json:"build"`
	Environments []string          `json:"environments"`
	Status       string            `json:"status"`
	PausedReason string            `json:"paused_reason"`
	Labels       map[string]string `json:"labels"`
	URLs         map[string]struct {
		Start string `json:"start"`
	} `json:"urls"`
	LastRun *struct {
		ID     string    `json:"id"`
		Status string    `json:"status"`
		At     time.Time `json:"at"`
	} `json:"last_run"`
	NextFireAt *time.Time `json:"next_fire_at"`
	UpdatedAt  time.Time  `json:"updated_at"`
	Warnings   []notice   `json:"warnings"`
}

// notice is something that a person should know.
type notice struct {
	Message string `json:"message"`
}

// standing is the status and, when somebody gave one, the reason of a pause.
func (t triggerDocument) standing() string {
	if t.PausedReason == "" {
		return t.Status
	}
	return fmt.Sprintf("%s (%s)", t.Status, t.PausedReason)
}

// unknownTrigger says where to look for the right name.
func unknownTrigger(name string, err error) error {
	var p *client.Problem
	switch {
	case !errors.As(err, &p):
		return err
	case p.Code == "trigger_paused":
		return fmt.Errorf("%w\n  resume it: onset trigger resume %s", err, name)
	case p.Status == http.StatusNotFound && p.Code != "no_build":
		return fmt.Errorf("there is no trigger %q in the key's workspace, or it is archived: onset trigger list shows those that exist, with --status archived the others", name)
	}
	return explained(err)
}
