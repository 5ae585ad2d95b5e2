package commands

import (
	"encoding/json"
	"fmt"
	"io"

	"github.com/spf13/cobra"
)

// PrintJSON writes a document for machines, or for people who asked for all.
func PrintJSON(w io.Writer, doc any) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(doc)
}

// jsonFlag is whether a program reads the output; what is the document that it
// is given then.
func jsonFlag(c *cobra.Command, what string) *bool {
	return c.Flags().Bool("json", false, "print "+what+" as JSON")
}

// tell prints an answer: as it came for programs, and for people what say makes
// of it.
func tell[T any](c *cobra.Command, asJSON bool, doc json.RawMessage, say func(w io.Writer, d T) error) error {
	if asJSON {
		return PrintJSON(c.OutOrStdout(), doc)
	}
	var d T
	if err := read(doc, &d); err != nil {
		return err
	}
	return say(c.OutOrStdout(), d)
}

// read decodes what a server said that may be newer than this command.
func read(doc json.RawMessage, into any) error {
	if err := json.Unmarshal(doc, into); err != nil {
		return fmt.Errorf("the server's answer is not what this command knows (is one of them older?): %w", err)
	}
	return nil
}
