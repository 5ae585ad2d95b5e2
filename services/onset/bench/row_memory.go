package main

import (
	"context"
	"time"

	"golang.org/x/sync/errgroup"
)

// measureMemory looks at the all-in-one with its own database: idle, and while
// it works at a steady pace.
func measureMemory(ctx context.Context, b *bench) (taking, error) {
	const rate = 100
	f, err := b.onItself(ctx)
	if err != nil {
		return nil, err
	}
	defer f.close()
	if _, err := f.sizes(ctx, b.lasting(20*time.Second)); err != nil {
		return nil, err
	}
	idle, err := f.gateway.memory()
	if err != nil {
		return nil, err
	}
	// The heap breathes with its collections: over a shorter time their rhythm
	// looks like growth.
	warming, measuring := b.lasting(120*time.Second), b.lasting(300*time.Second)
	var sizes []float64
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error {
		every := func() time.Duration { return 4 * time.Second / rate }
		_, err := pace(ctx, f.gateway.addr, 4, warming+measuring, every, f.starts("echo"))
		return err
	})
	g.Go(func() (err error) {
		if _, err = f.sizes(ctx, warming); err == nil {
			sizes, err = f.sizes(ctx, measuring)
		}
		return err
	})
	if err := g.Wait(); err != nil {
		return nil, err
	}
	minutes := measuring.Minutes()
	return taking{
		"idle": idle, "slope": slope(sizes) * float64(len(sizes)) / minutes, "load": sizes[len(sizes)-1],
		"rate": rate, "minutes": minutes,
	}, nil
}

// sizes looks at the memory ten times a second for so long.
func (f *fleet) sizes(ctx context.Context, lasting time.Duration) (all []float64, err error) {
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for end := time.Now().Add(lasting); time.Now().Before(end); {
		size, err := f.gateway.memory()
		if err != nil {
			return nil, err
		}
		all = append(all, size)
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-tick.C:
		}
	}
	return all, nil
}

// slope is the growth from one value to the next along the straight line that
// fits them best.
func slope(values []float64) float64 {
	n := float64(len(values))
	var sx, sy, sxx, sxy float64
	for i, y := range values {
		x := float64(i)
		sx, sy, sxx, sxy = sx+x, sy+y, sxx+x*x, sxy+x*y
	}
	if d := n*sxx - sx*sx; d != 0 {
		return (n*sxy - sx*sy) / d
	}
	return 0
}
