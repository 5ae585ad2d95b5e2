package commands

import (
	"fmt"
	"io"
	"strings"

	"github.com/onsethq/onset/pkg/client"
	"github.com/onsethq/onset/services/onset/internal/table"
)

// sayPromotion tells what changed in what an environment runs, or would.
func sayPromotion(w io.Writer, m client.Move) error {
	rows := [][]string{{"GRAPH", "BUILD", "WHAT"}}
	for _, b := range m.Changes {
		rows = append(rows, moveRows(b)...)
	}
	if len(m.Changes) > 0 {
		if err := table.Print(w, rows...); err != nil {
			return err
		}
	}
	for _, warning := range m.Warnings {
		fmt.Fprintf(w, "warning: %s\n", table.Plain(warning.Message))
	}
	_, err := fmt.Fprintln(w, nextOf(m))
	return err
}

// nextOf says what came of it and what to do now.
func nextOf(m client.Move) string {
	switch {
	case len(m.Changes) == 0:
		return "nothing changes in " + m.Environment
	case m.Promotion == nil:
		return "nothing was changed: leave out --dry-run to do it"
	}
	return fmt.Sprintf("done in %s\nto take it back: onset env rollback %s --promotion %s", m.Environment, m.Environment, m.Promotion)
}

// moveRows are the graph, and a line for each thing that differs between its
// builds or that the environment does not have.
func moveRows(b client.BuildMove) [][]string {
	rows := [][]string{{b.Graph, step(b.FromBuild, b.ToBuild), ""}}
	if b.FromBuild == nil || b.ToBuild == nil {
		b.Diff = nil // all of it comes or goes
	}
	for _, d := range b.Diff {
		words := []string{string(d.Change), string(d.Part), d.Name, d.Path}
		rows = append(rows, []string{"", "", strings.Join(strings.Fields(strings.Join(words, " ")), " ")})
	}
	for _, m := range b.Missing {
		rows = append(rows, []string{"", "", fmt.Sprintf("lacks the %s %s, which %s names", m.Kind, m.Name, m.Path)})
	}
	return rows
}

func step(from, to *int64) string { return number(from) + " → " + number(to) }

func number(build *int64) string {
	if build == nil {
		return "none"
	}
	return fmt.Sprint(*build)
}
