package commands

import "fmt"

// Verdict is the error of a command that did what it was asked, and of which the
// answer is bad: a run that failed, an installation that is not well. The exit
// code is 1 then; that of a command that could not do its work is 2.
type Verdict string

func (v Verdict) Error() string { return string(v) }

func ended(id, how, why string) error {
	if why == "" {
		why = "no reason was given"
	}
	return Verdict(fmt.Sprintf("run %s %s: %s", id, how, why))
}
