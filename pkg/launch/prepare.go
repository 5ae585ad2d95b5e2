package launch

import "github.com/onsethq/onset/pkg/run"

// Prepare makes the run that a start is, for whoever accepts it together with
// something else. The refusals are those of Launch.
func (l Launcher) Prepare(s Start) (run.Start, error) {
	if err := s.Refusal(); err != nil {
		return run.Start{}, err
	}
	return l.start(s)
}

// Ask asks for runs that were accepted: those that hold a slot may be claimed,
// the others wait for one.
func (l Launcher) Ask(class run.Class, accepted ...run.Accepted) {
	var leases []run.Lease
	for _, a := range accepted {
		switch {
		case !a.Fresh: // whoever made it has asked for it
		case a.Admitted:
			leases = append(leases, run.Lease{Run: a.Run})
		default:
			l.Bells.Knock()
		}
	}
	if len(leases) > 0 {
		l.Bells.Ring(class, leases...)
	}
}
