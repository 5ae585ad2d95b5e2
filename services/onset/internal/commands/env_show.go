package commands

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"

	"github.com/spf13/cobra"

	"github.com/onsethq/onset/services/onset/internal/table"
)

func showEnvironment(at *server) *cobra.Command {
	c := &cobra.Command{
		Use:               "show ENVIRONMENT",
		Short:             "Show what an environment holds and which builds it runs; of secrets, that they exist",
		Args:              Named(anEnvironment),
		ValidArgsFunction: environments,
		Example:           "  onset env show DEV",
	}
	asJSON := jsonFlag(c, "the environment and its assignments")
	c.RunE = func(c *cobra.Command, args []string) error {
		ws, err := at.enter(c.Context(), adminKey)
		if err != nil {
			return err
		}
		var doc json.RawMessage
		of := ws.path("environments", args[0])
		if err := ws.Do(c.Context(), http.MethodGet, of, nil, &doc); err != nil {
			return explained(err)
		}
		assigned, err := ws.pages(c.Context(), of+"/assignments", url.Values{}, mostShown)
		if err != nil {
			return err
		}
		if *asJSON {
			return PrintJSON(c.OutOrStdout(), map[string]any{"environment": doc, "assignments": assigned})
		}
		return printEnvironment(c.OutOrStdout(), doc, assigned)
	}
	return c
}

// mostShown is more builds than a person reads.
const mostShown = 10_000

// environmentDocument is what is told of an environment.
type environmentDocument struct {
	Name      string            `json:"name"`
	Variables map[string]string `json:"variables"`
	Secrets   map[string]struct {
		Version int    `json:"version"`
		Last4   string `json:"last4"`
	} `json:"secrets"`
	Models map[string]struct {
		Model   string `json:"model"`
		BaseURL string `json:"base_url"`
	} `json:"models"`
}

func printEnvironment(w io.Writer, doc json.RawMessage, assigned list) error {
	var e environmentDocument
	if err := read(doc, &e); err != nil {
		return err
	}
	rows := [][]string{{"KIND", "NAME", "VALUE"}}
	for _, raw := range assigned.Items {
		var a struct {
			Graph string `json:"graph"`
			Build int    `json:"build"`
		}
		if err := read(raw, &a); err != nil {
			return err
		}
		rows = append(rows, []string{"graph", a.Graph, fmt.Sprintf("build %d", a.Build)})
	}
	return table.Print(w, append(rows, e.rows()...)...)
}

func (e environmentDocument) rows() (rows [][]string) {
	for _, name := range slices.Sorted(maps.Keys(e.Variables)) {
		rows = append(rows, []string{"variable", name, e.Variables[name]})
	}
	for _, name := range slices.Sorted(maps.Keys(e.Secrets)) {
		s := e.Secrets[name]
		shown := fmt.Sprintf("version %d", s.Version)
		if s.Last4 != "" {
			shown += ", ends in " + s.Last4
		}
		rows = append(rows, []string{"secret", name, shown})
	}
	for _, name := range slices.Sorted(maps.Keys(e.Models)) {
		rows = append(rows, []string{"model", name, fmt.Sprintf("%s at %s", e.Models[name].Model, e.Models[name].BaseURL)})
	}
	return rows
}
