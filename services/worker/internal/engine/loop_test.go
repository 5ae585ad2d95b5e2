package engine

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/onsethq/onset/pkg/graph"
	"github.com/onsethq/onset/pkg/run"
)

// drawn makes a graph of work nodes out of lines: "a>b" is an edge, "b>>a 2" a
// loop edge of two laps, "a!b" an edge for errors, "a>b?expression" one with a
// condition, "a>b?" an else edge. A node whose name begins with x fails.
func drawn(lines ...string) graph.Graph {
	g := graph.Graph{}
	seen := map[string]bool{}
	place := func(id string) {
		if seen[id] {
			return
		}
		seen[id] = true
		kind := "work"
		switch {
		case id == "start" || id == "end":
			kind = id
		case id[0] == 'x':
			kind = "boom"
		}
		g.Nodes = append(g.Nodes, graph.Node{ID: id, Kind: kind})
	}
	for _, line := range lines {
		e := graph.Edge{}
		line, when, conditional := strings.Cut(line, "?")
		e.When, e.Else = when, conditional && when == ""
		switch {
		case strings.Contains(line, ">>"):
			e.Loop = true
			fmt.Sscanf(strings.Replace(line, ">>", " ", 1), "%s %s %d", &e.From, &e.To, &e.Max)
		case strings.Contains(line, "!"):
			e.On = graph.OnError
			e.From, e.To, _ = strings.Cut(line, "!")
		default:
			e.From, e.To, _ = strings.Cut(line, ">")
		}
		place(e.From)
		place(e.To)
		g.Edges = append(g.Edges, e)
	}
	return g
}

func TestWaysThroughAGraph(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		lines []string
		ran   string // node and how often, of those that did something
		end   run.ErrorCode
	}{
		"LoopGoesRound":               {[]string{"start>a", "a>b", "b>>a 3", "b>end"}, "a4 b4", ""},
		"NodeGoesRoundItself":         {[]string{"start>a", "a>>a 2", "a>end"}, "a3", ""},
		"ConditionEndsALoop":          {[]string{"start>a", "a>b", "b>>a 9?output.n == 2", "b>end"}, "a1 b1", ""},
		"ElseFollowsAFullLoop":        {[]string{"start>a", "a>>a 2", "a>end?output.n == 2", "a>b?", "b>end"}, "a3 b1", ""},
		"FullLoopWithoutAWayOn":       {[]string{"start>a", "a>>a 2", "a>end?output.n == 2"}, "a3", run.LimitExceeded},
		"LoopInALoop":                 {[]string{"start>a", "a>b", "b>>b 1", "b>>a 1", "b>end"}, "a2 b4", ""},
		"BranchesOfALapJoin":          {[]string{"start>a", "a>b", "a>c", "b>d", "c>d", "d>>a 1", "d>end"}, "a2 b2 c2 d2", ""},
		"WhatALoopLeadsToRunsOnce":    {[]string{"start>a", "a>log", "log>end", "a>b", "b>>a 2", "b>end"}, "a3 b3 log1", ""},
		"AWayOutIsOpenUntilTheLast":   {[]string{"start>a", "a>out?output.n == 2", "a>b", "b>>a 2", "b>last", "out>last", "last>end"}, "a3 b3 last1", ""},
		"BreakEndsALoop":              {[]string{"start>a", "a>out?output.n == 1", "a>b?", "b>>a 2", "b>end", "out>end"}, "a1 out1", ""},
		"EndlessLoopsEnd":             {[]string{"start>a", "a>>a 49", "a>b", "b>>a 49", "b>end"}, "", run.LimitExceeded},
		"FailureIsCaught":             {[]string{"start>x", "x!rescue", "x>end", "rescue>end"}, "rescue1 x1", ""},
		"FailureIsCaughtByCondition":  {[]string{"start>x", "x!a?output.error.code == 'node_failed'", "x!b?", "x>end", "a>end", "b>end"}, "a1 x1", ""},
		"FailureIsCaughtByElse":       {[]string{"start>x", "x!a?output.error.message == 'bang'", "x!b?", "x>end", "a>end", "b>end"}, "b1 x1", ""},
		"FailureThatNoEdgeWants":      {[]string{"start>x", "x!a?output.error.message == 'bang'", "x>end", "a>end"}, "x1", run.NodeFailed},
		"SuccessIsNoError":            {[]string{"start>a", "a!b", "a>end", "b>end"}, "a1", ""},
		"CaughtFailureEndsALoop":      {[]string{"start>a", "a>x", "x>>a 5", "x!b", "x>end", "b>end"}, "a1 b1 x1", ""},
		"FailureInAnotherLapIsCaught": {[]string{"start>a", "a>x", "x!b", "x>end", "b>>a 2", "b>end"}, "a3 b3 x3", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := drawn(c.lines...)
			tr := newTrial(g)
			tr.play(t)
			if tr.outcome.ErrorCode != c.end {
				t.Fatalf("ended %s %s: %s", tr.outcome.Status, tr.outcome.ErrorCode, tr.outcome.Error)
			}
			if got := tr.tally(); c.ran != "" && got != c.ran {
				t.Errorf("ran %s, want %s", got, c.ran)
			}
		})
	}
}

// tally counts the effects of each node, over all laps.
func (tr *trial) tally() string {
	count := map[string]int{}
	for key, n := range tr.called {
		count[strings.Split(key, "/")[1]] += n
	}
	var words []string
	for _, id := range slices.Sorted(maps.Keys(count)) {
		words = append(words, fmt.Sprintf("%s%d", id, count[id]))
	}
	return strings.Join(words, " ")
}
