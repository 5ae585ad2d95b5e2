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

// read decodes what a server said that may be newer than this command, or no
// Onset at all.
func read(doc json.RawMessage, into any) error {
	if err := json.Unmarshal(doc, into); err != nil {
		return fmt.Errorf("the server does not answer as this command expects: is its address right, or one of them older? (%w)", err)
	}
	return nil
}

// answered is the document of an answer. It takes what reach.Answer returns.
func answered[T any](doc []byte, err error) (d T, _ error) {
	if err != nil {
		return d, err
	}
	return d, read(doc, &d)
}

// given points to what was said, or to nothing where nothing was.
func given[T comparable](said T) *T {
	var nothing T
	if said == nothing {
		return nil
	}
	return &said
}

// or is what stands there, or nothing.
func or[T any](there *T) (t T) {
	if there != nil {
		t = *there
	}
	return t
}
