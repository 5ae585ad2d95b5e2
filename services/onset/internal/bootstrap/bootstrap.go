// Package bootstrap is what `onset up` does once its gateway answers: it makes
// the workspace demo at a first start, and applies ONSET_MANIFEST at every one.
//
// Both are a manifest applied through the native API, like anybody's, so that
// nothing gets into the product by a side door. Only what nobody could do from
// outside goes to the store directly: making a workspace while there is no key
// yet, and the key that opens it, which lives for minutes.
package bootstrap

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/google/uuid"

	"github.com/onsethq/onset/pkg/boot"
	"github.com/onsethq/onset/pkg/client"
	"github.com/onsethq/onset/pkg/fault"
	"github.com/onsethq/onset/pkg/manifest"
	"github.com/onsethq/onset/pkg/secret"
	"github.com/onsethq/onset/services/onset/demo"
	"github.com/onsethq/onset/services/onset/internal/apply"
	"github.com/onsethq/onset/services/onset/internal/reach"
)

// Start is the module. It has to follow the gateway in the list, which listens
// from the moment on that it is made: what is asked before it serves, waits.
type Start struct {
	// Out is where the newcomer looks.
	Out io.Writer
	// World is what the samples talk to.
	World *demo.World
}

// Module makes the service.
func (s Start) Module(e *boot.Env) (boot.Service, error) {
	return &starter{s, e}, nil
}

type starter struct {
	Start
	env *boot.Env
}

// Name says who failed.
func (s *starter) Name() string { return "bootstrap" }

// Run does its work and returns. Killed in the middle of it, the next start
// does the rest: every step finds what an earlier one left, and bootstrap.json,
// which says that all is done, is written last.
func (s *starter) Run(ctx context.Context) error {
	err := s.run(ctx)
	if ctx.Err() != nil {
		return nil
	}
	return err
}

func (s *starter) run(ctx context.Context) error {
	if s.env.Settings.Mode == boot.Local {
		if err := s.demo(ctx); err != nil {
			return fmt.Errorf("make the workspace demo: %w", err)
		}
	}
	if file := s.env.Settings.Manifest; file != "" {
		return s.manifest(ctx, file)
	}
	return nil
}

func (s *starter) server(k secret.Secret) (*client.Client, error) {
	return reach.Server("http://"+s.env.Settings.Addr, k)
}

// demo makes the workspace demo, unless the file in the data folder says that
// it is there.
func (s *starter) demo(ctx context.Context) error {
	at := filepath.Join(s.env.Settings.DataDir, FileName)
	f, err := Read(s.env.Settings.DataDir)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	known, err := s.belongs(ctx, f)
	if err != nil {
		return err
	}
	if known {
		return s.again(f, at)
	}
	if f, err = s.first(ctx); err != nil {
		return err
	}
	if err := f.write(s.env.Settings.DataDir); err != nil {
		return err
	}
	banner(s.Out, f, at)
	return nil
}

// again is what later starts tell. The address may be another one by now.
func (s *starter) again(f File, at string) error {
	if base := s.env.Settings.BaseURL(); f.BaseURL != base {
		f.BaseURL = base
		if err := f.write(s.env.Settings.DataDir); err != nil {
			return err
		}
	}
	_, err := fmt.Fprintf(s.Out, "\nOnset is running at %s (keys and ids are in %s)\n\n", f.BaseURL, at)
	return err
}

// belongs says whether the file is about this database: the data folder may be
// older than the database that DATABASE_URL names.
func (s *starter) belongs(ctx context.Context, f File) (bool, error) {
	id, err := uuid.Parse(f.WorkspaceID)
	if err != nil || id == uuid.Nil {
		return false, nil
	}
	_, err = s.env.Store.In(id).Workspace(ctx)
	if errors.Is(err, fault.NotFound) {
		return false, nil
	}
	return err == nil, err
}

// first makes everything that the file tells.
func (s *starter) first(ctx context.Context) (File, error) {
	declared, err := demo.Manifest(s.World.URL())
	if err != nil {
		return File{}, err
	}
	w := declared.Workspaces[0]
	opened, err := s.enter(ctx, w)
	if err != nil {
		return File{}, err
	}
	defer opened.close()
	// Keys of a start that died before it could tell them are of no use.
	for _, k := range w.Keys {
		if err := opened.revoke(ctx, k.Name); err != nil {
			return File{}, err
		}
	}
	done, err := apply.To{Server: opened.server, Workspace: opened.id}.Apply(ctx, w)
	if err != nil {
		return File{}, err
	}
	return File{
		BaseURL:     s.env.Settings.BaseURL(),
		WorkspaceID: opened.id,
		APIKey:      done.Keys["local"].Reveal(),
		AdminKey:    done.Keys["admin"].Reveal(),
		Triggers:    done.Triggers,
	}, nil
}

// manifest applies ONSET_MANIFEST.
func (s *starter) manifest(ctx context.Context, file string) error {
	m, err := manifest.Read(file, manifest.Source{File: os.ReadFile, Env: os.LookupEnv})
	if err != nil {
		return fmt.Errorf("ONSET_MANIFEST: %w", err)
	}
	for _, w := range m.Workspaces {
		opened, err := s.enter(ctx, w)
		if err != nil {
			return err
		}
		done, err := apply.To{Server: opened.server, Workspace: opened.id}.Apply(ctx, w)
		opened.close()
		if err != nil {
			return fmt.Errorf("ONSET_MANIFEST: workspace %s: %w", w.Name, err)
		}
		fmt.Fprintf(s.Out, "%s, workspace %s:\n", file, w.Name)
		done.Print(s.Out, s.Out, true)
	}
	return nil
}
