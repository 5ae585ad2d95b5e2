package live

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"github.com/onsethq/onset/services/onset/internal/table"
)

// Line is an event for people: when, what of the run, and what became of it.
func (e Event) Line() string {
	what := e.step()
	if what == "" {
		what = "run"
	}
	return table.Plain(fmt.Sprintf("%s  %-12s  %s", e.At.UTC().Format("15:04:05.000Z"), what, e.tale()))
}

// tale is what happened. A kind of event that this command does not know is told
// by its name.
func (e Event) tale() string {
	switch e.Name {
	case "run.accepted":
		return fmt.Sprintf("accepted: %s build %d in %s, %s", e.Graph, e.Build, e.Environment, e.origin())
	case "run.resumed":
		return fmt.Sprintf("resumed by another worker, attempt %d", e.Epoch)
	case "run.waiting":
		return "waits: " + e.Reason + behind(e.Message)
	case "run.completed", "run.failed", "run.cancelled":
		return withReason(e.Status, e.StatusReason) + behind(e.Error)
	case "node.retrying":
		return fmt.Sprintf("try %d failed%s; again in %s", e.Try, behind(e.Error), time.Duration(e.AfterMS)*time.Millisecond)
	case "node.progress":
		return e.progress()
	case "tool.called":
		return "calls " + tool(e.Call)
	case "tool.returned":
		return tool(e.Call) + " " + e.Status + behind(e.Error)
	case "log":
		return e.Level + ": " + e.Message
	}
	_, what, _ := strings.Cut(e.Name, ".")
	return what + behind(e.Error) + warned(e.Warnings)
}

func (e Event) origin() string {
	by := "by " + e.Cause.Kind
	if e.Trigger != "" {
		by = fmt.Sprintf("by %s (%s)", e.Trigger, e.Cause.Kind)
	}
	if e.Cause.ReplayOf != "" {
		by += ", replay of " + e.Cause.ReplayOf
	}
	return by
}

// progress is what goes on inside a node: how far it is, an answer that it
// waited for, or a call that is no tool.
func (e Event) progress() string {
	parts := []string{e.Call, e.Status, e.Decision, cmp.Or(e.Message, e.share())}
	said := strings.Join(strings.Fields(strings.Join(parts, " ")), " ")
	return said + behind(e.Error)
}

// tool is the name in tool:3:page.
func tool(call string) string {
	name := strings.TrimPrefix(call, "tool:")
	if _, after, numbered := strings.Cut(name, ":"); numbered {
		return after
	}
	return name
}

func withReason(status, reason string) string {
	if reason == "" {
		return status
	}
	return fmt.Sprintf("%s (%s)", status, reason)
}

func behind(text string) string {
	if text == "" {
		return ""
	}
	return ": " + text
}

func warned(warnings []string) string {
	if len(warnings) == 0 {
		return ""
	}
	return " (warning: " + strings.Join(warnings, "; ") + ")"
}
