package trouble_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"testing"

	"github.com/onsethq/onset/pkg/trouble"
)

func TestOutageIsTwoLines(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	ctx, cancel := context.WithCancel(t.Context())
	told := trouble.Teller{Log: slog.New(slog.NewTextHandler(&out, &slog.HandlerOptions{ReplaceAttr: untimed})), What: "sweep"}
	away := errors.New("away")
	for _, err := range []error{nil, away, away, away, nil, nil} {
		told.Tell(ctx, err)
	}
	cancel()
	told.Tell(ctx, away)
	want := "level=WARN msg=\"cannot sweep\" error=away\nlevel=INFO msg=\"again able to sweep\"\n"
	if out.String() != want {
		t.Errorf("told\n%swant\n%s", out.String(), want)
	}
}

func untimed(_ []string, a slog.Attr) slog.Attr {
	if a.Key == slog.TimeKey {
		return slog.Attr{}
	}
	return a
}
