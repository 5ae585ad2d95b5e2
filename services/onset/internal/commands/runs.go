package commands

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/spf13/cobra"

	"github.com/onsethq/onset/services/onset/internal/client"
)

// Runs groups the commands about what became of starts.
func Runs() *cobra.Command {
	at := new(server)
	return group("runs", "List, show, follow, cancel and repeat runs", at,
		listRuns(at), showRun(at), tailRun(at), cancelRun(at), replayRun(at))
}

// runDocument is what is told of a run in a table.
type runDocument struct {
	ID           string          `json:"id"`
	Trigger      string          `json:"trigger"`
	Graph        string          `json:"graph"`
	Build        int             `json:"build"`
	Environment  string          `json:"environment"`
	Status       string          `json:"status"`
	StatusReason string          `json:"status_reason"`
	Cause        cause           `json:"cause"`
	Message      string          `json:"message"`
	Response     json.RawMessage `json:"response"`
	Error        string          `json:"error"`
	Attempts     int             `json:"attempts"`
	QueuedMS     int64           `json:"queued_ms"`
	RunMS        int64           `json:"run_ms"`
	CreatedAt    time.Time       `json:"created_at"`
	FinishedAt   *time.Time      `json:"finished_at"`
	Tags         []string        `json:"tags"`
}

type cause struct {
	Kind     string `json:"kind"`
	ReplayOf string `json:"replay_of"`
}

// standing is the status and, where there is one, the reason.
func (r runDocument) standing() string {
	if r.StatusReason == "" {
		return r.Status
	}
	return fmt.Sprintf("%s (%s)", r.Status, r.StatusReason)
}

// unknownRun says where to look for the right id.
func unknownRun(id string, err error) error {
	var p *client.Problem
	if errors.As(err, &p) && p.Status == http.StatusNotFound {
		return fmt.Errorf("there is no run %q in the key's workspace: onset runs list shows those that exist", id)
	}
	return explained(err)
}

func lasted(ms int64) string { return (time.Duration(ms) * time.Millisecond).String() }

func written(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05Z") }
