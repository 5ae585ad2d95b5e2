package store_test

import (
	"testing"

	"github.com/onsethq/onset/pkg/store"
	"github.com/onsethq/onset/pkg/store/storetest"
	"github.com/onsethq/onset/pkg/trigger"
)

func TestDeliveryLogIsOneWorkspacesOwn(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		mine, theirs := newWorld(t, s), newWorld(t, s)
		must(t, theirs.KeepDelivery(ctx, filtered(theirs, "theirs")))
		must(t, mine.KeepDelivery(ctx, filtered(mine, "mine")))
		all, total, err := mine.DeliveryLog(ctx, store.DeliveryFilter{}, "", store.Span{Limit: 10})
		must(t, err)
		if total != 1 || len(all) != 1 || all[0].Subject != "mine" {
			t.Errorf("%d of %d: %+v", len(all), total, all)
		}
		if all, total, err = mine.DeliveryLog(ctx, store.DeliveryFilter{Trigger: theirs.trigger.ID}, "", store.Span{Limit: 10}); err != nil || total+len(all) > 0 {
			t.Errorf("a foreign trigger finds %d, %v", total, err)
		}
	})
}

func filtered(w world, subject string) trigger.Delivery {
	d := w.delivered(subject, `{"a":1}`)
	d.Outcome, d.Reason = trigger.DeliveryFiltered, "not 100% chosen"
	return d
}

func TestDeliveryLogIsReadByPlace(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		w := newWorld(t, s)
		for _, subject := range []string{"a", "b"} {
			must(t, w.KeepDelivery(ctx, filtered(w, subject)))
		}
		d := w.delivered("c", "")
		accepted, err := w.AcceptDelivery(ctx, w.hooked("c"), d)
		must(t, err)
		r, err := w.Run(ctx, accepted.Run)
		must(t, err)
		for name, c := range map[string]struct {
			text string
			span store.Span
			want string
			all  int
		}{
			"newest first":     {"", store.Span{Limit: 2}, "cb", 3},
			"the rest":         {"", store.Span{Offset: 2, Limit: 2}, "a", 3},
			"beyond":           {"", store.Span{Offset: 3, Limit: 2}, "", 3},
			"oldest first":     {"", store.Span{Limit: 2, OldestFirst: true}, "ab", 3},
			"by event":         {"HAPPENED", store.Span{Limit: 5}, "cba", 3},
			"by reason":        {"100% CHO", store.Span{Limit: 5}, "ba", 2},
			"no wildcard":      {"n_t", store.Span{Limit: 5}, "", 0},
			"by trigger":       {"nightl", store.Span{Limit: 5}, "cba", 3},
			"by something new": {"sesame", store.Span{Limit: 5}, "", 0},
		} {
			page, total, err := w.DeliveryLog(ctx, store.DeliveryFilter{}, c.text, c.span)
			must(t, err)
			got := ""
			for _, d := range page {
				got += d.Subject
				if d.TriggerName != "nightly" || d.Subject == "c" && d.Thread != r.ThreadID || d.Subject != "c" && string(d.Body) != `{"a":1}` {
					t.Errorf("%s: %+v", name, d)
				}
			}
			if got != c.want || total != c.all {
				t.Errorf("%s: %q of %d, want %q of %d", name, got, total, c.want, c.all)
			}
		}
	})
}
