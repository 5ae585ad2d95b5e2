package api

import (
	"net/http"
	"testing"
	"time"
)

func waitOf(lines ...string) (time.Duration, bool) {
	c := &Call{Request: &http.Request{Header: http.Header{"Prefer": lines}}}
	return c.Wait(150 * time.Second)
}

func TestPreferenceToWaitIsReadAsTheRFCWritesIt(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		lines []string
		want  time.Duration
	}{
		{"None", nil, 0},
		{"Plain", []string{"wait=10"}, 10 * time.Second},
		{"AnyCase", []string{"WAIT = 10"}, 10 * time.Second},
		{"Quoted", []string{`wait="10"`}, 10 * time.Second},
		{"AmongOthers", []string{"respond-async, wait=7;x=1, handling=lenient"}, 7 * time.Second},
		{"OnItsOwnLine", []string{"respond-async", "wait=7"}, 7 * time.Second},
		{"FirstCounts", []string{"wait=3, wait=9", "wait=8"}, 3 * time.Second},
		{"NotWithinQuotes", []string{`foo="a, wait=5", wait=6`}, 6 * time.Second},
		{"AtMostTheLimit", []string{"wait=4000000000"}, 150 * time.Second},
		{"Nothing", []string{"wait=0"}, 0},
		{"Negative", []string{"wait=-1"}, 0},
		{"Fraction", []string{"wait=1.5"}, 0},
		{"Word", []string{"wait=long"}, 0},
		{"Empty", []string{"wait"}, 0},
		{"AnotherName", []string{"await=5"}, 0},
		{"Huge", []string{"wait=99999999999999999999"}, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if got, ok := waitOf(c.lines...); got != c.want || ok != (c.want > 0) {
				t.Errorf("%q: %v, %v; want %v", c.lines, got, ok, c.want)
			}
		})
	}
}

func FuzzPreferenceToWaitIsBounded(f *testing.F) {
	for _, line := range []string{"wait=10", `a="b, wait=1", wait="2"`, `wait="`, ";;==,,", "wait=4294967296"} {
		f.Add(line)
	}
	f.Fuzz(func(t *testing.T, line string) {
		got, ok := waitOf(line)
		if ok != (got > 0) || got < 0 || got > 150*time.Second || got%time.Second != 0 {
			t.Errorf("%q: %v, %v", line, got, ok)
		}
	})
}
