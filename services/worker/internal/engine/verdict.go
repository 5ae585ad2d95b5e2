package engine

import (
	"errors"

	"github.com/onsethq/onset/pkg/fault"
	"github.com/onsethq/onset/pkg/node"
	"github.com/onsethq/onset/pkg/run"
)

// ruling is what to write of an attempt that is over: the run's outcome, that
// it waits, that it is free for other workers or for newer ones, or nothing at
// all.
type ruling struct {
	outcome *run.Outcome
	pause   *Pause
	release bool
	// newer says that the run is left to newer workers.
	newer *newer
	// broken is a mistake of ours, for the log.
	broken error
}

// verdict reads meaning out of the way an attempt ended; nobody else does.
func verdict(c *claimed, reason run.Reason, o run.Outcome, err error) ruling {
	if err == nil {
		return ruling{outcome: &o}
	}
	var pause *Pause
	var refused *node.Error
	var foreign *newer
	switch {
	case errors.As(err, &pause):
		return ruling{pause: pause}
	case errors.Is(err, errLost), errors.Is(err, fault.Fenced):
		return ruling{}
	case errors.Is(err, errDrain):
		return ruling{release: true}
	case errors.As(err, &foreign):
		return ruling{newer: foreign}
	case errors.Is(err, errCancelled):
		return ruling{outcome: &run.Outcome{Status: run.StatusCancelled, Reason: reason, Usage: o.Usage}}
	case errors.Is(err, errDeadline):
		return ruling{outcome: &run.Outcome{
			Status: run.StatusFailed, ErrorCode: run.DeadlineExceeded, Usage: o.Usage, Error: run.TimedOut(c.Run, c.Answers > 0),
		}}
	case errors.Is(err, fault.NotFound):
		return ruling{outcome: &run.Outcome{
			Status: run.StatusFailed, ErrorCode: run.NoBuild, Usage: o.Usage, Error: "the build of this run does not exist any more",
		}}
	case errors.As(err, &refused):
		return ruling{outcome: &run.Outcome{
			Status: run.StatusFailed, ErrorCode: refused.Code, Usage: o.Usage, Error: refused.Message,
		}}
	}
	return ruling{broken: err, outcome: &run.Outcome{
		Status: run.StatusFailed, ErrorCode: run.InternalError, Usage: o.Usage,
		Error: "the run stopped by a mistake of ours",
	}}
}
