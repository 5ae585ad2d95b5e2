package commands

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/onsethq/onset/pkg/client"
)

// Runs groups the commands about what became of starts.
func Runs() *cobra.Command {
	at := new(server)
	return group("runs", "List, show, follow, answer, cancel and repeat runs", at,
		listRuns(at), showRun(at), tailRun(at), answerRun(at), cancelRun(at), replayRun(at))
}

// standing is a run's status and, where there is one, the reason.
func standing(r client.Run) string {
	if r.StatusReason == nil {
		return string(r.Status)
	}
	return fmt.Sprintf("%s (%s)", r.Status, *r.StatusReason)
}

// unknownRun says where to look for the right id.
func unknownRun(id string, err error) error {
	if missing(err) {
		return fmt.Errorf("there is no run %q in the key's workspace: onset runs list shows those that exist", id)
	}
	return explained(err)
}

func lasted(ms int64) string { return (time.Duration(ms) * time.Millisecond).String() }

func written(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05Z") }
