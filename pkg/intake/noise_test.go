package intake

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/uuid"
)

var noon = time.Date(2026, 3, 20, 12, 0, 0, 0, time.UTC)

func TestNoiseOfOneSourceIsNotTheOthers(t *testing.T) {
	t.Parallel()
	var n Noise
	a, b := uuid.New(), uuid.New()
	for i := range noiseLimit {
		if _, many := n.more(a, fmt.Sprintf("2001:db8:1:2::%d", i+1), noon); many {
			t.Fatalf("the %d. is too many", i+1)
		}
	}
	wait, many := n.more(a, "2001:db8:1:2::ffff", noon.Add(10*time.Second))
	if !many || wait != noiseWindow-10*time.Second {
		t.Errorf("one too many of a /64: %t, wait %s", many, wait)
	}
	for name, other := range map[string]struct {
		of     uuid.UUID
		source string
		at     time.Time
	}{
		"another trigger": {b, "2001:db8:1:2::1", noon.Add(10 * time.Second)},
		"another network": {a, "2001:db8:1:3::1", noon.Add(10 * time.Second)},
		"later":           {a, "2001:db8:1:2::1", noon.Add(noiseWindow)},
		"nobody":          {a, "", noon.Add(noiseWindow)},
	} {
		if _, many := n.more(other.of, other.source, other.at); many {
			t.Errorf("%s is told to slow down", name)
		}
	}
}

func TestNoiseOfVeryManySourcesTakesLittleMemory(t *testing.T) {
	t.Parallel()
	var n Noise
	of := uuid.New()
	for i := range noiseSources {
		n.more(of, fmt.Sprintf("10.%d.%d.%d", i>>16, i>>8&255, i&255), noon)
	}
	if _, many := n.more(of, "192.0.2.1", noon); !many || len(n.count) != noiseSources {
		t.Errorf("a source more is counted: %t, %d", many, len(n.count))
	}
}
