package trigger_test

import (
	"errors"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/onsethq/onset/pkg/fault"
	"github.com/onsethq/onset/pkg/trigger"
)

func TestSecretThatIsOverMakesRoom(t *testing.T) {
	t.Parallel()
	var kept []trigger.Secret
	for range 4 {
		var err error
		if kept, err = trigger.AddSecret(kept, trigger.Secret{ID: uuid.New()}, noon); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := trigger.AddSecret(kept, trigger.Secret{}, noon); !errors.Is(err, fault.Conflict) {
		t.Fatalf("a fifth secret: %v", err)
	}
	end := noon.Add(-time.Nanosecond)
	gone := kept[1].ID
	kept[1].NotAfter = &end
	kept, err := trigger.AddSecret(kept, trigger.Secret{ID: uuid.New()}, noon)
	if err != nil || len(kept) != 4 {
		t.Fatalf("%d secrets, %v", len(kept), err)
	}
	for _, s := range kept {
		if s.ID == gone {
			t.Error("what is over is kept")
		}
	}
}

func TestRotationEndsTheOthersAndProlongsNone(t *testing.T) {
	t.Parallel()
	soon, late, end := noon.Add(time.Minute), noon.Add(48*time.Hour), noon.Add(24*time.Hour)
	kept := []trigger.Secret{{ID: uuid.New()}, {ID: uuid.New(), NotAfter: &soon}, {ID: uuid.New(), NotAfter: &late}}
	rotated, err := trigger.RotateSecrets(kept, trigger.Secret{ID: uuid.New()}, end, noon)
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []*time.Time{&end, &soon, &end, nil} {
		got := rotated[i].NotAfter
		if (got == nil) != (want == nil) || got != nil && !got.Equal(*want) {
			t.Errorf("secret %d ends %v, want %v", i, got, want)
		}
	}
	if kept[0].NotAfter != nil {
		t.Error("the list that was given was changed")
	}
	// At once: whoever knows the old one is locked out now.
	rotated, err = trigger.RotateSecrets(kept, trigger.Secret{ID: uuid.New()}, noon, noon)
	if err != nil || len(rotated) != 1 {
		t.Errorf("%d secrets, %v", len(rotated), err)
	}
}
