package main

import (
	"path/filepath"
	"strings"
	"testing"
)

func TestApplyWarnsOfASecondTriggerOnAGraph(t *testing.T) {
	t.Parallel()
	p := install(t)
	p.start(t)
	p.ready(t)
	file := filepath.Join(p.folder, "acme.yaml")
	write(t, file, strings.Replace(acme, "labels: {owner: data}}]", "labels: {owner: data}}, {name: again, kind: manual, graph: greet}]", 1))
	write(t, filepath.Join(p.folder, "greet.yaml"), greet)
	for _, want := range []string{"warning: trigger again: graph greet is also started by greet: a graph is easier to follow when one trigger starts it\n", ""} {
		_, complaints, err := p.run(t, "apply", "-f", file)
		if err != nil || complaints != want {
			t.Errorf("%v: complains %q, want %q", err, complaints, want)
		}
	}
}
