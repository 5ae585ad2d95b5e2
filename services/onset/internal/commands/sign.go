package commands

import (
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/spf13/cobra"

	"github.com/onsethq/onset/pkg/secret"
	"github.com/onsethq/onset/pkg/signature"
)

// Sign signs as the senders of webhooks do.
func Sign() *cobra.Command {
	var scheme, from, file, id string
	c := &cobra.Command{
		Use:   "sign",
		Short: "Print the headers with which a sender would sign a webhook",
		Long: `Signs a body as one of the senders does that triggers know, to try a webhook
without the sender: the headers that it prints are for curl. The secret is read
from an environment variable, so that no list of processes shows it.`,
		Args:    cobra.NoArgs,
		GroupID: Using,
		Example: "  onset sign --scheme github --secret-env SECRET --body opened.json > headers.txt\n" +
			"  onset sign --scheme standard --secret-env SECRET --id msg_1 --body user.json | curl -H @- --data-binary @user.json \"$URL\"",
	}
	c.Flags().StringVar(&scheme, "scheme", "", "how: "+strings.Join(signature.Names(), ", "))
	c.Flags().StringVar(&from, "secret-env", "", "the environment variable that holds the secret")
	c.Flags().StringVar(&file, "body", "-", "the file to sign; - is the standard input")
	c.Flags().StringVar(&id, "id", "", "the id of the message, where the scheme signs one; made up when it is left out")
	_ = c.MarkFlagRequired("scheme")
	_ = c.MarkFlagRequired("secret-env")
	_ = c.RegisterFlagCompletionFunc("scheme", cobra.FixedCompletions(signature.Names(), cobra.ShellCompDirectiveNoFileComp))
	c.RunE = func(c *cobra.Command, _ []string) error {
		body, err := contentOf(c.InOrStdin(), file)
		if err != nil {
			return err
		}
		if id == "" {
			id = "msg_" + strings.ReplaceAll(uuid.NewString(), "-", "")
		}
		return sign(c.OutOrStdout(), scheme, secret.Secret(os.Getenv(from)), id, body)
	}
	return c
}

func contentOf(in io.Reader, file string) ([]byte, error) {
	if file == "-" {
		return io.ReadAll(in)
	}
	return os.ReadFile(file)
}

// sign prints the headers, each on a line.
func sign(w io.Writer, scheme string, with secret.Secret, id string, body []byte) error {
	s, known := signature.Find(scheme)
	if !known {
		return fmt.Errorf("scheme %q does not exist: %s", scheme, strings.Join(signature.Names(), ", "))
	}
	header, err := s.Sign(with, id, time.Now(), body)
	if err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(header)) {
		if _, err := fmt.Fprintf(w, "%s: %s\n", name, header.Get(name)); err != nil {
			return err
		}
	}
	return nil
}
