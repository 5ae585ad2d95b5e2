// Package commands is what a person types at a terminal to use a running
// Onset.
package commands

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/onsethq/onset/pkg/secret"
	"github.com/onsethq/onset/services/onset/internal/bootstrap"
	"github.com/onsethq/onset/services/onset/internal/client"
)

// The two groups of the command list.
const (
	Serving = "serving"
	Using   = "using"
)

// server are the flags that say which server is meant.
type server struct {
	url string
	key string
}

func (s *server) flags(c *cobra.Command) {
	c.PersistentFlags().StringVar(&s.url, "server", "", "address of the server (ONSET_SERVER; else the one of bootstrap.json)")
	c.PersistentFlags().StringVar(&s.key, "key", "", "API key (ONSET_API_KEY; else the one of bootstrap.json)")
}

const defaultServer = "http://127.0.0.1:8080"

// open finds the server and the key: in the flags, in the environment, or in
// the bootstrap.json of this folder's server, which no other server is sent
// the keys of.
func (s *server) open(keyOf func(bootstrap.File) string) (client.Server, error) {
	folder := cmp.Or(os.Getenv("ONSET_DATA_DIR"), "data")
	file, err := bootstrap.Read(folder)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return client.Server{}, err
	}
	url := strings.TrimRight(cmp.Or(s.url, os.Getenv("ONSET_SERVER"), file.BaseURL, defaultServer), "/")
	key := cmp.Or(s.key, os.Getenv("ONSET_API_KEY"))
	if key == "" && url == file.BaseURL {
		key = keyOf(file)
	}
	if key == "" {
		return client.Server{}, fmt.Errorf("no key for %s: write --key or ONSET_API_KEY (%s has none for it)",
			url, filepath.Join(folder, bootstrap.FileName))
	}
	return client.Server{URL: url, Key: secret.Secret(key)}, nil
}

func userKey(f bootstrap.File) string  { return f.APIKey }
func adminKey(f bootstrap.File) string { return f.AdminKey }

// PrintJSON writes a document for machines, or for people who asked for all.
func PrintJSON(w io.Writer, doc any) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(doc)
}
