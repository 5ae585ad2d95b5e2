package phinite

import (
	"encoding/json"
	"strings"
	"time"

	"github.com/onsethq/onset/pkg/run"
)

// entry is one log line, exactly as it was published.
type entry struct {
	Time         string `json:"time"`
	Level        string `json:"level"`
	NodeID       string `json:"node_id"`
	Message      string `json:"message"`
	Status       string `json:"status"`
	UserLogsType string `json:"user_logs_type"`
}

const (
	logLines = 5
	// recordsRead is how many records are looked at for those lines: a few of
	// them are worth none.
	recordsRead = 2 * logLines
	// flow is the node_id of what concerns the whole graph.
	flow = "flow"

	running = "running"
	success = "success"
	failed  = "failed"
)

// logs are the last lines worth telling. How a run ended is in its row, not in
// its journal.
func logs(r run.Run, records []run.Record) []entry {
	lines := []entry{}
	for _, record := range records {
		if e, ok := line(record); ok {
			lines = append(lines, e)
		}
	}
	if r.Status.Terminal() && r.FinishedAt != nil {
		lines = append(lines, last(r))
	}
	return lines[max(0, len(lines)-logLines):]
}

// line is a record in this surface's words; ok is false when it tells a reader
// nothing.
func line(r run.Record) (e entry, ok bool) {
	level, subject := about(r)
	e = entry{Time: clock(r.At), Level: level, NodeID: r.Node, Status: running}
	if e.NodeID == "" {
		e.NodeID = flow
	}
	switch r.Type {
	case run.RunStarted:
		e.Message = "Graph execution started"
	case run.RunResumed:
		e.Message = "Graph execution resumed"
	case run.StepStarted:
		e.Message = subject + " Invoked with parameters"
		if r.Call == "" {
			e.Message = "Node started"
		}
	case run.StepCompleted:
		e.Message, e.Status = subject+" completed", success
	case run.StepRetrying:
		e.Level, e.Message = "warning", subject+" failed and is tried again: "+text[run.Retried](r).Error
	case run.StepFailed:
		e.Level, e.Message, e.Status = "error", text[run.Failure](r).Message, failed
	case run.Waiting:
		if child := text[run.Ask](r).Child; child != nil {
			e.Message = "Graph " + child.Graph + " started"
			break
		}
		e.NodeID, e.Message = flow, waiting(text[run.Ask](r).Reason)
	case run.Answered:
		if strings.HasPrefix(r.Call, "run:") {
			e.Message = "Graph ended"
			break
		}
		e.NodeID, e.Message = flow, arrived(text[run.Answer](r).Decision)
	case run.LogLine:
		l := text[run.Line](r)
		e.Level, e.Message = l.Level, l.Message
	default:
		return entry{}, false
	}
	e.Message = cut(e.Message)
	return e, true
}

func waiting(why run.Reason) string {
	switch why {
	case run.ForTimer:
		return "Waiting for a time"
	case run.ForCallback:
		return "Waiting for another system"
	}
	return "Waiting for input"
}

func arrived(d run.Decision) string {
	if d == run.Expired {
		return "Waiting is over"
	}
	return "Input received"
}

// about is the level of a step's records and what the step is called.
func about(r run.Record) (level, subject string) {
	switch {
	case strings.HasPrefix(r.Call, "tool:"):
		return "tool_call", "Tool"
	case strings.HasPrefix(r.Call, "model:"):
		return "llm_call", "Model"
	}
	return "info", "Node"
}

// last is the line that ends a run's log.
func last(r run.Run) entry {
	e := entry{Time: clock(*r.FinishedAt), Level: "error", NodeID: flow, Status: failed}
	switch r.Status {
	case run.StatusCompleted:
		e.Level, e.Message, e.Status = "info", "Graph execution completed successfully", success
	case run.StatusCancelled:
		e.Message = "Graph execution cancelled"
	default:
		e.Message = "Graph execution failed"
	}
	return e
}

// text reads a record's data; what does not read says nothing.
func text[T any](r run.Record) (data T) {
	_ = json.Unmarshal(r.Data, &data)
	return data
}

func clock(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05") }

const longest = 500

// cut keeps a line a line.
func cut(message string) string {
	if runes := []rune(message); len(runes) > longest {
		return string(runes[:longest]) + "…"
	}
	return message
}
