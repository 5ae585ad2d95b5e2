package boot

import (
	"context"
	"errors"
	"fmt"
)

// together runs services until all have returned. The first that fails ends the
// others; everyone that failed is named.
func together(ctx context.Context, services []Service) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	ended := make(chan error)
	for _, s := range services {
		go func() {
			err := s.Run(ctx)
			if err != nil {
				err = fmt.Errorf("%s: %w", s.Name(), err)
			}
			ended <- err
		}()
	}
	var failed []error
	for range services {
		if err := <-ended; err != nil {
			failed = append(failed, err)
			cancel()
		}
	}
	return errors.Join(failed...)
}

// stacked runs services on a foundation that is there before them and ends
// after them. A foundation that fails takes them down.
func stacked(ctx context.Context, foundation, services []Service) error {
	below, endBelow := context.WithCancel(context.WithoutCancel(ctx))
	defer endBelow()
	above, endAbove := context.WithCancel(ctx)
	defer endAbove()

	fell := make(chan error, 1)
	go func() {
		defer endAbove()
		fell <- together(below, foundation)
	}()
	err := together(above, services)
	endBelow()
	return errors.Join(err, <-fell)
}
