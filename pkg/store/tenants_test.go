package store_test

import (
	"context"
	"reflect"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/onsethq/onset/pkg/fault"
	"github.com/onsethq/onset/pkg/key"
	"github.com/onsethq/onset/pkg/store"
	"github.com/onsethq/onset/pkg/store/storetest"
	"github.com/onsethq/onset/pkg/trigger"
)

// prey is what belongs to one tenant and is asked for by another.
type prey struct {
	graph, trigger, key string
}

// crossings is every method of a Tenant that takes a reference, called with
// one that belongs to somebody else.
var crossings = map[string]func(ctx context.Context, t store.Tenant, p prey) error{
	"Key": func(ctx context.Context, t store.Tenant, p prey) error {
		_, err := t.Key(ctx, p.key)
		return err
	},
	"RevokeKey": func(ctx context.Context, t store.Tenant, p prey) error {
		_, err := t.RevokeKey(ctx, p.key, time.Now())
		return err
	},
	"RotateKey": func(ctx context.Context, t store.Tenant, p prey) error {
		_, _, err := t.RotateKey(ctx, p.key, key.Key{}, []byte("stolen"), time.Now(), time.Hour)
		return err
	},
	"Graph": func(ctx context.Context, t store.Tenant, p prey) error {
		_, err := t.Graph(ctx, p.graph)
		return err
	},
	"DeleteGraph": func(ctx context.Context, t store.Tenant, p prey) error {
		return t.DeleteGraph(ctx, p.graph)
	},
	"Freeze": func(ctx context.Context, t store.Tenant, p prey) error {
		_, _, err := t.Freeze(ctx, p.graph, "thief")
		return err
	},
	"Build": func(ctx context.Context, t store.Tenant, p prey) error {
		_, err := t.Build(ctx, p.graph, 1)
		return err
	},
	"Definition": func(ctx context.Context, t store.Tenant, p prey) error {
		_, err := t.Definition(ctx, uuid.MustParse(p.graph), 1)
		return err
	},
	"Builds": func(ctx context.Context, t store.Tenant, p prey) error {
		_, _, err := t.Builds(ctx, p.graph, store.Page{})
		return err
	},
	"Assign": func(ctx context.Context, t store.Tenant, p prey) error {
		return failure(t.Assign(ctx, "PROD", p.graph, 1, "thief"))
	},
	"Assignment": func(ctx context.Context, t store.Tenant, p prey) error {
		_, err := t.Assignment(ctx, "DEV", p.graph)
		return err
	},
	"Trigger": func(ctx context.Context, t store.Tenant, p prey) error {
		_, err := t.Trigger(ctx, p.trigger)
		return err
	},
	"DeleteTrigger": func(ctx context.Context, t store.Tenant, p prey) error {
		return t.DeleteTrigger(ctx, p.trigger)
	},
	"SetTriggerStatus": func(ctx context.Context, t store.Tenant, p prey) error {
		_, err := t.SetTriggerStatus(ctx, p.trigger, trigger.Paused, "stolen")
		return err
	},
	"HaltTrigger": func(ctx context.Context, t store.Tenant, p prey) error {
		return failure(t.HaltTrigger(ctx, p.trigger, "stolen"))
	},
	"RestoreTrigger": func(ctx context.Context, t store.Tenant, p prey) error {
		_, err := t.RestoreTrigger(ctx, p.trigger)
		return err
	},
	"ChangeTrigger": func(ctx context.Context, t store.Tenant, p prey) error {
		_, err := t.ChangeTrigger(ctx, p.trigger, nil, func(g trigger.Trigger) (trigger.Trigger, error) {
			g.Title = "stolen"
			return g, nil
		})
		return err
	},
	"TriggerSecrets": func(ctx context.Context, t store.Tenant, p prey) error {
		_, err := t.TriggerSecrets(ctx, p.trigger)
		return err
	},
	"ChangeTriggerSecrets": func(ctx context.Context, t store.Tenant, p prey) error {
		_, err := t.ChangeTriggerSecrets(ctx, p.trigger, func(kept []trigger.Secret) ([]trigger.Secret, error) { return kept, nil })
		return err
	},
	"Target": func(ctx context.Context, t store.Tenant, p prey) error {
		_, err := t.Target(ctx, p.trigger, "DEV")
		return err
	},
}

// elsewhere are the methods of a Tenant that take no reference, or whose
// crossing another test makes.
var elsewhere = map[string]string{
	"Audited":         "TestAuditLogIsOneWorkspacesOwn",
	"Record":          "TestAuditLogIsOneWorkspacesOwn",
	"AuditLog":        "TestAuditLogIsOneWorkspacesOwn",
	"Assignments":     "TestPromotionsAreOneWorkspacesOwn",
	"Standing":        "TestPromotionsAreOneWorkspacesOwn",
	"Promotions":      "TestPromotionsAreOneWorkspacesOwn",
	"Promotion":       "TestPromotionsAreOneWorkspacesOwn",
	"LastStanding":    "TestPromotionsAreOneWorkspacesOwn",
	"Promote":         "TestPromotionsAreOneWorkspacesOwn",
	"Values":          "TestEnvironmentsAreApart",
	"Value":           "TestEnvironmentsAreApart",
	"DeleteWorkspace": "TestDeletedWorkspaceLeavesTheOthersAlone",
	"Fires":           "TestSchedulesAreOneWorkspacesOwn",
	"FiresAt":         "TestSchedulesAreOneWorkspacesOwn",
	"Positions":       "TestSchedulesAreOneWorkspacesOwn",
	"Backfill":        "TestBackfillsAreOneWorkspacesOwn",
	"Backfills":       "TestBackfillsAreOneWorkspacesOwn",
	"CreateBackfill":  "TestBackfillsAreOneWorkspacesOwn",
	"AbortBackfill":   "TestBackfillsAreOneWorkspacesOwn",
	"Foresee":         "TestBackfillsAreOneWorkspacesOwn",
	"Alarms":          "TestAlarmsAreOneWorkspacesOwn",
	"Accept":          "TestIdempotencyKeysAreOneWorkspacesOwn",
	"AcceptDelivery":  "TestDeliveriesAreOneWorkspacesOwn",
	"KeepDelivery":    "TestDeliveriesAreOneWorkspacesOwn",
	"KeepRejected":    "TestDeliveriesAreOneWorkspacesOwn",
	"SubjectStarts":   "TestDeliveriesAreOneWorkspacesOwn",
	"Delivery":        "TestDeliveriesAreOneWorkspacesOwn",
	"Deliveries":      "TestDeliveriesAreOneWorkspacesOwn",
	"DeliveryCounts":  "TestDeliveriesAreOneWorkspacesOwn",
	"DeliveryLog":     "TestDeliveryLogIsOneWorkspacesOwn",
	"Chain":           "TestDeliveriesAreOneWorkspacesOwn",
	"Capture":         "TestDeliveriesAreOneWorkspacesOwn",
	"Captured":        "TestDeliveriesAreOneWorkspacesOwn",
	"Upon":            "TestStartUponWhatHasChangedIsNot",
	"Run":             "TestForeignRunsDoNotExist",
	"Runs":            "TestForeignRunsDoNotExist",
	"Journal":         "TestForeignRunsDoNotExist",
	"Outline":         "TestForeignRunsDoNotExist",
	"Records":         "TestForeignRunsDoNotExist",
	"LastLogs":        "TestForeignRunsDoNotExist",
	"Decided":         "TestForeignRunsDoNotExist",
	"HasRun":          "TestForeignRunsDoNotExist",
	"Whole":           "TestLargePayloadsAreKeptApartAndComeBackWhole",
	"Cancel":          "TestForeignRunsDoNotExist",
	"Answer":          "TestForeignRunsDoNotExist",
	"Ask":             "TestForeignRunsDoNotExist",
	"Asks":            "TestForeignRunsDoNotExist",
	"Workspace":       "TestListsShowOnlyTheirOwn",
	"ChangeWorkspace": "TestLimitsAreOneWorkspacesOwn",
	"CreateKey":       "TestListsShowOnlyTheirOwn",
	"Keys":            "TestListsShowOnlyTheirOwn",
	"PutGraph":        "TestListsShowOnlyTheirOwn",
	"Graphs":          "TestListsShowOnlyTheirOwn",
	"PutTrigger":      "TestTriggerOfAForeignGraphIsInvalid",
	"CreateTrigger":   "TestCreationKeysAreOneWorkspacesOwn",
	"PauseTriggers":   "TestManyTriggersArePausedAndResumedTogether",
	"ResumeTriggers":  "TestManyTriggersArePausedAndResumedTogether",
	"LastRuns":        "TestLastRunIsTheNewestOfItsTrigger",
	"SharingTriggers": "TestTriggersThatShareAGraphAreNamed",
	"Slots":           "TestSlotsSayWhatAcceptanceWouldSay",
	"Triggers":        "TestListsShowOnlyTheirOwn",
	"Environment":     "TestEnvironmentsAreApart",
	"SealedSecrets":   "TestEnvironmentsAreApart",
	"PutVariable":     "TestEnvironmentsAreApart",
	"PutSecret":       "TestEnvironmentsAreApart",
	"PutModel":        "TestEnvironmentsAreApart",
	"DeleteValue":     "TestEnvironmentsAreApart",
}

func TestForeignIDsDoNotExist(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		mine, theirs := newWorld(t, s), newWorld(t, s)
		k, err := theirs.CreateKey(ctx, key.Key{Name: "ci"}, []byte("their mac"))
		must(t, err)
		p := prey{graph: theirs.graph.ID.String(), trigger: theirs.trigger.ID.String(), key: k.ID.String()}
		for name, cross := range crossings {
			if err := cross(ctx, mine.Tenant, p); !isNotFound(err) {
				t.Errorf("%s of a foreign id gives %v", name, err)
			}
		}
		unharmed(t, theirs, k)
	})
}

// unharmed fails when anything of the world was changed by somebody else.
func unharmed(t *testing.T, w world, k key.Key) {
	t.Helper()
	ctx := t.Context()
	g, err := w.Graph(ctx, "digest")
	must(t, err)
	if d := cmp.Diff(w.graph.Revision, g.Revision); d != "" {
		t.Errorf("the graph was changed: %s", d)
	}
	tr, err := w.Trigger(ctx, "nightly")
	must(t, err)
	if d := cmp.Diff(w.trigger, tr, sameJSON); d != "" {
		t.Errorf("the trigger was changed: %s", d)
	}
	now, err := w.Key(ctx, "ci")
	must(t, err)
	if d := cmp.Diff(k, now); d != "" {
		t.Errorf("the key was changed: %s", d)
	}
	builds, _, err := w.Builds(ctx, "digest", store.Page{})
	must(t, err)
	if len(builds) != 1 {
		t.Errorf("%d builds, want 1", len(builds))
	}
}

func TestListsShowOnlyTheirOwn(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		mine, theirs := newWorld(t, s), newWorld(t, s)
		_, err := theirs.CreateKey(ctx, key.Key{Name: "ci"}, []byte("their mac"))
		must(t, err)
		keys, _, err := mine.Keys(ctx, store.Page{}, store.KeyFilter{})
		must(t, err)
		graphs, _, err := mine.Graphs(ctx, store.Page{}, store.GraphFilter{})
		must(t, err)
		triggers, _, err := mine.Triggers(ctx, store.Page{}, store.TriggerFilter{})
		must(t, err)
		foreign, _, err := mine.Triggers(ctx, store.Page{}, store.TriggerFilter{Graph: theirs.graph.ID.String()})
		must(t, err)
		ws, err := mine.Workspace(ctx)
		must(t, err)
		if len(keys) != 0 || len(graphs) != 1 || graphs[0].ID != mine.graph.ID || len(triggers) != 1 ||
			triggers[0].ID != mine.trigger.ID || len(foreign) != 0 || ws.ID != mine.workspace.ID {
			t.Errorf("saw keys %v, graphs %v, triggers %v and %v, workspace %v", keys, graphs, triggers, foreign, ws)
		}
	})
}

func TestEveryMethodOfATenantIsCrossed(t *testing.T) {
	t.Parallel()
	methods := reflect.TypeFor[store.Tenant]()
	for m := range methods.NumMethod() {
		name := methods.Method(m).Name
		if crossings[name] == nil && elsewhere[name] == "" {
			t.Errorf("no test asks %s for what belongs to another tenant", name)
		}
	}
}

func isNotFound(err error) bool { return err != nil && fault.Of(err).Code == fault.NotFound }
