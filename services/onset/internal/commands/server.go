package commands

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/onsethq/onset/pkg/client"
	"github.com/onsethq/onset/pkg/secret"
	"github.com/onsethq/onset/services/onset/internal/bootstrap"
	"github.com/onsethq/onset/services/onset/internal/reach"
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
func (s *server) open(keyOf func(bootstrap.File) string) (*client.Client, error) {
	folder := cmp.Or(os.Getenv("ONSET_DATA_DIR"), "data")
	file, err := bootstrap.Read(folder)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	url := strings.TrimRight(cmp.Or(s.url, os.Getenv("ONSET_SERVER"), file.BaseURL, defaultServer), "/")
	key := cmp.Or(s.key, os.Getenv("ONSET_API_KEY"))
	if key == "" && url == file.BaseURL {
		key = keyOf(file)
	}
	if key == "" {
		return nil, fmt.Errorf("no key for %s: write --key or ONSET_API_KEY (%s has none for it)",
			url, filepath.Join(folder, bootstrap.FileName))
	}
	return reach.Server(url, secret.Secret(key))
}

func userKey(f bootstrap.File) string  { return f.APIKey }
func adminKey(f bootstrap.File) string { return f.AdminKey }

// workspace is the one that a key belongs to, at its server.
type workspace struct {
	*client.Client
	ID   string
	Name string
}

// enter opens the server and asks which workspace the key belongs to.
func (s *server) enter(ctx context.Context, keyOf func(bootstrap.File) string) (workspace, error) {
	open, err := s.open(keyOf)
	if err != nil {
		return workspace{}, err
	}
	me, err := answered[client.Bearer](reach.Answer(open.Whoami(ctx)))
	if err != nil {
		return workspace{}, explained(err)
	}
	return workspace{open, me.Workspace.ID.String(), me.Workspace.Name}, nil
}
