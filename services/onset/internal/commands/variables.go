package commands

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"
)

// variables are the user variables of a start: a file with an object, and
// single ones that win over it.
type variables struct {
	file string
	vars []string
}

func (v *variables) flags(c *cobra.Command) {
	c.Flags().StringArrayVar(&v.vars, "var", nil, "user variable as name=text; may be repeated")
	c.Flags().StringVar(&v.file, "vars", "", "JSON file whose object becomes user variables")
}

func (v *variables) read() (map[string]any, error) {
	all := map[string]any{}
	if v.file != "" {
		raw, err := os.ReadFile(v.file)
		if err != nil {
			return nil, fmt.Errorf("--vars: %w", err)
		}
		if err := json.Unmarshal(raw, &all); err != nil || all == nil {
			return nil, fmt.Errorf("--vars: %s does not hold a JSON object", v.file)
		}
	}
	for _, pair := range v.vars {
		name, text, ok := strings.Cut(pair, "=")
		if !ok || name == "" {
			return nil, fmt.Errorf("--var: %q is not name=text", pair)
		}
		all[name] = text
	}
	return all, nil
}
