package kinds

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/onsethq/onset/pkg/expr"
	"github.com/onsethq/onset/pkg/node"
	"github.com/onsethq/onset/pkg/run"
)

// longest is how long a run may be made to wait by itself: about as long as
// the oldest run is kept.
const longest = 30 * 24 * time.Hour

// templated says that a text is known only when the node runs.
func templated(text string) bool { return strings.Contains(text, "{{") }

// checkSpan says what is wrong with a duration at save; one that is a template
// is judged when it runs.
func checkSpan(text string) string {
	if templated(text) {
		return ""
	}
	_, problem := spanOf(text)
	return problem
}

func spanOf(text string) (d time.Duration, problem string) {
	d, err := time.ParseDuration(text)
	switch {
	case err != nil:
		return 0, fmt.Sprintf("%.100q is not a duration like 90s or 48h", text)
	case d <= 0:
		return 0, fmt.Sprintf("%.100q is no time at all: a duration is longer than 0s", text)
	case d > longest:
		return 0, fmt.Sprintf("a run waits at most %v", longest)
	}
	return d, ""
}

// checkMoment says what is wrong with a moment at save.
func checkMoment(text string) string {
	if templated(text) {
		return ""
	}
	_, problem := momentOf(text)
	return problem
}

func momentOf(text string) (at time.Time, problem string) {
	at, err := time.Parse(time.RFC3339, text)
	if year := at.UTC().Year(); err != nil || year < 1 || year > 9999 {
		return at, fmt.Sprintf("%.100q is not a moment like 2026-03-29T07:00:00Z", text)
	}
	return at.UTC(), ""
}

// span fills a template that gives a duration.
func (f filler) span(ctx context.Context, path, template string) (time.Duration, error) {
	return filled(ctx, f, path, template, spanOf)
}

// moment fills a template that gives a moment.
func (f filler) moment(ctx context.Context, path, template string) (time.Time, error) {
	return filled(ctx, f, path, template, momentOf)
}

func filled[T any](ctx context.Context, f filler, path, template string, read func(string) (T, string)) (v T, err error) {
	text, err := f.text(ctx, path, template, expr.Verbatim)
	if err != nil {
		return v, err
	}
	v, problem := read(text)
	if problem != "" {
		return v, node.Permanent(run.ExpressionFailed, path+": "+problem)
	}
	return v, nil
}
