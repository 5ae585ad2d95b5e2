package model

import (
	"encoding/json"
	"strconv"
	"strings"
	"time"
)

// part is what a run of directives asks Echo to do in one turn.
type part struct {
	sleep  time.Duration
	tokens *[2]int
	texts  []string
	calls  []ToolCall
	fail   *Error
}

// answers says whether the part holds an answer, and not only its manner.
func (p part) answers() bool { return p.fail != nil || len(p.texts)+len(p.calls) > 0 }

// whole plays all directives of a text in one turn.
func whole(text string) part {
	var p part
	for line := range strings.Lines(text) {
		p.obey(line)
	}
	return p
}

// byAnswer plays one answer per turn.
func byAnswer(text string) []part {
	var script []part
	var p part
	for line := range strings.Lines(text) {
		if p.obey(line); p.answers() {
			script = append(script, p)
			p = part{}
		}
	}
	if p.sleep > 0 || p.tokens != nil {
		script = append(script, p)
	}
	return script
}

// obey adds one line to the part, if it is a directive.
func (p *part) obey(line string) {
	directive, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
	rest = strings.TrimSpace(rest)
	first, second, _ := strings.Cut(rest, " ")
	second = strings.TrimSpace(second)
	switch directive {
	case "@call":
		if first != "" {
			p.calls = append(p.calls, ToolCall{Name: first, Arguments: orEmptyObject(second)})
		}
	case "@say":
		p.texts = append(p.texts, rest)
	case "@json":
		if json.Valid([]byte(rest)) {
			p.texts = append(p.texts, rest)
		}
	case "@sleep":
		if d, err := time.ParseDuration(rest); err == nil && d > 0 {
			p.sleep += d
		}
	case "@fail":
		if code, err := strconv.Atoi(first); err == nil && p.fail == nil {
			p.fail = &Error{Status: code, Message: status(code, second)}
		}
	case "@tokens":
		in, err1 := strconv.Atoi(first)
		out, err2 := strconv.Atoi(second)
		if err1 == nil && err2 == nil && in >= 0 && out >= 0 {
			p.tokens = &[2]int{in, out}
		}
	}
}

func orEmptyObject(arguments string) string {
	if arguments == "" {
		return "{}"
	}
	return arguments
}
