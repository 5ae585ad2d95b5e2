package main

import (
	"context"
	"fmt"
	"net/http"
	"os"

	pprof "github.com/google/pprof/profile"
	"golang.org/x/sync/errgroup"
)

// profiling is how many seconds a profile spans: no longer than the shortest
// burst, or it would show how a process waits.
const profiling = 2

// profiled does do while, if profiles are wanted, every process of the fleet is
// asked where its processor time goes.
func (f *fleet) profiled(ctx context.Context, do func() error) error {
	if !f.Profile {
		return do()
	}
	found := make([]*pprof.Profile, len(f.processes))
	g, ctx := errgroup.WithContext(ctx)
	for n, p := range f.processes {
		g.Go(func() (err error) {
			found[n], err = p.profile(ctx)
			return err
		})
	}
	g.Go(do)
	err := g.Wait()
	if err == nil {
		f.profiles = append(f.profiles, found...)
	}
	return err
}

// profile is where the process spends its processor time now.
func (p *process) profile(ctx context.Context) (*pprof.Profile, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, fmt.Sprintf("http://%s/debug/pprof/profile?seconds=%d", p.admin, profiling), nil)
	if err != nil {
		return nil, err
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, fmt.Errorf("profile %s: %w", p.name, err)
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("profile %s: answered %s", p.name, answer.Status)
	}
	found, err := pprof.Parse(answer.Body)
	if err != nil {
		return nil, fmt.Errorf("profile %s: %w", p.name, err)
	}
	return found, nil
}

// keepProfile writes all profiles as one, for the compiler. It says nothing of
// the machine that they were taken on.
func (b *bench) keepProfile(path string) error {
	for _, p := range b.profiles {
		for _, m := range p.Mapping {
			m.File, m.BuildID = "", ""
		}
	}
	whole, err := pprof.Merge(b.profiles)
	if err != nil {
		return fmt.Errorf("merge %d profiles: %w", len(b.profiles), err)
	}
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	defer f.Close()
	if err := whole.Write(f); err != nil {
		return err
	}
	return f.Close()
}
