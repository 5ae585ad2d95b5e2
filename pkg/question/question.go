// Package question is what a run asks of a person: what is shown, and which
// answers fit.
package question

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/onsethq/onset/pkg/fault"
	"github.com/onsethq/onset/pkg/schema"
	"github.com/onsethq/onset/pkg/strictjson"
)

// Question is asked of a person. With options the answer is one of them, with a
// form it is an object that satisfies the schema, and otherwise text.
type Question struct {
	Text    string          `json:"text"`
	Options []string        `json:"options,omitempty" doc:"The answer is one of these."`
	Form    json.RawMessage `json:"form,omitempty" doc:"A JSON schema: the answer is an object that satisfies it."`
	// Call is what a person is asked to approve.
	Call *Call `json:"call,omitempty" doc:"The call of a tool that waits for approval."`
	// Assignees are those whom the question is for.
	Assignees []string `json:"assignees,omitempty" doc:"Those whom the question is for."`
	// DueAt is when an answer is wanted of a question that waits on all the same.
	DueAt *time.Time `json:"due_at,omitempty" doc:"When the answer is wanted, of a question that waits on after it."`
}

// Of reads the question of an ask; one that has none asks nothing in particular.
func Of(raw json.RawMessage) (q Question, err error) {
	if len(raw) == 0 {
		return q, nil
	}
	if err := json.Unmarshal(raw, &q); err != nil {
		return q, fmt.Errorf("read a question: %w", err)
	}
	return q, nil
}

// MaxText is how long an answer in text may be, in bytes.
const MaxText = 256 << 10

// Check says why an answer does not fit, with paths into the answer.
func (q Question) Check(answer json.RawMessage) []fault.Detail {
	if len(answer) == 0 {
		return wrong("an answer is wanted: %s", q.wants())
	}
	if q.Form != nil {
		s, err := schema.Compile(q.Form)
		if err != nil {
			return wrong("the form of the question cannot be read: %v", err)
		}
		return s.Check(answer)
	}
	var text string
	switch err := json.Unmarshal(answer, &text); {
	case err != nil || answer[0] != '"':
		return wrong("the answer is %s", q.wants())
	case len(q.Options) > 0 && !slices.Contains(q.Options, text):
		return wrong("the answer is %s", q.wants())
	case strings.TrimSpace(text) == "":
		return wrong("an empty answer says nothing: the answer is %s", q.wants())
	case len(text) > MaxText:
		return wrong("the answer is at most %d bytes long", MaxText)
	}
	return nil
}

// wants says in words what fits.
func (q Question) wants() string {
	switch {
	case q.Form != nil:
		return "an object that fits the form"
	case len(q.Options) > 0:
		quoted := make([]string, len(q.Options))
		for i, o := range q.Options {
			quoted[i] = fmt.Sprintf("%q", o)
		}
		return "one of " + strings.Join(quoted, ", ")
	}
	return "text"
}

func wrong(format string, args ...any) []fault.Detail {
	return []fault.Detail{{Code: string(fault.CodeInvalid), Message: fmt.Sprintf(format, args...)}}
}

// Under puts the paths of an answer's details under the place where it stands.
func Under(place string, details []fault.Detail) []fault.Detail {
	for i := range details {
		details[i].Path = strictjson.Under(place, details[i].Path)
	}
	return details
}
