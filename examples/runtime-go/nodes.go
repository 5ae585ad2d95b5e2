package main

import (
	"context"
	"fmt"
	"time"
)

// nodes is what this runtime can do: replace it by what yours can.
func nodes() []executable {
	numbers := map[string]any{
		"type":       "object",
		"required":   []any{"numbers"},
		"properties": map[string]any{"numbers": map[string]any{"type": "array", "items": map[string]any{"type": "number"}, "minItems": 1}},
	}
	return []executable{
		{"statistics", "Count, sum, mean, least and greatest of numbers", numbers, statistics},
		{"convert", "Convert rows one by one, which takes a while", map[string]any{
			"type":       "object",
			"required":   []any{"rows"},
			"properties": map[string]any{"rows": map[string]any{"type": "integer", "minimum": 1}, "each_ms": map[string]any{"type": "integer"}},
		}, convert},
	}
}

func statistics(_ context.Context, j job) (any, error) {
	list, _ := j.arguments["numbers"].([]any)
	if len(list) == 0 {
		return nil, fmt.Errorf("%w: numbers is a list of at least one number", errArguments)
	}
	var sum, least, greatest float64
	for i, item := range list {
		n, ok := item.(float64)
		if !ok {
			return nil, fmt.Errorf("%w: numbers[%d] is no number", errArguments, i)
		}
		if i == 0 {
			least, greatest = n, n
		}
		sum, least, greatest = sum+n, min(least, n), max(greatest, n)
	}
	if err := j.say("%d numbers", len(list)); err != nil {
		return nil, err
	}
	return map[string]any{"count": len(list), "sum": sum, "mean": sum / float64(len(list)), "least": least, "greatest": greatest}, nil
}

// convert stands for work that takes a while: it says how far it is, and stops
// when nobody waits for it any more.
func convert(ctx context.Context, j job) (any, error) {
	rows, ok := j.arguments["rows"].(float64)
	if !ok || rows < 1 {
		return nil, fmt.Errorf("%w: rows is a number above 0", errArguments)
	}
	each, _ := j.arguments["each_ms"].(float64)
	for done := 1; done <= int(rows); done++ {
		select {
		case <-time.After(time.Duration(each) * time.Millisecond):
		case <-ctx.Done():
			return nil, ctx.Err()
		}
		if err := j.progress(done, int(rows)); err != nil {
			return nil, err
		}
	}
	return map[string]any{"converted": rows}, nil
}
