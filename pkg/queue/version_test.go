package queue

import (
	"strings"
	"testing"

	"github.com/alicebob/miniredis/v2"

	"github.com/onsethq/onset/pkg/secret"
)

func TestRedisTellsItsVersionWhereItMay(t *testing.T) {
	t.Parallel()
	version, err := open(t, realRedis(t), "").Version(t.Context())
	if err != nil || strings.Count(version, ".") != 2 {
		t.Errorf("a real one: %q, %v", version, err)
	}
	version, err = open(t, secret.Secret("redis://"+miniredis.RunT(t).Addr()), "").Version(t.Context())
	if err != nil || version != "" {
		t.Errorf("one that does not say: %q, %v", version, err)
	}
	if _, err := open(t, "redis://127.0.0.1:1", "").Version(t.Context()); err == nil {
		t.Error("one that is away has a version")
	}
}
