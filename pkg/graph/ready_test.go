package graph_test

import (
	"slices"
	"testing"

	"github.com/onsethq/onset/pkg/graph"
)

// diamond: start leads to a and b, both lead to join, join leads to end; c hangs
// behind b.
func diamond(join string) graph.Graph {
	return graph.Graph{
		Nodes: []graph.Node{
			{ID: "start", Kind: "start"}, {ID: "a", Kind: "tool"}, {ID: "b", Kind: "tool"}, {ID: "c", Kind: "tool"},
			{ID: "join", Kind: "tool", Join: join}, {ID: "end", Kind: "end"}, {ID: "helper", Kind: "tool", Callable: true},
		},
		Edges: []graph.Edge{
			{From: "start", To: "a"}, {From: "start", To: "b"}, {From: "a", To: "join"},
			{From: "b", To: "c"}, {From: "c", To: "join"}, {From: "join", To: "end"},
		},
	}
}

func set(ids ...string) map[string]bool {
	s := map[string]bool{}
	for _, id := range ids {
		s[id] = true
	}
	return s
}

func TestReady(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		join  string
		begun map[string]bool
		edges map[int]bool
		want  []string
	}{
		{"NothingButStart", "", nil, nil, []string{"start"}},
		{"BothBranches", "", set("start"), map[int]bool{0: true, 1: true}, []string{"a", "b"}},
		{"HalfJoined", "", set("start", "a", "b"), map[int]bool{0: true, 1: true, 2: true}, nil},
		{"AnyJoinsAtOnce", graph.JoinAny, set("start", "a", "b"), map[int]bool{0: true, 1: true, 2: true}, []string{"join"}},
		{"AnyJoinsOnce", graph.JoinAny, set("start", "a", "b", "c", "join"), map[int]bool{0: true, 1: true, 2: true, 3: true, 4: true, 5: true}, []string{"end"}},
		{"Joined", "", set("start", "a", "b", "c"), map[int]bool{0: true, 1: true, 2: true, 3: true, 4: true}, []string{"join"}},
		{"DeadBranchDoesNotHoldTheJoin", "", set("start", "a"), map[int]bool{0: true, 1: false, 2: true}, []string{"join"}},
		{"DeadBehindARunningBranchWaits", "", set("start", "a", "b"), map[int]bool{0: true, 1: true, 2: false}, nil},
		{"AllWaysDead", "", set("start"), map[int]bool{0: false, 1: false}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := graph.NewPlan(diamond(tt.join)).Ready(graph.Progress{Begun: tt.begun, Edges: tt.edges})
			if !slices.Equal(got, tt.want) {
				t.Errorf("ready %v, want %v", got, tt.want)
			}
		})
	}
}

func TestSkippedIsWhatCanNeverRun(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name  string
		edges map[int]bool
		want  []string
	}{
		{"NothingIsDecided", nil, nil},
		{"WholeBranch", map[int]bool{0: true, 1: false}, []string{"b", "c"}},
		{"BothWaysIntoTheJoin", map[int]bool{0: true, 1: true, 2: false, 3: false}, []string{"c", "join", "end"}},
		{"OneWayIsOpen", map[int]bool{0: true, 1: true, 2: false}, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var got []string
			for _, n := range graph.NewPlan(diamond("")).Skipped(graph.Progress{Edges: tt.edges}) {
				got = append(got, n.ID)
			}
			if !slices.Equal(got, tt.want) {
				t.Errorf("skipped %v, want %v", got, tt.want)
			}
		})
	}
}
