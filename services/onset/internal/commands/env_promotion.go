package commands

import (
	"fmt"
	"io"
	"strings"

	"github.com/onsethq/onset/services/onset/internal/table"
)

// promotionDocument is what is told of a change of what an environment runs.
type promotionDocument struct {
	Environment string        `json:"environment"`
	DryRun      bool          `json:"dry_run"`
	Promotion   string        `json:"promotion"`
	Changes     []buildChange `json:"changes"`
	Warnings    []notice      `json:"warnings"`
}

// buildChange is what becomes of one graph; 0 is no build.
type buildChange struct {
	Graph     string `json:"graph"`
	FromBuild int    `json:"from_build"`
	ToBuild   int    `json:"to_build"`
	Diff      []struct {
		Part   string `json:"part"`
		Name   string `json:"name"`
		Change string `json:"change"`
		Path   string `json:"path"`
	} `json:"diff"`
	Missing []struct {
		Kind string `json:"kind"`
		Name string `json:"name"`
		Path string `json:"path"`
	} `json:"missing"`
}

func sayPromotion(w io.Writer, p promotionDocument) error {
	rows := [][]string{{"GRAPH", "BUILD", "WHAT"}}
	for _, c := range p.Changes {
		rows = append(rows, c.rows()...)
	}
	if len(p.Changes) > 0 {
		if err := table.Print(w, rows...); err != nil {
			return err
		}
	}
	for _, warning := range p.Warnings {
		fmt.Fprintf(w, "warning: %s\n", table.Plain(warning.Message))
	}
	_, err := fmt.Fprintln(w, p.next())
	return err
}

// next says what came of it and what to do now.
func (p promotionDocument) next() string {
	switch {
	case len(p.Changes) == 0:
		return "nothing changes in " + p.Environment
	case p.DryRun:
		return "nothing was changed: leave out --dry-run to do it"
	}
	return fmt.Sprintf("done in %s\nto take it back: onset env rollback %s --promotion %s", p.Environment, p.Environment, p.Promotion)
}

// rows are the graph, and a line for each thing that differs between its builds
// or that the environment does not have.
func (c buildChange) rows() [][]string {
	rows := [][]string{{c.Graph, c.step(), ""}}
	if c.FromBuild == 0 || c.ToBuild == 0 {
		c.Diff = nil // all of it comes or goes
	}
	for _, d := range c.Diff {
		rows = append(rows, []string{"", "", strings.Join(strings.Fields(strings.Join([]string{d.Change, d.Part, d.Name, d.Path}, " ")), " ")})
	}
	for _, m := range c.Missing {
		rows = append(rows, []string{"", "", fmt.Sprintf("lacks the %s %s, which %s names", m.Kind, m.Name, m.Path)})
	}
	return rows
}

func (c buildChange) step() string { return number(c.FromBuild) + " → " + number(c.ToBuild) }

func number(build int) string {
	if build == 0 {
		return "none"
	}
	return fmt.Sprint(build)
}
